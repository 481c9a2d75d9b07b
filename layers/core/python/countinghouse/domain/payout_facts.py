"""What a PSP's word means for a payout: total over every status and kind of fact, and pure.

A payout is never paid, failed or returned by a fact about another amount or currency: it goes on
waiting, and a person is called.
"""

from __future__ import annotations

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import Instant
from countinghouse.domain.order_facts import Verdict
from countinghouse.domain.payout import AT_PSP, Payout, PayoutStatus
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse.domain.retry import RetryPolicy

S = PayoutStatus
K = SettlementKind
Outcome = tuple[Verdict, Payout]

BANK_RUNG = 4
"""Where on the ladder questions begin once a bank has it: hours, for it takes days. With a hundred
thousand payouts on the way, every rung below is as many calls that can learn nothing."""


def start_submission(payout: Payout, now: Instant, policy: RetryPolicy) -> Payout:
    """The payout under way: what is written before the PSP sees it.

    Raises IllegalTransition when the PSP may have forgotten its key: then it is only asked about.
    """
    first = payout.first_sent_at or now
    if now - first > policy.key_window:
        raise IllegalTransition(f"payout {payout.payout_id} is too old to send again")
    return payout.moved(
        S.SUBMITTED,
        now,
        sent_at=now,
        first_sent_at=first,
        next_at=now + policy.lease,
        task_token=None,
        awaited=None,
    )


def apply_payout_fact(
    payout: Payout, fact: PayoutFact, now: Instant, policy: RetryPolicy
) -> Outcome:
    """The verdict, and the payout to write when it is APPLIED (else the payout as it was)."""
    if payout.first_sent_at is None:
        # The PSP speaks of money that we never asked it to move.
        moved = fact.kind in (K.SUCCEEDED, K.PENDING) or fact.returned
        return (Verdict.CONTRADICTION if moved else Verdict.STALE), payout
    if _differs(payout, fact):
        if payout.status not in AT_PSP:
            return Verdict.CONTRADICTION, payout
        later = {"sent_at": _known_sent(payout), **_asked_again(payout, now, policy)}
        return Verdict.APPLIED, payout.moved(S.UNKNOWN, now, conflicted=True, **later)
    match fact.kind:
        case K.SUCCEEDED:
            return _succeeded(payout, fact, now)
        case K.FAILED:
            return _returned(payout, fact, now) if fact.returned else _failed(payout, fact, now)
        case _ if payout.status not in AT_PSP:
            return Verdict.STALE, payout
        case K.PENDING:
            return _in_transit(payout, fact, now, policy)
        case _:
            return Verdict.APPLIED, _without_outcome(payout, fact, now, policy)


def _differs(payout: Payout, fact: PayoutFact) -> bool:
    """Whether the PSP speaks of other money than ours; a refusal names none."""
    said = (fact.amount_minor, fact.currency)
    if said == (None, None):
        return fact.kind in (K.SUCCEEDED, K.PENDING)
    return said != (payout.sent_minor, payout.sent_currency)


def _succeeded(payout: Payout, fact: PayoutFact, now: Instant) -> Outcome:
    if payout.status in (S.PAID, S.RETURNED):
        return Verdict.STALE, payout
    if payout.status not in AT_PSP:
        return Verdict.CONTRADICTION, payout
    return Verdict.APPLIED, _settled(payout, S.PAID, fact, now)


def _failed(payout: Payout, fact: PayoutFact, now: Instant) -> Outcome:
    if payout.status in (S.FAILED, S.RETURNED):
        return Verdict.STALE, payout
    if payout.status not in AT_PSP:
        return Verdict.CONTRADICTION, payout
    return Verdict.APPLIED, _settled(payout, S.FAILED, fact, now)


def _returned(payout: Payout, fact: PayoutFact, now: Instant) -> Outcome:
    if payout.status is S.RETURNED:
        return Verdict.STALE, payout
    if payout.status not in AT_PSP | {S.PAID}:
        return Verdict.CONTRADICTION, payout
    back = payout.moved(
        S.RETURNED,
        now,
        failure=fact.failure or "payout_returned",
        returned_at=fact.occurred_at or now,
        next_at=now,
        asked=0,
        **_learned(payout, fact),
    )
    return Verdict.APPLIED, back


def _settled(payout: Payout, status: PayoutStatus, fact: PayoutFact, now: Instant) -> Payout:
    failure = (fact.failure or "payout_failed") if status is S.FAILED else None
    return payout.moved(
        status,
        now,
        failure=failure,
        settled_at=fact.occurred_at or now,
        next_at=now,
        asked=0,
        **_learned(payout, fact),
    )


def _in_transit(payout: Payout, fact: PayoutFact, now: Instant, policy: RetryPolicy) -> Outcome:
    if payout.status is not S.IN_TRANSIT:
        moved = payout.moved(
            S.IN_TRANSIT,
            now,
            next_at=policy.next_question_at(now, BANK_RUNG),
            asked=BANK_RUNG,
            **_learned(payout, fact),
        )
        return Verdict.APPLIED, moved
    if payout.next_at is not None and payout.next_at > now:
        # News we had: only an answer to a question that was due sets the next one.
        return Verdict.STALE, payout
    return Verdict.APPLIED, payout.changed(now, **_asked_again(payout, now, policy))


def _without_outcome(payout: Payout, fact: PayoutFact, now: Instant, policy: RetryPolicy) -> Payout:
    """No outcome yet: ask later, or send again under the same key what the PSP does not know."""
    absent = fact.kind in (K.NOT_FOUND, K.NOT_SENT)
    in_window = now - (payout.first_sent_at or now) <= policy.key_window
    # Once the PSP has named it, "not found" is a contradiction in terms, no leave to send again.
    if absent and in_window and payout.psp_reference is None and not payout.conflicted:
        again = policy.next_attempt_at(now, payout.asked, payout.key)
        return payout.changed(now, sent_at=None, next_at=again, asked=payout.asked + 1)
    status = S.UNKNOWN if payout.status is S.SUBMITTED else payout.status
    return payout.moved(status, now, **_asked_again(payout, now, policy))


def _asked_again(payout: Payout, now: Instant, policy: RetryPolicy) -> dict[str, object]:
    later = policy.next_question_at(now, payout.asked)
    return {"next_at": later, "asked": payout.asked + 1}


def _learned(payout: Payout, fact: PayoutFact) -> dict[str, object]:
    reference = payout.psp_reference or fact.psp_reference
    return {"psp_reference": reference, "sent_at": _known_sent(payout)}


def _known_sent(payout: Payout) -> Instant | None:
    """When it was sent, also if it was about to be sent again: the PSP knows it after all."""
    return payout.sent_at or payout.first_sent_at
