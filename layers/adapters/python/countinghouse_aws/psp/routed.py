"""The ports over all PSPs at once: each order, refund and payout goes to the PSP it names.

When a PSP's key cannot be had, nothing was sent: that is a fact too, and no reason to forget the
intent that was written down before. So it is when the stage has that PSP no more; what it still has
to do there waits, and a person is called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from countinghouse.domain.errors import NotFound, Unavailable
from countinghouse.domain.order import Order
from countinghouse.domain.payout import Payout
from countinghouse.domain.psp import FactKind, PayoutFact, PspFact, RefundFact, SettlementKind
from countinghouse.domain.refund import Refund
from countinghouse.ports.gateway import Gateway, RefundGateway
from countinghouse.ports.payouts import PayoutGateway
from countinghouse.records import dataclass
from countinghouse_aws.observability import count, logger
from countinghouse_aws.psp.timed import timed

ABSENT = "PspAbsent"
"""The metric that an alarm watches: something has to be done at a PSP that the stage lacks."""

_Desk = TypeVar("_Desk")


def _reached(gateways: Callable[[str], _Desk], psp: str) -> _Desk | None:
    """That PSP; None when it cannot be called now, for its key is missing or it is gone."""
    try:
        return gateways(psp)
    except Unavailable:
        return None
    except NotFound:
        count(ABSENT)
        logger().error("psp absent", extra={"psp": psp})
        return None


@dataclass(frozen=True, slots=True)
class RoutedGateway:
    """Charges by the PSP of the order's current attempt; `gateways` gives each by its name."""

    gateways: Callable[[str], Gateway]

    def charge(self, order: Order) -> PspFact:
        """Send the order's newest attempt under its own key."""
        return self._sent(order, lambda gateway: gateway.charge(order))

    def capture(self, order: Order) -> PspFact:
        """Send the order's wanted capture under its own key."""
        return self._sent(order, lambda gateway: gateway.capture(order))

    def void(self, order: Order) -> PspFact:
        """Send the order's wanted void under its own key."""
        return self._sent(order, lambda gateway: gateway.void(order))

    def find(self, order: Order) -> PspFact:
        """Ask what became of the order's newest attempt."""
        return self._called(order, lambda gateway: gateway.find(order), FactKind.UNKNOWN)

    def _sent(self, order: Order, call: Callable[[Gateway], PspFact]) -> PspFact:
        return self._called(order, call, FactKind.NOT_SENT)

    def _called(
        self, order: Order, call: Callable[[Gateway], PspFact], without: FactKind
    ) -> PspFact:
        gateway = _reached(self.gateways, order.payment_info.psp)
        if gateway is None:
            return PspFact(without, key=order.attempts[-1].key)
        return timed(order.payment_info.psp, lambda: call(gateway))


@dataclass(frozen=True, slots=True)
class RoutedRefunds:
    """Refunds by the PSP that took the money."""

    gateways: Callable[[str], RefundGateway]

    def refund(self, order: Order, refund: Refund) -> RefundFact:
        """Send a refund of the order's charge under the refund's own key."""
        gateway = _reached(self.gateways, order.payment_info.psp)
        if gateway is None:
            return RefundFact(SettlementKind.NOT_SENT, refund.key)
        return timed(order.payment_info.psp, lambda: gateway.refund(order, refund))

    def find_refund(self, order: Order, refund: Refund) -> RefundFact:
        """Ask what became of a refund."""
        gateway = _reached(self.gateways, order.payment_info.psp)
        if gateway is None:
            return RefundFact(SettlementKind.UNKNOWN, refund.key)
        return timed(order.payment_info.psp, lambda: gateway.find_refund(order, refund))


@dataclass(frozen=True, slots=True)
class RoutedPayouts:
    """Payouts by the PSP that knows the seller's bank account."""

    gateways: Callable[[str], PayoutGateway]

    def pay_out(self, payout: Payout) -> PayoutFact:
        """Send a payout under its own key."""
        gateway = _reached(self.gateways, payout.psp)
        if gateway is None:
            return PayoutFact(SettlementKind.NOT_SENT, payout.payout_id)
        return timed(payout.psp, lambda: gateway.pay_out(payout))

    def find_payout(self, payout: Payout) -> PayoutFact:
        """Ask what became of a payout."""
        gateway = _reached(self.gateways, payout.psp)
        if gateway is None:
            return PayoutFact(SettlementKind.UNKNOWN, payout.payout_id)
        return timed(payout.psp, lambda: gateway.find_payout(payout))
