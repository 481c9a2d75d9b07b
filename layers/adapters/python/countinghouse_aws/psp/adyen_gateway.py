"""Charges at Adyen: Checkout's sessions, payments, captures and cancels.

Adyen answers no question about a payment by our reference. What it offers instead is the same
request under the same key: it answers the first one's response, or carries the request out once.
So `find` is that, as long as the key is surely kept, and proves nothing after that.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from countinghouse.domain.errors import Invalid, Unavailable
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import CaptureMode, Operation, Order
from countinghouse.domain.psp import Decline, DeclineType, Doubt, FactKind, PspFact, PspSession
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass
from countinghouse_aws.psp.adyen_answers import Answer
from countinghouse_aws.psp.adyen_client import AdyenClient
from countinghouse_aws.psp.adyen_facts import charge_fact, newest_card, session_of
from countinghouse_aws.psp.adyen_profile import ADYEN_PROFILE, SCA_EXEMPTIONS, method_type
from countinghouse_aws.psp.profile import CARDS, NOT_EXPRESSIBLE, NotExpressible
from countinghouse_aws.psp.sandbox import UNREADABLE
from countinghouse_aws.psp.transport import NeverSent, NoAnswer

K = FactKind
NO_RETURN_URL = "https://return.invalid/"
"""Adyen wants one even of a payment that sends nobody anywhere (RFC 2606: it leads nowhere)."""

_MERCHANT_INITIATED = "merchant_initiated"
_STORED = {"shopperInteraction": "Ecommerce", "recurringProcessingModel": "CardOnFile"}
_STORED_BY_MERCHANT = {
    "shopperInteraction": "ContAuth",
    "recurringProcessingModel": "UnscheduledCardOnFile",
}


@dataclass(frozen=True, slots=True)
class AdyenGateway:
    """The gateway port over Adyen's Checkout API."""

    client: AdyenClient
    clock: Clock

    def open_session(
        self, checkout_id: str, amount_minor: int, currency: str, return_url: str | None
    ) -> PspSession:
        """Open a session that stores the buyer's card; the orders are charged one by one with it.

        Raises Unavailable when Adyen cannot be reached, Invalid when it refuses.
        """
        ADYEN_PROFILE.to_wire(amount_minor, currency)
        body = {
            "merchantAccount": self.client.merchant_account,
            "amount": {"value": 0, "currency": currency},
            "reference": checkout_id,
            "returnUrl": return_url or NO_RETURN_URL,
            "shopperReference": _shopper(checkout_id),
            "shopperInteraction": "Ecommerce",
            "recurringProcessingModel": "CardOnFile",
            "storePaymentMethodMode": "enabled",
            "metadata": {"checkout_id": checkout_id},
        }
        try:
            answer = self.client.sessions(body, f"{checkout_id}:session")
            if answer.is_refusal:
                raise Invalid("the PSP refused this checkout", code="psp_refused")
            if not answer.is_ok:
                raise Unavailable("the PSP cannot open a session now")
            return session_of(answer.body)
        except (NeverSent, NoAnswer, *UNREADABLE) as error:
            raise Unavailable("the PSP did not answer") from error

    def charge(self, order: Order) -> PspFact:
        """Send the order's newest attempt under its own key."""
        key = order.attempts[-1].key
        try:
            body = self._payment(order)
        except NotExpressible:
            return _refused(key, NOT_EXPRESSIBLE)
        except (NeverSent, NoAnswer, *UNREADABLE):
            # Only asked for the stored card so far: nothing can have been charged.
            return PspFact(K.NOT_SENT, key)
        if body is None:
            return _refused(key, "psp_no_payment_method")
        return self._charged(order, body)

    def find(self, order: Order) -> PspFact:
        """Send the newest attempt again under its key, which answers what became of the first."""
        attempt = order.attempts[-1]
        nothing = PspFact(K.UNKNOWN, attempt.key)
        unasked = PspFact(K.UNKNOWN, attempt.key, doubt=Doubt.UNASKED)
        if self.clock.now() - attempt.first_sent_at > ADYEN_PROFILE.replay.key_window:
            return unasked
        try:
            # The same request has the same card in it, whatever the buyer has stored since.
            body = self._payment(order, attempt.first_sent_at)
        except (NeverSent, NoAnswer, *UNREADABLE):
            return nothing
        if body is None:
            return unasked
        fact = self._charged(order, body)
        return nothing if fact.kind is K.NOT_SENT else fact

    def complete(self, order: Order, details: Mapping[str, object]) -> PspFact:
        """Hand in what a redirect or 3-D Secure brought back: /payments/details.

        A refusal says nothing of the payment: the details may be another payment's, or used up.
        """
        key = order.attempts[-1].key
        said = json.dumps(details, sort_keys=True)
        own = hashlib.sha256(f"{key}|{said}".encode()).hexdigest()
        try:
            answer = self.client.details({"details": dict(details)}, own)
            return self._read(answer, order, PspFact(K.UNKNOWN, key, doubt=Doubt.ANSWER))
        except NeverSent:
            return PspFact(K.NOT_SENT, key)
        except (NoAnswer, *UNREADABLE):
            return PspFact(K.UNKNOWN, key)

    def capture(self, order: Order) -> PspFact:
        """Send the order's wanted capture under its own key; a webhook tells the outcome."""
        wanted = _wanted(order)
        try:
            value = ADYEN_PROFILE.to_wire(wanted.amount_minor, order.currency)
        except NotExpressible:
            return PspFact(K.UNKNOWN, order.attempts[-1].key, doubt=Doubt.UNASKED)
        amount = {"value": value, "currency": order.currency}
        return self._changed(order, wanted, {"amount": amount})

    def void(self, order: Order) -> PspFact:
        """Send the order's wanted void under its own key; a webhook tells the outcome."""
        return self._changed(order, _wanted(order), {})

    def _changed(self, order: Order, wanted: Operation, more: Mapping[str, object]) -> PspFact:
        """What a capture or void came to. A refusal of it says nothing of the charge itself."""
        charge_key = order.attempts[-1].key
        account = self.client.merchant_account
        body = {"merchantAccount": account, "reference": wanted.key, **more}
        try:
            answer = self._sent_for(order, body, wanted, has_amount="amount" in more)
        except NeverSent:
            return PspFact(K.NOT_SENT, charge_key)
        except NoAnswer:
            return PspFact(K.UNKNOWN, charge_key)
        if not answer.was_looked_at:
            return PspFact(K.NOT_SENT, charge_key)
        if answer.is_ok and answer.body.get("status") == "received":
            return PspFact(K.PENDING, charge_key)
        doubt = Doubt.SILENCE if answer.is_ok else answer.doubt
        return PspFact(K.UNKNOWN, charge_key, doubt=doubt)

    def _sent_for(
        self, order: Order, body: dict[str, object], wanted: Operation, *, has_amount: bool
    ) -> Answer:
        if order.psp_reference is None:
            # A redirect that nobody came back from: Adyen names the payment only afterwards.
            by_ours = {**body, "paymentReference": order.order_id}
            return self.client.cancel_by_reference(by_ours, wanted.key)
        call = self.client.capture if has_amount else self.client.cancel
        return call(order.psp_reference, body, wanted.key)

    def _charged(self, order: Order, body: Mapping[str, object]) -> PspFact:
        key = order.attempts[-1].key
        try:
            answer = self.client.payments(body, key)
            refused = _refused(key, f"psp_{answer.error_code}")
            return self._read(answer, order, refused)
        except NeverSent:
            return PspFact(K.NOT_SENT, key)
        except (NoAnswer, *UNREADABLE):
            return PspFact(K.UNKNOWN, key)

    def _read(self, answer: Answer, order: Order, refused: PspFact) -> PspFact:
        if answer.is_ok:
            return charge_fact(answer.body, order)
        if not answer.was_looked_at:
            return PspFact(K.NOT_SENT, order.attempts[-1].key)
        unknown = PspFact(K.UNKNOWN, order.attempts[-1].key, doubt=answer.doubt)
        return refused if answer.is_refusal else unknown

    def _payment(
        self, order: Order, card_before: Instant | None = None
    ) -> dict[str, object] | None:
        """The request for the newest attempt; None when there is nothing to charge it to.

        Raises NotExpressible, NeverSent or NoAnswer, or one of UNREADABLE.
        """
        info = order.payment_info
        amount = ADYEN_PROFILE.to_wire(order.amount_minor, order.currency)
        method = self._method(order, card_before)
        if method is None:
            return None
        by_merchant = info.sca_exemption == _MERCHANT_INITIATED
        exemption = SCA_EXEMPTIONS.get(info.sca_exemption or "")
        additional = {"manualCapture": "true"} if order.capture_mode is CaptureMode.MANUAL else {}
        if exemption is not None:
            additional["scaExemption"] = exemption
        body: dict[str, object] = {
            "merchantAccount": self.client.merchant_account,
            "amount": {"value": amount, "currency": order.currency},
            "reference": order.order_id,
            "shopperReference": _shopper(order.checkout_id),
            "paymentMethod": method,
            "shopperInteraction": "Ecommerce",
            "returnUrl": info.return_url or NO_RETURN_URL,
            "metadata": {"key": order.attempts[-1].key, "capture": str(order.capture_mode)},
        }
        if info.method in CARDS:
            body |= _STORED_BY_MERCHANT if by_merchant else _STORED
        return {**body, "additionalData": additional} if additional else body

    def _method(self, order: Order, card_before: Instant | None) -> dict[str, str] | None:
        info = order.payment_info
        if info.method not in CARDS:
            kind = method_type(info.method, order.currency, info.wallet_provider)
            return None if kind is None else {"type": kind}
        answer = self.client.stored_methods(_shopper(order.checkout_id))
        if not answer.is_ok:
            raise NoAnswer(f"status {answer.status}")
        card = newest_card(answer.body, card_before)
        return None if card is None else {"type": "scheme", "storedPaymentMethodId": card}


def _shopper(checkout_id: str) -> str:
    """The checkout as Adyen's shopper: three characters at least, and nobody else's."""
    return checkout_id.ljust(3, ":")


def _wanted(order: Order) -> Operation:
    if order.operation is None:
        raise Invalid(f"order {order.order_id} wants no capture and no void")
    return order.operation


def _refused(key: str, code: str) -> PspFact:
    decline = Decline(code, DeclineType.HARD, "the PSP refused the request")
    return PspFact(K.DECLINED, key, decline=decline)
