"""A thousand orders through PSPs that time out after success, go away, and come back.

Three charges in ten are executed and never answered; connections are refused, now and then and for
whole spells; requests are held up and arrive long after they were given up; workers die in the
middle of calls; webhooks come late or never. No order is charged twice in both books together, and
every one is final.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from random import Random

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import SECOND, Instant
from countinghouse.domain.money import Money
from countinghouse.domain.order import CAPTURED_STATUSES, FINAL_STATUSES, Order, OrderStatus
from countinghouse.domain.psp import EventStatus
from countinghouse.ports.books import SubmissionRequest
from countinghouse.usecases.apply_psp_event import Inbox, apply_psp_event
from countinghouse.usecases.execute_order import ExecuteOrder, execute_order
from countinghouse.usecases.open_session import OpenSession, Registration, open_session
from countinghouse_aws.psp import breakers
from countinghouse_aws.psp.sandbox_webhooks import parse_event
from tests.builders import DISPUTES, POLICY, a_line, a_submission, an_info
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.payouts import FakePayoutBook
from tests.fakes.psp_health import FakeBreakerBook
from tests.simulation.psp_storm import LATE_MAX, NAMES, Died, ModelPsp, Spell, Worker

CHECKOUTS = 500
ORDERS_EACH = 2
WORKERS = 4
PACE = 200
"""Milliseconds between two checkouts."""

CARD_OK = "4242424242424242"
CARD_WITHOUT_FUNDS = "4000000000009995"
CARD_STOLEN = "4000000000009987"
STORM = {
    "sandbox": ((5, 9, True), (50, 58, True), (95, 99, False)),
    "stripe": ((20, 24, True), (75, 79, False)),
}
"""By PSP: from second to second, and whether connections are refused or requests held up."""


@dataclass
class Storm:
    """The whole market: PSPs, workers, buyers, and one clock."""

    seed: int
    clock: FakeClock = field(default_factory=FakeClock)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    shared: FakeBreakerBook = field(default_factory=FakeBreakerBook)
    waiting: list[tuple[Instant, str, str]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.began = self.clock.now()
        self.events = FakePspEventBook(self.orders)
        self.psps = {name: self._psp(name, STORM[name]) for name in NAMES}
        parts = (self.psps, self.shared, self.clock, self.chance)
        self.workers = [Worker(*parts) for _ in range(WORKERS)]

    def _psp(self, name: str, spells: tuple[tuple[int, int, bool], ...]) -> ModelPsp:
        found = tuple(
            Spell(self.began + begins * SECOND, self.began + ends * SECOND, refuses)
            for begins, ends, refuses in spells
        )
        return ModelPsp(name, self.clock, self.chance, found)

    def run(self) -> None:
        """Until no order waits for anything."""
        for number in range(CHECKOUTS):
            heappush(self.waiting, (self.began + number * PACE, f"c{number}", ""))
        while self.waiting:
            due_at, checkout_id, order_id = heappop(self.waiting)
            self.clock.instant = max(self.clock.instant, due_at)
            if order_id:
                self.execute(checkout_id, order_id)
            else:
                self.check_out(checkout_id)
            if self.chance.randrange(10) == 0:
                self.deliver_webhooks()
        self.clock.advance(LATE_MAX)
        for psp in self.psps.values():
            psp.arrive()
        self.deliver_webhooks()

    def check_out(self, checkout_id: str) -> None:
        """The buyer's page: a session, a card at every PSP, the payment."""
        worker = self.chance.choice(self.workers)
        registration = Registration(self.payments, worker.sessions, worker.routing, self.clock)
        amount = 1_000 * ORDERS_EACH
        wanted = OpenSession(checkout_id, Money(amount, "EUR"), method="credit_card")
        try:
            session = open_session(wanted, registration).payment.session
        except Unavailable:
            self.seen["checkouts told to come again"] += 1
            heappush(self.waiting, (self.clock.now() + SECOND, checkout_id, ""))
            return
        assert session is not None
        lot = self.chance.randrange(100)
        for place, one in enumerate((session, *session.alternatives)):
            short = lot < 5 and place == 0
            number = CARD_STOLEN if lot == 99 else CARD_WITHOUT_FUNDS if short else CARD_OK
            self.psps[one.psp].attach(one.psp_token, number)
        lines = [a_line(f"{checkout_id}-{n}", "s1", 1_000) for n in range(ORDERS_EACH)]
        now = self.clock.now()
        request = SubmissionRequest(
            checkout_id=checkout_id,
            psp_token=session.psp_token,
            amount_minor=amount,
            currency="EUR",
            submission=a_submission(lines, payment_info=an_info(session.psp_token, psp="")),
            now=now,
            due_at=now + POLICY.first_check,
        )
        assert self.payments.submit(request).accepted
        for line in lines:
            heappush(self.waiting, (now, checkout_id, line.order_id))

    def execute(self, checkout_id: str, order_id: str) -> None:
        """One message; the sweep brings the next when the order is due."""
        worker = self.chance.choice(self.workers)
        try:
            execute_order(
                ExecuteOrder(order_id, checkout_id),
                worker.execution(self.orders, self.payments),
            )
        except Died:
            self.seen["workers died"] += 1
        order = self.orders[order_id]
        if not order.is_resting:
            assert order.due_at is not None
            heappush(self.waiting, (order.due_at, checkout_id, order_id))

    def deliver_webhooks(self) -> None:
        """What the PSPs have to tell, in any order; one in ten is lost."""
        found = [
            (psp, delivery)
            for psp in self.psps.values()
            for delivery in psp.psp.due_webhooks(limit=1_000)
        ]
        self.chance.shuffle(found)
        for psp, delivery in found:
            psp.psp.mark_delivered(delivery.delivery_id, 200)
            if self.chance.randrange(10) == 0:
                continue
            event = parse_event(delivery.body, self.clock.now())
            key = f"{psp.name}#{event.event_key}"
            if self.events.add(replace(event, psp=psp.name, event_key=key)) is None:
                self.seen[f"webhooks {self.apply(key)}"] += 1

    def apply(self, event_key: str) -> EventStatus | None:
        """As `psp_events` does."""
        worker = self.workers[0].execution(self.orders, self.payments)
        inbox = Inbox(
            self.events,
            self.orders,
            worker.gateway,
            self.clock,
            POLICY,
            DISPUTES,
            FakePayoutBook(),
        )
        return apply_psp_event(event_key, inbox)

    def figures(self) -> str:
        """What the storm was, in one line a PSP and one for the orders."""
        orders = self.orders.rows.values()
        lines = [f"{name}: {dict(psp.befell)}" for name, psp in self.psps.items()]
        moved = sum(any(a.outcome == "not_sent" for a in order.attempts) for order in orders)
        doubtful = sum(any(a.doubtful for a in order.attempts) for order in orders)
        ends = dict(Counter(str(order.status) for order in orders))
        at = dict(Counter(o.payment_info.psp for o in orders if o.status in CAPTURED_STATUSES))
        lasted = (self.clock.now() - self.began) // SECOND
        lines += [
            f"orders: {ends}, captured at {at}, failed over {moved}, ever in doubt {doubtful}",
            f"also: {dict(self.seen)}, {lasted} s of their time",
        ]
        return "\n".join(lines)


