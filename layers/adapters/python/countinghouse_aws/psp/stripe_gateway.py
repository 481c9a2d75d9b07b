"""Charging at Stripe: a SetupIntent a checkout, a PaymentIntent an attempt.

The buyer's page attaches a card to the SetupIntent's customer; each order is then a PaymentIntent
of that customer, made and confirmed in one call. A charge is found again among the customer's
intents, by our key in their metadata: that list is complete at once, unlike Stripe's search.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from countinghouse.domain.errors import Invalid, KeyReused, Unavailable
from countinghouse.domain.instants import DAY
from countinghouse.domain.order import Order
from countinghouse.domain.psp import Decline, DeclineType, Doubt, FactKind, PspFact, PspSession
from countinghouse_aws.psp.names import STRIPE
from countinghouse_aws.psp.profile import NOT_EXPRESSIBLE, NotExpressible
from countinghouse_aws.psp.sandbox import UNREADABLE, plain_text
from countinghouse_aws.psp.stripe_answers import Answer, Proof, report_key_reuse
from countinghouse_aws.psp.stripe_client import answer_to, connect, listed
from countinghouse_aws.psp.stripe_facts import decline_of, intent_fact_of, seconds
from countinghouse_aws.psp.stripe_profile import STRIPE_PROFILE
from countinghouse_aws.psp.stripe_requests import CARD, Checkout, method_of, wanted_intent
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Transport

if TYPE_CHECKING:
    import stripe

K = FactKind
_SESSION_LIFETIME = DAY
"""After this the buyer's page starts anew; Stripe itself keeps a SetupIntent for good."""
_PAGE = 100


class StripeGateway:
    """The gateway port over Stripe's API."""

    def __init__(self, transport: Transport, api_key: str) -> None:
        self._stripe = connect(transport, api_key)

    def open_session(
        self, checkout_id: str, amount_minor: int, currency: str, return_url: str | None
    ) -> PspSession:
        """Register a checkout as a customer with a SetupIntent.

        Raises NotExpressible (an Invalid) for money that Stripe does not take, Unavailable when it
        cannot be reached, KeyReused when it knows the checkout with something else.
        """
        STRIPE_PROFILE.to_wire(amount_minor, currency)
        ours = {"checkout_id": checkout_id}
        v1 = self._stripe.v1
        customer = _made(
            lambda: v1.customers.create(
                {"metadata": ours}, {"idempotency_key": f"{checkout_id}:customer"}
            )
        )
        try:
            setup = _made(
                lambda: v1.setup_intents.create(
                    {
                        "customer": plain_text(customer["id"]),
                        "usage": "on_session",
                        "allowed_payment_method_types": ["card"],
                        "metadata": ours,
                    },
                    {"idempotency_key": f"{checkout_id}:session"},
                )
            )
            return PspSession(
                psp=STRIPE,
                psp_token=plain_text(setup["id"]),
                expires_at=seconds(setup["created"]) + _SESSION_LIFETIME,
                client_secret=plain_text(setup["client_secret"]),
            )
        except UNREADABLE as error:
            raise Unavailable("the session cannot be read") from error

    def charge(self, order: Order) -> PspFact:
        """Send the order's newest attempt under its own key."""
        key = order.attempts[-1].key
        try:
            amount = STRIPE_PROFILE.to_wire(order.amount_minor, order.currency)
        except NotExpressible:
            return _declined(key, NOT_EXPRESSIBLE)
        kind = method_of(order)
        if kind is None:
            return _declined(key, "psp_method_unknown")
        checkout = self._checkout(order)
        if isinstance(checkout, PspFact):
            return checkout
        if kind == CARD and checkout.payment_method is None:
            return _declined(key, "psp_payment_method_missing")
        params = wanted_intent(order, amount, kind, checkout)
        create = self._stripe.v1.payment_intents.create
        return _outcome(lambda: create(params, {"idempotency_key": key}), key, _refused)

    def capture(self, order: Order) -> PspFact:
        """Send the order's wanted capture under its own key."""
        wanted = order.operation
        if wanted is None:
            raise Invalid(f"order {order.order_id} wants no capture")
        key = order.attempts[-1].key
        try:
            amount = STRIPE_PROFILE.to_wire(wanted.amount_minor, order.currency)
        except NotExpressible:
            return PspFact(K.UNKNOWN, key=key, doubt=Doubt.UNASKED)
        capture = self._stripe.v1.payment_intents.capture
        return _outcome(
            lambda: capture(
                order.psp_reference or "",
                {"amount_to_capture": amount},
                {"idempotency_key": wanted.key},
            ),
            key,
            _proves_nothing,
        )

    def void(self, order: Order) -> PspFact:
        """Send the order's wanted void under its own key."""
        wanted = order.operation
        if wanted is None:
            raise Invalid(f"order {order.order_id} wants no void")
        cancel = self._stripe.v1.payment_intents.cancel
        return _outcome(
            lambda: cancel(order.psp_reference or "", {}, {"idempotency_key": wanted.key}),
            order.attempts[-1].key,
            _proves_nothing,
        )

    def find(self, order: Order) -> PspFact:
        """Ask what became of the order's newest attempt: by Stripe's id, else by our key."""
        key = order.attempts[-1].key
        try:
            if order.psp_reference is not None:
                return self._known(order.psp_reference, key)
            checkout = self._checkout(order)
            if isinstance(checkout, PspFact):
                refused = checkout.kind is K.DECLINED
                doubt = Doubt.ANSWER if refused else Doubt.SILENCE
                return PspFact(K.UNKNOWN, key=key, doubt=doubt)
            return self._among(checkout.customer, key)
        except (NeverSent, NoAnswer, *UNREADABLE):
            return PspFact(K.UNKNOWN, key=key)

    def _known(self, psp_reference: str, key: str) -> PspFact:
        answer = answer_to(lambda: self._stripe.v1.payment_intents.retrieve(psp_reference))
        if answer.proof() is not Proof.DONE:
            return PspFact(K.UNKNOWN, key=key, doubt=answer.doubt)
        return intent_fact_of(answer.body)

    def _among(self, customer: str, key: str) -> PspFact:
        intents = self._stripe.v1.payment_intents
        for intent in listed(lambda: intents.list({"customer": customer, "limit": _PAGE})):
            if (intent.get("metadata") or {}).get("key") == key:
                return intent_fact_of(intent)
        return PspFact(K.NOT_FOUND, key=key)

    def _checkout(self, order: Order) -> Checkout | PspFact:
        """What the order's token stands for, or why nothing can be charged on it.

        Nothing has been charged by asking: without an answer the charge was not sent.
        """
        key, token = order.attempts[-1].key, order.payment_info.psp_token
        try:
            answer = answer_to(lambda: self._stripe.v1.setup_intents.retrieve(token))
            match answer.proof():
                case Proof.DONE:
                    method = answer.body.get("payment_method")
                    return Checkout(
                        plain_text(answer.body["customer"]),
                        None if method is None else plain_text(method),
                    )
                case Proof.REFUSED:
                    return _refused(answer, key)
                case _:
                    return PspFact(K.NOT_SENT, key=key)
        except (NeverSent, NoAnswer, *UNREADABLE):
            return PspFact(K.NOT_SENT, key=key)


