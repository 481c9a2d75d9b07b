from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.booking import BookingKind
from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import DAY, HOUR, MINUTE, SECOND
from countinghouse.domain.order import CAPTURED_STATUSES, Order, OrderStatus
from countinghouse.domain.order_delivery import BOOKING_CHECK, refunded_minor
from countinghouse.domain.order_refunds import apply_refund_fact
from countinghouse.domain.psp import RefundFact, SettlementKind
from countinghouse.domain.refund import Refund, RefundStatus
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.tend_order import Tending, tend_order
from tests.builders import (
    NOW,
    POLICY,
    a_delivered_order,
    a_dispute_fact,
    a_refund,
    a_refund_fact,
    an_order,
    disputed,
    refunding,
)
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeRefundGateway
from tests.fakes.ledger import FakeLedger

S = OrderStatus
R = RefundStatus
F = SettlementKind
K = BookingKind


@dataclass
class Desk:
    """The fakes around one order, with one log of what happened in which order."""

    log: list[str] = field(default_factory=list)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    clock: FakeClock = field(default_factory=FakeClock)
    orders: FakeOrderBook = field(init=False)
    psp: FakeRefundGateway = field(init=False)

    def __post_init__(self) -> None:
        self.orders = FakeOrderBook(log=self.log)
        self.psp = FakeRefundGateway(log=self.log)

    @property
    def order(self) -> Order:
        return self.orders["o1"]

    @property
    def refund(self) -> Refund:
        return a_refund(self.order)

    def given(self, order: Order, *, is_booked: bool = True) -> None:
        """The order as it stands, its journals in the ledger or not."""
        self.orders.put(order)
        if is_booked:
            self.post()

    def post(self) -> None:
        assert post_orders(["o1"], self.orders, self.ledger, self.ledger, self.clock) == {}

    def tend(self) -> Order | None:
        """One message."""
        ports = Tending(self.orders, self.ledger, self.psp, self.clock, POLICY)
        return tend_order("o1", ports)

    def tend_when_due(self) -> Order | None:
        """One message, at the moment the order wants it."""
        assert self.order.due_at is not None
        self.clock.instant = max(self.clock.instant, self.order.due_at)
        return self.tend()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_refund_is_booked_then_written_as_sent_then_sent(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    desk.psp.will("refund", F.SUCCEEDED)

    order = desk.tend()

    assert desk.log == ["order replaced: captured", "psp refund", "order replaced: captured"]
    assert desk.psp.calls == [("refund", "o1:refund:1")]
    assert order is desk.order
    assert (desk.refund.status, desk.order.booked) == (R.SUCCEEDED, 2)


def test_the_psp_sees_what_was_written(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))

    def look(order: Order, refund: Refund) -> RefundFact:
        assert desk.order is order
        assert (refund.key, refund.amount_minor) == ("o1:refund:1", 3_000)
        assert desk.refund.status is R.SENT
        return a_refund_fact(order, F.SUCCEEDED)

    desk.psp.will("refund", look)
    desk.tend()


def test_nothing_is_sent_before_it_is_booked(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()), is_booked=False)

    desk.tend()
    assert (desk.log, desk.psp.calls) == ([], [])

    desk.post()
    desk.psp.will("refund", F.PENDING)
    desk.tend()
    assert desk.refund.status is R.SENT


def test_a_gap_in_the_books_is_not_jumped_over(desk: Desk) -> None:
    desk.given(refunding(refunding(a_delivered_order()), 1_000, "r2"))
    (first,) = [
        key
        for key, row in desk.ledger.linked.items()
        if row.journal.kind == K.REFUND_REQUESTED and row.journal.legs[-1].amount.minor == -3_000
    ]
    del desk.ledger.linked[first]

    order = desk.tend()

    assert desk.psp.calls == []
    assert order is not None
    assert order.booked == 1


