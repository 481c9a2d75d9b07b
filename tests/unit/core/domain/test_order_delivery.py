from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.booking import Booking, BookingKind, Split
from countinghouse.domain.errors import IllegalTransition, Invalid
from countinghouse.domain.fees import FeeRule, FrozenFee, freeze_fee
from countinghouse.domain.instants import DAY, HOUR, MINUTE, day_of, start_of_day
from countinghouse.domain.market_rules import ReserveRule
from countinghouse.domain.order import CAPTURED_STATUSES, Order, OrderStatus
from countinghouse.domain.order_delivery import (
    BOOKING_CHECK,
    deliver,
    refunded_minor,
    share_of,
    with_bookings,
    with_release,
)
from countinghouse.domain.psp import SettlementKind
from tests.builders import (
    NOW,
    RESERVE,
    a_delivered_order,
    an_order,
    refunded,
    refunding,
)

S = OrderStatus
K = BookingKind
NO_RESERVE = ReserveRule(0, 0)


def released(order: Order) -> list[Split]:
    """What the order's releases turned into."""
    return [booking.split for booking in order.bookings if booking.kind is K.RELEASE]


def test_the_worked_example() -> None:
    order = a_delivered_order()

    assert released(order) == [Split(fee=700, tax=133, reserve=308, seller=5_859)]
    assert share_of(order) == Split(fee=700, tax=133, reserve=308, seller=5_859)


def test_a_delivery_is_one_version_on_and_looked_at_until_it_is_booked() -> None:
    captured = an_order(S.CAPTURED)

    order = deliver(captured, NOW - HOUR, NOW, RESERVE)

    assert (order.version, order.updated_at) == (captured.version + 1, NOW)
    assert order.due_at == NOW + BOOKING_CHECK
    assert order.status is S.CAPTURED
    assert order.delivery is not None
    assert (order.delivery.delivered_at, order.delivery.recorded_at) == (NOW - HOUR, NOW)


def test_money_is_released_when_it_was_delivered_and_never_before_it_was_captured() -> None:
    early = deliver(an_order(S.CAPTURED), NOW - HOUR, NOW, RESERVE)
    late = deliver(an_order(S.CAPTURED), NOW + HOUR, NOW + 2 * HOUR, RESERVE)

    assert early.bookings[0].event_at == NOW  # captured then, delivered before
    assert late.bookings[0].event_at == NOW + HOUR


def test_a_repeat_changes_nothing_whatever_it_says() -> None:
    order = a_delivered_order()

    assert deliver(order, NOW - DAY, NOW + DAY, NO_RESERVE) is order


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - CAPTURED_STATUSES))
def test_only_captured_money_is_released(status: OrderStatus) -> None:
    with pytest.raises(IllegalTransition):
        deliver(an_order(status), NOW, NOW, RESERVE)


def test_an_order_that_was_refunded_is_not_delivered() -> None:
    asked = refunding(an_order(S.CAPTURED), None)

    for order in (asked, refunded(an_order(S.CAPTURED), amount_minor=7_000)):
        with pytest.raises(IllegalTransition):
            deliver(order, NOW, NOW, RESERVE)


def test_a_refund_that_failed_does_not_stand_in_the_way() -> None:
    order = refunded(an_order(S.CAPTURED), SettlementKind.FAILED, amount_minor=7_000)

    assert released(deliver(order, NOW, NOW, RESERVE)) == [
        Split(fee=700, tax=133, reserve=308, seller=5_859)
    ]


def test_a_delivery_is_not_of_a_time_to_come() -> None:
    late = NOW + 5 * MINUTE

    assert deliver(an_order(S.CAPTURED), late, NOW, RESERVE).delivery is not None
    for never in (late + 1, -1):
        with pytest.raises(Invalid) as refusal:
            deliver(an_order(S.CAPTURED), never, NOW, RESERVE)
        assert refusal.value.field == "delivered_at"


@pytest.mark.parametrize(
    ("delivered_at", "day"),
    [
        # 30 days later is midnight: that day begins exactly then.
        ("2026-11-18", "2026-12-18"),
        # A millisecond later, the same midnight would be too early.
        ("2026-11-18+1", "2026-12-19"),
        ("2026-11-17+1", "2026-12-18"),
    ],
)
def test_the_reserve_is_freed_at_the_first_midnight_that_is_not_too_early(
    delivered_at: str, day: str
) -> None:
    start, _, more = delivered_at.partition("+")
    at = start_of_day(start) + int(more or 0)

    order = deliver(an_order(S.CAPTURED), at, max(NOW, at), RESERVE)

    assert order.delivery is not None
    assert order.delivery.release_on == day
    assert 0 <= start_of_day(day) - (at + 30 * DAY) < DAY


@given(st.integers(0, 40 * DAY), st.integers(1, 60))
def test_no_reserve_is_freed_before_its_time_nor_a_day_after(ago: int, days: int) -> None:
    at = NOW - ago

    order = deliver(an_order(S.CAPTURED), at, NOW, ReserveRule(500, days))

    assert order.delivery is not None
    if order.delivery.release_on is None:
        assert at + days * DAY <= NOW
    else:
        assert 0 <= start_of_day(order.delivery.release_on) - (at + days * DAY) < DAY


@pytest.mark.parametrize(
    ("rule", "ago"), [(RESERVE, 30 * DAY), (ReserveRule(500, 0), 0), (ReserveRule(0, 30), 0)]
)
def test_nothing_is_held_back_that_would_be_free_by_now(rule: ReserveRule, ago: int) -> None:
    order = deliver(an_order(S.CAPTURED), NOW - ago, NOW, rule)

    assert order.delivery is not None
    assert (order.delivery.reserve_basis_points, order.delivery.release_on) == (0, None)
    assert released(order) == [Split(fee=700, tax=133, seller=6_167)]


