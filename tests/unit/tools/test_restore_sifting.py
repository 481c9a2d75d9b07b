"""Which journals of a restored ledger stand: called for, and on an unbroken chain."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.posting import LinkedJournal, addresses_of, plan_posting
from countinghouse.domain.wallet import Wallet, WalletAddress
from tests.builders import a_journal, a_transfer, an_order
from tools.restore.sifting import NO_CHAIN, NOT_CALLED_FOR, Sifted, sift

NOW = 1_795_338_000_000
S1 = WalletAddress("seller:s1", "EUR")


def captured(name: str) -> Order:
    return an_order(OrderStatus.CAPTURED, name, captured_minor=7_000, captured_at=NOW)


def capture(name: str) -> Journal:
    return a_journal(name)


def linked(*wanted: Journal) -> list[LinkedJournal]:
    """The journals as they are booked one after the other, from empty books."""
    plan = plan_posting(wanted, {a: Wallet(a) for a in addresses_of(wanted)})
    return list(plan.posting.journals)


def sifted(journals: Iterable[LinkedJournal], *orders: str) -> Sifted:
    return sift(journals, {name: captured(name) for name in orders}, {}, NOW)


def references(journals: Iterable[LinkedJournal]) -> list[str]:
    return [one.journal.reference for one in journals]


ALL = linked(capture("o1"), capture("o2"), capture("o3"))


def test_whole_books_stand_and_add_up_to_their_wallets() -> None:
    found = sifted(ALL, "o1", "o2", "o3")

    assert (references(found.kept), found.set_aside) == (["o1", "o2", "o3"], ())
    assert found.wallets[S1].sequence == 3
    assert found.wallets[S1].head == ALL[-1].journal.ledger_id
    assert found.wallets[S1].balances["seller_pending:s1"] == -21_000


def test_what_stands_behind_a_gap_is_set_aside() -> None:
    found = sifted([ALL[0], ALL[2]], "o1", "o2", "o3")

    assert references(found.kept) == ["o1"]
    assert [(one.journal.reference, why) for one, why in found.set_aside] == [("o3", NO_CHAIN)]
    assert found.wallets[S1].sequence == 1


def test_what_no_row_calls_for_is_set_aside_with_all_behind_it() -> None:
    found = sifted(ALL, "o1", "o3")

    assert references(found.kept) == ["o1"]
    assert {(one.journal.reference, why) for one, why in found.set_aside} == {
        ("o2", NOT_CALLED_FOR),
        ("o3", NO_CHAIN),
    }


def test_a_gap_in_one_wallet_reaches_the_others() -> None:
    gift = a_transfer("seller_pending:s1", "buyer_wallet:b1", 5, "gift")
    first, second, third = linked(capture("o1"), gift, a_transfer("adjustments", "buyer_wallet:b1"))
    assert len(second.links) == 2

    found = sifted([second, third], "o1")

    assert references(found.kept) == []
    assert len(found.set_aside) == 2
    assert references(sifted([first, second, third], "o1").kept) == references(
        [first, second, third]
    )


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_the_order_they_are_read_in_does_not_matter(order: list[int]) -> None:
    found = sifted([ALL[place] for place in order], "o1", "o2", "o3")

    assert found.wallets[S1].sequence == 3
