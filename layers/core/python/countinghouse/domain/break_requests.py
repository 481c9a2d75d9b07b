"""What a person may do about a break, and when a second one has to agree.

    write_off, expense, to_unallocated, void   close it; above the limit they wait for approval
    approve, reject                            the second person's word; asking for the very same
                                               thing is approval as well
    from_unallocated                           puts parked money back on the PSP's account
    reopen                                     undoes what closed it

The same request again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from countinghouse.domain.break_rules import ReconciliationRules
from countinghouse.domain.break_steps import remembered
from countinghouse.domain.breaks import UNSETTLED, Break, BreakAction, BreakStatus, Resolution
from countinghouse.domain.errors import Forbidden, IllegalTransition, Invalid
from countinghouse.domain.instants import Instant
from countinghouse.domain.principals import same_person
from countinghouse.records import dataclass

A = BreakAction
S = BreakStatus

ACCOUNT_FOR: Mapping[BreakAction, str] = MappingProxyType(
    {
        A.WRITE_OFF: "recon_variance",
        A.EXPENSE: "psp_fee_expense",
        A.TO_UNALLOCATED: "unallocated",
    }
)
"""Where an action that books takes the residual."""

CLOSES: Mapping[BreakAction, BreakStatus] = MappingProxyType(
    {
        A.WRITE_OFF: S.WRITTEN_OFF,
        A.EXPENSE: S.MANUALLY_RESOLVED,
        A.TO_UNALLOCATED: S.MANUALLY_RESOLVED,
        A.VOID: S.VOID,
    }
)
"""What an action makes of a break."""

_CALLS_OFF = frozenset({A.REOPEN, A.REJECT, A.FROM_UNALLOCATED})
"""After these it is open."""


@dataclass(frozen=True, slots=True)
class ResolveRequest:
    """What somebody asks for; `may_approve` is whether they may be the second person."""

    break_id: str
    action: BreakAction
    reason: str
    who: str
    may_approve: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """A break as a request leaves it; the same object when it was a repeat.

    `books` is the action whose journal belongs to it, `undoes` the journal that it reverses.
    """

    brk: Break
    books: BreakAction | None = None
    undoes: str = ""


def decide(
    brk: Break, request: ResolveRequest, rules: ReconciliationRules, now: Instant
) -> Decision:
    """What a request makes of a break.

    Raises IllegalTransition when the break's state does not allow it, Forbidden for who may not be
    the second person, Invalid when there is nothing to book.
    """
    if brk.status is S.PENDING_APPROVAL:
        return _second(brk, request, now)
    if _is_repeat(brk, request):
        return Decision(brk)
    if request.action is A.REOPEN:
        return _reopened(brk, request, now)
    if request.action is A.FROM_UNALLOCATED:
        return _taken_back(brk, request, now)
    return _first(brk, request, rules, now)


def _is_repeat(brk: Break, request: ResolveRequest) -> bool:
    last = brk.resolution
    if last is None:
        return False
    if request.action is A.APPROVE:
        return brk.is_settled and last.approved_by == request.who
    if last.action is not request.action:
        return False
    return brk.status is (S.OPEN if last.action in _CALLS_OFF else CLOSES.get(last.action))


def _first(
    brk: Break, request: ResolveRequest, rules: ReconciliationRules, now: Instant
) -> Decision:
    action = request.action
    if action not in CLOSES or brk.status not in UNSETTLED:
        raise IllegalTransition(f"break {brk.break_id} is {brk.status}")
    if action in ACCOUNT_FOR and not brk.residuals:
        raise Invalid("it leaves nothing on the PSP's account to be booked", field="action")
    if action is A.TO_UNALLOCATED and brk.is_parked:
        raise IllegalTransition(f"break {brk.break_id} is on unallocated already")
    asked = Resolution(action, request.reason, request.who, now)
    if rules.needs_approval(brk.at_stake):
        waiting = brk.moved(S.PENDING_APPROVAL, now, resolution=asked, past=remembered(brk))
        return Decision(waiting)
    return _closed(brk, replace(asked, resolved_at=now), remembered(brk), now)


def _second(brk: Break, request: ResolveRequest, now: Instant) -> Decision:
    asked = brk.resolution
    if asked is None:
        raise IllegalTransition(f"break {brk.break_id} waits for nothing that is known")
    action = request.action
    own = same_person(request.who, asked.requested_by)
    if own and action is asked.action:
        return Decision(brk)
    if action not in (A.APPROVE, A.REJECT, asked.action):
        raise IllegalTransition(f"break {brk.break_id} waits for {asked.action} to be approved")
    if action is A.REJECT:
        # Who asked may take it back.
        _may(own or request.may_approve)
        said = Resolution(A.REJECT, request.reason, request.who, now, now)
        return Decision(brk.moved(S.OPEN, now, resolution=said, past=remembered(brk)))
    _may(request.may_approve and not own)
    agreed = replace(asked, approved_by=request.who, resolved_at=now)
    return _closed(brk, agreed, brk.past, now)


def _may(allowed: bool) -> None:
    if not allowed:
        raise Forbidden("above the limit, somebody else than who asked has to agree")


def _closed(
    brk: Break, resolution: Resolution, past: tuple[Resolution, ...], now: Instant
) -> Decision:
    action = resolution.action
    settled = brk.moved(CLOSES[action], now, resolution=resolution, past=past)
    return Decision(settled, books=action if action in ACCOUNT_FOR else None)


def _reopened(brk: Break, request: ResolveRequest, now: Instant) -> Decision:
    if brk.resolution is None or not brk.is_settled:
        raise IllegalTransition(f"break {brk.break_id} is {brk.status}")
    undoes = brk.resolution.ledger_id
    said = Resolution(A.REOPEN, request.reason, request.who, now, now)
    return Decision(brk.moved(S.OPEN, now, resolution=said, past=remembered(brk)), undoes=undoes)


def _taken_back(brk: Break, request: ResolveRequest, now: Instant) -> Decision:
    if not brk.is_parked:
        raise IllegalTransition(f"break {brk.break_id} has nothing on unallocated")
    said = Resolution(A.FROM_UNALLOCATED, request.reason, request.who, now, now)
    return Decision(
        brk.changed(now, resolution=said, past=remembered(brk)), undoes=brk.standing[-1]
    )
