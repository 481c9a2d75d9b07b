import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from countinghouse.domain.errors import (
    Conflict,
    IllegalTransition,
    Invalid,
    KeyReused,
    NotFound,
)
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_delivery import refunded_minor, share_of
from countinghouse.domain.refund import RefundStatus
from countinghouse.usecases.refund_order import RequestedRefund, refund_order
from tests.builders import NOW, a_delivered_order, a_request, an_order, disputed
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock

S = OrderStatus
INTERLEAVINGS = 500


@dataclass
class Desk:
    orders: FakeOrderBook = field(default_factory=lambda: FakeOrderBook().put(a_delivered_order()))
    clock: FakeClock = field(default_factory=FakeClock)

    def refund(
        self, amount_minor: int | None = 3_000, refund_id: str = "r1", order_id: str = "o1"
    ) -> RequestedRefund:
        request = a_request(amount_minor, refund_id)
        return refund_order(order_id, request, self.orders, self.clock)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_refund_and_its_guard_are_one_write(desk: Desk) -> None:
    requested = desk.refund()

    assert (requested.replayed, requested.refund.status) == (False, RefundStatus.REQUESTED)
    assert desk.orders["o1"] is requested.order
    assert requested.refund in requested.order.refunds
    assert desk.orders.log == ["order replaced: captured"]


def test_the_same_key_refunds_once(desk: Desk) -> None:
    first = desk.refund()

    again = desk.refund()

    assert again == RequestedRefund(first.order, first.refund, replayed=True)
    assert len(desk.orders.log) == 1


def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    desk.refund()

    with pytest.raises(KeyReused):
        desk.refund(2_999)


def test_the_same_refund_twice_at_once_is_one(desk: Desk) -> None:
    desk.orders.interfere.append(desk.refund)

    assert desk.refund().replayed
    assert refunded_minor(desk.orders["o1"]) == 3_000


def test_a_refund_that_another_one_overtook_gets_what_is_left(desk: Desk) -> None:
    desk.orders.interfere.append(lambda: desk.refund(5_000, "r2"))

    with pytest.raises(Invalid) as refusal:
        desk.refund(3_000)

    assert refusal.value.code == "refund_exceeds_captured"
    assert refunded_minor(desk.orders["o1"]) == 5_000


def test_a_dispute_that_came_first_bars_the_refund(desk: Desk) -> None:
    desk.orders.interfere.append(lambda: desk.orders.put(disputed(desk.orders["o1"])))

    with pytest.raises(IllegalTransition):
        desk.refund()


def test_what_is_refused_writes_nothing(desk: Desk) -> None:
    desk.orders.put(an_order(S.AUTHORIZED, "o2"))
    for refused, order_id in ((NotFound, "o9"), (IllegalTransition, "o2")):
        with pytest.raises(refused):
            desk.refund(order_id=order_id)
    for amount in (0, 7_001):
        with pytest.raises(Invalid):
            desk.refund(amount)

    assert desk.orders.log == []


@dataclass
class BusyOrderBook(FakeOrderBook):
    """Somebody else may get in before every write."""

    meanwhile: Callable[[], None] = lambda: None

    def replace(self, old: Order, new: Order) -> None:
        self.meanwhile()
        super().replace(old, new)


@dataclass
class Crowd:
    """Refunds that are asked for at once.

    Each reads the order, and between its read and its write any of the others may have run, whose
    writes may have been overtaken in the same way.
    """

    chance: random.Random
    order: Order
    amounts: list[int | None]
    orders: BusyOrderBook = field(default_factory=BusyOrderBook)
    accepted: list[int] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Everybody, in an order and an overlap that the seed decides."""
        self.orders.put(self.order)
        self.orders.meanwhile = self._overtake
        while self.amounts:
            self._ask(self.amounts.pop())

    def _overtake(self) -> None:
        while self.amounts and self.chance.random() < 0.5:
            self._ask(self.amounts.pop(self.chance.randrange(len(self.amounts))))

    def _ask(self, amount_minor: int | None) -> None:
        request = a_request(amount_minor, f"r{len(self.amounts)}")
        try:
            requested = refund_order("o1", request, self.orders, FakeClock())
        except Invalid as refusal:
            self.refused.append(refusal.code)
        else:
            self.accepted.append(requested.refund.amount_minor)


def crowds() -> Iterator[Crowd]:
    for seed in range(INTERLEAVINGS):
        chance = random.Random(seed)
        order = chance.choice([an_order(S.CAPTURED), a_delivered_order()])
        choices: list[int | None] = [None, 1, 3_500, 7_000, chance.randint(1, 7_000)]
        yield Crowd(chance, order, [chance.choice(choices) for _ in range(chance.randint(2, 8))])


def test_however_many_refund_at_once_no_more_is_returned_than_was_captured() -> None:
    overtaken = 0
    for seed, crowd in enumerate(crowds()):
        callers = len(crowd.amounts)
        crowd.run()
        order = crowd.orders["o1"]
        why = f"seed {seed}: accepted {crowd.accepted}, stored {order.refunds}"
        assert len(crowd.accepted) + len(crowd.refused) == callers, why
        assert set(crowd.refused) <= {"refund_exceeds_captured"}, why
        assert sum(crowd.accepted) == refunded_minor(order) <= 7_000, why
        assert sorted(crowd.accepted) == sorted(r.amount_minor for r in order.refunds), why
        assert len({r.key for r in order.refunds}) == len(order.refunds), why
        share = share_of(order)
        assert share.total == 7_000 - sum(crowd.accepted), why
        assert min(share.pending, share.fee, share.tax, share.reserve, share.seller) >= 0, why
        assert crowd.accepted, why
        overtaken += crowd.orders.reads > callers

    assert overtaken > INTERLEAVINGS // 2, "most of them did meet"


def test_an_order_that_keeps_changing_is_given_up(desk: Desk) -> None:
    touch = lambda: desk.orders.put(desk.orders["o1"].changed(NOW))  # noqa: E731
    desk.orders.interfere += [touch] * 50

    with pytest.raises(Conflict):
        desk.refund()
    assert desk.orders.log == []
