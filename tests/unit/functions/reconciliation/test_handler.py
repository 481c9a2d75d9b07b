import io
import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from countinghouse.domain.breaks import Break, BreakStatus
from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import DAY as ONE_DAY
from countinghouse.domain.reconciliation import Run, RunStatus, run_id, shifted
from countinghouse.reconciliation_report import report, report_json
from functions.reconciliation import handler, wiring
from tests.breaks import a_break, a_difference, balance
from tests.fakes.lambdas import ACCOUNT, GRANTS, Edge, Response
from tests.reconciliation_runs import A_RUN
from tests.reconciling import Reconciling
from tests.runs import DAY, NIGHT, PSP, a_run

S = BreakStatus
RUNS = "/v1/reconciliations"
RUN = f"{RUNS}/{{run_id}}"
REPORT = f"{RUN}/report"
BREAKS = f"{RUN}/breaks"
BREAK = "/v1/breaks/{break_id}"
RESOLVE = f"{BREAK}/resolve"
BODY = {"psp": PSP, "date": DAY}
RUN_ID = {"run_id": run_id(PSP, DAY)}
SMALL = {"break_id": "brk_small"}
LARGE = {"break_id": "brk_large"}
KEY = f"reconciliations/{PSP}/{DAY}/rec_sandbox_20261122-1/report"


@dataclass
class Desk:
    house: Reconciling = field(default_factory=Reconciling)
    edge: Edge = field(default_factory=lambda: Edge(handler, role="finance"))

    def completed(self, **changes: Any) -> Run:
        """The day's run with its reports."""
        totals = {name: 1 for name in ("gross", "fee", "net", "paid_out", "arrived", "settled")}
        facts = {"counts": {"matched": 8, "open": 2}, "totals": {"EUR": totals}}
        run = a_run(RunStatus.COMPLETED, report_key=f"{KEY}.json", **(facts | changes))
        self.house.runs.rows[PSP, DAY] = run
        contents = {
            "json": report_json(report(A_RUN)),
            "csv": b"break_id\n",
            "html": b"<p>\xc3\xa9",
        }
        for name, content in contents.items():
            self.house.documents.write(f"{KEY}.{name}", content, "")
        return run

    def put(self, *breaks: Break) -> None:
        self.house.breaks.put(*breaks)

    def resolve(self, action: str, *, path: dict[str, str] = SMALL, **more: Any) -> Response:
        body = {"action": action, "reason": "seen and understood", **more.pop("body", {})}
        return self.edge.post(RESOLVE, body, path=path, **more)


def short(name: str, minor: int, **changes: Any) -> Break:
    """They say so much less than we do."""
    difference = a_difference(their_amount=7_000 - minor, day=DAY)
    facts: dict[str, Any] = {"break_id": name, "run_id": run_id(PSP, DAY)}
    return replace(a_break(difference=difference), **(facts | changes))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    desk.put(short("brk_small", 500), short("brk_large", 1_001))
    ports = desk.house.deps(wiring)
    monkeypatch.setattr(handler, "deps", lambda: ports)
    return desk


# Runs.


def test_a_day_is_started_and_not_reconciled_here(desk: Desk) -> None:
    answer = desk.edge.post(RUNS, BODY)

    assert answer.status == 202
    assert answer.body == {
        "run_id": "rec_sandbox_20261122",
        "psp": PSP,
        "date": DAY,
        "status": "running",
        "started_at": "2026-11-23T00:00:00.000Z",
    }
    (run,) = desk.house.workflow.executions.values()
    assert run == desk.house.runs.get(PSP, DAY)
    assert run.requested_by == f"{ACCOUNT}/finance"


def test_asked_for_again_while_it_runs_it_is_the_same_run(desk: Desk) -> None:
    first, again = desk.edge.post(RUNS, BODY), desk.edge.post(RUNS, BODY, role="operator")

    assert again.body == first.body
    assert len(desk.house.workflow.executions) == 1


