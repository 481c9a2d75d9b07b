"""Do what a person decided about a break: state and journal in one transaction."""

from __future__ import annotations

from dataclasses import replace

from countinghouse.break_bookkeeping import BreakBooks, commit_break, undo_journals
from countinghouse.domain.break_journals import resolution_journal, shares_of
from countinghouse.domain.break_requests import (
    ACCOUNT_FOR,
    Decision,
    ResolveRequest,
    decide,
)
from countinghouse.domain.break_rules import ReconciliationRules
from countinghouse.domain.break_steps import with_journals
from countinghouse.domain.breaks import Break, Resolution
from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.records import dataclass

RACES_MAX = 8


@dataclass(frozen=True, slots=True)
class Resolved:
    """The break as it stands; `replayed` when the same request had done it before."""

    brk: Break
    replayed: bool


def resolve_break(
    request: ResolveRequest, rules: ReconciliationRules, books: BreakBooks
) -> Resolved:
    """Close a break, ask for that or agree to it, or open it again.

    Raises NotFound, IllegalTransition when its state does not allow it, Forbidden for who may not
    be the second person, Invalid when there is nothing to book, Conflict when it kept changing.
    """
    for _ in range(RACES_MAX):
        brk = books.breaks.get(request.break_id)
        if brk is None:
            raise NotFound(f"there is no break {request.break_id}")
        decision = decide(brk, request, rules, books.clock.now())
        if decision.brk is brk:
            return Resolved(brk, replayed=True)
        try:
            return Resolved(_commit(brk, decision, request, books), replayed=False)
        except Conflict:
            continue
    raise Conflict(f"break {request.break_id} kept changing")


def _commit(old: Break, decision: Decision, request: ResolveRequest, books: BreakBooks) -> Break:
    now = decision.brk.updated_at
    if decision.undoes:
        kind, cause = str(request.action), f"caller:{request.who}"
        new, mirrors = undo_journals(decision.brk, [decision.undoes], kind, cause, now, books)
        return commit_break(old, new, books, mirrors)
    resolution = decision.brk.resolution
    if decision.books is None or resolution is None:
        return commit_break(old, decision.brk, books)
    shares = shares_of(ACCOUNT_FOR[decision.books], old)
    journal = resolution_journal(old, decision.books, shares, _cause(resolution), now)
    booked = replace(resolution, ledger_id=journal.ledger_id)
    new = replace(with_journals(decision.brk, [journal]), resolution=booked)
    return commit_break(old, new, books, [journal])


def _cause(resolution: Resolution) -> str:
    agreed = f", approved by {resolution.approved_by}" if resolution.approved_by else ""
    return f"caller:{resolution.requested_by}{agreed}"
