"""The daily run for one PSP, and the files it took in.

A run is known by its PSP and day: run again it is the same run, carried by another execution.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import date, timedelta
from enum import StrEnum

from countinghouse.domain.errors import IllegalTransition, Invalid
from countinghouse.domain.instants import DAY, HOUR, Instant, day_of
from countinghouse.domain.ledger import JournalKey, journal_key
from countinghouse.domain.settlement import BatchTotal, Reject, Repeat
from countinghouse.records import dataclass

WINDOW_DAYS = 10
"""Days that a run looks at: its own and the nine before it."""

REACH_DAYS = 60
"""How far back a run looks for what still waits: a break's counterpart, a batch's bank line."""

SETTLEMENT = "settlement"
"""The kind of the journal that moves a batch from the PSP to the bank."""

STALE_AFTER = 7 * HOUR
"""A run that has gone on for so long has lost its execution, which ends after six hours."""

PSP_LENGTH_MAX = 32
FIRST_DAY = "2000-01-01"
"""No day before it is taken: none of ours is, and every window reaches back from a real day."""

_PSP = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_RUN = re.compile(r"rec_([a-z0-9_]+)_([0-9]{4})([0-9]{2})([0-9]{2})")


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"


class SourceKind(StrEnum):
    """What a file tells of."""

    SETTLEMENT = "settlement"
    BANK = "bank"


class FileStatus(StrEnum):
    """What became of a file."""

    ACCEPTED = "accepted"
    """Its lines and batch rows add up; it waits for the bank."""
    STOPPED = "stopped"
    """Nothing of it is posted: it does not add up, or not all of it is understood."""
    SETTLED = "settled"
    """All its batches reached the bank and are booked."""


@dataclass(frozen=True, slots=True)
class Run:
    """One PSP's day. `totals` are minor units by currency and name."""

    psp: str
    day: str
    status: RunStatus
    execution: str
    requested_by: str
    started_at: Instant
    version: int = 1
    finished_at: Instant | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    totals: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    report_key: str | None = None
    failure: str | None = None

    @property
    def run_id(self) -> str:
        """The id that callers know."""
        return run_id(self.psp, self.day)

    @property
    def first_day(self) -> str:
        """The oldest day it looks at."""
        return shifted(self.day, 1 - WINDOW_DAYS)

    @property
    def reach_day(self) -> str:
        """The oldest day it looks at for what still waits."""
        return shifted(self.day, 1 - REACH_DAYS)

    def is_carried(self, now: Instant) -> bool:
        """Whether an execution is at work on it, as far as anybody can tell."""
        return self.status is RunStatus.RUNNING and now - self.started_at < STALE_AFTER

    def restarted(self, execution: str, who: str, now: Instant) -> Run:
        """The run carried by another execution. Raises IllegalTransition while one is at work."""
        if self.is_carried(now):
            raise IllegalTransition(f"run {self.run_id} is under way")
        return Run(
            self.psp, self.day, RunStatus.RUNNING, execution, who, now, version=self.version + 1
        )

    def ended(self, status: RunStatus, now: Instant, **facts: object) -> Run:
        """The run at its end. Raises IllegalTransition when it has ended already."""
        if self.status is not RunStatus.RUNNING:
            raise IllegalTransition(f"run {self.run_id} is {self.status}")
        return replace(
            self,
            status=status,
            finished_at=now,
            version=self.version + 1,
            **facts,  # type: ignore[arg-type]
        )


def run_id(psp: str, day: str) -> str:
    """`rec_sandbox_20261122`."""
    return f"rec_{psp}_{day.replace('-', '')}"


def parse_run_id(text: str) -> tuple[str, str]:
    """The PSP and day inside a run's id. Raises Invalid when it is none."""
    found = _RUN.fullmatch(text)
    if found is None:
        raise Invalid("that is not a reconciliation run", field="run_id")
    psp, year, month, number = found.groups()
    try:
        return parse_psp(psp), parse_day(f"{year}-{month}-{number}")
    except Invalid as error:
        raise Invalid(error.detail, field="run_id") from error


