"""The calls about PaymentIntents.

To the engine each is a session of its own, so that its challenge is its own, with one charge: both
go by the PaymentIntent's id.
"""

from dataclasses import replace
from typing import Any, Final

from tools.sandbox_psp import faults, lifecycle, papers
from tools.sandbox_psp.charges import Charge, Session
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.idempotency import first_answer
from tools.sandbox_psp.instruments import Instrument
from tools.sandbox_psp.outbox import Event, emit
from tools.sandbox_psp.papers import Paper
from tools.sandbox_psp.stripe_face import expand, lists
from tools.sandbox_psp.stripe_face.errors import INVALID_REQUEST, StripeError, invalid
from tools.sandbox_psp.stripe_face.intent_views import (
    CHARGE,
    INTENT,
    changed,
    decline,
    intent,
    intent_view,
    payment_error,
    status_of,
)
from tools.sandbox_psp.stripe_face.intent_wishes import Wish, method_of, wish_of
from tools.sandbox_psp.stripe_face.money import from_wire, smallest
from tools.sandbox_psp.stripe_face.params import Params
from tools.sandbox_psp.stripe_face.payment_methods import saved_method
from tools.sandbox_psp.stripe_face.times import seconds
from tools.sandbox_psp.wire import JsonValue, Response, answer

CREATED: Final = "intent.created"
_UNEXPECTED: Final = "payment_intent_unexpected_state"
_REASONS: Final = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
_CHALLENGED: Final = ("three_ds", "three_ds_then_decline")


def create(desk: Desk, call: Call) -> Response:
    """Make a PaymentIntent, and with ``confirm`` try it at once."""
    wish = wish_of(call.body.values)

    def make(key: str) -> Response:
        method = method_of(desk, wish)
        if wish.confirm and method is None:
            words = "You cannot confirm this PaymentIntent because it's missing a payment method."
            raise invalid(words, "payment_method", _UNEXPECTED)
        paper = _made(desk, wish, method, key)
        if wish.confirm:
            return _confirmed(desk, paper, wish.params)
        emit(desk, Event(CREATED, paper.reference, paper.data["order_id"], desk.now(), {}))
        return expand.answered(desk, intent_view(desk, paper.reference), wish.params)

    return first_answer(desk, call, make)


def _made(desk: Desk, wish: Wish, method: str | None, key: str) -> Paper:
    number, now = desk.book.next_number("charge"), desk.now()
    reference = desk.token("charge", number)
    data: dict[str, Any] = {
        **wish.kept(),
        "number": number,
        "order_id": wish.metadata.get("order_id", reference),
        "client_secret": f"{reference}_secret_{desk.token('client_secret', -number)}",
        "payment_method": method,
        "tried": None,
        "charge": None,
        "idempotency_key": key,
        "created": seconds(now),
        "canceled_at": None,
        "cancellation_reason": None,
        "was_held": False,
        "announced": False,
    }
    papers.keep(desk.book, INTENT, reference, data, parent=wish.customer or "")
    return intent(desk, reference)


def confirm(desk: Desk, call: Call) -> Response:
    """Try a PaymentIntent, once more if the last attempt failed."""
    params = Params(call.body.values, ("off_session", "payment_method", "return_url"))

    def attempt(_: str) -> Response:
        paper = intent(desk, call.path["id"])
        status = status_of(paper, desk.book.charge(paper.reference))
        if status not in ("requires_confirmation", "requires_payment_method"):
            raise _unexpected(desk, paper, f"cannot be confirmed: its status is {status}.")
        method = params.optional("payment_method") or paper.data["payment_method"]
        url = params.optional("return_url") or paper.data["return_url"]
        away = params.flag("off_session") or paper.data["off_session"]
        again = changed(desk, paper, payment_method=method, return_url=url, off_session=away)
        return _confirmed(desk, again, params)

    return first_answer(desk, call, attempt)


def _confirmed(desk: Desk, paper: Paper, params: Params) -> Response:
    """Book the attempt; a payment that fails at once is a refusal that names its PaymentIntent."""
    method = paper.data["payment_method"]
    if method is None:
        raise _unexpected(desk, paper, "cannot be confirmed: it is missing a payment method.")
    kind, instrument, owner = saved_method(desk, method)
    if owner is not None and owner != paper.data["customer"]:
        raise invalid("The payment method belongs to another customer.", "payment_method")
    if kind not in paper.data["types"]:
        raise invalid(f"The payment method's type {kind} is not allowed.", "payment_method")
    number = desk.book.next_number("stripe charge")
    charge_id = desk.book.token("ch_" if kind == "card" else "py_", number)
    papers.keep(desk.book, CHARGE, charge_id, {}, parent=paper.reference)
    paper = changed(desk, paper, charge=charge_id, tried=method)
    session = _session(desk, paper, _behaving(paper, instrument))
    charge = lifecycle.place(desk, session, _charge(desk, paper, instrument))
    paper = intent(desk, paper.reference)
    failed = decline(paper, charge)
    if failed is None:
        return expand.answered(desk, intent_view(desk, paper.reference), params)
    error = payment_error(desk, paper, failed)
    error["payment_intent"] = intent_view(desk, paper.reference)
    return answer(402 if failed.kind == "card_error" else 400, {"error": error})


