from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.analytics import COLUMNS, Question, Report, ReportState, Value
from functions.analytics import handler
from functions.analytics.wiring import Deps
from tests.fakes.analytics import FakePause, FakeReportDesk, table
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import GRANTS, Edge, Response

REPORT = "/v1/analytics/{report}"
NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}
VOLUME = Question(Report.VOLUME, "2026-11-01", "2026-11-30")
ROW: Mapping[str, Value] = {
    **{"day": "2026-11-02", "psp": "sandbox", "currency": "EUR"},
    **{"captures": 1, "captured": 7_000, "refunds": 0, "refunded": 0},
    **{"chargebacks": 0, "charged_back": 0, "net": 7_000},
}


@dataclass
class Office:
    """A desk that knows November's volume, and the API over it."""

    desk: FakeReportDesk = field(default_factory=lambda: FakeReportDesk({VOLUME: table(ROW)}))
    clock: FakeClock = field(default_factory=FakeClock)
    edge: Edge = field(default_factory=lambda: Edge(handler, role="finance"))

    def deps(self) -> Deps:
        return Deps(self.desk, self.clock, FakePause(self.clock), GRANTS)

    def report(self, name: str = "volume", **query: str) -> Response:
        return self.edge.get(REPORT, path={"report": name}, query={**NOVEMBER, **query})


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office()
    monkeypatch.setattr(handler, "deps", office.deps)
    return office


def test_a_report_comes_with_its_columns_and_what_it_cost(office: Office) -> None:
    answer = office.report()

    assert answer.status == 200
    assert answer.body == {
        "report": "volume",
        **NOVEMBER,
        "as_of": "2025-11-24T16:00:00.000Z",
        "bytes_scanned": 4_096,
        "columns": [{"name": n, "kind": str(kind)} for n, kind in COLUMNS[Report.VOLUME].items()],
        "rows": [ROW],
        "truncated": False,
    }


def test_a_report_that_was_cut_says_so(office: Office) -> None:
    office.desk.tables[VOLUME] = table(ROW, cut=True)

    assert office.report().body["truncated"] is True


def test_a_slow_report_is_come_back_for(office: Office) -> None:
    office.desk.looks = 12
    first = office.report()

    assert (first.status, first.headers["Retry-After"]) == (202, "2")
    assert first.body == {"report": "volume", **NOVEMBER, "query_id": first.body["query_id"]}
    second = office.report(query_id=first.body["query_id"])
    assert (second.status, second.body["rows"]) == (200, [ROW])
    assert len(office.desk.asked) == 1


def test_a_query_goes_on_with_its_own_report_and_days_only(office: Office) -> None:
    office.desk.looks = 12
    query_id = office.report().body["query_id"]

    for answer in (
        office.report("psp_cost", query_id=query_id),
        office.report(query_id=query_id, to="2026-11-29"),
        office.report(query_id="8a2f0c1e-cafe-4bad-8fed-c0ffee000000"),
    ):
        assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize("name", ["sales", "VOLUME", "volume;drop", "match"])
def test_an_unknown_report_is_not_found(office: Office, name: str) -> None:
    assert office.report(name).status == 404
    assert office.desk.asked == {}


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"from": "2026-12-01"}, ["to"]),
        ({"from": "2025-11-29"}, ["to"]),
        ({"from": "2026-11-31"}, ["from"]),
        ({"from": "yesterday"}, ["from"]),
        ({"to": "2026-11-30' OR ''='"}, ["to"]),
        ({"query_id": "../../etc"}, ["query_id"]),
        ({"until": "2026-11-30"}, ["until"]),
        ({"first_day": "2026-11-01"}, ["first_day"]),
    ],
)
def test_a_bad_query_is_refused(office: Office, query: dict[str, str], fields: list[str]) -> None:
    answer = office.report(**query)

    assert (answer.status, answer.fields) == (422, fields)
    assert office.desk.asked == {}


@pytest.mark.parametrize("missing", ["from", "to"])
def test_both_days_are_named(office: Office, missing: str) -> None:
    query = {name: day for name, day in NOVEMBER.items() if name != missing}

    answer = office.edge.get(REPORT, path={"report": "volume"}, query=query)

    assert (answer.status, answer.fields) == (422, [missing])


@pytest.mark.parametrize(
    ("end", "status", "code"),
    [
        (ReportState.TOO_LARGE, 422, "report_too_large"),
        (ReportState.FAILED, 503, "temporarily_unavailable"),
    ],
)
def test_a_query_that_ends_without_a_table(
    office: Office, end: ReportState, status: int, code: str
) -> None:
    office.desk.end = end

    answer = office.report()

    assert (answer.status, answer.code) == (status, code)


@pytest.mark.parametrize("report", Report)
def test_every_report_can_be_asked_for(office: Office, report: Report) -> None:
    assert office.report(report).status == 200


@pytest.mark.parametrize("role", [arn.rpartition("/")[2] for arn in GRANTS])
def test_only_the_routes_roles_may_call_it(office: Office, role: str) -> None:
    (route,) = handler.ROUTES
    arguments: dict[str, Any] = {"path": {"report": "volume"}, "query": NOVEMBER}

    answer = office.edge.get(REPORT, **arguments, role=role)

    assert (answer.status == 403) == (role not in route.roles)
    assert route.roles == ("finance", "support")