def test_a_day_that_was_reconciled_is_looked_at_again(desk: Desk) -> None:
    desk.completed()

    answer = desk.edge.post(RUNS, BODY)

    assert (answer.status, answer.body["status"]) == (202, "running")
    assert not {"counts", "report_url", "finished_at"} & answer.body.keys()
    assert desk.edge.get(REPORT, path=RUN_ID).status == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"psp": "elsewhere", "date": DAY}, "psp"),
        ({"psp": PSP, "date": "2026-11-24"}, "date"),
        ({"psp": PSP, "date": "2026-02-30"}, "date"),
        ({"psp": PSP, "date": "1999-12-31"}, "date"),
        ({"psp": "Sandbox", "date": DAY}, "psp"),
        ({"psp": PSP, "date": 20261122}, "date"),
        ({"psp": PSP}, "date"),
        ({**BODY, "force": True}, "force"),
    ],
)
def test_what_cannot_be_reconciled_is_refused(
    desk: Desk, body: dict[str, object], field: str
) -> None:
    answer = desk.edge.post(RUNS, body)

    assert (answer.status, answer.code, answer.fields) == (422, "validation_failed", [field])
    assert desk.house.runs.rows == {}


def test_where_the_stage_allows_it_a_day_may_be_ahead(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.house.settings["RECONCILE_AHEAD"] = "yes"
    ports = desk.house.deps(wiring)
    monkeypatch.setattr(handler, "deps", lambda: ports)

    assert desk.edge.post(RUNS, {"psp": PSP, "date": "2026-12-24"}).status == 202


def test_a_workflow_that_does_not_start_may_be_asked_for_again(desk: Desk) -> None:
    desk.house.workflow.fail.append(Unavailable("Step Functions did not answer"))

    answer = desk.edge.post(RUNS, BODY)

    assert (answer.status, answer.code) == (503, "temporarily_unavailable")
    assert desk.edge.post(RUNS, BODY).status == 202
    assert len(desk.house.workflow.executions) == 1


def test_a_run_is_shown_as_it_stands(desk: Desk) -> None:
    desk.completed()

    answer = desk.edge.get(RUN, path=RUN_ID, role="support")

    assert (answer.status, answer.body["status"]) == (200, "completed")
    assert answer.body["counts"] == {"matched": 8, "auto_resolved": 0, "open": 2}
    assert answer.body["report_url"] == "/v1/reconciliations/rec_sandbox_20261122/report"
    assert "report_key" not in answer.text


def test_a_failed_run_says_why(desk: Desk) -> None:
    desk.house.runs.add(a_run(RunStatus.FAILED, failure="QueryFailed"))

    answer = desk.edge.get(RUN, path=RUN_ID)

    assert answer.body["failure"] == {"code": "QueryFailed"}
    assert "report_url" not in answer.body


@pytest.mark.parametrize("route", [RUN, REPORT, BREAKS])
@pytest.mark.parametrize("name", ["rec_sandbox_20261121", "rec_sandbox_20261332", "sandbox", "x#y"])
def test_an_unknown_run_is_not_found(desk: Desk, route: str, name: str) -> None:
    desk.completed()

    answer = desk.edge.get(route, path={"run_id": name})

    assert (answer.status, answer.code) == (404, "not_found")


def test_a_psps_runs_are_listed_newest_first_page_by_page(desk: Desk) -> None:
    days = [shifted(DAY, -number) for number in range(5)]
    for day in days:
        desk.house.runs.add(a_run(day=day))
    desk.house.runs.add(a_run(psp="other"))

    found, cursor = list[str](), dict[str, str]()
    for _ in range(3):
        answer = desk.edge.get(RUNS, query={"psp": PSP, "limit": "2", **cursor})
        found += [run["date"] for run in answer.body["data"]]
        cursor = {"cursor": answer.body["next_cursor"]}

    assert found == days
    assert cursor == {"cursor": None}


def test_the_run_of_a_day_can_be_asked_for(desk: Desk) -> None:
    desk.house.runs.add(a_run())
    desk.house.runs.add(a_run(day="2026-11-21"))

    def found(day: str) -> list[str]:
        answer = desk.edge.get(RUNS, query={"psp": PSP, "date": day})
        assert answer.body["next_cursor"] is None
        return [run["run_id"] for run in answer.body["data"]]

    assert found("2026-11-21") == ["rec_sandbox_20261121"]
    assert found("2026-11-20") == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"psp": "A"},
        {"psp": PSP, "limit": "0"},
        {"psp": PSP, "limit": "101"},
        {"psp": PSP, "date": "today"},
        {"psp": PSP, "cursor": "x"},
        {"psp": PSP, "day": DAY},
    ],
)
def test_a_bad_query_for_runs_is_refused(desk: Desk, query: dict[str, str]) -> None:
    assert desk.edge.get(RUNS, query=query).status == 422


