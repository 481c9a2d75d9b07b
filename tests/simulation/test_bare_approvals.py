"""One order of a buyer who has to act, at an Adyen that tells the outcome by webhooks alone.

An authorisation comes with our metadata, without it, or both ways; twice, late, before the answer
to the charge, or not at all. Strangers pay under the same account, some under our order's id.
Workers ask meanwhile, which brings the first answer again. The order is paid by its own payment
only, and once; whatever a stranger does changes nothing; who is told the truth does not wait.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tests.strategies  # noqa: F401 - loads the profile
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import MINUTE
from countinghouse.domain.order import CAPTURED_STATUSES, CaptureMode, Order, OrderStatus
from countinghouse.domain.psp import EventStatus, FactKind, PspFact
from countinghouse.usecases.apply_psp_event import Inbox, apply_psp_event
from countinghouse.usecases.execute_order import ExecuteOrder, Execution, execute_order
from countinghouse.usecases.receive_psp_event import receive_psp_event
from countinghouse_aws.psp.adyen_webhooks import AdyenWebhooks
from tests.builders import DISPUTES, POLICY, a_fact, a_payment, a_session
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.clock import START, FakeClock
from tests.fakes.payouts import FakePayoutBook

K = FactKind
S = OrderStatus
E = EventStatus
COMMAND = ExecuteOrder("o1", "c1")
SOURCE = AdyenWebhooks(list)
MINE = "P"
"""What the ids of our own payments begin with, a number each attempt."""

STRANGERS: tuple[dict[str, Any], ...] = (
    {"merchantReference": "their-9", "pspReference": "X1"},
    {"merchantReference": "o1", "pspReference": "X2", "amount": {"currency": "EUR", "value": 1}},
    {"merchantReference": "o1", "pspReference": "X3", "success": "false"},
    {"merchantReference": "c1", "pspReference": "X4", "amount": {"currency": "EUR", "value": 0}},
    {"merchantReference": "o1", "pspReference": "X5", "amount": {"currency": "USD", "value": 7000}},
)


class Outcome(StrEnum):
    """What the buyer of an attempt does in the end."""

    PAYS = "pays"
    FAILS = "fails"
    STAYS_AWAY = "stays_away"


@dataclass
class World:
    """Draws what happens next. `book` has each attempt's payment: its key, and what came of it."""

    data: st.DataObject
    mode: CaptureMode
    clock: FakeClock = field(default_factory=FakeClock)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    payouts: FakePayoutBook = field(default_factory=FakePayoutBook)
    book: dict[str, Outcome | None] = field(default_factory=dict)
    post: list[dict[str, Any]] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    depth: int = 0

    def __post_init__(self) -> None:
        self.inbox = FakePspEventBook(self.orders)
        payment = a_payment(session=a_session(psp="adyen"), capture=self.mode)
        assert payment.submission is not None
        info = replace(payment.submission.payment_info, psp="adyen", method="wallet")
        submission = replace(payment.submission, payment_info=info)
        self.payments.put(replace(payment, submission=submission))

    @property
    def order(self) -> Order | None:
        """The order as it stands."""
        return self.orders.rows.get("o1")

    def step(self) -> None:
        """One thing, of all that can happen at this moment."""
        self.one_of("message", "message", "buyer", "webhook", "webhook", "stranger")

    def one_of(self, *names: str) -> None:
        getattr(self, self.data.draw(st.sampled_from(names), label="move"))()

    def message(self) -> None:
        """An `orders` message, when the order waits for one; no buyer is given up meanwhile."""
        due_at = self.order.due_at if self.order is not None else None
        if due_at is not None and due_at < START + 10 * MINUTE:
            self.clock.instant = max(self.clock.instant, due_at)
        ports = Execution(self.orders, self.payments, self, self.clock, POLICY)
        with suppress(Conflict):
            execute_order(COMMAND, ports)

    def buyer(self) -> None:
        """The buyer of the newest payment does something, once."""
        open_keys = [key for key, outcome in self.book.items() if outcome is None]
        if not open_keys:
            return
        key = open_keys[-1]
        self.book[key] = self.data.draw(st.sampled_from(Outcome), label="buyer")
        ways = [[True], [False], [True, False], [False, True], [False, False, True]]
        for whole in self.data.draw(st.sampled_from(ways), label="metadata"):
            self.post += self.items(key, whole=whole)

    def items(self, key: str, *, whole: bool) -> list[dict[str, Any]]:
        """What Adyen tells of a payment, with our metadata or without."""
        outcome = self.book[key]
        if outcome is None:
            return []
        code = "OFFER_CLOSED" if outcome is Outcome.STAYS_AWAY else "AUTHORISATION"
        data = {"metadata.key": key, "metadata.capture": str(self.mode)} if whole else {}
        success = "false" if outcome is Outcome.FAILS else "true"
        changes = {"eventCode": code, "success": success, "pspReference": reference(key)}
        reason = "Not enough balance" if outcome is Outcome.FAILS else ""
        return [{**changes, "additionalData": data, "reason": reason}]

    def webhook(self) -> None:
        """One of what waits to be told, in any order; some are told again later."""
        if not self.post:
            return
        place = self.data.draw(st.integers(0, len(self.post) - 1), label="which")
        again = self.data.draw(st.booleans(), label="again")
        self.deliver(self.post[place] if again else self.post.pop(place))

    def stranger(self) -> None:
        """Somebody else's payment, which is none of our order's."""
        before = self.order
        self.deliver(self.data.draw(st.sampled_from(STRANGERS), label="stranger"))
        assert self.order == before

    def deliver(self, changes: dict[str, Any]) -> None:
        """As `webhooks` and `psp_events` do."""
        item = {
            "additionalData": {},
            "amount": {"currency": "EUR", "value": 7_000},
            "eventCode": "AUTHORISATION",
            "eventDate": "2026-11-18T12:00:00Z",
            "merchantAccountCode": "Shop",
            "merchantReference": "o1",
            "success": "true",
            **changes,
        }
        body = json.dumps({"notificationItems": [{"NotificationRequestItem": item}]}).encode()
        for event in SOURCE.parse(body, self.clock.now()):
            receive_psp_event(event, self.inbox)
            self.apply(event.event_key)
            self.told.add(event.event_key)

    def apply(self, event_key: str) -> None:
        ports = Inbox(
            self.inbox, self.orders, self, self.clock, POLICY, DISPUTES, self.payouts
        )  # fmt: skip
        apply_psp_event(event_key, ports)

    def charge(self, order: Order) -> PspFact:
        """The first answer: the buyer has to act. Now and then it is lost, or late."""
        key = order.attempts[-1].key
        self.book.setdefault(key, None)
        self.meanwhile()
        return a_fact(order, K.UNKNOWN) if self.draws_loss() else self.first_answer(order, key)

    def find(self, order: Order) -> PspFact:
        """The same answer again, whatever has become of the payment since."""
        key = order.attempts[-1].key
        self.book.setdefault(key, None)
        return self.first_answer(order, key)

    def first_answer(self, order: Order, key: str) -> PspFact:
        return a_fact(order, K.REQUIRES_ACTION, key=key, psp_reference=reference(key))

    def capture(self, order: Order) -> PspFact:
        raise NotImplementedError

    void = capture

    def draws_loss(self) -> bool:
        return self.data.draw(st.booleans(), label="answer lost")

    def meanwhile(self) -> None:
        """What comes before the answer does."""
        if self.depth:
            return
        self.depth += 1
        for _ in range(self.data.draw(st.integers(0, 3), label="meanwhile")):
            self.one_of("buyer", "webhook", "stranger")
        self.depth -= 1

    def settle(self) -> None:
        """The post is delivered, and what was parked is looked at until it is closed."""
        while self.post:
            self.deliver(self.post.pop())
        for _ in range(4):
            self.clock.advance(20 * MINUTE)
            for key in self.told:
                self.apply(key)