def test_the_whole_of_the_sellers_part_can_be_held_back() -> None:
    order = deliver(an_order(S.CAPTURED), NOW, NOW, ReserveRule(10_000, 1))

    assert released(order) == [Split(fee=700, tax=133, reserve=6_167)]


def test_what_was_refunded_before_is_not_released() -> None:
    order = deliver(refunding(an_order(S.CAPTURED)), NOW, NOW, RESERVE)

    assert released(order) == [Split(fee=400, tax=76, reserve=176, seller=3_348)]
    assert share_of(order).total == 4_000


def test_money_that_comes_back_after_the_delivery_is_released_then() -> None:
    order = deliver(refunding(an_order(S.CAPTURED)), NOW, NOW, RESERVE)

    back = replace(
        order,
        bookings=(
            *order.bookings,
            Booking(K.REFUND_FAILED, Split(pending=3_000), NOW, "r1", mirrors=0),
        ),
    )
    again = with_release(back, NOW + 5, NOW + 6)

    assert released(again)[1] == Split(fee=300, tax=57, reserve=132, seller=2_511)
    assert again.version == order.version
    assert again.bookings[-1].event_at == NOW + 5


def test_nothing_is_released_before_delivery_or_when_nothing_is_pending() -> None:
    captured, delivered = an_order(S.CAPTURED), a_delivered_order()

    assert with_release(captured, NOW, NOW) is captured
    assert with_release(delivered, NOW, NOW) is delivered


def test_a_partial_capture_bears_its_part_of_the_fee() -> None:
    order = deliver(an_order(S.PARTIALLY_CAPTURED), NOW, NOW, NO_RESERVE)

    assert released(order) == [Split(fee=300, tax=57, seller=2_643)]


@given(st.lists(st.integers(1, 7_000), max_size=6), st.integers(0, 10_000), st.integers(0, 10_000))
def test_releases_in_pieces_add_up_to_the_frozen_fee(
    pieces: list[int], basis_points: int, held: int
) -> None:
    fee = freeze_fee(7_000, "EUR", FeeRule("r", basis_points, 1_900))
    order = an_order(S.CAPTURED, fee=fee)
    order = deliver(refunding(order, 7_000 - 1), NOW, NOW, ReserveRule(held, 30))
    # Every piece comes back from a refund of what was pending.
    for piece in pieces:
        left = 7_000 - share_of(order).total
        part = Booking(K.REFUND_FAILED, Split(pending=min(piece, left)), NOW)
        if part.split.total:
            order = with_release(with_bookings(order, NOW, part), NOW, NOW)
    rest = Booking(K.REFUND_FAILED, Split(pending=7_000 - share_of(order).total), NOW)
    if rest.split.total:
        order = with_release(with_bookings(order, NOW, rest), NOW, NOW)

    share = share_of(order)
    assert (share.fee, share.tax) == (fee.fee_minor, fee.tax_minor)
    assert (share.pending, share.released) == (0, 7_000)
    assert min(share.reserve, share.seller) >= 0
    assert all(
        min(split.fee, split.tax, split.reserve, split.seller) >= 0 for split in released(order)
    )


@pytest.mark.parametrize("fee", [FrozenFee("r", 0, 0), FrozenFee("r", 7_000, 0)])
def test_no_fee_and_nothing_but_fee_are_released_as_well(fee: FrozenFee) -> None:
    order = deliver(an_order(S.CAPTURED, fee=fee), NOW, NOW, NO_RESERVE)

    assert share_of(order) == Split(fee=fee.fee_minor, seller=7_000 - fee.fee_minor)


def test_a_look_that_is_sooner_stays_and_a_later_one_is_brought_forward() -> None:
    booking = Booking(K.RELEASE, Split(seller=1), NOW)
    soon, late = an_order(S.CAPTURED, due_at=NOW + 5), an_order(S.CAPTURED, due_at=NOW + DAY)

    assert with_bookings(soon, NOW, booking).due_at == NOW + 5
    assert with_bookings(late, NOW, booking).due_at == NOW + BOOKING_CHECK


def test_refunds_count_from_their_request_until_they_fail() -> None:
    order = refunding(a_delivered_order())

    assert refunded_minor(order) == 3_000
    assert refunded_minor(refunded(order, amount_minor=1_000, refund_id="r2")) == 4_000
    for ends in [(SettlementKind.FAILED,), (SettlementKind.SUCCEEDED, SettlementKind.FAILED)]:
        undone = refunded(order, *ends, amount_minor=1_000, refund_id="r2")
        assert refunded_minor(undone) == 3_000


def test_the_day_of_the_tranche_is_a_day() -> None:
    order = a_delivered_order()

    assert order.delivery is not None
    assert order.delivery.release_on == day_of(NOW + 31 * DAY)


@pytest.mark.parametrize(("seller", "reserve"), [(9, 0), (10, 1), (29, 1), (30, 2)])
def test_the_reserve_is_rounded_half_up(seller: int, reserve: int) -> None:
    order = an_order(S.CAPTURED, amount_minor=seller, captured_minor=seller)

    order = deliver(replace(order, fee=FrozenFee("r", 0, 0)), NOW, NOW, RESERVE)

    assert released(order) == [Split(reserve=reserve, seller=seller - reserve)]
