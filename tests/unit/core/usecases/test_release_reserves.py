from typing import NoReturn

import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import DAY, start_of_day
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_delivery import deliver
from countinghouse.domain.posting import Posting
from countinghouse.domain.wallet import Wallet
from countinghouse.usecases.release_reserves import STEPS_MAX, release_reserves
from tests.builders import NOW, RESERVE, a_dispute_fact, a_transfer, an_order, disputed
from tests.fakes.ledger import FakeLedger
from tests.seller_books import SellerBooks, legs_of

S = OrderStatus
MONTH = 31 * DAY


@pytest.fixture
def books() -> SellerBooks:
    return SellerBooks()


def delivered(books: SellerBooks, *days: int) -> Order:
    """One order of 7000 delivered on each of these days from now; the last of them."""
    orders: list[Order] = []
    for day in days:
        books.clock.instant = now = NOW + day * DAY
        order = an_order(S.CAPTURED, f"o{day}", captured_at=now)
        orders.append(books.book(deliver(order, now, now, RESERVE)))
    return orders[-1]


def released(books: SellerBooks) -> list[Journal]:
    return books.ledger.journals("reserve:seller:s1")


def test_a_tranche_is_released_when_its_day_begins(books: SellerBooks) -> None:
    order = delivered(books, 0)
    due_at = books.wallet(order).due_at
    assert due_at is not None
    books.clock.instant = due_at - 1
    assert books.release(order) == 0

    books.clock.instant = due_at + 5
    assert books.release(order) == 1

    (journal,) = released(books)
    assert legs_of(journal) == {"seller_reserve": 308, "seller_available": -308}
    assert (journal.event_at, journal.created_at) == (due_at, due_at + 5)
    assert journal.cause == "reserve until 2026-12-19"
    assert (books.wallet(order).due_at, books.shown(order)) == (None, {"available": 6_167})


def test_a_repeat_finds_nothing(books: SellerBooks) -> None:
    order = delivered(books, 0)
    books.clock.advance(MONTH)

    assert [books.release(order) for _ in range(3)] == [1, 0, 0]


def test_what_is_not_free_yet_stays(books: SellerBooks) -> None:
    order = delivered(books, 0, 1, 2)
    books.clock.instant = NOW + DAY + MONTH

    assert books.release(order) == 2

    assert books.shown(order) == {"available": 3 * 5_859 + 2 * 308, "reserved": 308}
    assert books.wallet(order).due_at == start_of_day("2026-12-21")


def test_a_debt_is_paid_first(books: SellerBooks) -> None:
    order = delivered(books, 0)
    book([a_transfer("seller_receivable:s1", "bank:main", 300)], books.ledger, books.ledger)
    books.clock.advance(MONTH)

    books.release(order)

    assert books.shown(order) == {"available": 5_859 + 8}
    assert legs_of(released(books)[0]) == {
        "seller_reserve": 308,
        "seller_receivable": -300,
        "seller_available": -8,
    }


def test_a_tranche_filled_again_after_its_release_is_released_again(books: SellerBooks) -> None:
    # A dispute of the time is won late, and part of the order's reserve comes out with it.
    order = books.book(disputed(an_order(S.CAPTURED)))
    order = books.book(deliver(order, NOW, NOW, RESERVE))
    books.clock.advance(MONTH)
    assert books.release(order) == 1
    won = a_dispute_fact(sequence=2, status=DisputeStatus.WON, withdrawn_minor=0)

    books.book(disputed(order, won))

    assert books.release(order) == 1
    assert {legs_of(journal)["seller_reserve"] for journal in released(books)} == {132, 176}
    assert books.shown(order) == {"available": 6_167}


def test_a_wallet_that_moved_is_read_again(books: SellerBooks) -> None:
    order = delivered(books, 0)
    books.clock.advance(MONTH)
    move = a_transfer("adjustments", "seller_available:s1", 5)
    books.ledger.interfere.append(lambda: book([move], books.ledger, books.ledger))

    assert books.release(order) == 1
    assert books.shown(order) == {"available": 6_172}


def test_two_releases_at_once_are_one(books: SellerBooks) -> None:
    order = delivered(books, 0)
    books.clock.advance(MONTH)
    books.ledger.interfere.append(lambda: books.release(order))

    assert books.release(order) == 0
    assert len(released(books)) == 1


class StuckLedger(FakeLedger):
    """A wallet that never holds still."""

    tries = 0

    def commit(self, posting: Posting) -> NoReturn:
        self.tries += 1
        raise Conflict("moved")


def test_a_wallet_that_never_holds_still_is_left_for_the_next_sweep(books: SellerBooks) -> None:
    order = delivered(books, 0)
    stuck = StuckLedger(wallet_rows=books.ledger.wallet_rows)
    books.clock.advance(MONTH)

    assert release_reserves(order.wallet, stuck, books.clock) == 0
    assert stuck.tries == STEPS_MAX
    assert books.wallet(order).due_at is not None


def test_an_empty_wallet_has_nothing_to_release(books: SellerBooks) -> None:
    order = an_order(S.CAPTURED)

    assert books.release(order) == 0
    assert Wallet(order.wallet).due_at is None


def test_each_shard_releases_its_own(books: SellerBooks) -> None:
    order = books.book(deliver(an_order(S.CAPTURED, wallet_shard=2), NOW, NOW, RESERVE))
    books.clock.advance(MONTH)

    assert books.release(order) == 1
    assert set(books.ledger.wallet_rows) == {order.wallet}
    assert books.shown(order) == {"available": 6_167}


def test_a_wallet_is_due_with_its_first_tranche(books: SellerBooks) -> None:
    order = delivered(books, 2, 0, 1)

    assert sorted(n for n in books.wallet(order).balances if "@" in n) == [
        "seller_reserve:s1@2026-12-19",
        "seller_reserve:s1@2026-12-20",
        "seller_reserve:s1@2026-12-21",
    ]
    assert books.wallet(order).due_at == start_of_day("2026-12-19")
