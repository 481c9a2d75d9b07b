from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.booking import BookingKind
from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_conversion import (
    Sides,
    captured_sides,
    psp_sides,
    returned_sides,
    seller_amount,
    seller_currency,
)
from countinghouse.domain.psp import SettlementKind
from tests.builders import a_dispute_fact, an_order, disputed, refunded, refunding
from tests.converted import a_conversion, a_converted_order

K = BookingKind
F = SettlementKind
OPENED = a_dispute_fact(currency="USD", amount_minor=7_000, withdrawn_minor=7_000)
PART = replace(OPENED, amount_minor=3_333, withdrawn_minor=3_333)


def test_an_order_of_one_currency_has_one_side() -> None:
    order = an_order(OrderStatus.CAPTURED)

    assert (seller_currency(order), seller_amount(order)) == ("EUR", 7_000)
    assert captured_sides(order) == Sides(7_000)
    assert returned_sides(order, 3_000) == Sides(3_000)
    assert psp_sides(order, 3_000) == Sides(3_000)


def test_a_converted_order_has_two() -> None:
    order = a_converted_order()

    assert (seller_currency(order), seller_amount(order)) == ("EUR", 6_203)
    assert order.wallet.currency == "EUR"
    assert captured_sides(order) == Sides(6_203, 7_000, 6_266)
    assert psp_sides(order, 3_000) == Sides(0, 3_000)


def test_a_part_that_was_captured_is_a_part_on_both() -> None:
    order = a_converted_order(OrderStatus.PARTIALLY_CAPTURED)

    # 3000 / 7000 of 6203 and of 6266.
    assert captured_sides(order) == Sides(2_658, 3_000, 2_685)


@given(st.lists(st.integers(1, 2_000), min_size=1, max_size=6))
def test_refunds_in_parts_take_what_one_refund_takes(parts: list[int]) -> None:
    order = a_converted_order(amount_minor=sum(parts), captured_minor=sum(parts))
    whole = captured_sides(order)
    for number, part in enumerate(parts):
        order = refunded(order, amount_minor=part, refund_id=f"r{number}")

    asked = [b for b in order.bookings if b.kind is K.REFUND_REQUESTED]

    assert sum(b.split.total for b in asked) == whole.seller_minor
    assert sum(b.mid_minor or 0 for b in asked) == whole.mid_minor
    assert [b.paid for b in asked] == parts


def as_if_nothing_had_gone_back(order: Order) -> bool:
    """Whether every amount takes from the seller what it would take from a fresh order."""
    fresh = replace(order, bookings=())
    return all(returned_sides(order, n) == returned_sides(fresh, n) for n in range(1, 99))


@pytest.mark.parametrize("told", [(F.FAILED,), (F.SUCCEEDED, F.FAILED)])
def test_what_failed_or_came_back_gives_back_what_it_took(told: tuple[F, ...]) -> None:
    order = refunded(a_converted_order(), *told, amount_minor=2_333)

    asked, undone = order.bookings[0], order.bookings[-1]
    assert (undone.split, undone.paid, undone.mid_minor) == (asked.split, 2_333, asked.mid_minor)
    assert as_if_nothing_had_gone_back(order)
    assert not as_if_nothing_had_gone_back(refunded(a_converted_order(), amount_minor=2_333))


def test_a_refund_that_failed_out_of_turn_never_makes_the_next_one_negative() -> None:
    # Ten units are worth one: the second refund takes it, the first one fails.
    deal = a_conversion(1, 1)
    order = a_converted_order(conversion=deal, amount_minor=10, captured_minor=10)
    order = refunding(refunding(order, 4, "r0"), 2, "r1")
    assert [b.split.total for b in order.bookings] == [0, 1]
    failed = replace(order.bookings[0], kind=K.REFUND_FAILED, mirrors=0)

    after = replace(order, bookings=(*order.bookings, failed))

    assert returned_sides(after, 1) == Sides(0, 1, -1)
    assert returned_sides(after, 8) == Sides(0, 8, 0)


def test_a_hold_counts_until_it_is_released() -> None:
    held = disputed(a_converted_order(), PART)

    assert held.bookings[-1].split.total == a_conversion().seller_share(3_333, 7_000)
    assert not as_if_nothing_had_gone_back(held)
    won = disputed(held, replace(PART, sequence=2, status=DisputeStatus.WON, withdrawn_minor=0))
    assert as_if_nothing_had_gone_back(won)


@pytest.mark.parametrize(
    # With it four have gone back, which are worth nothing, or six, which are worth one.
    ("disputed_minor", "left"),
    [(2, Sides(0, 2, 0)), (4, Sides(1, 2, 1))],
)
def test_a_loss_over_nothing_counts_as_if_it_had_been_held(
    disputed_minor: int, left: Sides
) -> None:
    deal = a_conversion(1, 1)
    order = a_converted_order(conversion=deal, amount_minor=10, captured_minor=10)
    opened = replace(OPENED, amount_minor=disputed_minor, withdrawn_minor=disputed_minor)
    lost = disputed(order, opened, replace(opened, sequence=2, status=DisputeStatus.LOST))

    assert [b.kind for b in lost.bookings] == [K.DISPUTE_WITHDRAWN, K.DISPUTE_LOST]
    assert lost.bookings[-1].split.total == 0
    assert returned_sides(lost, 2) == left


@pytest.mark.parametrize("amount", [1, 6_999])
def test_part_of_an_order_held_is_its_share(amount: int) -> None:
    fact = replace(OPENED, amount_minor=amount, withdrawn_minor=amount)

    (_, held) = disputed(a_converted_order(), fact).bookings

    assert held.kind is K.DISPUTE_HELD
    assert (held.paid, held.split.total) == (amount, a_conversion().seller_share(amount, 7_000))