def parse_psp(text: str) -> str:
    """A PSP's name. Raises Invalid."""
    if len(text) > PSP_LENGTH_MAX or not _PSP.fullmatch(text):
        raise Invalid("that is not a PSP", field="psp")
    return text


def parse_day(text: str) -> str:
    """A day such as 2026-11-22. Raises Invalid."""
    try:
        if date.fromisoformat(text).isoformat() == text >= FIRST_DAY:
            return text
    except ValueError:
        pass
    raise Invalid("that is not a day such as 2026-11-22", field="date")


def shifted(day: str, days: int) -> str:
    """The day so many days later, or earlier."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def newest_day(now: Instant, *, ahead: bool) -> str:
    """The newest day that may be reconciled: today, or `ahead` what a PSP's fast clock may say."""
    return day_of(now + 366 * DAY) if ahead else day_of(now)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """A file as it was taken in; `file_id` is the hash of its bytes, `key` where those are.

    `arrived` are, of a bank's statement, the amounts by batch and currency. `settled` are the
    journals booked of it, by batch and currency.
    """

    file_id: str
    psp: str
    day: str
    kind: SourceKind
    name: str
    layout: str
    key: str
    status: FileStatus
    received_at: Instant
    version: int = 1
    lines: int = 0
    duplicates: int = 0
    reasons: tuple[str, ...] = ()
    rejects: tuple[Reject, ...] = ()
    rejected: int = 0
    repeats: tuple[Repeat, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    totals: tuple[BatchTotal, ...] = ()
    arrived: Mapping[str, int] = field(default_factory=dict)
    settled: Mapping[str, str] = field(default_factory=dict)

    def with_settled(self, booked: Mapping[str, str]) -> FileRecord:
        """The record with these journals; settled once every batch that pays has one.

        Raises IllegalTransition for a file that is stopped: nothing of it is booked.
        """
        if self.status is FileStatus.STOPPED:
            raise IllegalTransition(f"file {self.file_id} is stopped")
        settled = {**self.settled, **booked}
        whole = all(batch_key(t.batch, t.currency) in settled for t in self.totals if t.paid_out)
        status = FileStatus.SETTLED if whole else self.status
        return replace(self, settled=settled, status=status, version=self.version + 1)


def batch_key(batch: str, currency: str) -> str:
    """How a batch's money in one currency is named in records."""
    return f"{batch}|{currency}"


def batches_of(files: Iterable[FileRecord]) -> dict[str, tuple[FileRecord, BatchTotal]]:
    """Every batch once, with the file that counts: one that was not stopped, then the newest.

    A PSP sends a file again, corrected or not, and both tell of the same money.
    """
    told = [file for file in files if file.kind is SourceKind.SETTLEMENT]
    told.sort(key=lambda file: (file.status is not FileStatus.STOPPED, file.received_at))
    return {batch_key(one.batch, one.currency): (file, one) for file in told for one in file.totals}


def shown_by_bank(files: Iterable[FileRecord]) -> dict[str, int]:
    """What the bank shows of each batch, minor units, on all days together.

    Of two statements of a day the newer one counts. One that was stopped shows nothing: the line
    that could not be read may take back another.
    """
    days: dict[str, dict[str, int]] = {}
    for file in sorted(files, key=lambda one: (one.day, one.received_at)):
        if file.kind is SourceKind.BANK and file.status is not FileStatus.STOPPED:
            days.setdefault(file.day, {}).update(file.arrived)
    shown: Counter[str] = Counter()
    for arrived in days.values():
        shown.update(arrived)
    return dict(shown)


def settlement_reference(psp: str, batch: str, currency: str) -> str:
    """The reference of the journal that settles a batch."""
    return f"{SETTLEMENT}:{psp}:{batch}:{currency}"


def settlement_key(psp: str, batch: str, currency: str) -> JournalKey:
    """Where that journal stands, written or not: a batch is settled once."""
    return journal_key(settlement_reference(psp, batch, currency), SETTLEMENT)
