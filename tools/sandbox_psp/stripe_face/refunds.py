"""The calls about refunds."""

from typing import Final

from tools.sandbox_psp import papers, refund_lifecycle
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.disputes import bars_refunds
from tools.sandbox_psp.idempotency import first_answer
from tools.sandbox_psp.refunds import REFUNDS, Refund
from tools.sandbox_psp.stripe_face import balance, expand, payment_lists
from tools.sandbox_psp.stripe_face.charge_views import charge_of
from tools.sandbox_psp.stripe_face.errors import StripeError, invalid, missing
from tools.sandbox_psp.stripe_face.intent_views import intent
from tools.sandbox_psp.stripe_face.methods import CARD
from tools.sandbox_psp.stripe_face.money import from_wire, to_wire
from tools.sandbox_psp.stripe_face.params import Params
from tools.sandbox_psp.stripe_face.times import seconds
from tools.sandbox_psp.wire import JsonObject, JsonValue, Response

REFUND: Final = "refund"
_REASONS: Final = ("duplicate", "fraudulent", "requested_by_customer")
_FAILURES: Final = {"refund_rejected": "declined", "refund_returned": "expired_or_canceled_card"}


def create(desk: Desk, call: Call) -> Response:
    """Give money back, in full when no amount is given."""
    params = Params(call.body.values, ("amount", "charge", "metadata", "payment_intent", "reason"))
    asked = params.integer("amount") if params.has("amount") else None
    reason = params.choice("reason", _REASONS, "") if params.has("reason") else None
    metadata = params.metadata()

    def give(key: str) -> Response:
        charge = _charge(desk, params)
        left = _left(desk, charge)
        amount = left if asked is None else from_wire(asked, charge.currency)
        if amount > left:
            words = f"Refund amount is greater than unrefunded amount on charge ({left})."
            raise invalid(words, "amount", "amount_too_large")
        # Kept before the refund is booked: its first event tells of it.
        number = desk.book.next_number("refund")
        papers.keep(desk.book, REFUND, desk.token("refund", number), {"metadata": metadata})
        refund = refund_lifecycle.request(desk, charge, amount, reason, key, number)
        return expand.answered(desk, refund_view(desk, refund.refund_reference), params)

    return first_answer(desk, call, give)


def _charge(desk: Desk, params: Params) -> Charge:
    """The charge that a refund is of."""
    if params.has("payment_intent"):
        reference = intent(desk, params.text("payment_intent")).reference
        charge = desk.book.charge(reference)
    else:
        charge, _ = charge_of(desk, params.text("charge"))
    if charge is None or charge.status != "captured":
        words = "This PaymentIntent does not have a successful charge to refund."
        raise invalid(words, "payment_intent", "charge_not_refundable")
    return charge


def _left(desk: Desk, charge: Charge) -> int:
    """What can still be given back.

    Raises:
        StripeError: 400 ``charge_disputed`` or ``charge_already_refunded``.
    """
    if bars_refunds(desk.book, charge.psp_reference):
        raise _not_refundable("charge_disputed", "This charge has been charged back.")
    found = REFUNDS.where(desk.book, psp_reference=charge.psp_reference)
    left = charge.captured - sum(one.amount for one in found if one.status != "failed")
    if left <= 0:
        raise _not_refundable("charge_already_refunded", "Charge has already been refunded.")
    return left


def _not_refundable(code: str, message: str) -> StripeError:
    return invalid(message, None, code)


def read(desk: Desk, call: Call) -> Response:
    """One refund."""
    return expand.retrieved(desk, call, refund_view(desk, call.path["id"]))


def list_refunds(desk: Desk, call: Call) -> Response:
    """All refunds, or those of a PaymentIntent or a Charge."""
    return payment_lists.page(desk, call, REFUNDS, refund_view)


def refund_view(desk: Desk, reference: str) -> JsonObject:
    """The refund as the merchant sees it."""
    found = REFUNDS.where(desk.book, refund_reference=reference)
    if not found:
        raise missing(REFUND, reference, "refund")
    refund = found[0]
    paper, data = papers.find(desk.book, reference, REFUND), intent(desk, refund.psp_reference).data
    moved = balance.of_object(desk, refund.psp_reference, reference)
    view: dict[str, JsonValue] = {
        "id": reference,
        "object": "refund",
        "amount": to_wire(refund.amount, refund.currency),
        "balance_transaction": moved[0]["id"] if moved else None,
        "charge": data["charge"],
        "created": seconds(refund.created_at),
        "currency": refund.currency.lower(),
        "customer": data["customer"],
        "customer_account": None,
        "destination_details": _destination(data["types"][0]),
        "metadata": paper.data["metadata"] if paper else {},
        "payment_intent": refund.psp_reference,
        "payment_method": data["tried"],
        "reason": refund.reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": refund.status,
        "transfer_reversal": None,
    }
    return {**view, **_standing(refund, moved)}


def _standing(refund: Refund, moved: list[balance.Transaction]) -> JsonObject:
    """What only a refund under way, or one that failed, tells."""
    if refund.status == "pending":
        return {"pending_reason": "processing"}
    if refund.failure_code is None:
        return {}
    back = moved[1]["id"] if len(moved) > 1 else None
    reason = _FAILURES[refund.failure_code]
    return {"failure_reason": reason, "failure_balance_transaction": back}


def _destination(kind: str) -> JsonObject:
    if kind != CARD:
        return {"type": kind}
    card: JsonValue = {"reference_status": "pending", "reference_type": "acquirer_reference_number",
                       "type": "refund"}  # fmt: skip
    return {"type": kind, "card": card}
