"""The ports over all PSPs at once: each order, refund and payout goes to the PSP it names.

When a PSP's key cannot be had, nothing was sent: that is a fact too, and no reason to forget the
intent that was written down before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.order import Order
from countinghouse.domain.payout import Payout
from countinghouse.domain.psp import FactKind, PayoutFact, PspFact, RefundFact, SettlementKind
from countinghouse.domain.refund import Refund
from countinghouse.ports.gateway import Gateway, RefundGateway
from countinghouse.ports.payouts import PayoutGateway


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
        try:
            gateway = self.gateways(order.payment_info.psp)
        except Unavailable:
            return PspFact(without, key=order.attempts[-1].key)
        return call(gateway)


@dataclass(frozen=True, slots=True)
class RoutedRefunds:
    """Refunds by the PSP that took the money."""

    gateways: Callable[[str], RefundGateway]

    def refund(self, order: Order, refund: Refund) -> RefundFact:
        """Send a refund of the order's charge under the refund's own key."""
        try:
            gateway = self.gateways(order.payment_info.psp)
        except Unavailable:
            return RefundFact(SettlementKind.NOT_SENT, refund.key)
        return gateway.refund(order, refund)

    def find_refund(self, order: Order, refund: Refund) -> RefundFact:
        """Ask what became of a refund."""
        try:
            gateway = self.gateways(order.payment_info.psp)
        except Unavailable:
            return RefundFact(SettlementKind.UNKNOWN, refund.key)
        return gateway.find_refund(order, refund)


@dataclass(frozen=True, slots=True)
class RoutedPayouts:
    """Payouts by the PSP that knows the seller's bank account."""

    gateways: Callable[[str], PayoutGateway]

    def pay_out(self, payout: Payout) -> PayoutFact:
        """Send a payout under its own key."""
        try:
            gateway = self.gateways(payout.psp)
        except Unavailable:
            return PayoutFact(SettlementKind.NOT_SENT, payout.payout_id)
        return gateway.pay_out(payout)

    def find_payout(self, payout: Payout) -> PayoutFact:
        """Ask what became of a payout."""
        try:
            gateway = self.gateways(payout.psp)
        except Unavailable:
            return PayoutFact(SettlementKind.UNKNOWN, payout.payout_id)
        return gateway.find_payout(payout)
