"""The issue's number: 10,000 sequences of a seller's money (tests/seller_market.py), in memory.

About 35 s on one core, which is too long for the gate; the first 1,500 run there. `--seed 2` plays
another 10,000.
"""

from __future__ import annotations

from collections import Counter

import pytest

from countinghouse.domain.posting_rules import POSTING_RULES
from tests.large_market import LargeMarket
from tests.seller_market import played

SEQUENCES = 10_000
CHUNK = 1_000
LARGE = 1_000
"""Of a seller with four wallets."""


@pytest.mark.parametrize("first", range(0, SEQUENCES, CHUNK))
def test_the_books_hold_whatever_happens(first: int, first_seed: int) -> None:
    start = (first_seed - 1) * SEQUENCES + first
    kinds: Counter[str] = Counter()
    for market in played(range(start, start + CHUNK)):
        kinds.update(row.journal.kind for row in market.ledger.linked.values())

    assert POSTING_RULES.keys() <= kinds.keys(), "every kind that a seller has a part in was met"


def test_the_books_of_a_large_seller_hold_whatever_happens(first_seed: int) -> None:
    start = first_seed * LARGE

    assert sum(1 for _ in played(range(start, start + LARGE), kind=LargeMarket)) == LARGE
