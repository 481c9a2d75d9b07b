"""Applying what a PSP says to an order: one function for answers, questions and webhooks.

The rule that makes order of arrival irrelevant: a fact is applied only if it is a step forward in
TRANSITIONS. A fact we are already past is STALE, one that denies what is final is a CONTRADICTION
(domain rules W5), and only a fact about the current attempt counts.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from countinghouse.domain.instants import Instant
from countinghouse.domain.order import (
    CAPTURED_STATUSES,
    RESTING_STATUSES,
    TRANSITIONS,
    Attempt,
    Order,
    OrderStatus,
)
from countinghouse.domain.order_money import differs
from countinghouse.domain.psp import Decline, DeclineType, FactKind, PspFact
from countinghouse.domain.retry import RetryPolicy
from countinghouse.records import dataclass

S = OrderStatus
K = FactKind


class Verdict(StrEnum):
    """What a fact meant for an order."""

    APPLIED = "applied"
    STALE = "stale"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class Applied:
    """The verdict, and the order to write when it is APPLIED (else the order as it was)."""

    verdict: Verdict
    order: Order


_OPEN_CHARGE = frozenset({S.SENT, S.UNKNOWN})
_PENDING_OPERATION = frozenset({S.CAPTURE_PENDING, S.VOID_PENDING})


def apply_fact(
    order: Order, fact: PspFact, now: Instant, policy: RetryPolicy, psp: str | None = None
) -> Applied:
    """The order after `fact`; total over every status and kind, and pure.

    `psp` is who said it, where that may be another than the current attempt's.
    """
    if psp not in (None, order.payment_info.psp) or not _current_attempt(order, fact):
        return _about_closed_attempt(order, fact)
    if order.status in RESTING_STATUSES:
        return _after_the_end(order, fact)
    if order.status is S.ROUTED and order.attempts[-1].outcome is not None:
        return _about_closed_attempt(order, fact)
    if differs(order, fact):
        conflicted = order.moved(S.CONFLICTED, now, **_learned(order, fact), due_at=None)
        return Applied(Verdict.APPLIED, conflicted)
    if fact.kind in (K.UNKNOWN, K.NOT_SENT, K.NOT_FOUND, K.PENDING):
        return _without_outcome(order, fact, now, policy)
    if fact.kind is K.DECLINED:
        return _declined(order, fact, now, policy)
    return _forward(order, fact, now, policy)


def _current_attempt(order: Order, fact: PspFact) -> bool:
    if not order.attempts:
        return False
    if fact.key is None:
        return fact.psp_reference in (None, order.psp_reference) or order.psp_reference is None
    return fact.key == order.attempts[-1].key


def _about_closed_attempt(order: Order, fact: PspFact) -> Applied:
    took_money = fact.kind in (K.AUTHORIZED, K.CAPTURED)
    return Applied(Verdict.CONTRADICTION if took_money else Verdict.STALE, order)


def _after_the_end(order: Order, fact: PspFact) -> Applied:
    says_paid = fact.kind is K.CAPTURED
    # What a partial capture left is let go, which some PSPs tell when its time is up.
    over = () if order.status is S.PARTIALLY_CAPTURED else (K.EXPIRED,)
    says_unpaid = fact.kind in (K.DECLINED, K.VOIDED, *over)
    paid = order.status in CAPTURED_STATUSES
    unpaid = order.status not in CAPTURED_STATUSES and order.status is not S.CONFLICTED
    if (paid and says_unpaid) or (unpaid and says_paid):
        return Applied(Verdict.CONTRADICTION, order)
    if paid and says_paid and fact.captured_minor != order.captured_minor:
        return Applied(Verdict.CONTRADICTION, order)
    return Applied(Verdict.STALE, order)


def _learned(order: Order, fact: PspFact) -> dict[str, object]:
    return {"psp_reference": order.psp_reference or fact.psp_reference}


def _with_outcome(order: Order, outcome: str) -> tuple[Attempt, ...]:
    return (*order.attempts[:-1], replace(order.attempts[-1], outcome=outcome))


def _in_doubt(order: Order) -> Order:
    """The order whose open attempt may have been executed, and therefore stays with its PSP.

    Until then it was counted how often it was given up unsent; from then on, what is asked.
    """
    last = order.attempts[-1] if order.attempts else None
    if last is None or last.outcome is not None or last.doubtful:
        return order
    attempts = (*order.attempts[:-1], replace(last, doubtful=True))
    asked = 0 if order.status in (S.SENT, S.ROUTED) else order.asked
    return replace(order, attempts=attempts, asked=asked)


def _without_outcome(order: Order, fact: PspFact, now: Instant, policy: RetryPolicy) -> Applied:
    """The PSP's answer settles nothing: wait, ask later, or send the same attempt again."""
    if fact.kind is not K.NOT_SENT:
        order = _in_doubt(order)
    later = policy.next_question_at(now, order.asked)
    waiting = {"due_at": later, "asked": order.asked + 1, **_learned(order, fact)}
    if order.status in _PENDING_OPERATION and order.operation is not None:
        if fact.kind is K.NOT_SENT:
            waiting["operation"] = replace(order.operation, sent_at=None)
        return Applied(Verdict.APPLIED, order.changed(now, **waiting))
    if order.status not in _OPEN_CHARGE or fact.kind is K.PENDING:
        return Applied(Verdict.APPLIED, order.changed(now, **waiting))
    if fact.kind is K.UNKNOWN:
        return Applied(Verdict.APPLIED, order.moved(S.UNKNOWN, now, **waiting))
    if now - order.attempts[-1].first_sent_at > policy.key_window:
        return Applied(Verdict.APPLIED, order.moved(S.UNKNOWN, now, **waiting))
    again = policy.next_attempt_at(now, order.asked, order.attempts[-1].key)
    given_up = order.asked if order.attempts[-1].doubtful else order.asked + 1
    routed = order.moved(S.ROUTED, now, due_at=again, asked=given_up)
    return Applied(Verdict.APPLIED, routed)


