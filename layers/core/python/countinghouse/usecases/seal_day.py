"""Seal the days that are over: one hash over every journal booked, chained to the day before.

A run also counts every sealed day again, from the journals as they stand, so that one that was
removed, added or altered since is found. The copies of the seals lie in the documents bucket, where
whoever checks the lake finds them without any table.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from countinghouse.domain.finding import Finding
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal
from countinghouse.domain.seal import (
    Figures,
    Seal,
    SealTallies,
    check_chain,
    differing,
    explain,
    last_sealable,
    nothing,
    seal,
)
from countinghouse.ports.audit import BookedFigures, FindingBook, SealBook
from countinghouse.ports.billing import DocumentStore
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import JournalScan
from countinghouse.records import dataclass

FOLDER = "seals"
MEDIA_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Sealing:
    """What sealing needs. `lake` is a second source of the figures, where there is one."""

    journals: JournalScan
    seals: SealBook
    copies: DocumentStore
    findings: FindingBook
    clock: Clock
    lake: BookedFigures | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """The newest seal, and what is wrong with any of them."""

    seal: Seal
    is_new: bool
    findings: tuple[Finding, ...]


def seal_day(ports: Sealing) -> Sealed:
    """Seal every day that is over and not sealed, in one seal, and count the earlier ones again.

    Raises Conflict when another run put its seal there first, Unavailable.
    """
    now = ports.clock.now()
    known = ports.seals.seals()
    day = last_sealable(now)
    last = known[-1] if known else None
    wanted = (
        [*known] if last is not None and last.day >= day else [*known, seal(day, nothing(), last)]
    )
    tallies = SealTallies(wanted)
    for row in ports.journals.all_journals():
        if isinstance(row, Journal):
            tallies.add(row)
    found = _check(known, tallies, ports.lake, now)
    newest = wanted[-1]
    if len(wanted) > len(known):
        newest = seal(day, tallies.figures[-1], last)
        ports.seals.add(newest)
    found += _copies([*known[-1:], newest], ports.copies, now)
    unique = {finding.subject: finding for finding in found}
    for finding in unique.values():
        ports.findings.report(finding)
    return Sealed(newest, len(wanted) > len(known), tuple(unique.values()))


def _check(
    known: Sequence[Seal], tallies: SealTallies, lake: BookedFigures | None, now: Instant
) -> list[Finding]:
    found = [
        Finding(f"seals:{text}", "seal_chain_broken", text, now) for text in check_chain(known)
    ]
    for one, figures in zip(known, tallies.figures, strict=False):
        found += _differs("seal_broken", "the ledger has", one, figures, now)
    if lake is not None and known:
        # Not the newest: the lake gets its rows late, and has had a day for these.
        last, since = known[-1], known[-2].until if len(known) > 1 else 0
        figures = lake.figures(since, last.until)
        found += _differs("seal_differs_from_lake", "the lake has", last, figures, now)
    return found


def _differs(code: str, says: str, one: Seal, figures: Figures, now: Instant) -> list[Finding]:
    if one.figures == figures:
        return []
    text = f"of the journals sealed for {one.day} {says} {explain(one.figures, figures)}"
    subject = f"{code}:{one.day}:{figures.journals}:{figures.digest_sum}:{text}"
    return [Finding(subject, code, text, now, differing(one.figures, figures))]


def _copies(seals: Sequence[Seal], store: DocumentStore, now: Instant) -> list[Finding]:
    """Lay a copy beside each seal that has none: a crash may have come between the two writes."""
    found = []
    for one in seals:
        content = copy_of(one)
        stored = store.read(key_of(one.day))
        if stored is None:
            store.write(key_of(one.day), content, MEDIA_TYPE)
        elif stored != content:
            text = f"the copy of the seal of {one.day} says something else"
            found.append(Finding(f"seals:{text}", "seal_chain_broken", text, now))
    return found


def key_of(day: str) -> str:
    """Where the copy of a day's seal lies."""
    return f"{FOLDER}/{day}.json"


def copy_of(one: Seal) -> bytes:
    """The copy: all the seal says, and its hash."""
    view = {**one.view(), "hash": one.hash}
    return f"{json.dumps(view, sort_keys=True, indent=2)}\n".encode()
