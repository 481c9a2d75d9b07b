"""Every scenario at every PSP: the same thing has to come of it here, whoever the PSP is."""

from __future__ import annotations

import pytest

from tests.conformance.counter import Counter
from tests.conformance.psps import PSPS
from tests.conformance.scenarios import SCENARIOS, Scenario
from tests.conformance.suite import GROUPS
from tests.conformance.table import PAGE, page

CELLS = [(one, psp) for one in SCENARIOS for psp in PSPS if psp not in one.without]


@pytest.mark.parametrize(
    ("scenario", "psp"), [pytest.param(*cell, id=f"{cell[0].name}-{cell[1]}") for cell in CELLS]
)
def test_it_comes_to_the_same(scenario: Scenario, psp: str, counters: dict[str, Counter]) -> None:
    scenario.play(counters[psp])


def test_there_are_scenarios_enough() -> None:
    assert all(one.play.__module__ in {group.__name__ for group in GROUPS} for one in SCENARIOS)
    assert len(SCENARIOS) >= 40
    assert len({one.name for one in SCENARIOS}) == len(SCENARIOS)
    assert {psp for one in SCENARIOS for psp in one.without} <= set(PSPS)


def test_the_documents_table_is_this_suites() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(SCENARIOS), "make conformance"
