"""Table `payment_event`: a checkout's session, submission and what is folded from its orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.order import CaptureMode, OrderStatus
from countinghouse.domain.payment import (
    Decision,
    OnPartialFailure,
    OrderState,
    Payment,
    PaymentStatus,
    Submission,
)
from countinghouse.ports.books import SubmissionRequest, Submitted
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import Plain, from_item, present, to_attribute, to_item
from countinghouse_aws.dynamodb.failures import CONDITION_FAILED, code_of, translated
from countinghouse_aws.dynamodb.order_lines import decode_line, encode_line
from countinghouse_aws.dynamodb.orders import (
    decode_action,
    decode_decline,
    decode_payment_info,
    encode_action,
    encode_decline,
    encode_payment_info,
)
from countinghouse_aws.dynamodb.psp_tokens import decode_session, encode_session
from countinghouse_aws.dynamodb.table import Table, due_attributes

KEYS = ("checkout_id",)

_OPEN_FOR_THIS = (
    "#status = :open AND #session.#token = :token AND #amount = :amount AND #currency = :currency"
)


@dataclass(frozen=True, slots=True)
class DynamoPaymentBook:
    """The payment book in DynamoDB."""

    table: Table

    def get(self, checkout_id: str) -> Payment | None:
        """The payment, or None."""
        row = self.table.get(checkout_id=checkout_id)
        return decode_payment(row) if row else None

    def get_many(self, checkout_ids: Iterable[str]) -> dict[str, Payment]:
        """Those of the payments that exist."""
        rows = self.table.get_many({"checkout_id": checkout_id} for checkout_id in checkout_ids)
        return {row["checkout_id"]: decode_payment(row) for row in rows}

    def add(self, payment: Payment) -> Payment | None:
        """Store a new payment; or return the one that is there."""
        existing = self.table.add(encode_payment(payment))
        return decode_payment(existing) if existing else None

    def submit(self, request: SubmissionRequest) -> Submitted:
        """Lay a submission on an OPEN checkout with this token, amount and currency.

        One conditional write. A double click meets the condition, which hands back the row that is
        there:   click 1: OPEN -> PROCESSING;   click 2: condition fails, old row, replay.
        """
        try:
            with translated():
                answer = self.table.client.update_item(**self._submission(request))
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            old: Any = error.response.get("Item")
            return Submitted(False, decode_payment(from_item(old)) if old else None)
        return Submitted(True, decode_payment(from_item(answer["Attributes"])))

    def _submission(self, request: SubmissionRequest) -> dict[str, Any]:
        changes = {
            **_encode_submission(request.submission),
            **due_attributes(request.checkout_id, request.due_at),
            "status": str(PaymentStatus.PROCESSING),
            "updated_at": request.now,
        }
        names = {f"#{name}": name for name in changes}
        sets = ", ".join(f"#{name} = :{name}" for name in changes)
        return {
            "TableName": self.table.name,
            "Key": to_item({"checkout_id": request.checkout_id}),
            "UpdateExpression": f"SET {sets} ADD #version :one",
            "ConditionExpression": _OPEN_FOR_THIS,
            "ExpressionAttributeNames": {
                **names,
                "#version": "version",
                "#session": "session",
                "#token": "psp_token",
                "#amount": "amount",
                "#currency": "currency",
            },
            "ExpressionAttributeValues": {
                **{f":{name}": to_attribute(value) for name, value in changes.items()},
                ":one": to_attribute(1),
                ":open": to_attribute(str(PaymentStatus.OPEN)),
                ":token": to_attribute(request.psp_token),
                ":amount": to_attribute(request.amount_minor),
                ":currency": to_attribute(request.currency),
            },
            "ReturnValues": "ALL_NEW",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def replace(self, old: Payment, new: Payment) -> None:
        """Commit a change. Raises Conflict."""
        self.table.replace(encode_payment(old), encode_payment(new))


def encode_payment(payment: Payment) -> Plain:
    """A payment as its row. The flags are stored for who reads the table; they are folded."""
    submitted = _encode_submission(payment.submission) if payment.submission else {}
    return {
        **submitted,
        **present(
            checkout_id=payment.checkout_id,
            amount=payment.amount_minor,
            currency=payment.currency,
            session=encode_session(payment.session),
            status=str(payment.status),
            version=payment.version,
            states={key: _encode_state(state) for key, state in payment.states.items()} or None,
            decision=str(payment.decision) if payment.decision else None,
            is_payment_done=payment.is_payment_done or None,
            is_ledger_updated=payment.is_ledger_updated or None,
            is_wallet_updated=payment.is_wallet_updated or None,
            asked=payment.asked or None,
            created_at=payment.created_at,
            updated_at=payment.updated_at,
        ),
        **due_attributes(payment.checkout_id, payment.due_at),
    }


def decode_payment(row: Plain) -> Payment:
    """A payment from its row."""
    states = {key: _decode_state(state) for key, state in row.get("states", {}).items()}
    return Payment(
        checkout_id=row["checkout_id"],
        amount_minor=row["amount"],
        currency=row["currency"],
        session=decode_session(row.get("session")),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        status=PaymentStatus(row["status"]),
        version=row["version"],
        submission=_decode_submission(row) if "orders" in row else None,
        states=MappingProxyType(states),
        decision=Decision(row["decision"]) if "decision" in row else None,
        asked=row.get("asked", 0),
        due_at=row.get("due_at"),
    )


def _encode_submission(submission: Submission) -> Plain:
    return {
        "user_info": present(user_id=submission.user_id, country=submission.user_country),
        "payment_details": encode_payment_info(submission.payment_info),
        "orders": [encode_line(line) for line in submission.lines],
        "on_partial_failure": str(submission.on_partial_failure),
        "capture": str(submission.capture),
        "fingerprint": submission.fingerprint,
    }


def _decode_submission(row: Plain) -> Submission:
    user: Mapping[str, str] = row["user_info"]
    return Submission(
        user_id=user["user_id"],
        user_country=user.get("country"),
        payment_info=decode_payment_info(row["payment_details"]),
        lines=tuple(decode_line(line) for line in row["orders"]),
        on_partial_failure=OnPartialFailure(row["on_partial_failure"]),
        capture=CaptureMode(row["capture"]),
        fingerprint=row["fingerprint"],
    )


def _encode_state(state: OrderState) -> Plain:
    return present(
        status=str(state.status),
        version=state.version,
        captured=state.captured_minor or None,
        is_posted=state.is_posted or None,
        failure=encode_decline(state.failure),
        action=encode_action(state.action),
    )


def _decode_state(row: Plain) -> OrderState:
    return OrderState(
        status=OrderStatus(row["status"]),
        version=row["version"],
        captured_minor=row.get("captured", 0),
        is_posted=row.get("is_posted", False),
        failure=decode_decline(row.get("failure")),
        action=decode_action(row.get("action")),
    )
