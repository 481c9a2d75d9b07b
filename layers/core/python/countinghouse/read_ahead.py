"""Books whose first answers a whole batch of messages has read together, in one call.

What a message announces was committed before it was sent, so it is seen by a read made once the
message is here: that holds of one read for ten messages as of ten. Each answer is given once. Who
asks again, after a conflict, hears what is there now; and every write is conditional as ever. Of
PSPs' events, which never change, and of journals, which are never removed, the read may lag: what
it misses is read alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from countinghouse.domain.ledger import Journal, JournalKey
from countinghouse.domain.order import Order
from countinghouse.domain.payment import Payment
from countinghouse.domain.psp import PspEvent
from countinghouse.domain.wallet import WalletAddress
from countinghouse.ports.books import (
    Effect,
    OrderBook,
    PaymentBook,
    PspEventBook,
    SubmissionRequest,
    Submitted,
)
from countinghouse.ports.ledger import Journals
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class PaymentsAhead:
    """The payments, some of them read already."""

    book: PaymentBook
    read: dict[str, Payment]

    def get(self, checkout_id: str) -> Payment | None:
        """The payment, or None."""
        return self.read.pop(checkout_id, None) or self.book.get(checkout_id)

    def get_many(self, checkout_ids: Iterable[str]) -> Mapping[str, Payment]:
        """Those of the payments that exist."""
        return self.book.get_many(checkout_ids)

    def add(self, payment: Payment) -> Payment | None:
        """Store a new payment; or return the one that is there."""
        return self.book.add(payment)

    def submit(self, request: SubmissionRequest) -> Submitted:
        """Lay a submission on an OPEN checkout with this token, amount and currency."""
        return self.book.submit(request)

    def replace(self, old: Payment, new: Payment) -> None:
        """Commit a change. Raises Conflict."""
        self.book.replace(old, new)


@dataclass(frozen=True, slots=True)
class OrdersAhead:
    """The orders, some of them read already."""

    book: OrderBook
    read: dict[str, Order]

    def get(self, order_id: str) -> Order | None:
        """The order, or None."""
        return self.read.pop(order_id, None) or self.book.get(order_id)

    def get_many(self, order_ids: Iterable[str]) -> Mapping[str, Order]:
        """Those of the orders that exist."""
        wanted = frozenset(order_ids)
        if wanted <= self.read.keys():
            return {order_id: self.read.pop(order_id) for order_id in wanted}
        return self.book.get_many(wanted)

    def add(self, order: Order) -> Order | None:
        """Store a new order; or return the one that is there."""
        return self.book.add(order)

    def replace(self, old: Order, new: Order) -> None:
        """Commit a change. Raises Conflict."""
        self.book.replace(old, new)


@dataclass(frozen=True, slots=True)
class EventsAhead:
    """The PSPs' events, some of them read already."""

    book: PspEventBook
    read: dict[str, PspEvent]

    def get(self, event_key: str) -> PspEvent | None:
        """The event, or None."""
        return self.read.pop(event_key, None) or self.book.get(event_key)

    def add(self, event: PspEvent) -> PspEvent | None:
        """Record a new event; or return the one that is there."""
        return self.book.add(event)

    def replace(self, old: PspEvent, new: PspEvent) -> None:
        """Commit what became of an event. Raises Conflict."""
        self.book.replace(old, new)

    def apply(self, old: PspEvent, new: PspEvent, effect: Effect) -> None:
        """Commit an event and what it changes in one transaction. Raises Conflict."""
        self.book.apply(old, new, effect)

    def of_order(self, order_id: str) -> list[PspEvent]:
        """Every event about an order, oldest first (read from an index: may lag)."""
        return self.book.of_order(order_id)


@dataclass(frozen=True, slots=True)
class JournalsAhead:
    """The journals, of some of them being known whether they exist.

    A journal is never removed: one that was found is there for good, and one that was not found may
    have come since, of which its own message tells.
    """

    book: Journals
    read: Mapping[JournalKey, bool]

    def posted(self, keys: Iterable[JournalKey]) -> frozenset[JournalKey]:
        """Which of these journals exist."""
        wanted = frozenset(keys)
        if wanted <= self.read.keys():
            return frozenset(key for key in wanted if self.read[key])
        return self.book.posted(wanted)

    def journal(self, key: JournalKey) -> Journal | None:
        """One journal, or None."""
        return self.book.journal(key)

    def journals(self, reference: str) -> list[Journal]:
        """Every journal of one reference, oldest first."""
        return self.book.journals(reference)

    def places(self, keys: Iterable[JournalKey], address: WalletAddress) -> Mapping[str, int]:
        """Where those of the journals that exist stand in a wallet's chain, by ledger id."""
        return self.book.places(keys, address)


def known(journals: Journals, keys: Iterable[JournalKey]) -> dict[JournalKey, bool]:
    """Whether each of these journals exists, in one call."""
    wanted = tuple(keys)
    found = journals.posted(wanted)
    return {key: key in found for key in wanted}
