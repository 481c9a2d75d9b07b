"""A seller's money in any legal and illegal order of events; see tests/seller_market.py.

The issue's 10,000 sequences take half a minute: they are in tests/simulation/test_seller_money.py,
and these are the first of them.
"""

from collections import Counter

import pytest

from countinghouse.domain.posting_rules import POSTING_RULES
from countinghouse.domain.wallet_folds import FOLD_IN, FOLD_OUT
from tests.large_market import LargeMarket
from tests.seller_market import ACTIONS, Market, played

CHUNK = 300


@pytest.mark.parametrize("first", range(0, 300, CHUNK))
def test_the_books_hold_whatever_happens(first: int) -> None:
    kinds: Counter[str] = Counter()
    for market in played(range(first, first + CHUNK)):
        kinds.update(row.journal.kind for row in market.ledger.linked.values())

    assert POSTING_RULES.keys() <= kinds.keys(), "every kind that a seller has a part in was met"


def test_the_books_of_a_large_seller_hold_whatever_happens() -> None:
    kinds: Counter[str] = Counter()
    shards: Counter[int] = Counter()
    for market in played(range(150), kind=LargeMarket):
        kinds.update(row.journal.kind for row in market.ledger.linked.values())
        shards.update(row.journal.wallet_shard for row in market.ledger.linked.values())

    assert {FOLD_OUT, FOLD_IN, *POSTING_RULES} <= kinds.keys()
    assert shards.keys() == {0, 1, 2, 3}


def test_a_seed_is_one_story() -> None:
    def story() -> list[str]:
        market = Market(7)
        market.run(60)
        return market.story

    assert story() == story()


def test_a_story_that_goes_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.seller_market.Psp.owes", lambda _: -1)

    with pytest.raises(AssertionError, match=r"^seed 3: .*the PSP counts otherwise(.|\n)*capture"):
        list(played(range(3, 4)))


def test_nothing_is_too_rare_to_happen() -> None:
    done: Counter[str] = Counter()
    for market in played(range(200)):
        done += market.done

    assert len(done) >= len(ACTIONS)
    assert min(done.values()) >= 5, done