# Reports.


def test_a_report_comes_as_it_was_kept(desk: Desk) -> None:
    desk.completed()

    answer = desk.edge.get(REPORT, path=RUN_ID)

    assert answer.content == desk.house.documents.read(f"{KEY}.json")
    assert next(iter(answer.body)) == "verdict"
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize("name", ["csv", "html"])
def test_a_report_comes_as_a_table_and_as_a_page(desk: Desk, name: str) -> None:
    desk.completed()

    answer = desk.edge.get(REPORT, path=RUN_ID, query={"format": name})

    assert answer.headers["content-type"] == f"text/{name}; charset=utf-8"
    shown = f'inline; filename="reconciliation-sandbox-2026-11-22.{name}"'
    assert answer.headers["content-disposition"] == shown
    assert answer.content == desk.house.documents.read(f"{KEY}.{name}")


@pytest.mark.parametrize("status", [RunStatus.RUNNING, RunStatus.FAILED])
def test_a_run_without_a_report_has_none(desk: Desk, status: RunStatus) -> None:
    desk.house.runs.add(a_run(status))

    assert desk.edge.get(REPORT, path=RUN_ID).status == 404


def test_a_report_of_which_one_form_is_gone_has_the_others(desk: Desk) -> None:
    desk.completed()
    del desk.house.documents.versions[f"{KEY}.csv"]

    assert desk.edge.get(REPORT, path=RUN_ID, query={"format": "csv"}).status == 404
    assert desk.edge.get(REPORT, path=RUN_ID).status == 200


def test_a_report_that_fits_no_answer_says_where_it_is(desk: Desk) -> None:
    desk.completed()
    desk.house.documents.write(f"{KEY}.csv", b"x" * (handler.BYTES_MAX + 1), "")

    answer = desk.edge.get(REPORT, path=RUN_ID, query={"format": "csv"})

    assert (answer.status, answer.code) == (422, "report_too_long")
    assert f"{KEY}.json" in answer.body["detail"]


@pytest.mark.parametrize("query", [{"format": "pdf"}, {"fromat": "csv"}])
def test_a_bad_query_for_a_report_is_refused(desk: Desk, query: dict[str, str]) -> None:
    desk.completed()

    assert desk.edge.get(REPORT, path=RUN_ID, query=query).status == 422


# Breaks.


def test_breaks_of_a_run_are_listed_page_by_page(desk: Desk) -> None:
    desk.completed()
    desk.put(short("brk_void", 5, status=S.VOID), short("brk_older", 5, run_id="rec_sandbox_1"))

    first = desk.edge.get(BREAKS, path=RUN_ID, query={"limit": "2"})
    second = desk.edge.get(
        BREAKS, path=RUN_ID, query={"limit": "2", "cursor": first.body["next_cursor"]}
    )

    found = [brk["break_id"] for page in (first, second) for brk in page.body["data"]]
    assert found == ["brk_large", "brk_small", "brk_void"]
    assert second.body["next_cursor"] is None


def test_all_that_are_open_can_be_listed_whichever_run_found_them(desk: Desk) -> None:
    desk.completed()
    desk.put(short("brk_void", 5, status=S.VOID), short("brk_older", 5, run_id="rec_sandbox_1"))
    desk.put(short("brk_other", 5, psp="other"))

    answer = desk.edge.get(BREAKS, path=RUN_ID, query={"open": "true"})

    found = [brk["break_id"] for brk in answer.body["data"]]
    assert found == ["brk_large", "brk_older", "brk_small"]


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"cursor": "x"}, {"cursor": "1~x"}, {"open": "maybe"}, {"code": "X"}]
)
def test_a_bad_query_for_breaks_is_refused(desk: Desk, query: dict[str, str]) -> None:
    desk.completed()

    assert desk.edge.get(BREAKS, path=RUN_ID, query=query).status == 422


def test_a_break_is_shown_with_both_sides_and_its_age(desk: Desk) -> None:
    desk.house.clock.advance(2 * ONE_DAY)

    answer = desk.edge.get(BREAK, path=SMALL, role="support")

    assert answer.status == 200
    assert answer.body["age_days"] == 3
    assert answer.body["expected"] == {"amount": 7_000, "currency": "EUR", "fee": 123}
    assert answer.body["actual"]["amount"] == 6_500
    assert answer.body["left"] == [{"amount": 500, "currency": "EUR"}]


