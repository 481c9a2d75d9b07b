"""What each task of the reconciliation answers to its samples, and what it finds before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.reconciliation import RunStatus
from countinghouse.ports.lakehouse import LakeQuery, Window
from countinghouse.ports.settlement_source import SourceFile
from countinghouse.usecases.portion_differences import portion_differences, portion_name
from countinghouse.usecases.repair_late import keep_judged
from countinghouse_aws.storage.run_papers import S3RunPapers, papers_prefix
from tests.hostile_files import DAY as FILES_DAY
from tests.hostile_files import GOOD, GOOD_COUNT
from tests.unit.events.books import Books
from tools.sample_events.reconciliations import (
    FILE,
    MATCH_ID,
    PORTION,
    RESIDUALS_ID,
    STATE,
    difference,
)
from tools.sample_events.run_changes import DAY, PSP, started
from tools.sample_events.world import NOW

Json = dict[str, Any]

_FIRST = {**STATE, "number": 1, "looked": 0}
_SECOND = {**STATE, "number": 2, "looked": 1}
_BEGUN = {"carried": True, "run": {**STATE, "number": 1}}
_CONTENT = GOOD.replace(FILES_DAY.encode(), DAY.encode())
_SOURCE = SourceFile("settlement.csv", "settlement", DAY, "sandbox")
_READ = {"file_id": FILE["file_id"], "status": "accepted", "lines": GOOD_COUNT, "rejected": 0}
_LISTED = f"{papers_prefix(started())}pass-{{}}/portions.json"
_AGREES = "psp_receivable:sandbox is explained to the minor unit and the books sum to zero."
_REPORTED: Json = {
    "run_id": started().run_id,
    "psp": PSP,
    "date": DAY,
    "status": "completed",
    "started_at": "2026-11-22T08:00:00.000Z",
    "finished_at": "2026-11-22T08:00:00.000Z",
    "counts": dict.fromkeys(
        ("lines", "rejects", "matched", "open", "expected", "auto_resolved", "resolved"), 0
    ),
    "totals": {},
    "subject": "Reconciliation sandbox 2026-11-21: agrees, 0 open",
    "notice": "\n".join(
        (_AGREES, "", "0 lines, 0 rejected, 0 matched", "0 resolved by rules, 0 expected, 0 open")
    ),
}


def _fetched(books: Books) -> Json:
    kept = books.reconciling.store.keep(PSP, _SOURCE, [_CONTENT])
    return {"files": [asdict(kept)]}


ANSWERS: dict[str, tuple[Json, Json]] = {
    "settlement_files/begin": (_BEGUN, _BEGUN),
    "settlement_files/fetch": (_fetched(Books()), _fetched(Books())),
    "settlement_files/normalise": (_READ, _READ),
    "reconciliation_steps/query": (
        {"query_id": "match", "began_at": NOW},
        {"query_id": "residuals", "began_at": NOW},
    ),
    "reconciliation_steps/chunk": (
        {"bucket": "documents", "key": _LISTED.format(1)},
        {"bucket": "documents", "key": _LISTED.format(2)},
    ),
    "reconciliation_steps/judge": ({"portion": PORTION}, {"portion": PORTION}),
    "reconciliation_steps/close": ({"matched": 0}, {"matched": 0}),
    "reconciliation_steps/repair": (
        {"run": _FIRST, "again": False},
        {"run": _SECOND, "again": False},
    ),
    "reconciliation_steps/settle": ({"journals": 0}, {"journals": 0}),
    "reconciliation_steps/explain": (
        {"run": {**_FIRST, "looked": 1}, "current": True},
        {"run": {**_SECOND, "looked": 2}, "current": True},
    ),
    "reconciliation_steps/report": (_REPORTED, _REPORTED),
    "reconciliation_steps/fail": (
        {"status": str(RunStatus.FAILED)},
        {"status": str(RunStatus.FAILED)},
    ),
}
"""The answer to the minimal sample, and to the full one and its duplicate."""


def _running(books: Books) -> None:
    books.reconciling.runs.add(started())
    # Asked again the lake has the answer already: ids that tests can state.
    lake = books.reconciling.lake
    lake.start = lambda query, window: str(query)  # type: ignore[method-assign]
    window = Window(PSP, started().first_day, DAY, ContractFee(14, 25))
    lake.started[MATCH_ID] = (LakeQuery.MATCH, window)
    lake.started[RESIDUALS_ID] = (LakeQuery.RESIDUALS, window)
    lake.found = [difference()]


def _published(books: Books) -> None:
    _running(books)
    books.reconciling.source.publish(_SOURCE, _CONTENT)


def _kept(books: Books) -> None:
    books.reconciling.store.objects[FILE["key"]] = _CONTENT


def _judged(books: Books) -> None:
    _running(books)
    papers = S3RunPapers(books.reconciling.documents, papers_prefix(started()))  # type: ignore[arg-type]
    for number in (1, 2):
        portion_differences([difference()], number, papers)
        keep_judged(portion_name(number, 1), {"opened": 1}, [], papers)


GIVEN: dict[str, Callable[[Books], None]] = {
    "settlement_files/fetch": _published,
    "settlement_files/normalise": _kept,
    **{folder: _judged for folder in ANSWERS if folder.startswith("reconciliation_steps/")},
}