def test_two_refunds_go_one_after_the_other(desk: Desk) -> None:
    desk.given(refunding(refunding(a_delivered_order()), 1_000, "r2"))
    desk.psp.will("refund", F.SUCCEEDED, F.SUCCEEDED)

    desk.tend()
    desk.tend()

    assert desk.psp.calls == [("refund", "o1:refund:1"), ("refund", "o1:refund:2")]
    assert {refund.status for refund in desk.order.refunds} == {R.SUCCEEDED}


def test_a_refund_under_way_is_left_alone_within_its_lease(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    desk.psp.will("refund", lambda order, _: _meanwhile(desk))

    desk.tend()

    assert desk.psp.calls == [("refund", "o1:refund:1")]


def _meanwhile(desk: Desk) -> RefundFact:
    desk.tend()
    return a_refund_fact(desk.order, F.SUCCEEDED)


def test_a_refund_whose_sender_died_is_asked_about_and_never_sent_again(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    desk.psp.will("refund", _crash)
    with pytest.raises(RuntimeError):
        desk.tend()
    desk.clock.advance(POLICY.lease - 1)
    desk.tend()
    assert len(desk.psp.calls) == 1
    desk.psp.will("find_refund", F.SUCCEEDED)
    desk.clock.advance(1)

    desk.tend()

    assert desk.psp.calls[1:] == [("find_refund", "o1:refund:1")]
    assert desk.refund.status is R.SUCCEEDED


def _crash(order: Order, refund: Refund) -> RefundFact:
    raise RuntimeError("out of memory")


def test_what_the_psp_does_not_have_goes_out_under_the_same_key(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    desk.psp.will("refund", F.UNKNOWN, F.NOT_SENT, F.SUCCEEDED).will("find_refund", F.NOT_FOUND)

    desk.tend()
    for _ in range(3):
        desk.tend_when_due()

    key = "o1:refund:1"
    assert desk.psp.calls == [
        ("refund", key),
        ("find_refund", key),
        ("refund", key),
        ("refund", key),
    ]
    assert desk.refund.status is R.SUCCEEDED


def test_an_unknown_refund_is_asked_about_until_the_psp_knows(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    desk.psp.will("refund", F.UNKNOWN)
    desk.psp.will("find_refund", F.UNKNOWN, F.PENDING, F.SUCCEEDED)

    desk.tend()
    statuses = [desk.refund.status]
    for _ in range(3):
        desk.tend_when_due()
        statuses.append(desk.refund.status)

    assert [call for call, _ in desk.psp.calls] == ["refund", *["find_refund"] * 3]
    assert statuses == [R.UNKNOWN, R.UNKNOWN, R.UNKNOWN, R.SUCCEEDED]


def test_past_the_psps_memory_it_is_only_asked_about_and_ever_more_seldom(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    desk.psp.will("refund", F.NOT_SENT).will("find_refund", *[F.NOT_FOUND] * 20)
    desk.tend()
    desk.clock.advance(POLICY.key_window + 1)

    waits: list[int] = []
    for _ in range(12):
        desk.tend_when_due()
        desk.post()
        assert desk.refund.due_at is not None
        waits.append(desk.refund.due_at - desk.clock.now())

    assert [call for call, _ in desk.psp.calls].count("refund") == 1
    assert desk.refund.status is R.UNKNOWN
    assert waits[-1] == DAY
    assert waits == sorted(waits)


@pytest.mark.parametrize("answer", [F.FAILED, F.PENDING, F.UNKNOWN, F.NOT_SENT, F.SUCCEEDED])
def test_a_webhook_that_is_faster_than_the_answer_is_kept(
    desk: Desk, answer: SettlementKind
) -> None:
    desk.given(refunding(a_delivered_order()))

    def answered(order: Order, refund: Refund) -> RefundFact:
        told = a_refund_fact(order, F.SUCCEEDED)
        desk.orders.put(apply_refund_fact(order, told, NOW, POLICY)[1])
        return a_refund_fact(order, answer)

    desk.psp.will("refund", answered)
    desk.tend()

    # What succeeded can come back, and that is the only thing it still can.
    assert desk.refund.status is (R.REVERSED if answer is F.FAILED else R.SUCCEEDED)


def test_what_the_psp_says_is_laid_over_whatever_the_order_has_become(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))

    def answered(order: Order, refund: Refund) -> RefundFact:
        desk.orders.put(refunding(desk.order, 1_000, "r2"))
        return a_refund_fact(order, F.SUCCEEDED)

    desk.psp.will("refund", answered)
    desk.tend()

    assert [refund.status for refund in desk.order.refunds] == [R.SUCCEEDED, R.REQUESTED]


def refused(order: Order) -> RefundFact:
    """A refusal of the call: the PSP has made no refund that it could name."""
    return RefundFact(F.FAILED, a_refund(order).key, failure="psp_charge_disputed")


def test_a_refusal_that_comes_late_undoes_nothing_that_was_sent_since(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))

    def refused_long_ago(order: Order, _: Refund) -> RefundFact:
        # While this one stood still, somebody asked, was told of nothing, and sent it again.
        desk.psp.will("find_refund", F.NOT_FOUND).will("refund", F.SUCCEEDED)
        desk.tend_when_due()
        desk.tend_when_due()
        return refused(order)

    desk.psp.will("refund", refused_long_ago)
    desk.tend()

    assert desk.refund.status is R.SUCCEEDED
    assert K.REFUND_REVERSED not in [booking.kind for booking in desk.order.bookings]


def test_a_refusal_that_comes_late_leaves_a_later_call_under_way(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))

    def died(order: Order, _: Refund) -> RefundFact:
        raise KeyboardInterrupt

    def refused_long_ago(order: Order, _: Refund) -> RefundFact:
        desk.psp.will("find_refund", F.NOT_FOUND).will("refund", died)
        desk.tend_when_due()
        with pytest.raises(KeyboardInterrupt):
            desk.tend_when_due()
        return refused(order)

    desk.psp.will("refund", refused_long_ago)
    desk.tend()

    assert desk.refund.status is R.SENT


def test_an_answer_about_other_money_settles_nothing(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    drifted = lambda order, _: a_refund_fact(order, F.SUCCEEDED, amount_minor=1)  # noqa: E731
    desk.psp.will("refund", drifted).will("find_refund", drifted)

    desk.tend()
    desk.tend_when_due()

    assert (desk.refund.status, desk.refund.asked) == (R.UNKNOWN, 2)
    assert K.REFUND_PAID not in [booking.kind for booking in desk.order.bookings]


def test_an_answer_that_cannot_be_written_down_comes_again(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    touch = lambda: desk.orders.put(desk.order.changed(NOW))  # noqa: E731

    def answered(order: Order, refund: Refund) -> RefundFact:
        desk.orders.interfere += [touch] * 50
        return a_refund_fact(order, F.SUCCEEDED)

    desk.psp.will("refund", answered)
    with pytest.raises(Conflict):
        desk.tend()
    desk.orders.interfere.clear()
    desk.psp.will("find_refund", F.SUCCEEDED)

    desk.tend_when_due()

    assert desk.refund.status is R.SUCCEEDED


def test_two_workers_at_once_send_it_once(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    desk.psp.will("refund", F.SUCCEEDED)
    desk.orders.interfere.append(desk.tend)

    with pytest.raises(Conflict):
        desk.tend()

    assert desk.psp.calls == [("refund", "o1:refund:1")]
    assert desk.refund.status is R.SUCCEEDED


def test_a_refund_that_failed_is_booked_back(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    desk.psp.will("refund", F.FAILED)

    desk.tend()
    desk.post()
    desk.tend()

    assert (desk.refund.status, refunded_minor(desk.order)) == (R.FAILED, 0)
    assert (desk.order.booked, desk.order.due_at) == (3, None)


def test_a_refund_whose_money_was_disputed_before_it_was_sent_is_never_sent(desk: Desk) -> None:
    desk.given(disputed(refunding(a_delivered_order())))

    desk.tend()

    assert desk.psp.calls == []
    assert (desk.refund.status, desk.refund.failure) == (R.FAILED, "order_disputed")
    assert refunded_minor(desk.order) == 0
    desk.post()
    desk.tend()
    assert desk.order.due_at is None


def test_a_dispute_that_comes_while_it_is_read_stops_it_too(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    desk.orders.interfere.append(lambda: desk.orders.put(disputed(desk.order)))

    with pytest.raises(Conflict):
        desk.tend()
    desk.post()
    desk.tend()

    assert desk.psp.calls == []
    assert desk.refund.status is R.FAILED


def test_a_dispute_that_was_won_is_in_nobodys_way(desk: Desk) -> None:
    won = a_dispute_fact(sequence=2, status=DisputeStatus.WON, withdrawn_minor=0)
    desk.given(disputed(refunding(a_delivered_order()), a_dispute_fact(), won))
    desk.psp.will("refund", F.SUCCEEDED)

    desk.tend()

    assert desk.refund.status is R.SUCCEEDED


def test_a_refund_under_way_when_the_dispute_comes_is_followed_to_its_end(desk: Desk) -> None:
    desk.given(refunding(a_delivered_order()))
    desk.psp.will("refund", F.PENDING).will("find_refund", F.SUCCEEDED)
    desk.tend()
    desk.orders.put(disputed(desk.order))

    desk.tend_when_due()
    desk.clock.advance(HOUR)
    desk.post()
    desk.tend()

    assert desk.refund.status is R.SUCCEEDED


def test_a_delivery_is_at_rest_once_it_is_booked(desk: Desk) -> None:
    desk.given(a_delivered_order())

    desk.tend()

    assert (desk.order.booked, desk.order.due_at) == (1, None)
    writes = len(desk.log)
    desk.tend()
    assert len(desk.log) == writes


def test_what_is_not_booked_is_looked_at_again(desk: Desk) -> None:
    desk.given(a_delivered_order(), is_booked=False)
    assert desk.order.due_at == NOW + BOOKING_CHECK

    desk.tend_when_due()

    assert (desk.order.booked, desk.order.due_at) == (0, NOW + 2 * BOOKING_CHECK)


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - CAPTURED_STATUSES))
def test_an_order_that_took_no_money_is_none_of_its_business(
    desk: Desk, status: OrderStatus
) -> None:
    desk.orders.put(an_order(status))

    assert desk.tend() is desk.order
    assert desk.log == []


def test_an_order_nobody_knows(desk: Desk) -> None:
    assert desk.tend() is None


@given(st.lists(st.sampled_from(F), max_size=10), st.lists(st.booleans(), min_size=12, max_size=12))
def test_every_refund_comes_to_an_end_and_the_order_to_rest(
    answers: list[SettlementKind], posts: list[bool]
) -> None:
    desk = Desk()
    desk.given(refunding(a_delivered_order()), is_booked=False)
    # Whatever the PSP says on the way, at some time it knows.
    desk.psp.will("refund", *answers, *[F.SUCCEEDED] * 3)
    desk.psp.will("find_refund", *answers, *[F.SUCCEEDED] * 3)
    for is_posted in posts:
        if is_posted:
            desk.post()
        if desk.order.due_at is not None:
            desk.tend_when_due()
    desk.post()
    for _ in range(30):
        if desk.order.due_at is None:
            break
        desk.tend_when_due()
        desk.post()

    assert desk.order.due_at is None
    assert not desk.refund.is_open
    assert desk.order.booked == len(desk.order.bookings)
    assert desk.refund.status is not R.REQUESTED
    assert replace(desk.refund, due_at=None) == desk.refund
    assert desk.clock.now() < NOW + 30 * DAY + MINUTE + SECOND
