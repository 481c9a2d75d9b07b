"""Samples of table `reconciliation`'s stream: a run from its start to its report."""

from __future__ import annotations

from countinghouse.domain.instants import HOUR, MINUTE
from countinghouse.domain.reconciliation import FileRecord, FileStatus, Run, RunStatus, SourceKind
from countinghouse.domain.settlement import BatchTotal
from countinghouse_aws.dynamodb.reconciliation import encode_file, encode_run
from tools.sample_events.streams import batch, four
from tools.sample_events.world import NOW, Json

PSP, DAY = "sandbox", "2026-11-21"


def started() -> Run:
    """The run, under way."""
    return Run(PSP, DAY, RunStatus.RUNNING, "rec_sandbox_20261121-1", "schedule", NOW)


def completed() -> Run:
    """The run with its report, some breaks open."""
    return started().ended(
        RunStatus.COMPLETED,
        NOW + 7 * MINUTE,
        counts={"matched": 4990, "auto_resolved": 4, "open": 6},
        totals={
            "EUR": {
                "gross": 700_000,
                "fee": 20_300,
                "net": 679_700,
                "paid_out": 679_700,
                "arrived": 679_700,
                "settled": 679_700,
            },
            "JPY": {
                "gross": 9_000,
                "fee": 0,
                "net": 9_000,
                "paid_out": 9_000,
                "arrived": 0,
                "settled": 0,
            },
        },
        report_key=f"reconciliations/{PSP}/{DAY}/{started().execution}/report.json",
    )


def failed() -> Run:
    """The run, given up."""
    return started().ended(RunStatus.FAILED, NOW + HOUR, failure="temporarily_unavailable")


def taken_in() -> FileRecord:
    """A file of the run, accepted."""
    return FileRecord(
        file_id="5e" * 16,
        psp=PSP,
        day=DAY,
        kind=SourceKind.SETTLEMENT,
        name="settlement-2026-11-21.csv",
        layout="sandbox",
        key=f"settlement-files/{PSP}/{DAY}/settlement/settlement-2026-11-21.csv",
        status=FileStatus.ACCEPTED,
        received_at=NOW + MINUTE,
        lines=5000,
        totals=(BatchTotal("batch_1", "EUR", 5000, 700_000, 20_300, 20_300, 679_700, 679_700),),
    )


def run_changes() -> dict[str, Json]:
    """The samples of table `reconciliation`'s stream, by path."""
    begun, done = encode_run(started()), encode_run(completed())
    found = four(
        "reconciliation",
        (None, begun),
        (begun, done),
        (begun, {**done, "status": "gone"}),
    )
    again = encode_run(completed().restarted("4f3c0b1e", "usr_finance", NOW + 2 * HOUR))
    more = {
        "failed": (begun, encode_run(failed())),
        "again": (done, again),
        "file": (None, encode_file(taken_in())),
    }
    return found | {
        f"relay/reconciliation/{name}": batch("reconciliation", c) for name, c in more.items()
    }
