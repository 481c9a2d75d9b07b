"""The end of an order whose buyer never acts, at a PSP that says nothing of it.

    the action's end, and a margin -> asked once more -> a void is wanted (VOID_PENDING, lapsing)
      voided, declined, expired at the PSP -> nothing is held, nothing can be: EXPIRED or FAILED
      paid after all                       -> the order is paid, as by any late fact
      anything else                        -> asked again on the ladder; a person is called

Our own clock ends no order: the money may be on its way. Only what the PSP says of the charge does.
"""

from __future__ import annotations

from dataclasses import replace

from countinghouse.domain.instants import DAY, Instant
from countinghouse.domain.order import OperationKind, Order, OrderStatus
from countinghouse.domain.order_facts import Applied, Verdict
from countinghouse.domain.order_requests import request_operation
from countinghouse.domain.psp import FactKind, PspFact
from countinghouse.domain.retry import RetryPolicy

WEEK = 7 * DAY


def ends_at(order: Order, policy: RetryPolicy) -> Instant:
    """When an order that waits for its buyer is ended, if the PSP has not said otherwise."""
    return _action_end(order, policy.action_max) + policy.action_margin


def overdue_at(order: Order) -> Instant:
    """When somebody must look why an order still waits for its buyer."""
    return _action_end(order, WEEK) + WEEK


def lapsed(
    before: Order, applied: Applied, fact: PspFact, now: Instant, policy: RetryPolicy
) -> Applied:
    """What became of the answer to a question about `before`, its void wanted if its time is up.

    A charge that the PSP calls pending has had its buyer, and is waited for. Before the end the
    next question is no later than it.
    """
    order = applied.order
    waiting = before.status is order.status is OrderStatus.REQUIRES_ACTION
    if applied.verdict is not Verdict.APPLIED or not waiting:
        return applied
    end = ends_at(order, policy)
    if now < end:
        return replace(applied, order=replace(order, due_at=min(order.due_at or end, end)))
    if fact.kind is FactKind.PENDING:
        return applied
    wanted = request_operation(order, OperationKind.VOID, now, lapsing=True)
    return replace(applied, order=replace(wanted, version=order.version))


def _action_end(order: Order, longest: int) -> Instant:
    if order.action is not None:
        return order.action.expires_at
    return order.attempts[-1].first_sent_at + longest