def _declined(order: Order, fact: PspFact, now: Instant, policy: RetryPolicy) -> Applied:
    decline = fact.decline or Decline("declined", DeclineType.HARD)
    if order.status in (S.AUTHORIZED, S.CAPTURE_PENDING):
        return Applied(Verdict.CONTRADICTION, order)
    changes: dict[str, object] = {
        "attempts": _with_outcome(order, f"declined_{decline.type}"),
        "failure": decline,
        "action": None,
    }
    retry = (
        decline.type is DeclineType.SOFT
        and order.status in _OPEN_CHARGE | {S.ROUTED}
        and len(order.attempts) < policy.attempts_max
    )
    if retry:
        again = policy.next_attempt_at(now, len(order.attempts), order.attempts[-1].key)
        # The refused charge is over; its reference must not be taken for the next attempt's.
        routed = order.moved(S.ROUTED, now, due_at=again, asked=0, psp_reference=None, **changes)
        return Applied(Verdict.APPLIED, routed)
    changes |= _learned(order, fact)
    return Applied(Verdict.APPLIED, order.moved(S.FAILED, now, due_at=None, **changes))


_TARGET: dict[FactKind, OrderStatus] = {
    K.REQUIRES_ACTION: S.REQUIRES_ACTION,
    K.AUTHORIZED: S.AUTHORIZED,
    K.VOIDED: S.VOIDED,
    K.EXPIRED: S.EXPIRED,
}


def _forward(order: Order, fact: PspFact, now: Instant, policy: RetryPolicy) -> Applied:
    if fact.kind is K.CAPTURED:
        partial = fact.captured_minor < order.amount_minor
        target = S.PARTIALLY_CAPTURED if partial else S.CAPTURED
    elif fact.kind is K.VOIDED and order.operation is not None and order.operation.lapsing:
        target = S.EXPIRED
    elif fact.kind in _TARGET:
        target = _TARGET[fact.kind]
    else:
        return Applied(Verdict.STALE, order)
    backwards = order.status in _PENDING_OPERATION and target is S.AUTHORIZED
    if target is order.status or backwards or target not in TRANSITIONS[order.status]:
        return Applied(Verdict.STALE, order)
    return Applied(Verdict.APPLIED, _arrived(order, fact, target, now, policy))


def _arrived(
    order: Order, fact: PspFact, target: OrderStatus, now: Instant, policy: RetryPolicy
) -> Order:
    changes: dict[str, object] = {**_learned(order, fact), "asked": 0, "action": None}
    if target is S.REQUIRES_ACTION:
        changes |= {"action": fact.action, "due_at": policy.next_question_at(now, 0), "asked": 1}
        return order.moved(target, now, **changes)
    changes["attempts"] = _with_outcome(order, str(target))
    changes["due_at"] = now + policy.authorization_check if target is S.AUTHORIZED else None
    if target in CAPTURED_STATUSES:
        changes["captured_minor"] = fact.captured_minor
        changes["captured_at"] = fact.occurred_at or now
        changes["failure"] = None
    return order.moved(target, now, **changes)


def answer_question(order: Order, fact: PspFact, now: Instant, policy: RetryPolicy) -> Applied:
    """The order after the PSP was asked, as `apply_fact`, with the next question set when open.

    An authorisation that still stands although a capture or void was sent means that the request
    never arrived: it is wanted again, under the same key. What has to be asked about is in doubt.
    """
    if order.is_resting:
        return apply_fact(order, fact, now, policy)
    order = _in_doubt(order)
    applied = apply_fact(order, fact, now, policy)
    if applied.verdict is Verdict.APPLIED:
        return applied
    waiting: dict[str, object] = {
        "due_at": policy.next_question_at(now, order.asked),
        "asked": order.asked + 1,
    }
    if order.operation is not None and order.status in _PENDING_OPERATION:
        waiting["operation"] = replace(order.operation, sent_at=None)
    return Applied(Verdict.APPLIED, order.changed(now, **waiting))
