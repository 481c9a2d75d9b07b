"""Table `payment_order`: one row an order, with its attempts."""

from __future__ import annotations

from collections.abc import Iterable

from countinghouse.domain.countries import UNKNOWN
from countinghouse.domain.order import (
    Attempt,
    CaptureMode,
    Operation,
    OperationKind,
    Order,
    OrderStatus,
    PaymentInfo,
)
from countinghouse.domain.psp import Action, Decline, DeclineType
from countinghouse.records import dataclass
from countinghouse_aws.card_numbers import withheld
from countinghouse_aws.dynamodb.aftercare import (
    decode_booking,
    decode_delivery,
    decode_dispute,
    decode_late_payment,
    decode_refund,
    encode_aftercare,
)
from countinghouse_aws.dynamodb.codec import Plain, present
from countinghouse_aws.dynamodb.order_lines import (
    decode_conversion,
    decode_fee,
    encode_conversion,
    encode_fee,
)
from countinghouse_aws.dynamodb.psp_tokens import decode_tokens, encode_tokens
from countinghouse_aws.dynamodb.table import Table, due_attributes

KEYS = ("order_id",)


@dataclass(frozen=True, slots=True)
class DynamoOrderBook:
    """The order book in DynamoDB."""

    table: Table

    def get(self, order_id: str) -> Order | None:
        """The order, or None."""
        row = self.table.get(order_id=order_id)
        return decode_order(row) if row else None

    def get_many(self, order_ids: Iterable[str]) -> dict[str, Order]:
        """Those of the orders that exist."""
        rows = self.table.get_many({"order_id": order_id} for order_id in order_ids)
        return {row["order_id"]: decode_order(row) for row in rows}

    def add(self, order: Order) -> Order | None:
        """Store a new order; or return the one that is there."""
        existing = self.table.add(encode_order(order))
        return decode_order(existing) if existing else None

    def replace(self, old: Order, new: Order) -> None:
        """Commit a change. Raises Conflict."""
        self.table.replace(encode_order(old), encode_order(new))


def encode_order(order: Order) -> Plain:
    """An order as its row."""
    return present(
        order_id=order.order_id,
        checkout_id=order.checkout_id,
        seller_id=order.seller_id,
        user_info=present(user_id=order.user_id, country=order.country or UNKNOWN),
        seller_country=order.seller_country or UNKNOWN,
        payment_info=encode_payment_info(order.payment_info),
        amount=order.amount_minor,
        checkout_amount=order.checkout_minor,
        currency=order.currency,
        fee=encode_fee(order.fee),
        conversion=encode_conversion(order.conversion),
        capture=str(order.capture_mode),
        status=str(order.status),
        version=order.version,
        wallet_shard=order.wallet_shard or None,
        attempts=[_encode_attempt(attempt) for attempt in order.attempts] or None,
        operation=_encode_operation(order.operation),
        psp_reference=order.psp_reference,
        captured=order.captured_minor or None,
        captured_at=order.captured_at,
        action=encode_action(order.action),
        failure=encode_decline(order.failure),
        asked=order.asked or None,
        created_at=order.created_at,
        updated_at=order.updated_at,
        **encode_aftercare(order),
        **due_attributes(order.order_id, order.due_at, is_found=not order.guarded),
    )


