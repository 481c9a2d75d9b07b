"""Thousands of histories of payouts in other currencies: nothing lost, nothing made.

After each step every book sums to zero and each wallet is exact (tests/payout_conversions.py); when
all of it has come back, so are the positions. `--seed 2` generates others.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.payout_conversions import played, unwound

HISTORIES = 800
STEPS = 40
CHUNKS = 8


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_histories_of_converted_payouts(chunk: int, first_seed: int) -> None:
    ends: Counter[str] = Counter()
    first = first_seed * 1_000_000 + chunk * HISTORIES // CHUNKS
    for seed in range(first, first + HISTORIES // CHUNKS):
        day = played(seed, STEPS)
        converted = [p for p in day.house.payouts.rows.values() if p.exchange is not None]
        ends.update(str(payout.status) for payout in converted)
        ends.update(str(payout.failure) for payout in converted if payout.failure)
        unwound(day)

    assert all(ends[end] for end in ("paid", "failed", "cancelled", "returned")), ends
    assert ends["fx_quote_expired"], ends
