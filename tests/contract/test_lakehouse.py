"""The lake's queries: the same suite on the fake and on the emulator's Athena, in process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from countinghouse.domain.difference import Sides
from countinghouse.domain.errors import Invalid
from countinghouse.ports.lakehouse import Fact, LakeQueries, LakeQuery, QueryState
from tests.emulated_athena import emulated
from tests.fakes.lakehouse import FakeLakeQueries
from tests.lakes import DuckLake
from tests.matching_days import DAY, WINDOW, Days, Sale


@dataclass(frozen=True)
class Office:
    queries: LakeQueries
    days: Days


def a_day() -> Days:
    days = Days()
    days.sell("o1")
    leg = days.post(Sale("o2", 5_000, DAY))
    days.expect(Sides.OURS, leg, None, checkout_open=5_000)
    days.close()
    return days


DAYS = a_day()


@pytest.fixture(params=["fake", "athena"], scope="module")
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Office:
    if request.param == "fake":
        lake = DAYS.lake
        told = (
            list(lake.differences(WINDOW)),
            list(lake.totals(WINDOW)),
            list(lake.residuals(WINDOW)),
        )
        return Office(FakeLakeQueries(*told), DAYS)
    folder: Path = tmp_path_factory.mktemp("lake")
    return Office(emulated(DuckLake(dict(DAYS.lake.rows)), folder), DAYS)


def test_a_match_tells_what_differs(office: Office) -> None:
    query_id = office.queries.start(LakeQuery.MATCH, WINDOW)

    assert office.queries.state(query_id) is QueryState.SUCCEEDED
    assert list(office.queries.differences(query_id)) == office.days.expected


def test_totals_tell_what_batches_come_to(office: Office) -> None:
    [standing] = office.queries.totals(office.queries.start(LakeQuery.TOTALS, WINDOW))

    total = standing.total
    assert (total.lines, total.gross, total.fee, total.expected_fee) == (1, 7_000, 123, 123)
    assert (total.net, total.paid_out, standing.arrived) == (6_877, 6_877, 6_877)
    assert (standing.day, total.currency, standing.matched) == (DAY, "EUR", 1)


def test_residuals_tell_what_accounts_for_the_balance(office: Office) -> None:
    found = office.queries.residuals(office.queries.start(LakeQuery.RESIDUALS, WINDOW))

    assert [(one.fact, one.day, one.found, one.amount) for one in found] == [
        (Fact.BALANCE, DAY, 2, 12_000),
        (Fact.UNMATCHED, DAY, 1, 5_000),
        (Fact.UNSETTLED, DAY, 1, 7_000),
    ]


def test_a_result_is_read_as_what_was_asked(office: Office) -> None:
    query_id = office.queries.start(LakeQuery.RESIDUALS, WINDOW)

    with pytest.raises(Invalid):
        list(office.queries.differences(query_id))


@pytest.mark.parametrize(
    "changes", [{"psp": "a'b"}, {"first_day": "2026-11-31"}, {"last_day": "1"}]
)
def test_a_window_that_is_none_is_refused(office: Office, changes: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        office.queries.start(LakeQuery.MATCH, replace(WINDOW, **changes))  # type: ignore[arg-type]


def test_what_was_never_started_is_not_there(office: Office) -> None:
    with pytest.raises(Invalid):
        office.queries.state("nothing")
