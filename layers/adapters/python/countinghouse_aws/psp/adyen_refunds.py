"""Refunds at Adyen: received at once, their outcome told by webhook alone."""

from __future__ import annotations

from countinghouse.domain.order import Order
from countinghouse.domain.psp import RefundFact, SettlementKind
from countinghouse.domain.refund import Refund
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass
from countinghouse_aws.psp.adyen_client import AdyenClient
from countinghouse_aws.psp.adyen_facts import refund_fact
from countinghouse_aws.psp.adyen_profile import ADYEN_PROFILE
from countinghouse_aws.psp.profile import NOT_EXPRESSIBLE, NotExpressible
from countinghouse_aws.psp.sandbox import UNREADABLE
from countinghouse_aws.psp.transport import NeverSent, NoAnswer

S = SettlementKind


@dataclass(frozen=True, slots=True)
class AdyenRefunds:
    """The refund port over Adyen's Checkout API."""

    client: AdyenClient
    clock: Clock

    def refund(self, order: Order, refund: Refund) -> RefundFact:
        """Send a refund of the order's charge under the refund's own key."""
        if order.psp_reference is None:
            return RefundFact(S.UNKNOWN, refund.key)
        try:
            value = ADYEN_PROFILE.to_wire(refund.amount_minor, order.currency)
        except NotExpressible:
            return RefundFact(S.FAILED, refund.key, failure=NOT_EXPRESSIBLE)
        body = {
            "merchantAccount": self.client.merchant_account,
            "amount": {"value": value, "currency": order.currency},
            # The webhook brings it back: the only way to tell which refund it is about.
            "reference": refund.key,
        }
        try:
            answer = self.client.refund(order.psp_reference, body, refund.key)
            if answer.is_ok:
                return refund_fact(answer.body, refund)
        except NeverSent:
            return RefundFact(S.NOT_SENT, refund.key)
        except (NoAnswer, *UNREADABLE):
            return RefundFact(S.UNKNOWN, refund.key)
        if answer.is_refusal:
            return RefundFact(S.FAILED, refund.key, failure=f"psp_{answer.error_code}")
        return RefundFact(S.UNKNOWN if answer.was_looked_at else S.NOT_SENT, refund.key)

    def find_refund(self, order: Order, refund: Refund) -> RefundFact:
        """Send the refund again under its key: it is received once, and answered as it was.

        Proves nothing when the key may be forgotten, or when Adyen did not look.
        """
        nothing = RefundFact(S.UNKNOWN, refund.key)
        first = refund.first_sent_at
        if first is None or self.clock.now() - first > ADYEN_PROFILE.replay.key_window:
            return nothing
        fact = self.refund(order, refund)
        return nothing if fact.kind is S.NOT_SENT else fact
