"""The books in memory, conditional and versioned as the DynamoDB ones (tests/contract holds them
to it).

Each book logs its writes to `log`, which may be shared with other fakes, so that a test can say
what happened before what. `interfere` holds actions that run just before the next writes, one each:
another worker, getting in first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from countinghouse.domain.errors import Conflict
from countinghouse.domain.order import Order
from countinghouse.domain.payment import Payment, PaymentStatus
from countinghouse.domain.payout import Payout
from countinghouse.domain.psp import PspEvent
from countinghouse.ports.books import Effect, SubmissionRequest, Submitted
from tests.fakes.payouts import FakePayoutBook


class _Versioned(Protocol):
    @property
    def version(self) -> int: ...


Row = TypeVar("Row", bound=_Versioned)


def _check(rows: dict[str, Row], key: str, old: Row) -> None:
    stored = rows.get(key)
    if stored is None or stored.version != old.version:
        raise Conflict(f"row {key} moved on")


@dataclass
class FakePaymentBook:
    """The payments."""

    rows: dict[str, Payment] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def __contains__(self, checkout_id: str) -> bool:
        return checkout_id in self.rows

    def __getitem__(self, checkout_id: str) -> Payment:
        return self.rows[checkout_id]

    def put(self, *payments: Payment) -> FakePaymentBook:
        """Lay rows in place, unconditionally: the test's given."""
        self.rows |= {payment.checkout_id: payment for payment in payments}
        return self

    def get(self, checkout_id: str) -> Payment | None:
        return self.rows.get(checkout_id)

    def get_many(self, checkout_ids: Iterable[str]) -> dict[str, Payment]:
        return {key: self.rows[key] for key in dict.fromkeys(checkout_ids) if key in self.rows}

    def add(self, payment: Payment) -> Payment | None:
        _interrupted(self.interfere)
        if payment.checkout_id in self.rows:
            return self.rows[payment.checkout_id]
        self.rows[payment.checkout_id] = payment
        self.log.append(f"payment added: {payment.status}")
        return None

    def submit(self, request: SubmissionRequest) -> Submitted:
        _interrupted(self.interfere)
        stored = self.rows.get(request.checkout_id)
        if stored is None or not _fits(stored, request):
            return Submitted(False, stored)
        accepted = replace(
            stored,
            submission=request.submission,
            status=PaymentStatus.PROCESSING,
            version=stored.version + 1,
            updated_at=request.now,
            due_at=request.due_at,
        )
        self.rows[request.checkout_id] = accepted
        self.log.append("payment submitted")
        return Submitted(True, accepted)

    def replace(self, old: Payment, new: Payment) -> None:
        _interrupted(self.interfere)
        _check(self.rows, old.checkout_id, old)
        self.rows[old.checkout_id] = new
        self.log.append(f"payment replaced: {new.status}")


def _fits(stored: Payment, request: SubmissionRequest) -> bool:
    return (
        stored.status is PaymentStatus.OPEN
        and stored.session is not None
        and stored.session.psp_token == request.psp_token
        and (stored.amount_minor, stored.currency) == (request.amount_minor, request.currency)
    )


def _interrupted(interfere: list[Callable[[], object]]) -> None:
    if interfere:
        interfere.pop(0)()


@dataclass
class FakeOrderBook:
    """The payment orders."""

    rows: dict[str, Order] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    interfere: list[Callable[[], object]] = field(default_factory=list)
    reads: int = 0

    def __contains__(self, order_id: str) -> bool:
        return order_id in self.rows

    def __getitem__(self, order_id: str) -> Order:
        return self.rows[order_id]

    def put(self, *orders: Order) -> FakeOrderBook:
        """Lay rows in place, unconditionally: the test's given."""
        self.rows |= {order.order_id: order for order in orders}
        return self

    def get(self, order_id: str) -> Order | None:
        self.reads += 1
        return self.rows.get(order_id)

    def get_many(self, order_ids: Iterable[str]) -> dict[str, Order]:
        self.reads += 1
        return {key: self.rows[key] for key in dict.fromkeys(order_ids) if key in self.rows}

    def add(self, order: Order) -> Order | None:
        _interrupted(self.interfere)
        if order.order_id in self.rows:
            return self.rows[order.order_id]
        self.rows[order.order_id] = order
        self.log.append(f"order added: {order.status}")
        return None

    def replace(self, old: Order, new: Order) -> None:
        _interrupted(self.interfere)
        _check(self.rows, old.order_id, old)
        self.rows[old.order_id] = new
        self.log.append(f"order replaced: {new.status}")


@dataclass
class FakePspEventBook:
    """The inbox; `orders` and `payouts` are the books that `apply` writes in one transaction."""

    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    payouts: FakePayoutBook = field(default_factory=FakePayoutBook)
    rows: dict[str, PspEvent] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def __contains__(self, event_key: str) -> bool:
        return event_key in self.rows

    def __getitem__(self, event_key: str) -> PspEvent:
        return self.rows[event_key]

    def put(self, *events: PspEvent) -> FakePspEventBook:
        """Lay rows in place, unconditionally: the test's given."""
        self.rows |= {event.event_key: event for event in events}
        return self

    def get(self, event_key: str) -> PspEvent | None:
        return self.rows.get(event_key)

    def get_many(self, event_keys: Iterable[str]) -> dict[str, PspEvent]:
        return {key: self.rows[key] for key in dict.fromkeys(event_keys) if key in self.rows}

    def add(self, event: PspEvent) -> PspEvent | None:
        _interrupted(self.interfere)
        if event.event_key in self.rows:
            return self.rows[event.event_key]
        self.rows[event.event_key] = event
        self.log.append("event added")
        return None

    def replace(self, old: PspEvent, new: PspEvent) -> None:
        _interrupted(self.interfere)
        _check(self.rows, old.event_key, old)
        self.rows[old.event_key] = new
        self.log.append(f"event replaced: {new.status}")

    def apply(self, old: PspEvent, new: PspEvent, effect: Effect) -> None:
        _interrupted(self.interfere)
        _check(self.rows, old.event_key, old)
        before, after = effect
        if isinstance(before, Payout) or isinstance(after, Payout):
            assert isinstance(before, Payout)
            assert isinstance(after, Payout)
            self.payouts.check(before)
            self.payouts.put(after)
            self.log.append(f"event {new.status} with payout {after.status}")
        else:
            _check(self.orders.rows, before.order_id, before)
            self.orders.rows[before.order_id] = after
            self.log.append(f"event {new.status} with order {after.status}")
        self.rows[old.event_key] = new

    def of_order(self, order_id: str) -> list[PspEvent]:
        found = [event for event in self.rows.values() if event.order_id == order_id]
        return sorted(found, key=lambda event: event.received_at)
