import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.booking import Booking, BookingKind, Split, shares
from tests.builders import NOW

K = BookingKind
RELEASED = Split(fee=700, tax=133, reserve=308, seller=5_859)
DELIVERED = Booking(K.RELEASE, RELEASED, NOW)

splits = st.builds(Split, *[st.integers(0, 10**9)] * 5)


def after(*bookings: tuple[BookingKind, Split]) -> Split:
    """Where 7000 captured minor units stand after a delivery and these."""
    return shares(7_000, [DELIVERED, *(Booking(kind, split, NOW) for kind, split in bookings)])


def test_a_split_is_pending_or_released() -> None:
    split = Split(pending=1, fee=2, tax=3, reserve=4, seller=5)

    assert (split.released, split.total) == (14, 15)


@given(splits, splits)
def test_what_was_added_can_be_taken_away(one: Split, other: Split) -> None:
    assert one.plus(other).plus(other, -1) == one
    assert one.plus(other).total == one.total + other.total


def test_captured_money_is_pending_until_it_is_delivered() -> None:
    assert shares(7_000, []) == Split(pending=7_000)
    assert shares(7_000, [DELIVERED]) == RELEASED


def test_refunded_money_is_gone_until_the_refund_fails() -> None:
    part = Split(fee=300, tax=57, reserve=132, seller=2_511)

    asked = after((K.REFUND_REQUESTED, part))

    assert asked == Split(fee=400, tax=76, reserve=176, seller=3_348)
    assert after((K.REFUND_REQUESTED, part), (K.REFUND_PAID, part)) == asked
    for undone in (K.REFUND_FAILED, K.REFUND_REVERSED):
        assert after((K.REFUND_REQUESTED, part), (undone, part)) == RELEASED


def test_a_dispute_keeps_pending_money_from_being_released() -> None:
    held = Split(pending=4_000)

    assert shares(7_000, [Booking(K.DISPUTE_HELD, held, NOW)]) == Split(pending=3_000)
    again = [Booking(K.DISPUTE_HELD, held, NOW), Booking(K.DISPUTE_RELEASED, held, NOW)]
    assert shares(7_000, again) == Split(pending=7_000)


def test_a_hold_on_released_money_leaves_the_shares_as_they_are() -> None:
    held = Split(seller=4_000)

    for ended in (K.DISPUTE_RELEASED, K.DISPUTE_LOST, K.DISPUTE_ABSORBED):
        assert after((K.DISPUTE_HELD, held), (ended, held)) == RELEASED


def test_a_fee_given_back_is_the_sellers() -> None:
    given_back = Split(fee=400, tax=76)

    assert after((K.DISPUTE_FEE_GIVEN_BACK, given_back)) == Split(
        fee=300, tax=57, reserve=308, seller=6_335
    )


@pytest.mark.parametrize(
    "kind", [K.CAPTURE, K.REFUND_PAID, K.DISPUTE_WITHDRAWN, K.DISPUTE_REINSTATED]
)
def test_what_moves_at_the_psp_alone_moves_no_share(kind: BookingKind) -> None:
    assert after((kind, Split(seller=4_000))) == RELEASED
