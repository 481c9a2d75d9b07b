"""Report runs and the files they make: ``payout_reconciliation.itemized.5``."""

import csv
import io
from datetime import UTC, datetime
from typing import Final

from tools.sandbox_psp import papers, settlement
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.idempotency import first_answer
from tools.sandbox_psp.stripe_face import expand, lists
from tools.sandbox_psp.stripe_face.errors import invalid, missing
from tools.sandbox_psp.stripe_face.params import Params
from tools.sandbox_psp.stripe_face.settlement_csv import COLUMNS, is_column
from tools.sandbox_psp.stripe_face.times import seconds
from tools.sandbox_psp.wire import JsonObject, JsonValue, Response

RUN: Final = "reporting.report_run"
FILE: Final = "file"
REPORT_TYPE: Final = "payout_reconciliation.itemized.5"
_PARAMETERS: Final = ("columns", "interval_end", "interval_start", "timezone")
_AT_MOST: Final = 10**11


def create_run(desk: Desk, call: Call) -> Response:
    """Ask for a report on the payouts of some days; it is done with the next look."""
    params = Params(call.body.values, ("parameters", "report_type"))
    params.choice("report_type", (REPORT_TYPE,), "")
    wanted = params.below("parameters", _PARAMETERS)
    wanted.choice("timezone", ("Etc/UTC", "UTC"), "Etc/UTC")
    start, end = (wanted.integer(name, 0, _AT_MOST) for name in ("interval_start", "interval_end"))
    columns = wanted.texts("columns") or list(COLUMNS)
    odd = [column for column in columns if not is_column(column)]
    if odd or start >= end:
        raise invalid("Invalid report parameters.", "parameters[columns]" if odd else "parameters")
    asked: dict[str, JsonValue] = {"interval_start": start, "interval_end": end}
    if wanted.has("columns"):
        asked["columns"] = columns

    def run(_: str) -> Response:
        days = _days(desk, start, end)
        number, now = desk.book.next_number(RUN), seconds(desk.now())
        reference, file = desk.book.token("frr_", number), desk.book.token("file_", -number)
        kept: dict[str, JsonValue] = {"parameters": asked, "created": now, "file": file}
        papers.keep(desk.book, RUN, reference, kept)
        body = _selected(desk, days, columns)
        papers.keep(desk.book, FILE, file, {"body": body, "created": now}, parent=reference)
        view = _run_view(desk, reference) | {
            "result": None, "status": "pending", "succeeded_at": None,
        }  # fmt: skip
        return expand.answered(desk, view, params)

    return first_answer(desk, call, run)


def _days(desk: Desk, start: int, end: int) -> list[str]:
    """The settlement files of payouts that took effect in the interval.

    Raises:
        StripeError: 400, the data of the interval's end is not together yet.
    """
    closed = desk.book.rows("SELECT name, date FROM settlements ORDER BY batch")
    last = datetime.fromtimestamp(end - 1, UTC).date().isoformat()
    if last > max((row["date"] for row in closed), default=""):
        raise invalid("interval_end is after data_available_end.", "parameters[interval_end]")
    return [row["name"] for row in closed if start <= _effective(row["date"]) < end]


def _effective(day: str) -> int:
    return seconds(datetime.fromisoformat(day).replace(tzinfo=UTC))


def _selected(desk: Desk, names: list[str], columns: list[str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for name in names:
        body = settlement.content(desk, name).decode()
        writer.writerows(csv.DictReader(io.StringIO(body)))
    return out.getvalue()


def read_run(desk: Desk, call: Call) -> Response:
    """One report run."""
    return expand.retrieved(desk, call, _run_view(desk, call.path["id"]))


def list_runs(desk: Desk, call: Call) -> Response:
    """All report runs."""
    params = lists.asked(call, *lists.PAGING)
    found = reversed(papers.listed(desk.book, RUN))
    return lists.page(call, params, [_run_view(desk, paper.reference) for paper in found])


def _run_view(desk: Desk, reference: str) -> dict[str, JsonValue]:
    paper = papers.find(desk.book, reference, RUN)
    if paper is None:
        raise missing("report run", reference, "report_run")
    data = paper.data
    return {
        "id": reference,
        "object": RUN,
        "created": data["created"],
        "error": None,
        "livemode": False,
        "parameters": data["parameters"],
        "report_type": REPORT_TYPE,
        "result": _file_view(desk, data["file"]),
        "status": "succeeded",
        "succeeded_at": data["created"],
    }


def read_file(desk: Desk, call: Call) -> Response:
    """What a file is."""
    return expand.retrieved(desk, call, _file_view(desk, call.path["id"]))


def read_contents(desk: Desk, call: Call) -> Response:
    """A file's bytes."""
    body, _ = _file(desk, call.path["id"])
    return Response(200, {"content-type": "text/csv; charset=utf-8"}, body)


def _file_view(desk: Desk, reference: str) -> JsonObject:
    body, created = _file(desk, reference)
    return {
        "id": reference,
        "object": "file",
        "created": created,
        "expires_at": None,
        "filename": f"{reference}.csv",
        "links": {
            "object": "list",
            "data": [],
            "has_more": False,
            "url": f"/v1/file_links?file={reference}",
        },
        "purpose": "finance_report_run",
        "size": len(body),
        "title": REPORT_TYPE,
        "type": "csv",
        "url": contents_url(desk, reference),
    }


def _file(desk: Desk, reference: str) -> tuple[bytes, int]:
    """A file's bytes and when it was made: of a report run, or of a closed day."""
    paper = papers.find(desk.book, reference, FILE)
    if paper is not None:
        return paper.data["body"].encode(), paper.data["created"]
    found = desk.book.rows("SELECT body, created_at FROM settlements WHERE name = ?", reference)
    if not found:
        raise missing("file", reference, "file")
    return bytes(found[0]["body"]), seconds(datetime.fromisoformat(found[0]["created_at"]))


def contents_url(desk: Desk, reference: str) -> str:
    """Where a file's bytes are."""
    return f"{desk.config.public_url}/v1/files/{reference}/contents"
