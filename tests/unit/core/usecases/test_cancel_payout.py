import pytest

from countinghouse.domain.errors import Conflict, IllegalTransition, NotFound
from countinghouse.domain.payout import PayoutJournal, PayoutStatus
from countinghouse.usecases.advance_payout import Next, advance_payout
from countinghouse.usecases.cancel_payout import cancel_payout
from countinghouse.usecases.open_payout import open_payout
from tests.builders import NOW
from tests.payouts import House, a_payout, a_wish

S = PayoutStatus


@pytest.fixture
def house() -> House:
    house = House()
    house.earn(8_000)
    open_payout(a_wish(amount_minor=5_000), house.opening)
    return house


def test_a_draft_is_cancelled_at_once_with_its_place(house: House) -> None:
    cancelled = cancel_payout("po_1", house.books)

    assert cancelled.is_resting
    assert house.accounts.rows["s1", "EUR"].open_payout is None
    assert house.kinds() == []


def test_what_was_reserved_comes_back(house: House) -> None:
    advance_payout("po_1", house.advancing)

    cancelled = cancel_payout("po_1", house.books)

    assert (cancelled.status, cancelled.owed) == (S.CANCELLED, (PayoutJournal.CANCELLED,))
    assert house.accounts.rows["s1", "EUR"].open_payout == "po_1"
    assert advance_payout("po_1", house.advancing).next is Next.DONE
    assert (house.available, house.in_payout) == (8_000, 0)
    assert house.accounts.rows["s1", "EUR"].open_payout is None


def test_a_repeat_writes_nothing(house: House) -> None:
    first = cancel_payout("po_1", house.books)

    assert cancel_payout("po_1", house.books) is first


def test_a_reserve_that_was_first_is_given_back(house: House) -> None:
    """The draft was looked at before its reserve was written: the second look sees it."""
    house.payouts.interfere.append(lambda: advance_payout("po_1", house.advancing))

    assert cancel_payout("po_1", house.books).owed == (PayoutJournal.CANCELLED,)


def test_a_cancellation_that_was_first_leaves_nothing_to_reserve(house: House) -> None:
    house.payouts.interfere.append(lambda: cancel_payout("po_1", house.books))

    assert advance_payout("po_1", house.advancing).payout.status is S.CANCELLED
    assert (house.kinds(), house.available) == ([], 8_000)


def test_what_was_sent_is_not_cancelled(house: House) -> None:
    house.payouts.put(a_payout(S.SUBMITTED))

    with pytest.raises(IllegalTransition):
        cancel_payout("po_1", house.books)


def test_a_payout_that_keeps_changing_is_given_up_on(house: House) -> None:
    house.payouts.interfere += [lambda: house.payouts.put(house.payouts["po_1"].changed(NOW))] * 8

    with pytest.raises(Conflict):
        cancel_payout("po_1", house.books)


def test_an_unknown_payout_is_not_found(house: House) -> None:
    with pytest.raises(NotFound):
        cancel_payout("po_none", house.books)
