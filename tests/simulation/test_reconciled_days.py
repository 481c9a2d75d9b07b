"""Days of the sandbox PSP with every discrepancy it knows, through the real reconciliation.

Whatever was planted is found under the code the PSP states, and nothing else is; what is left on
the PSP's account is explained to the minor unit after every run; a run repeated changes nothing.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from countinghouse.domain.breaks import BreakStatus
from countinghouse.domain.reconciliation import FileStatus, SourceKind, batch_key
from tests.simulation.planted_breaks import found
from tests.simulation.psp_market import Market, market
from tests.simulation.reconciled_history import History, as_they_stand
from tools.sandbox_psp.injections import KINDS

SEEDS = 24
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
AT_BANK = ("bank_missing", "bank_short")
ONCE = (*AT_BANK, "split")
S = BreakStatus


def a_market(folder: Path, seed: int) -> AbstractContextManager[Market]:
    """One that opens on any day of the week: banks do not work on all of them."""
    return market(folder, seed, MONDAY + timedelta(days=seed % 7))


def shared_out(random: Random, turns: int) -> list[list[str]]:
    """Every kind once at least, on some day; what is about a payout once a currency."""
    days: list[list[str]] = [[] for _ in range(turns)]
    for kind in KINDS:
        times = 1 if kind in ONCE else random.randrange(1, 4)
        for _ in range(times):
            random.choice(days).append(kind)
    for kinds in days:
        random.shuffle(kinds)
    return days


def planted(history: History, kinds: list[str]) -> str:
    """A day with these discrepancies, reconciled the next morning; which day it was."""
    history.trade(single=len(kinds) + 12, pairs=kinds.count("split"))
    day = history.market.day
    history.close(kinds)
    history.market.next_morning()
    history.reconcile(day)
    return day


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_discrepancy_is_found_and_nothing_else(
    seed: int, first_seed: int, tmp_path: Path
) -> None:
    random = Random(first_seed * 1_000 + seed)
    with a_market(tmp_path, seed) as world:
        history = History(world, random)
        # Every fourth history has them all in one file.
        days = [planted(history, kinds) for kinds in shared_out(random, 1 + (seed % 4 > 0))]
        before = as_they_stand(world)
        history.reconcile(days[-1])
        assert as_they_stand(world) == before

        planted(history, [])
        assert healed_of(history) == {S.MATCHED}

        world.next_morning(3)
        later = planted(history, [])
        late = {one.on(later)[1] for one in history.expected if one.kind == "missing"}
        short = [one.on(later)[1] for one in history.expected if one.kind in AT_BANK]
        assert (late, short) == ({"MISSING_AT_PSP"}, ["PAYOUT_BANK_MISSING"] * 2)
        check_settled(history)
        before = as_they_stand(world)
        history.reconcile(days[0])
        assert as_they_stand(world) == before


def healed_of(history: History) -> set[BreakStatus]:
    """Where the breaks stand whose lines came a file later."""
    timing = {one.about for one in history.expected if one.kind == "timing"}
    stands = found(history.market.breaks.rows.values(), history.market.files.rows.values())
    return {status for about, _, status in stands if about in timing}


def check_settled(history: History) -> None:
    """Every file is booked but those that were stopped, and what the bank does not show."""
    short = {one.about for one in history.expected if one.kind in AT_BANK}
    for file in history.market.files.rows.values():
        if file.kind is SourceKind.BANK or file.status is FileStatus.STOPPED:
            continue
        missing = {
            ("file", total.batch, total.currency)
            for total in file.totals
            if batch_key(total.batch, total.currency) not in file.settled
        }
        assert missing == {about for about in short if about[1] in {t.batch for t in file.totals}}