def _behaving(paper: Paper, instrument: Instrument) -> Instrument:
    """A buyer who is away cannot be challenged."""
    if paper.data["off_session"] and instrument.behaviour in _CHALLENGED:
        return replace(instrument, behaviour="authentication_failed")
    return instrument


def _session(desk: Desk, paper: Paper, instrument: Instrument) -> Session:
    """The attempt's session: the buyer of an earlier one has answered nothing in this."""
    data, now = paper.data, desk.now()
    session = Session(
        psp_token=paper.reference,
        reference=paper.reference,
        amount=data["amount"],
        currency=data["currency"],
        method=None,
        return_url=data["return_url"],
        client_secret=data["client_secret"],
        created_at=now,
        expires_at=now + desk.config.session_lifetime,
        instrument=instrument,
    )
    desk.book.save_session(session)
    return session


def _charge(desk: Desk, paper: Paper, instrument: Instrument) -> Charge:
    data, now = paper.data, desk.now()
    by_card = f"{instrument.funding}_card" if instrument.kind == "card" else instrument.kind
    drift = faults.take(desk.book, (faults.AMOUNT_DRIFT,), "charge", data["order_id"])
    return Charge(
        psp_reference=paper.reference,
        number=data["number"],
        session=paper.reference,
        order_id=data["order_id"],
        idempotency_key=data["idempotency_key"],
        requested=data["amount"],
        amount=data["amount"] + (smallest(data["currency"]) if drift else 0),
        currency=data["currency"],
        capture=data["capture_method"],
        method=by_card,
        created_at=now,
        updated_at=now,
    )


def read(desk: Desk, call: Call) -> Response:
    """One PaymentIntent."""
    params = lists.asked(call, "client_secret")
    return expand.answered(desk, intent_view(desk, call.path["id"]), params)


def list_intents(desk: Desk, call: Call) -> Response:
    """All PaymentIntents, or a customer's: complete at once, unlike a search."""
    params = lists.asked(call, *lists.PAGING, "customer")
    found = papers.listed(desk.book, INTENT, params.optional("customer"))
    return lists.page(call, params, [intent_view(desk, one.reference) for one in reversed(found)])


def capture(desk: Desk, call: Call) -> Response:
    """Take the money that is held, or a part of it; the rest is let go."""
    params = Params(call.body.values, ("amount_to_capture",))
    asked = params.integer("amount_to_capture") if params.has("amount_to_capture") else None

    def take(_: str) -> Response:
        paper = intent(desk, call.path["id"])
        charge = desk.book.charge(paper.reference)
        status = status_of(paper, charge)
        if charge is None or status != "requires_capture":
            raise _unexpected(desk, paper, f"could not be captured: its status is {status}.")
        amount = charge.amount if asked is None else from_wire(asked, charge.currency)
        if amount > charge.amount:
            words = "The amount to capture must be at most the capturable amount."
            raise invalid(words, "amount_to_capture", "amount_too_large")
        lifecycle.capture(desk, charge, amount)
        return expand.answered(desk, intent_view(desk, paper.reference), params)

    return first_answer(desk, call, take)


def cancel(desk: Desk, call: Call) -> Response:
    """End a PaymentIntent that has taken no money."""
    params = Params(call.body.values, ("cancellation_reason",))
    reason = None
    if params.has("cancellation_reason"):
        reason = params.choice("cancellation_reason", _REASONS, "")

    def end(_: str) -> Response:
        paper = intent(desk, call.path["id"])
        charge = desk.book.charge(paper.reference)
        status = status_of(paper, charge)
        if status in ("canceled", "succeeded"):
            raise _unexpected(desk, paper, f"cannot be canceled: its status is {status}.")
        held = status == "requires_capture"
        paper = changed(desk, paper, canceled_at=seconds(desk.now()), was_held=held,
                        cancellation_reason=reason)  # fmt: skip
        if charge is not None and charge.status in ("authorized", "requires_action"):
            lifecycle.void(desk, charge)
        else:
            order_id = paper.data["order_id"]
            emit(desk, Event("intent.canceled", paper.reference, order_id, desk.now(), {}))
        return expand.answered(desk, intent_view(desk, paper.reference), params)

    return first_answer(desk, call, end)


def _unexpected(desk: Desk, paper: Paper, words: str) -> StripeError:
    """A step that the PaymentIntent's status does not allow, with the PaymentIntent as it is."""
    shown: JsonValue = intent_view(desk, paper.reference)
    message = f"This PaymentIntent {words}"
    return StripeError(400, INVALID_REQUEST, _UNEXPECTED, message, payment_intent=shown)
