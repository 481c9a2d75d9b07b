"""Commit a break together with what it books: how reconciliation corrects the books."""

from __future__ import annotations

from collections.abc import Sequence

from countinghouse.domain.break_journals import mirror_journal
from countinghouse.domain.break_rules import CapDraw
from countinghouse.domain.break_steps import with_journals
from countinghouse.domain.breaks import Break
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal, parse_ledger_id
from countinghouse.domain.posting import Posting, addresses_of, plan_posting
from countinghouse.ports.breaks import BreakBook, BreakChange
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Journals, Ledger
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class BreakBooks:
    """Where breaks are kept and booked."""

    breaks: BreakBook
    ledger: Ledger
    journals: Journals
    clock: Clock


def commit_break(
    old: Break | None,
    new: Break,
    books: BreakBooks,
    journals: Sequence[Journal] = (),
    draw: CapDraw | None = None,
) -> Break:
    """The break as committed, with its journals and what they draw on a cap, or nothing of it.

    Raises CapReached, Conflict.
    """
    posting = _posting(journals, books.ledger) if journals else None
    books.breaks.commit(BreakChange(old, new, posting, draw))
    return new


def undo_journals(
    brk: Break, ledger_ids: Sequence[str], kind: str, cause: str, now: Instant, books: BreakBooks
) -> tuple[Break, list[Journal]]:
    """The break without these standing journals, and the journals that reverse them.

    The newest is undone first, as one takes things off a pile. Raises Conflict when one of them
    cannot be read, which only damage can bring about.
    """
    mirrors: list[Journal] = []
    for ledger_id in reversed(ledger_ids):
        undone = books.journals.journal(parse_ledger_id(ledger_id))
        if undone is None:
            raise Conflict(f"journal {ledger_id} of break {brk.break_id} is not readable")
        mirrors.append(mirror_journal(brk, undone, kind, cause, now))
        brk = with_journals(brk, mirrors[-1:])
    return brk, mirrors


def _posting(journals: Sequence[Journal], ledger: Ledger) -> Posting:
    # Platform accounts alone have no floor, so that nothing is refused.
    return plan_posting(journals, ledger.wallets(addresses_of(journals))).posting
