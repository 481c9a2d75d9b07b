from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.bookkeeping import book
from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.errors import Conflict, InsufficientFunds, Invalid
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.posting import GROUP_MAX, Posting
from countinghouse.domain.trial_balance import compare, fold_journals, fold_wallets
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.usecases.post_orders import post_orders
from tests.builders import (
    NOW,
    a_delivered_order,
    a_dispute_fact,
    a_journal,
    a_transfer,
    an_order,
    disputed,
    refunded,
)
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger

S = OrderStatus
S1 = WalletAddress("seller:s1", "EUR")
CLOCK = FakeClock()


def captured(order_id: str, seller_id: str = "s1", minor: int = 7_000) -> Order:
    return an_order(
        S.CAPTURED, order_id, seller_id=seller_id, amount_minor=minor, captured_minor=minor
    )


def pending(ledger: FakeLedger, seller_id: str = "s1") -> int:
    address = WalletAddress(f"seller:{seller_id}", "EUR")
    return -ledger.wallets([address])[address].balances.get(f"seller_pending:{seller_id}", 0)


def test_the_worked_example() -> None:
    orders, ledger = FakeOrderBook().put(captured("o1")), FakeLedger()

    assert post_orders(["o1"], orders, ledger, ledger, CLOCK) == {}

    wallet = ledger.wallets([S1])[S1]
    assert wallet.balances == {"psp_receivable:sandbox": 7_000, "seller_pending:s1": -7_000}


def test_ten_orders_of_one_wallet_are_one_commit() -> None:
    orders = FakeOrderBook().put(*(captured(f"o{n}") for n in range(GROUP_MAX + 1)))
    ledger = FakeLedger()

    post_orders(orders.rows, orders, ledger, ledger, CLOCK)

    shapes = [(len(p.journals), len(p.wallets)) for p in ledger.commits]
    assert shapes == [(GROUP_MAX, 1), (1, 1)]
    assert pending(ledger) == 7_000 * (GROUP_MAX + 1)


def test_each_wallet_commits_on_its_own() -> None:
    orders = FakeOrderBook().put(captured("o1", "s1"), captured("o2", "s2"), captured("o3", "s1"))
    ledger = FakeLedger()

    post_orders(orders.rows, orders, ledger, ledger, CLOCK)

    assert sorted(len(p.journals) for p in ledger.commits) == [1, 2]
    assert all(len(p.wallets) == 1 for p in ledger.commits)


@given(st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), max_size=6))
def test_however_often_it_comes_each_order_is_booked_once(batches: list[list[int]]) -> None:
    orders = FakeOrderBook().put(*(captured(f"o{n}", f"s{n % 2}", n + 1) for n in range(6)))
    ledger = FakeLedger()
    for batch in batches:
        assert post_orders([f"o{n}" for n in batch], orders, ledger, ledger, CLOCK) == {}

    wanted = {n for batch in batches for n in batch}
    assert sum(pending(ledger, s) for s in ("s0", "s1")) == sum(n + 1 for n in wanted)
    wallets = [row for row in ledger.all_wallets() if isinstance(row, Wallet)]
    journals = [row.journal for row in ledger.linked.values()]
    assert compare(fold_wallets(wallets, NOW), fold_journals(journals, NOW), NOW) == ()


@pytest.mark.parametrize("status", [S.SENT, S.AUTHORIZED, S.FAILED, S.CONFLICTED])
def test_what_took_no_money_is_not_booked(status: OrderStatus) -> None:
    orders, ledger = FakeOrderBook().put(an_order(status)), FakeLedger()

    assert post_orders(["o1", "o9"], orders, ledger, ledger, CLOCK) == {}
    assert ledger.commits == []


def test_a_wallet_that_moved_is_read_again() -> None:
    orders, ledger = FakeOrderBook().put(captured("o1")), FakeLedger()
    ledger.interfere.append(lambda: book([a_journal("other", minor=5)], ledger, ledger))

    assert post_orders(["o1"], orders, ledger, ledger, CLOCK) == {}
    assert pending(ledger) == 7_005