@pytest.mark.parametrize("name", ["brk_none", "rec_sandbox_20261122", "x#y"])
def test_an_unknown_break_is_not_found(desk: Desk, name: str) -> None:
    path = {"break_id": name}

    assert desk.edge.get(BREAK, path=path).status == 404
    assert desk.resolve("void", path=path).status == 404


# Decisions.


def test_a_small_break_is_written_off_by_one_person(desk: Desk) -> None:
    answer = desk.resolve("write_off")

    assert (answer.status, answer.body["status"]) == (202, "written_off")
    assert not answer.is_replay
    assert answer.body["resolution"]["requested_by"] == f"{ACCOUNT}/finance"
    assert balance(desk.house.ledger, f"psp_receivable:{PSP}") == -500
    assert balance(desk.house.ledger, "recon_variance") == 500


def test_the_same_decision_again_is_answered_with_what_it_did(desk: Desk) -> None:
    first = desk.resolve("write_off")

    again = desk.resolve("write_off")

    assert (again.status, again.is_replay) == (202, True)
    assert again.body == first.body
    assert len(desk.house.ledger.linked) == 1


def test_a_large_one_waits_for_a_second_person(desk: Desk) -> None:
    asked = desk.resolve("write_off", path=LARGE)
    own = desk.resolve("approve", path=LARGE)
    other = desk.resolve("approve", path=LARGE, role="approver")

    assert (asked.status, asked.body["status"]) == (202, "pending_approval")
    assert "resolved_at" not in asked.body["resolution"]
    assert (own.status, own.code) == (403, "forbidden")
    assert (other.status, other.body["status"]) == (202, "written_off")
    assert other.body["resolution"]["approved_by"] == f"{ACCOUNT}/approver"
    assert balance(desk.house.ledger, "recon_variance") == 1_001


def test_who_asked_never_approves_whatever_their_roles(desk: Desk) -> None:
    desk.resolve("write_off", path=LARGE, role="approver")

    answer = desk.resolve("approve", path=LARGE, role="approver")

    assert (answer.status, answer.code) == (403, "forbidden")
    assert desk.house.ledger.linked == {}


def test_finance_alone_cannot_approve_what_an_approver_asked_for(desk: Desk) -> None:
    desk.resolve("write_off", path=LARGE, role="approver")

    assert desk.resolve("approve", path=LARGE).status == 403


def test_what_the_state_does_not_allow_is_refused(desk: Desk) -> None:
    desk.resolve("void")

    answer = desk.resolve("write_off")

    assert (answer.status, answer.code) == (409, "illegal_transition")
    assert desk.house.breaks.rows["brk_small"].status is S.VOID


def test_what_leaves_nothing_cannot_be_booked(desk: Desk) -> None:
    desk.put(short("brk_small", 500, residuals=()))

    answer = desk.resolve("write_off")

    assert (answer.status, answer.fields) == (422, ["action"])


@pytest.mark.parametrize(
    "body",
    [
        {"action": "rule"},
        {"action": "settle"},
        {"reason": ""},
        {"reason": "ok"},
        {"reason": "x" * 501},
        {"amount": 5},
    ],
)
def test_a_decision_that_is_not_understood_is_refused(desk: Desk, body: dict[str, object]) -> None:
    answer = desk.resolve("void", body=body)

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert desk.house.breaks.rows["brk_small"].status is S.OPEN


def test_a_decision_is_logged_and_its_reason_is_not(desk: Desk, logs: io.StringIO) -> None:
    desk.resolve("void")

    (line,) = [json.loads(one) for one in logs.getvalue().splitlines() if "decided" in one]
    assert (line["break_id"], line["action"]) == ("brk_small", "void")
    assert line["caller"] == f"{ACCOUNT}/finance"
    assert "understood" not in logs.getvalue()


@pytest.mark.parametrize("route", handler.ROUTES, ids=lambda route: route.key)
@pytest.mark.parametrize("role", [arn.rpartition("/")[2] for arn in GRANTS])
def test_only_the_routes_roles_may_call_it(desk: Desk, route: Any, role: str) -> None:
    desk.completed()
    body = {"action": "void", "reason": "seen"} if "resolve" in route.key else BODY

    answer = desk.edge.call(route.key, body, path={**RUN_ID, **SMALL}, role=role)

    assert (answer.status == 403) == (role not in route.roles)
    assert desk.house.clock.now() == NIGHT
