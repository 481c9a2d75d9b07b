"""Table `reconciliation`: the runs of each PSP, and the files they took in.

run#sandbox   2026-11-22                       a run
file#sandbox  2026-11-22#settlement#<file id>  a file; `bank` likewise

Breaks stand in the same table and in indexes of it, which these rows have no attributes of.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice

from countinghouse.domain.reconciliation import FileRecord, FileStatus, Run, RunStatus, SourceKind
from countinghouse.domain.settlement import BatchTotal, Reject, Repeat
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import Plain, present, to_attribute
from countinghouse_aws.dynamodb.table import Table

KEYS = ("subject", "row")
RUN_PREFIX = "run#"
FILE_PREFIX = "file#"
_AFTER_ALL = "~"
_AFTER_DAY = "$"
"""The character after `#`: where the rows of a day end."""


@dataclass(frozen=True, slots=True)
class DynamoRunBook:
    """The runs in DynamoDB."""

    table: Table

    def get(self, psp: str, day: str) -> Run | None:
        """The run, or None."""
        row = self.table.get(subject=f"{RUN_PREFIX}{psp}", row=day)
        return decode_run(row) if row else None

    def add(self, run: Run) -> Run | None:
        """Store a new run; or return the one that is there."""
        existing = self.table.add(encode_run(run))
        return decode_run(existing) if existing else None

    def replace(self, old: Run, new: Run) -> None:
        """Commit a change. Raises Conflict when the run moved."""
        self.table.replace(encode_run(old), encode_run(new))

    def newest(self, psp: str, before: str | None, limit: int) -> list[Run]:
        """A PSP's runs, the newest day first, from the one before `before` on."""
        rows = self.table.pages(
            "query",
            KeyConditionExpression="subject = :subject AND #row < :before",
            ExpressionAttributeNames={"#row": "row"},
            ExpressionAttributeValues={
                ":subject": to_attribute(f"{RUN_PREFIX}{psp}"),
                ":before": to_attribute(before or _AFTER_ALL),
            },
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=limit,
        )
        return [decode_run(row) for row in islice(rows, limit)]


@dataclass(frozen=True, slots=True)
class DynamoFileBook:
    """The files in DynamoDB."""

    table: Table

    def put(self, record: FileRecord) -> FileRecord:
        """Store a file's record, or return the one of the same bytes that is there."""
        existing = self.table.add(encode_file(record))
        return decode_file(existing) if existing else record

    def replace(self, old: FileRecord, new: FileRecord) -> None:
        """Commit a change. Raises Conflict when the record moved."""
        self.table.replace(encode_file(old), encode_file(new))

    def of_days(self, psp: str, first_day: str, last_day: str) -> list[FileRecord]:
        """Every file of these days, oldest day first."""
        rows = self.table.pages(
            "query",
            KeyConditionExpression="subject = :subject AND #row BETWEEN :first AND :last",
            ExpressionAttributeNames={"#row": "row"},
            ExpressionAttributeValues={
                ":subject": to_attribute(f"{FILE_PREFIX}{psp}"),
                ":first": to_attribute(first_day),
                ":last": to_attribute(f"{last_day}{_AFTER_DAY}"),
            },
            ConsistentRead=True,
        )
        return [decode_file(row) for row in rows]


def encode_run(run: Run) -> Plain:
    """A run as its row."""
    return present(
        subject=f"{RUN_PREFIX}{run.psp}",
        row=run.day,
        psp=run.psp,
        status=str(run.status),
        execution=run.execution,
        requested_by=run.requested_by,
        started_at=run.started_at,
        version=run.version,
        finished_at=run.finished_at,
        counts=dict(run.counts) or None,
        totals={name: dict(total) for name, total in run.totals.items()} or None,
        report_key=run.report_key,
        failure=run.failure,
    )


def decode_run(row: Plain) -> Run:
    """A run from its row."""
    return Run(
        psp=row["psp"],
        day=row["row"],
        status=RunStatus(row["status"]),
        execution=row["execution"],
        requested_by=row["requested_by"],
        started_at=row["started_at"],
        version=row["version"],
        finished_at=row.get("finished_at"),
        counts=row.get("counts", {}),
        totals=row.get("totals", {}),
        report_key=row.get("report_key"),
        failure=row.get("failure"),
    )


def encode_file(file: FileRecord) -> Plain:
    """A file's record as its row."""
    return present(
        subject=f"{FILE_PREFIX}{file.psp}",
        row=f"{file.day}#{file.kind}#{file.file_id}",
        file_id=file.file_id,
        psp=file.psp,
        day=file.day,
        kind=str(file.kind),
        name=file.name,
        layout=file.layout,
        key=file.key,
        status=str(file.status),
        received_at=file.received_at,
        version=file.version,
        lines=file.lines,
        duplicates=file.duplicates or None,
        reasons=list(file.reasons) or None,
        rejects=[asdict(reject) for reject in file.rejects] or None,
        rejected=file.rejected or None,
        repeats=[asdict(repeat) for repeat in file.repeats] or None,
        counts=dict(file.counts) or None,
        totals=[asdict(total) for total in file.totals] or None,
        arrived=dict(file.arrived) or None,
        settled=dict(file.settled) or None,
    )


def decode_file(row: Plain) -> FileRecord:
    """A file's record from its row."""
    return FileRecord(
        file_id=row["file_id"],
        psp=row["psp"],
        day=row["day"],
        kind=SourceKind(row["kind"]),
        name=row["name"],
        layout=row["layout"],
        key=row["key"],
        status=FileStatus(row["status"]),
        received_at=row["received_at"],
        version=row["version"],
        lines=row["lines"],
        duplicates=row.get("duplicates", 0),
        reasons=tuple(row.get("reasons", ())),
        rejects=tuple(Reject(**reject) for reject in row.get("rejects", ())),
        rejected=row.get("rejected", 0),
        repeats=tuple(Repeat(**repeat) for repeat in row.get("repeats", ())),
        counts=row.get("counts", {}),
        totals=tuple(BatchTotal(**total) for total in row.get("totals", ())),
        arrived=row.get("arrived", {}),
        settled=row.get("settled", {}),
    )