def test_what_another_worker_booked_is_left_out_and_the_rest_goes_on() -> None:
    orders, ledger = FakeOrderBook().put(captured("o1"), captured("o2")), FakeLedger()
    ledger.interfere.append(lambda: post_orders(["o1"], orders, ledger, ledger, CLOCK))

    assert post_orders(["o1", "o2"], orders, ledger, ledger, CLOCK) == {}
    assert pending(ledger) == 14_000


class StuckLedger(FakeLedger):
    """One wallet that never holds still."""

    def commit(self, posting: Posting) -> tuple[Journal, ...]:
        if any(old.address == S1 for old, _ in posting.wallets):
            raise Conflict("moved")
        return super().commit(posting)


def test_a_stuck_wallet_fails_only_its_own_orders() -> None:
    orders = FakeOrderBook().put(captured("o1", "s1"), captured("o2", "s2"))
    ledger = StuckLedger()

    failed = post_orders(orders.rows, orders, ledger, ledger, CLOCK)

    assert failed.keys() == {"o1"}
    assert isinstance(failed["o1"], Conflict)
    assert pending(ledger, "s2") == 7_000


def test_an_order_that_cannot_be_booked_fails_alone() -> None:
    broken = an_order(S.PARTIALLY_CAPTURED, "o1", seller_id="s2", captured_minor=0)
    orders, ledger = FakeOrderBook().put(broken, captured("o2")), FakeLedger()

    failed = post_orders(orders.rows, orders, ledger, ledger, CLOCK)

    assert failed.keys() == {"o1"}
    assert isinstance(failed["o1"], Invalid)
    assert pending(ledger) == 7_000


def test_a_journal_below_the_floor_is_named_and_the_others_are_booked() -> None:
    ledger = FakeLedger()
    taking = a_transfer("seller_pending:s1", "adjustments", 8_000)

    refused = book([a_journal(), taking], ledger, ledger)

    assert refused.keys() == {taking.ledger_id}
    assert isinstance(refused[taking.ledger_id], InsufficientFunds)
    assert pending(ledger) == 7_000


def test_nothing_to_book_is_no_commit() -> None:
    ledger = FakeLedger()

    assert book([], ledger, ledger) == {}
    assert post_orders([], FakeOrderBook(), ledger, ledger, CLOCK) == {}
    assert ledger.commits == []


def test_what_is_booked_already_is_not_refused_because_the_wallet_moved_on() -> None:
    # The lone booking that is not counted yet took the last of what was held.
    lost = a_dispute_fact(sequence=2, status=DisputeStatus.LOST)
    order = replace(disputed(an_order(S.CAPTURED), a_dispute_fact(), lost), booked=2)
    orders, ledger = FakeOrderBook().put(replace(order, booked=0)), FakeLedger()
    assert post_orders(["o1"], orders, ledger, ledger, CLOCK) == {}
    booked = len(ledger.linked)
    orders.put(order)

    assert post_orders(["o1"], orders, ledger, ledger, CLOCK) == {}
    assert len(ledger.linked) == booked


def test_a_life_of_one_order_is_booked_at_once_or_step_by_step() -> None:
    steps = [an_order(S.CAPTURED), a_delivered_order(), refunded(a_delivered_order())]
    steps.append(disputed(steps[-1]))
    at_once, by_steps = FakeLedger(), FakeLedger()
    orders = FakeOrderBook()

    for order in steps:
        orders.put(order)
        assert post_orders(["o1"], orders, by_steps, by_steps, CLOCK) == {}
        assert post_orders(["o1"], orders, by_steps, by_steps, CLOCK) == {}
    assert post_orders(["o1"], orders, at_once, at_once, CLOCK) == {}

    assert at_once.wallet_rows == by_steps.wallet_rows
    assert at_once.linked.keys() == by_steps.linked.keys()
