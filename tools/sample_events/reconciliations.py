"""Samples of the reconciliation's functions: what callers send, what the workflow asks."""

from __future__ import annotations

from countinghouse.domain.break_codes import judge
from countinghouse.domain.break_steps import opened
from countinghouse.domain.breaks import Break, Look
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.instants import rfc3339
from countinghouse.domain.settlement import Category
from countinghouse.usecases.portion_differences import portion_name
from countinghouse_aws.system.reconciliation_rules import load_reconciliation_rules
from tools.sample_events.gateway import SET, Call, Calls, thorough
from tools.sample_events.run_changes import DAY, PSP, started, taken_in
from tools.sample_events.world import NOW, Json

MATCH_ID = "5f1c0f2e-cafe-4bad-8fed-c0ffee000001"
RESIDUALS_ID = "5f1c0f2e-cafe-4bad-8fed-c0ffee000002"
"""The run's queries, as Athena names them."""


def difference() -> Difference:
    """The PSP says 5.00 less of a capture than we do."""
    return Difference(
        anchor="ledger:jrn_1",
        sides=Sides.BOTH,
        category=Category.CAPTURE,
        day=DAY,
        order_id="ord_1001_a",
        checkout_id="chk_1001",
        ledger_id="jrn_1",
        psp_reference="ch_ord_1001_a",
        modification_reference="",
        file_id=taken_in().file_id,
        line_no=7,
        batch="batch_1",
        our_currency="EUR",
        our_amount=7_000,
        their_currency="EUR",
        their_amount=6_500,
        fee=123,
        expected_fee=123,
        parent_known=False,
        checkout_open=500,
        returned=0,
        suggestion="",
        raw_type="charge",
    )


def found() -> Break:
    """The break that makes."""
    run, one = started(), difference()
    mark = f"{run.execution}#1"
    look = Look(run.run_id, PSP, DAY, run.first_day, mark, NOW)
    return opened(one, judge(one, DAY, load_reconciliation_rules()), look, NOW).brk


_DAY: Json = {"psp": PSP, "date": DAY}
_RUN = {"run_id": started().run_id}
_BREAK = {"break_id": found().break_id}
_DECISION: Json = {"action": "write_off", "reason": "the PSP will not pay the 5.00, see case 81"}


def _read(path: dict[str, str], malformed: Call) -> Calls:
    call = Call("support", path)
    return Calls(call, thorough(call), malformed)


CALLS = {
    "POST /v1/reconciliations": Calls(
        Call("finance", body=_DAY),
        thorough(Call("finance", body=_DAY)),
        Call("finance", body={**_DAY, "date": "21.11.2026"}),
    ),
    "GET /v1/reconciliations": Calls(
        Call("support", query={"psp": PSP}),
        thorough(Call("approver", query={**_DAY, "limit": "1"})),
        Call("support", query={"psp": PSP, "limit": "1000"}),
    ),
    "GET /v1/reconciliations/{run_id}": _read(_RUN, Call("support", {"run_id": "yesterday"})),
    "GET /v1/reconciliations/{run_id}/report": Calls(
        Call("support", _RUN),
        thorough(Call("finance", _RUN, {"format": "json"})),
        Call("finance", _RUN, {"format": "pdf"}),
    ),
    "GET /v1/reconciliations/{run_id}/breaks": Calls(
        Call("support", _RUN),
        thorough(Call("approver", _RUN, {"open": "true", "limit": "1"})),
        Call("support", _RUN, {"limit": "1000"}),
    ),
    "GET /v1/breaks/{break_id}": _read(_BREAK, Call("support", {"break_id": "brk 1"})),
    "POST /v1/breaks/{break_id}/resolve": Calls(
        Call("finance", _BREAK, body={"action": "void", "reason": "put right"}),
        thorough(Call("finance", _BREAK, body=_DECISION)),
        Call("finance", _BREAK, body={**_DECISION, "action": "settle"}),
    ),
}

_EXECUTION = started().execution
STATE: Json = {**_DAY, "execution": _EXECUTION}
_SECOND = {**STATE, "number": 2, "looked": 1}
_BEGIN = {"psp": PSP, "execution": _EXECUTION, "started_at": rfc3339(NOW)}
FILE: Json = {
    "psp": PSP,
    "day": DAY,
    "kind": "settlement",
    "name": taken_in().name,
    "layout": "",
    "key": taken_in().key,
    "file_id": taken_in().file_id,
}
PORTION = portion_name(1, 1)
_JUDGE = {"began_at": NOW, "portion": PORTION}

_STEPS: dict[str, tuple[Json, Json, Json]] = {
    "settlement_files/begin": (_BEGIN, {**_BEGIN, "date": DAY}, {**_BEGIN, "date": "yesterday"}),
    "settlement_files/fetch": ({"run": STATE}, {"run": {**STATE, "number": 1}}, {"run": _DAY}),
    "settlement_files/normalise": (
        {"file": FILE},
        {"file": {**FILE, "layout": "sandbox"}},
        {"file": {**FILE, "kind": "invoice"}},
    ),
    "reconciliation_steps/query": (
        {"run": STATE, "query": "match"},
        {"run": _SECOND, "query": "residuals"},
        {"run": STATE, "query": "SELECT 1"},
    ),
    "reconciliation_steps/chunk": (
        {"run": STATE, "query_id": MATCH_ID},
        {"run": _SECOND, "query_id": MATCH_ID},
        {"run": STATE},
    ),
    "reconciliation_steps/judge": (
        {"run": STATE, **_JUDGE},
        {"run": _SECOND, **_JUDGE},
        {"run": STATE, **_JUDGE, "began_at": "now"},
    ),
    "reconciliation_steps/close": (
        {"run": STATE, "began_at": NOW},
        {"run": _SECOND, "began_at": NOW},
        {"run": STATE},
    ),
    "reconciliation_steps/repair": ({"run": STATE}, {"run": _SECOND}, {"run": {}}),
    "reconciliation_steps/settle": ({"run": STATE}, {"run": _SECOND}, {"run": _DAY}),
    "reconciliation_steps/explain": (
        {"run": STATE, "query_id": RESIDUALS_ID},
        {"run": _SECOND, "query_id": RESIDUALS_ID},
        {"run": STATE, "queryid": RESIDUALS_ID},
    ),
    "reconciliation_steps/report": ({"run": STATE}, {"run": _SECOND}, {}),
    "reconciliation_steps/fail": (
        {"run": STATE, "error": "States.Timeout"},
        {"run": _SECOND, "error": "States.Timeout"},
        {"run": STATE},
    ),
}
"""The least, everything, and what is refused. The workflow always sends everything."""


def reconciliation_tasks() -> dict[str, Json]:
    """Every task's samples, by path. The duplicate is the full one, tried again."""
    made: dict[str, Json] = {}
    for folder, (minimal, full, malformed) in _STEPS.items():
        step = folder.partition("/")[2]
        samples = zip(SET, (minimal, full, full, malformed), strict=True)
        made |= {f"{folder}/{name}": {"step": step, **one} for name, one in samples}
    return made