def captures(storm: Storm) -> dict[str, list[tuple[str, str]]]:
    """By order: every charge that took money, in both books together."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, psp in storm.psps.items():
        for charge in psp.captured():
            found.setdefault(charge.order_id, []).append((name, charge.psp_reference))
    return found


def test_no_order_is_charged_twice_and_every_order_is_final(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(breakers, "count", opened.append)
    storm = Storm(seed=20_261_122)

    storm.run()

    with capsys.disabled():
        sys.stdout.write(f"\n{storm.figures()}, circuits opened {len(opened)}\n")
    orders: list[Order] = list(storm.orders.rows.values())
    taken = captures(storm)
    assert len(orders) == CHECKOUTS * ORDERS_EACH
    assert {order_id: held for order_id, held in taken.items() if len(held) > 1} == {}
    assert [order for order in orders if order.status not in FINAL_STATUSES] == []
    assert {
        order.order_id: [(order.payment_info.psp, order.psp_reference)]
        for order in orders
        if order.status in CAPTURED_STATUSES
    } == taken
    assert not storm.seen["webhooks contradiction"]
    assert_it_was_a_storm(storm, opened)


def assert_it_was_a_storm(storm: Storm, opened: list[str]) -> None:
    """Or the figures above say nothing."""
    orders = storm.orders.rows.values()
    befell = sum((psp.befell for psp in storm.psps.values()), Counter[str]())
    assert befell["timed out after success"] >= 250
    assert min(befell["refused"], befell["held up"]) >= 5
    assert storm.seen["workers died"] >= 5
    assert len(opened) >= 2
    assert all(psp.captured() for psp in storm.psps.values())
    assert sum(order.attempts[0].outcome == "not_sent" for order in orders) >= 20
    cascaded = [order for order in orders if order.attempts[0].outcome == "declined_soft"]
    assert any(order.status is OrderStatus.CAPTURED for order in cascaded)
