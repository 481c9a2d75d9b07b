"""What Adyen tells of the engine's changes: none, one or two webhooks each."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, cast

from tools.sandbox_psp.adyen_face import dispute_codes, modifications
from tools.sandbox_psp.adyen_face.notifications import Item, date_text
from tools.sandbox_psp.adyen_face.payment_answers import Payment, payment_of, refusal_of
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.disputes import DISPUTES, Dispute
from tools.sandbox_psp.face import SETTLEMENT_CLOSED
from tools.sandbox_psp.outbox import Event
from tools.sandbox_psp.refunds import FAILURES, REFUNDS, Refund

_NOBODY: Final = Payment("scheme", "visa", "", "", native_3ds=False, metadata={})


def items_of(desk: Desk, event: Event) -> list[Item]:
    """The items of a change, payouts aside."""
    for begins, told in _TOLD.items():
        if event.kind.startswith(begins):
            return told(desk, event)
    return []


def _of_charge(desk: Desk, event: Event) -> list[Item]:
    charge = desk.charge(event.reference)
    if charge.status == "requires_action":
        return []
    payment = payment_of(desk.book, charge.psp_reference) or _NOBODY
    if charge.status == "voided" or (charge.status, charge.capture) == ("captured", "manual"):
        return [_of_modification(desk, event, charge, payment)]
    if charge.status == "expired":
        item = _about(event, charge, payment)
        return [replace(item, code="OFFER_CLOSED", data=_metadata(payment))]
    return [_authorisation(event, charge, payment)]


def _about(event: Event, charge: Charge, payment: Payment) -> Item:
    """An item about a payment."""
    return Item(
        code="AUTHORISATION",
        psp_reference=charge.psp_reference,
        merchant_reference=charge.order_id,
        amount=charge.amount,
        currency=charge.currency,
        at=event.at,
        method=payment.variant,
    )


def _metadata(payment: Payment) -> dict[str, str]:
    """What the merchant said of the payment: told with its outcome, and with nothing later."""
    return {f"metadata.{name}": text for name, text in payment.metadata.items()}


def _authorisation(event: Event, charge: Charge, payment: Payment) -> Item:
    item, refused = _about(event, charge, payment), refusal_of(charge)
    data = {**_metadata(payment), "merchantReference": charge.order_id}
    if payment.shopper:
        data["shopperReference"] = payment.shopper
    if payment.card:
        data["cardSummary"] = payment.card
    if refused is not None:
        return replace(item, data=data, success=False, reason=refused[1])
    return replace(item, data=data, operations=("CANCEL", "CAPTURE", "REFUND"))


def _of_modification(desk: Desk, event: Event, charge: Charge, payment: Payment) -> Item:
    """A capture or cancel done, under the reference it was answered with."""
    paper = modifications.done_to(desk.book, charge.psp_reference)
    code, reference, merchants = "CANCELLATION", charge.psp_reference, ""
    if paper is not None:
        code, reference, merchants = paper.data["code"], paper.reference, paper.data["reference"]
    item = replace(
        _about(event, charge, payment),
        code=code,
        psp_reference=reference,
        original=charge.psp_reference,
        merchant_reference=merchants or charge.order_id,
    )
    if charge.status == "captured":
        item = replace(item, amount=charge.captured)
    return _with_action(item, "cancel")


def _with_action(item: Item, action: str) -> Item:
    """A reversal says which of the two it came to."""
    if item.code != "CANCEL_OR_REFUND":
        return item
    return replace(item, data={"modification.action": action})


def _of_refusal(desk: Desk, event: Event) -> list[Item]:
    """A modification that could not be done."""
    told = event.data
    charge = desk.charge(str(told["payment"]))
    payment = payment_of(desk.book, charge.psp_reference) or _NOBODY
    return [replace(
        _about(event, charge, payment),
        code=str(told["code"]),
        psp_reference=event.reference,
        original=charge.psp_reference,
        merchant_reference=str(told["reference"]) or charge.order_id,
        amount=cast(int, told["amount"]),
        success=False,
        reason=str(told["reason"]),
    )]  # fmt: skip


def _of_refund(desk: Desk, event: Event) -> list[Item]:
    refund = REFUNDS.get(desk.book, event.reference)
    if refund.status == "pending":
        return []
    charge = desk.charge(refund.psp_reference)
    payment = payment_of(desk.book, charge.psp_reference) or _NOBODY
    merchants, reverses = modifications.split_reason(refund.reason)
    item = replace(
        _about(event, charge, payment),
        code=_refund_code(refund, reverses=reverses),
        psp_reference=refund.refund_reference,
        original=charge.psp_reference,
        merchant_reference=merchants or charge.order_id,
        amount=refund.amount,
        reason=FAILURES[refund.failure_code] if refund.failure_code else "",
    )
    return [_with_action(item, "refund")]


def _refund_code(refund: Refund, *, reverses: bool) -> str:
    if refund.failure_code == "refund_returned":
        return "REFUNDED_REVERSED"
    if refund.status == "failed":
        return "REFUND_FAILED"
    return "CANCEL_OR_REFUND" if reverses else "REFUND"


def _of_dispute(desk: Desk, event: Event) -> list[Item]:
    dispute = DISPUTES.get(desk.book, event.reference)
    charge = desk.charge(dispute.psp_reference)
    payment = payment_of(desk.book, charge.psp_reference) or _NOBODY
    item = replace(
        _about(event, charge, payment),
        psp_reference=dispute.dispute_reference,
        original=charge.psp_reference,
        amount=dispute.amount,
        reason=dispute_codes.reason_of(dispute)[1],
    )
    return [
        replace(item, code=code, data=_dispute_data(dispute, payment, status))
        for code, status in dispute_codes.webhooks_of(dispute)
    ]


def _dispute_data(dispute: Dispute, payment: Payment, status: str) -> dict[str, str]:
    is_request = dispute.stage == "pre_dispute"
    kind = "rfi" if is_request else "chargeback"
    return {
        "defendable": "true" if dispute.status == "opened" else "false",
        "defensePeriodEndsAt": date_text(dispute.evidence_due_at),
        "disputeStatus": status,
        f"{kind}ReasonCode": dispute_codes.reason_of(dispute)[0],
        f"{kind}SchemeCode": payment.variant,
    }


def _of_report(desk: Desk, event: Event) -> list[Item]:
    """A report is named by its file and found under the reason."""
    url = desk.face.settlement_url(desk, event.reference)
    return [Item("REPORT_AVAILABLE", event.reference, "", 0, "EUR", event.at, reason=url)]


_TOLD: Final[dict[str, Callable[[Desk, Event], list[Item]]]] = {
    "charge.": _of_charge,
    "refund.": _of_refund,
    "dispute.": _of_dispute,
    modifications.REFUSED: _of_refusal,
    SETTLEMENT_CLOSED: _of_report,
}
