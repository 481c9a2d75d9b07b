"""Facts that are recorded as applied, and whose effect did not come back from the backup.

An event and what it changes are one transaction. A copy that holds the event alone would let the
fact be forgotten, and some facts no question brings again: disputes, and payouts that come back.
"""

from __future__ import annotations

from collections.abc import Mapping

from countinghouse.domain.market_rules import DisputeRules
from countinghouse.domain.order import Order
from countinghouse.domain.order_disputes import apply_dispute_fact
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.order_refunds import apply_refund_fact
from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_facts import apply_payout_fact
from countinghouse.domain.psp import (
    DisputeFact,
    EventStatus,
    Fact,
    PayoutFact,
    PspEvent,
    PspFact,
    RefundFact,
)
from countinghouse.domain.retry import RetryPolicy

_RULES = DisputeRules(frozenset(), fee_given_back_when_lost=False)
"""Who bears a dispute decides what it does, and not whether it has done it."""


def is_unheard(event: PspEvent, orders: Mapping[str, Order], payouts: Mapping[str, Payout]) -> bool:
    """Whether the event is applied, and what it is about is not there or does not know of it."""
    if event.status is not EventStatus.APPLIED:
        return False
    if isinstance(event.fact, PayoutFact):
        payout = payouts.get(event.fact.payout_id)
        return payout is None or would_move_payout(payout, event.fact)
    order = orders.get(event.order_id or "")
    return order is None or would_move(order, event.fact)


def would_move(order: Order, fact: Fact) -> bool:
    """Whether a fact still has an effect on its order."""
    now, policy = order.updated_at, RetryPolicy()
    match fact:
        case PspFact():
            applied = apply_fact(order, fact, now, policy)
            return applied.verdict is Verdict.APPLIED and applied.order.status is not order.status
        case RefundFact():
            _, changed = apply_refund_fact(order, fact, now, policy)
            return [r.status for r in changed.refunds] != [r.status for r in order.refunds]
        case DisputeFact():
            verdict, _ = apply_dispute_fact(order, fact, now, _RULES)
            return verdict is Verdict.APPLIED
        case _:
            return False


def would_move_payout(payout: Payout, fact: PayoutFact) -> bool:
    """Whether a fact still has an effect on its payout."""
    verdict, changed = apply_payout_fact(payout, fact, payout.updated_at, RetryPolicy())
    return verdict is Verdict.APPLIED and changed.status is not payout.status