def reference(key: str) -> str:
    """Adyen's id of the payment under a key of ours."""
    return f"{MINE}{key.rsplit(':', 1)[-1]}"


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(sorted(CaptureMode)), st.integers(1, 25))
def test_every_history_ends_as_the_buyer_made_it_end(
    data: st.DataObject, mode: CaptureMode, steps: int
) -> None:
    world = World(data, mode)
    for _ in range(steps):
        world.step()
    world.message()

    world.settle()

    order = world.order
    assert order is not None
    assert [one.status for one in world.inbox.rows.values() if one.status is E.PARKED] == []
    paid = [key for key, outcome in world.book.items() if outcome is Outcome.PAYS]
    if not paid:
        assert order.status not in CAPTURED_STATUSES | {S.AUTHORIZED}
        return
    # Told with or without our metadata: it is the order's, under its own id, and for good.
    assert order.status is (S.AUTHORIZED if mode is CaptureMode.MANUAL else S.CAPTURED)
    assert (order.psp_reference, order.attempts[-1].key) == (reference(paid[0]), paid[0])
    ours = [one for one in world.inbox.rows.values() if one.event_key.startswith(f"adyen#{MINE}")]
    assert [one.event_key for one in ours if one.alarm] == []
    effects = [one for one in ours if one.status is E.APPLIED]
    assert len(effects) == len({(one.event_type, key_of(one.event_key)) for one in effects})


def key_of(event_key: str) -> str:
    """Adyen's id in an event's key."""
    return event_key.split("#")[1]
