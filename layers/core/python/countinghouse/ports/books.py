"""Where payments, orders and PSP events are kept: one row each, every write conditional.

`replace(old, new)` commits only if the stored row still has `old`'s version, and raises Conflict
otherwise. `add` creates, or returns the row that stood in its way. Reads are strongly consistent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias

from countinghouse.domain.instants import Instant
from countinghouse.domain.order import Order
from countinghouse.domain.payment import Payment, Submission
from countinghouse.domain.psp import PspEvent
from countinghouse.records import dataclass

if TYPE_CHECKING:
    # Named in one signature; intake starts without it.
    from countinghouse.domain.payout import Payout


@dataclass(frozen=True, slots=True)
class SubmissionRequest:
    """A submission to be laid on an open checkout, in one conditional write."""

    checkout_id: str
    psp_token: str
    amount_minor: int
    currency: str
    submission: Submission
    now: Instant
    due_at: Instant


@dataclass(frozen=True, slots=True)
class Submitted:
    """The payment as it stands: just accepted, or as it stood before (None: no such checkout)."""

    accepted: bool
    payment: Payment | None


class PaymentBook(Protocol):
    """The payments, by checkout."""

    def get(self, checkout_id: str) -> Payment | None:
        """The payment, or None."""
        ...

    def get_many(self, checkout_ids: Iterable[str]) -> Mapping[str, Payment]:
        """Those of the payments that exist."""
        ...

    def add(self, payment: Payment) -> Payment | None:
        """Store a new payment; or return the one that is there."""
        ...

    def submit(self, request: SubmissionRequest) -> Submitted:
        """Lay a submission on an OPEN checkout with this token, amount and currency."""
        ...

    def replace(self, old: Payment, new: Payment) -> None:
        """Commit a change. Raises Conflict."""
        ...


class OrderBook(Protocol):
    """The payment orders."""

    def get(self, order_id: str) -> Order | None:
        """The order, or None."""
        ...

    def get_many(self, order_ids: Iterable[str]) -> Mapping[str, Order]:
        """Those of the orders that exist."""
        ...

    def add(self, order: Order) -> Order | None:
        """Store a new order; or return the one that is there."""
        ...

    def replace(self, old: Order, new: Order) -> None:
        """Commit a change. Raises Conflict."""
        ...


Effect: TypeAlias = "tuple[Order, Order] | tuple[Payout, Payout]"
"""What an event changes, before and after."""


class PspEventBook(Protocol):
    """The PSPs' events: an inbox in which each is recorded once."""

    def get(self, event_key: str) -> PspEvent | None:
        """The event, or None."""
        ...

    def add(self, event: PspEvent) -> PspEvent | None:
        """Record a new event; or return the one that is there."""
        ...

    def replace(self, old: PspEvent, new: PspEvent) -> None:
        """Commit what became of an event. Raises Conflict."""
        ...

    def apply(self, old: PspEvent, new: PspEvent, effect: Effect) -> None:
        """Commit an event and what it changes in one transaction. Raises Conflict."""
        ...

    def of_order(self, order_id: str) -> list[PspEvent]:
        """Every event about an order, oldest first (read from an index: may lag)."""
        ...
