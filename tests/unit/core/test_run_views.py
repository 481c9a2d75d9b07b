from countinghouse.domain.reconciliation import RunStatus
from countinghouse.run_views import run_view
from tests.runs import a_run

S = RunStatus


def test_a_run_under_way_tells_what_is_known() -> None:
    assert run_view(a_run(counts={"open": 1})) == {
        "run_id": "rec_sandbox_20261122",
        "psp": "sandbox",
        "date": "2026-11-22",
        "status": "running",
        "started_at": "2026-11-23T00:00:00.000Z",
    }


def test_a_completed_run_tells_what_it_found() -> None:
    totals = {"EUR": {"gross": 700, "fee": -20}}
    run = a_run(S.COMPLETED, counts={"open": 3, "TIMING": 2}, totals=totals, report_key="secret")

    assert run_view(run) == {
        "run_id": "rec_sandbox_20261122",
        "psp": "sandbox",
        "date": "2026-11-22",
        "status": "completed",
        "started_at": "2026-11-23T00:00:00.000Z",
        "finished_at": "2026-11-23T00:00:00.001Z",
        "counts": {"matched": 0, "auto_resolved": 0, "open": 3, "TIMING": 2},
        "totals": totals,
    }


def test_a_failed_run_says_why_and_claims_no_counts() -> None:
    view = run_view(a_run(S.FAILED, failure="Unavailable"))

    assert view["status"] == "failed"
    assert view["failure"] == {"code": "Unavailable"}
    assert view["finished_at"] == "2026-11-23T00:00:00.001Z"
    assert not {"counts", "totals"} & view.keys()
