"""Bigger days, every fault in them several times and in any order: all found, and nothing else."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.reconciliation import shifted
from countinghouse.ports.lakehouse import LakeQuery
from tests.emulated_athena import emulated
from tests.matching_days import DAY, FIRST, WINDOW, Days
from tests.matching_faults import FAULTS

SEEDS = 24
ROUNDS = 3
SALES = 300


def a_market(random: Random) -> Days:
    """Sales on every day and each fault in several rounds, shuffled, some rows delivered twice."""
    days = Days()
    days.fill_days(shifted(FIRST, -31), DAY)
    for number in range(SALES):
        day = shifted(DAY, -random.randrange(30))
        days.sell(f"sale_{number}", random.randrange(1, 9) * 100_000 + 7, day)
    faults = [fault for fault in FAULTS for _ in range(random.randrange(1, ROUNDS + 1))]
    random.shuffle(faults)
    for place, fault in enumerate(faults):
        # No tenth of an amount is another amount: what is alike would be suggested.
        fault(days, f"{fault.__name__}_{place}", 10_006 + place * 1_000)
    days.close()
    days.copied(random)
    return days


def keyed(found: list[Difference]) -> dict[tuple[str, Sides, str], Difference]:
    rows = {(one.anchor, one.sides, one.our_currency or one.their_currency): one for one in found}
    assert len(rows) == len(found)
    return rows


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_planted_fault_is_found_and_nothing_else(seed: int, first_seed: int) -> None:
    days = a_market(Random(first_seed * 1_000 + seed))

    assert keyed(list(days.lake.differences(WINDOW))) == keyed(days.expected)


def test_the_emulators_athena_finds_what_duckdb_finds(tmp_path: Path) -> None:
    days = a_market(Random(1))
    queries = emulated(days.lake, tmp_path)

    match = queries.start(LakeQuery.MATCH, WINDOW)
    assert list(queries.differences(match)) == list(days.lake.differences(WINDOW))
    totals = queries.start(LakeQuery.TOTALS, WINDOW)
    assert list(queries.totals(totals)) == list(days.lake.totals(WINDOW))
    residuals = queries.start(LakeQuery.RESIDUALS, WINDOW)
    assert list(queries.residuals(residuals)) == list(days.lake.residuals(WINDOW))
