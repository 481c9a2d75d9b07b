"""What a payout wants next, and the steps it takes without its PSP."""

from __future__ import annotations

from enum import StrEnum

from countinghouse.domain.errors import Forbidden, IllegalTransition
from countinghouse.domain.instants import DAY, MINUTE, SECOND, Instant
from countinghouse.domain.payout import AT_PSP, Payout, PayoutJournal, PayoutStatus
from countinghouse.domain.principals import same_person

S = PayoutStatus
J = PayoutJournal

APPROVAL_TTL = 7 * DAY
"""How long a payout waits for its approval before it is cancelled."""

SEEN_OFF = MINUTE
"""How long the monthly run waits for a payout to be sent before it opens another in its place."""


class PayoutStep(StrEnum):
    """What a payout wants next."""

    RESERVE = "reserve"
    APPROVE = "approve"
    EXPIRE = "expire"
    SUBMIT = "submit"
    ASK = "ask"
    WAIT = "wait"
    BOOK = "book"
    REST = "rest"


def next_step(payout: Payout, now: Instant) -> PayoutStep:
    """What the payout wants now, or waits for."""
    if payout.status is S.DRAFT:
        return PayoutStep.RESERVE
    is_due = payout.next_at is not None and payout.next_at <= now
    if payout.status is S.RESERVED:
        # It waits only while payouts in its currency are stopped.
        return PayoutStep.SUBMIT if is_due else PayoutStep.WAIT
    if payout.status is S.PENDING_APPROVAL:
        return PayoutStep.EXPIRE if is_due else PayoutStep.APPROVE
    if payout.status in AT_PSP:
        due_step = PayoutStep.SUBMIT if payout.sent_at is None else PayoutStep.ASK
        return due_step if is_due else PayoutStep.WAIT
    return PayoutStep.BOOK if payout.owed else PayoutStep.REST


def is_being_sent(payout: Payout, now: Instant) -> bool:
    """Whether it is on its way to the PSP and worth waiting for: it has no other's word yet."""
    in_our_hands = payout.status in (S.DRAFT, S.RESERVED, S.SUBMITTED)
    return in_our_hands and now < payout.created_at + SEEN_OFF


def wait_s(payout: Payout, now: Instant) -> int:
    """Whole seconds until the next step is due, at least one."""
    left = (payout.next_at or now) - now
    return max(1, -(-left // SECOND))


def reserved(
    payout: Payout, available_minor: int, recovered_minor: int, needs_approval: bool, now: Instant
) -> Payout:
    """The payout with its money set aside: written together with the journal that does it."""
    return payout.moved(
        S.PENDING_APPROVAL if needs_approval else S.RESERVED,
        now,
        available_before_minor=available_minor,
        recovered_minor=recovered_minor,
        booked=(J.RESERVE,),
        next_at=now + APPROVAL_TTL if needs_approval else now,
    )


def held(payout: Payout, now: Instant, again_at: Instant) -> Payout:
    """The payout not sent, because its currency's payouts are stopped; looked at again then."""
    return payout.changed(now, next_at=again_at)


def booked(payout: Payout, now: Instant) -> Payout:
    """The payout with every journal it called for in the ledger."""
    return payout.changed(now, booked=(*payout.booked, *payout.owed), next_at=None)


def refuse_payout(payout: Payout, failure: str, now: Instant) -> Payout:
    """A draft that comes to nothing: its money was not there to be reserved."""
    return payout.moved(S.FAILED, now, failure=failure, settled_at=now, next_at=None)


def approve(payout: Payout, approver: str, now: Instant) -> Payout:
    """The payout approved. A repeat by the same approver returns the same object.

    Raises Forbidden for who requested it, IllegalTransition when it does not wait for approval.
    """
    if payout.approved_by == approver:
        return payout
    if payout.status is not S.PENDING_APPROVAL:
        raise IllegalTransition(f"payout {payout.payout_id} is {payout.status}")
    if same_person(approver, payout.requested_by):
        raise Forbidden("a payout is approved by somebody other than who requested it")
    return payout.moved(S.RESERVED, now, approved_by=approver, next_at=now)


def cancel(payout: Payout, now: Instant, failure: str | None = None) -> Payout:
    """The payout cancelled before any PSP saw it. A repeat returns the same object.

    Raises IllegalTransition once it was submitted.
    """
    if payout.status is S.CANCELLED:
        return payout
    next_at = now if J.RESERVE in payout.booked else None
    return payout.moved(S.CANCELLED, now, failure=failure, settled_at=now, next_at=next_at)


def awaiting(payout: Payout, task_token: str, now: Instant) -> Payout:
    """The payout with a workflow waiting for it; the same object when there is nothing to wait for.

    Whoever changes the status from now on sees the token in the row.
    """
    if next_step(payout, now) not in (PayoutStep.WAIT, PayoutStep.APPROVE):
        return payout
    return payout.changed(now, task_token=task_token, awaited=payout.status)
