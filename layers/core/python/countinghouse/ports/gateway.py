"""A PSP, asked to do things. Every answer is a fact, also when there is none."""

from typing import Protocol

from countinghouse.domain.order import Order
from countinghouse.domain.psp import PspFact, PspSession, RefundFact
from countinghouse.domain.refund import Refund


class Gateway(Protocol):
    """One payment service provider.

    No call raises for what the PSP or the network did: a time-out is the fact UNKNOWN, a connection
    that never stood is NOT_SENT.
    """

    def charge(self, order: Order) -> PspFact:
        """Send the order's newest attempt under its own key."""
        ...

    def capture(self, order: Order) -> PspFact:
        """Send the order's wanted capture under its own key."""
        ...

    def void(self, order: Order) -> PspFact:
        """Send the order's wanted void under its own key."""
        ...

    def find(self, order: Order) -> PspFact:
        """Ask what became of the order's newest attempt."""
        ...


class Sessions(Protocol):
    """The same PSP, where checkouts are registered."""

    def open_session(
        self, checkout_id: str, amount_minor: int, currency: str, return_url: str | None
    ) -> PspSession:
        """Register a checkout before any payment; the same checkout gets the same token.

        Raises Unavailable when the PSP cannot be reached, Rejected when it refuses.
        """
        ...


class ChargeDesk(Gateway, Sessions, Protocol):
    """A PSP as far as charges go."""


class RefundGateway(Protocol):
    """The same PSP, asked to give money back. Neither call raises for what the PSP did."""

    def refund(self, order: Order, refund: Refund) -> RefundFact:
        """Send a refund of the order's charge under the refund's own key."""
        ...

    def find_refund(self, order: Order, refund: Refund) -> RefundFact:
        """Ask what became of a refund."""
        ...


class ChargeOwners(Protocol):
    """The PSPs, asked for which order of ours a charge was made: not every event says so."""

    def order_of(self, psp: str, charge_reference: str) -> str | None:
        """The order's id; None when the PSP does not know the charge, or it is not ours.

        Raises Unavailable.
        """
        ...