def decode_order(row: Plain) -> Order:
    """An order from its row."""
    return Order(
        order_id=row["order_id"],
        checkout_id=row["checkout_id"],
        seller_id=row["seller_id"],
        user_id=row["user_info"]["user_id"],
        payment_info=decode_payment_info(row["payment_info"]),
        amount_minor=row["amount"],
        currency=row["currency"],
        fee=decode_fee(row["fee"]),
        conversion=decode_conversion(row.get("conversion")),
        capture_mode=CaptureMode(row["capture"]),
        status=OrderStatus(row["status"]),
        version=row["version"],
        wallet_shard=row.get("wallet_shard", 0),
        attempts=tuple(_decode_attempt(attempt) for attempt in row.get("attempts", [])),
        operation=_decode_operation(row.get("operation")),
        psp_reference=row.get("psp_reference"),
        captured_minor=row.get("captured", 0),
        captured_at=row.get("captured_at"),
        action=decode_action(row.get("action")),
        failure=decode_decline(row.get("failure")),
        asked=row.get("asked", 0),
        due_at=row.get("due_at"),
        guarded="due_at" in row and "due_shard" not in row,
        delivery=decode_delivery(row.get("delivery")),
        refunds=tuple(map(decode_refund, row.get("refunds", []))),
        disputes=tuple(map(decode_dispute, row.get("disputes", []))),
        bookings=tuple(map(decode_booking, row.get("bookings", []))),
        booked=row.get("booked", 0),
        checkout_minor=row.get("checkout_amount"),
        late_payment=decode_late_payment(row.get("late_payment")),
        country=_known(row["user_info"].get("country")),
        seller_country=_known(row.get("seller_country")),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _known(country: str | None) -> str | None:
    """A country, unless the row says that it is unknown; old rows say nothing."""
    return None if country == UNKNOWN else country


def encode_payment_info(info: PaymentInfo) -> Plain:
    """How the buyer pays, as stored in orders and payments."""
    return present(
        method=info.method,
        psp=info.psp or None,
        psp_token=info.psp_token,
        wallet_provider=info.wallet_provider,
        return_url=info.return_url,
        sca_exemption=info.sca_exemption,
        alternatives=encode_tokens(info.alternatives),
    )


def decode_payment_info(row: Plain) -> PaymentInfo:
    """How the buyer pays, from its stored form."""
    return PaymentInfo(
        method=row["method"],
        psp=row.get("psp", ""),
        psp_token=row["psp_token"],
        wallet_provider=row.get("wallet_provider"),
        return_url=row.get("return_url"),
        sca_exemption=row.get("sca_exemption"),
        alternatives=decode_tokens(row.get("alternatives", [])),
    )


def encode_action(action: Action | None) -> Plain | None:
    """What the buyer must do, as stored."""
    if action is None:
        return None
    return present(
        type=action.type,
        url=action.url,
        expires_at=action.expires_at,
        qr_payload=action.qr_payload,
    )


def decode_action(row: Plain | None) -> Action | None:
    """What the buyer must do, from its stored form."""
    if row is None:
        return None
    return Action(row["type"], row.get("url"), row["expires_at"], row.get("qr_payload"))


def encode_decline(decline: Decline | None) -> Plain | None:
    """A refusal, as stored."""
    if decline is None:
        return None
    code, message = withheld(decline.code), withheld(decline.message)
    return {"code": code, "type": str(decline.type), "message": message}


def decode_decline(row: Plain | None) -> Decline | None:
    """A refusal, from its stored form."""
    if row is None:
        return None
    return Decline(row["code"], DeclineType(row["type"]), row["message"])


def _encode_attempt(attempt: Attempt) -> Plain:
    return present(
        number=attempt.number,
        key=attempt.key,
        sent_at=attempt.sent_at,
        first_sent_at=attempt.first_sent_at,
        outcome=attempt.outcome,
        psp=attempt.psp,
        doubtful=attempt.doubtful or None,
    )


def _decode_attempt(row: Plain) -> Attempt:
    return Attempt(
        row["number"],
        row["key"],
        row["sent_at"],
        row["first_sent_at"],
        row.get("outcome"),
        row.get("psp"),
        row.get("doubtful", False),
    )


def _encode_operation(operation: Operation | None) -> Plain | None:
    if operation is None:
        return None
    return present(
        kind=str(operation.kind),
        key=operation.key,
        amount=operation.amount_minor,
        sent_at=operation.sent_at,
        lapsing=operation.lapsing or None,
    )


def _decode_operation(row: Plain | None) -> Operation | None:
    if row is None:
        return None
    return Operation(
        OperationKind(row["kind"]),
        row["key"],
        row["amount"],
        row.get("sent_at"),
        row.get("lapsing", False),
    )
