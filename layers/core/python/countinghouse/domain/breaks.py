"""Breaks: what the PSP, the bank and our ledger do not agree on, each with a code and a state.

    EXPECTED (it may settle by itself) -> OPEN (a person's) -> PENDING_APPROVAL
    any of them -> MATCHED, when a later look at the day no longer finds the difference
    -> AUTO_RESOLVED by a rule, MANUALLY_RESOLVED | WRITTEN_OFF | VOID by a person -> OPEN again

A break's id is made of what it is about, so that the same difference found again is the same break.
Its `residuals` are what it leaves on the PSP's account until a journal takes them off it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from countinghouse.domain.difference import Sides
from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import Instant, day_of
from countinghouse.records import dataclass

_ID_LENGTH = 24
PAST_MAX = 20
"""Earlier resolutions that a break remembers: keeps its row small however often it is reopened."""

Residuals = tuple[tuple[str, int], ...]
"""Currency and signed minor units, one entry a currency, none of them zero, in order."""


class BreakCode(StrEnum):
    """What is wrong (docs/reconciliation.md)."""

    TIMING = "TIMING"
    MISSING_AT_PSP = "MISSING_AT_PSP"
    MISSING_IN_LEDGER = "MISSING_IN_LEDGER"
    DUPLICATE_AT_PSP = "DUPLICATE_AT_PSP"
    DUPLICATE_LINE = "DUPLICATE_LINE"
    AMOUNT_OVER = "AMOUNT_OVER"
    AMOUNT_UNDER = "AMOUNT_UNDER"
    ROUNDING = "ROUNDING"
    FEE_VARIANCE = "FEE_VARIANCE"
    FX_VARIANCE = "FX_VARIANCE"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    STATUS_MISMATCH = "STATUS_MISMATCH"
    SPLIT_MISMATCH = "SPLIT_MISMATCH"
    REFUND_OR_CHARGEBACK_ORPHAN = "REFUND_OR_CHARGEBACK_ORPHAN"
    DOUBLE_RETURN = "DOUBLE_RETURN"
    RESERVE_MOVEMENT = "RESERVE_MOVEMENT"
    PAYOUT_BANK_MISSING = "PAYOUT_BANK_MISSING"
    PAYOUT_RETURNED = "PAYOUT_RETURNED"
    UNKNOWN_CATEGORY = "UNKNOWN_CATEGORY"
    LINE_REJECTED = "LINE_REJECTED"


class BreakStatus(StrEnum):
    """Where a break stands."""

    EXPECTED = "expected"
    OPEN = "open"
    PENDING_APPROVAL = "pending_approval"
    MATCHED = "matched"
    AUTO_RESOLVED = "auto_resolved"
    MANUALLY_RESOLVED = "manually_resolved"
    WRITTEN_OFF = "written_off"
    VOID = "void"


S = BreakStatus

UNSETTLED = frozenset({S.EXPECTED, S.OPEN, S.PENDING_APPROVAL})
"""Somebody or something has still to act."""

_ENDS = frozenset({S.MATCHED, S.MANUALLY_RESOLVED, S.WRITTEN_OFF, S.VOID})

BREAK_TRANSITIONS: Mapping[BreakStatus, frozenset[BreakStatus]] = MappingProxyType(
    {
        S.EXPECTED: frozenset({S.OPEN, S.PENDING_APPROVAL, S.AUTO_RESOLVED}) | _ENDS,
        S.OPEN: frozenset({S.PENDING_APPROVAL, S.AUTO_RESOLVED}) | _ENDS,
        S.PENDING_APPROVAL: frozenset({S.OPEN}) | _ENDS,
        # The difference is back: what made it go was undone, or had been seen too early.
        S.MATCHED: frozenset({S.EXPECTED, S.OPEN}),
        S.AUTO_RESOLVED: frozenset({S.OPEN}),
        S.MANUALLY_RESOLVED: frozenset({S.OPEN}),
        S.WRITTEN_OFF: frozenset({S.OPEN}),
        S.VOID: frozenset({S.OPEN}),
    }
)
"""Every legal change of status; anything else is an IllegalTransition (domain rules, section 1)."""


class BreakAction(StrEnum):
    """What was done about a break, or is asked for."""

    RULE = "rule"
    """A rule did it; nobody may ask for this."""
    WRITE_OFF = "write_off"
    EXPENSE = "expense"
    TO_UNALLOCATED = "to_unallocated"
    FROM_UNALLOCATED = "from_unallocated"
    VOID = "void"
    """Nothing was wrong, or it was put right elsewhere: nothing is booked."""
    REOPEN = "reopen"
    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was done about a break: by a rule, or by a person and perhaps a second one.

    `ledger_id` is the journal it booked, empty when none. Without `resolved_at` it is a request
    that waits for its approval.
    """

    action: BreakAction
    reason: str
    requested_by: str
    requested_at: Instant
    resolved_at: Instant | None = None
    approved_by: str = ""
    ledger_id: str = ""
    rule_id: str = ""
    rule_version: int = 0


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a PSP's day: the run, the days it covers, and which of the run's passes it is.

    `mark` tells it from every other look. `began_at` is when its match began: what anybody has seen
    since is still a difference.
    """

    run_id: str
    psp: str
    day: str
    first_day: str
    mark: str
    began_at: Instant


@dataclass(frozen=True, slots=True)
class Break:
    """One break. Amounts are minor units with our sign; an absent side has empty text and 0.

    `standing` are the journals booked for it that nothing has reversed, oldest first, `booked` how
    many there ever were. `judged_day` is the newest day whose run judged it. `past` are earlier
    resolutions, oldest first.
    """

    break_id: str
    psp: str
    run_id: str
    day: str
    code: BreakCode
    anchor: str
    sides: Sides
    category: str
    file_id: str
    line_no: int
    order_id: str
    psp_reference: str
    our_currency: str
    our_amount: int
    their_currency: str
    their_amount: int
    fee: int
    expected_fee: int
    residuals: Residuals
    status: BreakStatus
    opened_at: Instant
    updated_at: Instant
    judged_day: str
    seen_in: str
    seen_at: Instant
    evidence: tuple[str, ...] = ()
    suggestion: str = ""
    detail: str = ""
    resolution: Resolution | None = None
    past: tuple[Resolution, ...] = ()
    standing: tuple[str, ...] = ()
    booked: int = 0
    version: int = 1

    @property
    def is_settled(self) -> bool:
        """Whether nobody has to act any more."""
        return self.status not in UNSETTLED

    @property
    def is_parked(self) -> bool:
        """Whether its residual waits on `unallocated` while a person looks."""
        return bool(self.standing) and not self.is_settled

    @property
    def left(self) -> Residuals:
        """What it still leaves on `psp_receivable`: nothing once it is settled or parked."""
        return () if self.is_settled or self.standing else self.residuals

    @property
    def at_stake(self) -> dict[str, int]:
        """How much it is about, by currency: its residuals, else what either side says."""
        if self.residuals:
            return dict(self.residuals)
        sides = {self.our_currency: self.our_amount, self.their_currency: self.their_amount}
        if len(sides) == 1:
            sides = {self.our_currency: self.our_amount - self.their_amount}
        return {currency: minor for currency, minor in sides.items() if currency}

    def age_days(self, now: Instant) -> int:
        """Whole days since the day it is about."""
        return (date.fromisoformat(day_of(now)) - date.fromisoformat(self.day)).days

    def moved(self, status: BreakStatus, now: Instant, **changes: object) -> Break:
        """This break in another status, one version on.

        Raises IllegalTransition when BREAK_TRANSITIONS has no such step.
        """
        if status is not self.status and status not in BREAK_TRANSITIONS[self.status]:
            raise IllegalTransition(
                f"break {self.break_id} cannot go from {self.status} to {status}"
            )
        return self.changed(now, status=status, **changes)

    def changed(self, now: Instant, **changes: object) -> Break:
        """This break with other fields, one version on."""
        return replace(self, version=self.version + 1, updated_at=now, **changes)  # type: ignore[arg-type]


def break_id(psp: str, anchor: str, aspect: str) -> str:
    """The id of the break about one aspect of what `anchor` names at a PSP."""
    digest = hashlib.sha256(f"break|{psp}|{anchor}|{aspect}".encode()).hexdigest()
    return f"brk_{digest[:_ID_LENGTH]}"
