"""Captures, cancels, refunds and reversals: every one is received, and its outcome is a webhook.

The work is done at once, in the transaction of the call; what the engine refuses becomes a webhook
with ``success`` false. A refund's reference is the engine's reason of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tools.sandbox_psp import lifecycle, papers, refund_lifecycle
from tools.sandbox_psp.adyen_face.accounts import MERCHANT, check_merchant
from tools.sandbox_psp.adyen_face.amounts import amount_json, read_amount
from tools.sandbox_psp.adyen_face.errors import invalid
from tools.sandbox_psp.adyen_face.keys import kept
from tools.sandbox_psp.adyen_face.references import psp_reference
from tools.sandbox_psp.adyen_face.sessions import REFERENCE_LENGTH_MAX
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.outbox import Event, emit
from tools.sandbox_psp.papers import Paper
from tools.sandbox_psp.wire import JsonValue, Refused, Response, answer

MODIFICATION: Final = "modification"
REFUSED: Final = "modification.refused"
TECHNICAL: Final = "TECHNICAL_CANCEL"
_REVERSAL: Final = "reversal:"
_OVER: Final = "Insufficient balance on payment"
# What the engine refuses, as a webhook explains it.
_REASONS: Final = {
    "amount_too_large": _OVER,
    "refund_exceeds_captured": _OVER,
    "charge_not_captured": "Transaction hasn't been captured, refund not possible",
    "charge_disputed": "Transaction is charged back, refund not possible",
}


@dataclass(frozen=True)
class Asked:
    """A modification asked for: its event code, and the amount if it has one (ISO minor units)."""

    code: str
    charge: Charge
    reference: str
    amount: int
    has_amount: bool
    key: str

    @property
    def told_as(self) -> str:
        """The merchant's reference in its webhook; nothing means the payment's own."""
        return "" if self.code == TECHNICAL else self.reference


Work = Callable[[Desk, Asked], str]


def capture(desk: Desk, call: Call) -> Response:
    """Capture an authorised payment, in part or in full, once."""
    return _received(desk, call, "CAPTURE", _captured)


def cancel(desk: Desk, call: Call) -> Response:
    """Cancel a payment that is not captured."""
    return _received(desk, call, "CANCELLATION", _cancelled, has_amount=False)


def cancel_by_reference(desk: Desk, call: Call) -> Response:
    """Cancel the merchant's last payment of a reference, whose pspReference it never heard."""
    return _received(desk, call, TECHNICAL, _cancelled, has_amount=False)


def refund(desk: Desk, call: Call) -> Response:
    """Give money back on a captured payment."""
    return _received(desk, call, "REFUND", _refunded)


def reverse(desk: Desk, call: Call) -> Response:
    """Cancel the payment, or refund all that is left of it once it is captured."""
    return _received(desk, call, "CANCEL_OR_REFUND", _reversed, has_amount=False)


def _received(
    desk: Desk, call: Call, code: str, work: Work, *, has_amount: bool = True
) -> Response:
    def operate(key: str) -> Response:
        asked = _asked(desk, call, code, key, has_amount=has_amount)
        try:
            with desk.book.savepoint():
                reference = work(desk, asked)
        except Refused as refused:
            reference = _failed(desk, asked, refused)
        return answer(201, _answer_json(asked, reference))

    return kept(desk, call, operate)


def _asked(desk: Desk, call: Call, code: str, key: str, *, has_amount: bool) -> Asked:
    check_merchant(call.body)
    charge = _charge(desk, call)
    amount, currency = read_amount(call.body) if has_amount else (charge.amount, charge.currency)
    if currency != charge.currency:
        raise invalid("Unsupported currency specified", "138")
    reference = call.body.optional_text("reference", REFERENCE_LENGTH_MAX) or ""
    return Asked(code, charge, reference, amount, has_amount, key)


def _charge(desk: Desk, call: Call) -> Charge:
    """The payment of the path, or the last one of the body's reference."""
    if "payment" in call.path:
        charge = desk.book.charge(call.path["payment"])
    else:
        reference = call.body.text("paymentReference", REFERENCE_LENGTH_MAX)
        charge = next(reversed(desk.book.charges(order_id=reference)), None)
    if charge is None:
        raise invalid("Original pspReference required for this operation", "167")
    return charge


def _answer_json(asked: Asked, reference: str) -> dict[str, JsonValue]:
    shown: dict[str, JsonValue] = {
        "merchantAccount": MERCHANT,
        "pspReference": reference,
        "status": "received",
    }
    if asked.code == TECHNICAL:
        shown["paymentReference"] = asked.charge.order_id
    else:
        shown["paymentPspReference"] = asked.charge.psp_reference
    if asked.reference:
        shown["reference"] = asked.reference
    if asked.has_amount:
        shown["amount"] = amount_json(asked.amount, asked.charge.currency)
    return shown


def _captured(desk: Desk, asked: Asked) -> str:
    reference = _note(desk, asked)
    lifecycle.capture(desk, asked.charge, asked.amount)
    return reference


def _cancelled(desk: Desk, asked: Asked) -> str:
    reference = _note(desk, asked)
    lifecycle.void(desk, asked.charge)
    return reference


def _refunded(desk: Desk, asked: Asked) -> str:
    reason = asked.reference or None
    asked_for = refund_lifecycle.request(desk, asked.charge, asked.amount, reason, asked.key)
    return asked_for.refund_reference


def _reversed(desk: Desk, asked: Asked) -> str:
    charge = asked.charge
    if charge.status != "captured":
        return _cancelled(desk, asked)
    left, reason = charge.captured - charge.refunded, _REVERSAL + asked.reference
    return refund_lifecycle.request(desk, charge, left, reason, asked.key).refund_reference


def _note(desk: Desk, asked: Asked) -> str:
    """Keep a modification that the engine does not know of; answers its reference."""
    reference = _next_reference(desk.book)
    data = {"code": asked.code, "reference": asked.told_as}
    papers.keep(desk.book, MODIFICATION, reference, data, parent=asked.charge.psp_reference)
    return reference


def _next_reference(book: Book) -> str:
    return psp_reference(book, MODIFICATION, book.next_number(MODIFICATION))


def _failed(desk: Desk, asked: Asked, refused: Refused) -> str:
    """Tell that it could not be done."""
    reference, charge = _next_reference(desk.book), asked.charge
    emit(desk, Event(
        kind=REFUSED, reference=reference, order_id=charge.order_id, at=desk.now(),
        data={
            "amount": asked.amount,
            "code": asked.code,
            "payment": charge.psp_reference,
            "reason": _REASONS.get(refused.code, f"Transaction is {charge.status}"),
            "reference": asked.told_as,
        },
    ))  # fmt: skip
    return reference


def done_to(book: Book, payment: str) -> Paper | None:
    """The capture or the cancel of a payment; there is one at most, for what fails is not kept."""
    return next(iter(papers.listed(book, MODIFICATION, payment)), None)


def split_reason(reason: str | None) -> tuple[str, bool]:
    """The merchant's reference of a refund, and whether it is a reversal."""
    text = reason or ""
    return text.removeprefix(_REVERSAL), text.startswith(_REVERSAL)