def _made(call: Callable[[], stripe.StripeObject]) -> Mapping[str, Any]:
    """What a call of `open_session` made. Raises Unavailable, KeyReused or Invalid."""
    try:
        answer = answer_to(call)
    except (NeverSent, NoAnswer, *UNREADABLE) as error:
        raise Unavailable("the PSP did not answer") from error
    if answer.is_key_reuse:
        raise KeyReused("the PSP knows this checkout with something else")
    match answer.proof():
        case Proof.DONE:
            return answer.body
        case Proof.REFUSED:
            raise Invalid("the PSP refused this checkout", code="psp_refused")
        case _:
            raise Unavailable("the PSP cannot open a session now")


def _outcome(
    call: Callable[[], stripe.StripeObject], key: str, refused: Callable[[Answer, str], PspFact]
) -> PspFact:
    """What a call about one charge came to; `refused` says what a plain refusal proves of it."""
    try:
        answer = answer_to(call)
        report_key_reuse(answer, key)
        proof = answer.proof()
        if proof is Proof.DONE:
            return intent_fact_of(answer.body)
        if proof is Proof.NOT_LOOKED_AT:
            return PspFact(K.NOT_SENT, key=key)
        if proof is Proof.NOTHING:
            return PspFact(K.UNKNOWN, key=key, doubt=answer.doubt)
        # An intent that is past what we asked for is named: its state is the answer.
        return refused(answer, key) if answer.intent is None else intent_fact_of(answer.intent)
    except NeverSent:
        return PspFact(K.NOT_SENT, key=key)
    except (NoAnswer, *UNREADABLE):
        return PspFact(K.UNKNOWN, key=key)


def _refused(answer: Answer, key: str) -> PspFact:
    """A charge that was refused with nothing made; a card's refusal keeps the issuer's code."""
    if answer.error.get("type") == "card_error":
        return PspFact(K.DECLINED, key=key, decline=decline_of(answer.error))
    return _declined(key, answer.refusal)


def _declined(key: str, code: str) -> PspFact:
    decline = Decline(code, DeclineType.HARD, "the PSP refused the request")
    return PspFact(K.DECLINED, key=key, decline=decline)


def _proves_nothing(_: Answer, key: str) -> PspFact:
    """A refusal of a capture or void says nothing of the charge itself."""
    return PspFact(K.UNKNOWN, key=key, doubt=Doubt.ANSWER)
