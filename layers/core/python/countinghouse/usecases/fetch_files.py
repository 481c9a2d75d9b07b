"""Fetch a day's files from the PSP and its bank, and find those that were laid into the inbox."""

from collections.abc import Iterator

from countinghouse.domain.reconciliation import FileStatus, Run, SourceKind, shifted
from countinghouse.ports.reconciliation import FileBook, FileStore, RawFile
from countinghouse.ports.settlement_source import SettlementSource, SourceFile

LATE_DAYS = 2
"""Days before the run's whose files are looked for again: a bank may book two days late."""


def fetch_files(
    run: Run, source: SettlementSource, files: FileBook, store: FileStore
) -> list[RawFile]:
    """Every file of the run's day and the two before it, kept as it came.

    A PSP's file of an earlier day that is known by name is not fetched again unless it was stopped;
    a statement is, for a day's last line may come late. Raises Unavailable.
    """
    first = shifted(run.day, -LATE_DAYS)
    known = {
        (one.kind, one.name)
        for one in files.of_days(run.psp, first, run.day)
        if one.status is not FileStatus.STOPPED
    }
    found: list[RawFile] = []
    for days_ago in range(LATE_DAYS, -1, -1):
        day = shifted(run.day, -days_ago)
        for file in _wanted(source.files(day), run.day, known):
            found.append(store.keep(run.psp, file, source.read(file)))
        found += store.dropped(run.psp, day)
    return found


def _wanted(
    offered: list[SourceFile], day: str, known: set[tuple[SourceKind, str]]
) -> Iterator[SourceFile]:
    for file in offered:
        kind = SourceKind(file.kind)
        again = file.day == day or kind is SourceKind.BANK
        if again or (kind, file.name) not in known:
            yield file
