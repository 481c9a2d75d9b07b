"""Judge what a match found not to agree: each difference becomes a break, or a rule settles it.

The lake is behind the books by minutes. A line without a journal is looked up in the ledger itself
before it becomes a break, and an order that is under way is asked after: what it books meanwhile
makes the break go. Whatever a step did before it died, a repeat finds done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from countinghouse.break_bookkeeping import BreakBooks, commit_break, undo_journals
from countinghouse.domain.break_codes import Judgement, calendar_days, id_of, judge
from countinghouse.domain.break_journals import resolution_journal
from countinghouse.domain.break_rules import CapReached, ReconciliationRules
from countinghouse.domain.break_steps import Found, found_again, opened, settled_by
from countinghouse.domain.breaks import Break, BreakCode, BreakStatus, Look
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import DAY, Instant
from countinghouse.domain.ledger import Journal
from countinghouse.domain.line_truth import (
    answer_of,
    has_another_charge,
    payout_answer,
    payout_of,
)
from countinghouse.domain.order import CAPTURED_STATUSES, RESTING_STATUSES, Order
from countinghouse.messages import Message, aftercare_message, orders_message, payouts_message
from countinghouse.ports.books import OrderBook
from countinghouse.ports.fx import RateDesk
from countinghouse.records import dataclass

RACES_MAX = 8
ORDER_ID_MAX = 64
LAG_MAX = DAY
"""How long a journal may be in the ledger and not in the lake before that is a break by itself."""

OPENED, KNOWN, AUTO_RESOLVED = "opened", "known", "auto_resolved"
LAGGING, UNDER_WAY, DROPPED = "lagging", "under_way", "dropped"

_OPEN_TO_DOUBT = frozenset(
    {
        BreakCode.MISSING_IN_LEDGER,
        BreakCode.STATUS_MISMATCH,
        BreakCode.REFUND_OR_CHARGEBACK_ORPHAN,
        BreakCode.PAYOUT_RETURNED,
    }
)
"""Codes that say the ledger lacks something, as far as the lake knows."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What judging needs; without `rates` only the rules' own convert."""

    books: BreakBooks
    orders: OrderBook
    rules: ReconciliationRules
    rates: RateDesk | None = None

    def rules_for(self, difference: Difference) -> ReconciliationRules:
        """The rules, with the reference rates of its day where the PSP says it converted."""
        if self.rates is None or not difference.original_currency:
            return self.rules
        return replace(self.rules, reference=self.rates.of_day(difference.day))


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of the differences, and whom to ask after what is late.

    Every difference is counted once as `opened`, `known` or `lagging` (booked, and not in the lake
    yet); those of the first two also as `auto_resolved`, `under_way` or `dropped` (a line that
    stood there twice) where they are. What a rule settled earlier is no longer counted as such.
    """

    counts: Mapping[str, int]
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the books make of a judgement; None when it is no break."""

    judgement: Judgement | None
    counted: str = ""
    asks: Message | None = None


def judge_differences(differences: Sequence[Difference], look: Look, ports: Judging) -> Judged:
    """Open, touch or settle the break of each difference.

    Raises Conflict when a break kept changing, Unavailable when the rates' source is down, Invalid
    for a difference in which nothing differs; a repeat goes on from there.
    """
    counts: Counter[str] = Counter()
    messages: list[Message] = []
    known = ports.books.breaks.get_many([id_of(one, look.psp) for one in differences])
    named = {one.order_id for one in differences if one.sides is Sides.THEIRS}
    # A PSP may echo anything; what is no id of ours is no order of ours.
    orders = ports.orders.get_many(one for one in named if 0 < len(one) <= ORDER_ID_MAX)
    for difference in differences:
        verdict = _verdict(difference, look, orders.get(difference.order_id), ports)
        counts.update(filter(None, [verdict.counted]))
        if verdict.asks is not None and verdict.asks not in messages:
            messages.append(verdict.asks)
        if verdict.judgement is not None:
            brk = known.get(id_of(difference, look.psp))
            counts.update(_record(difference, verdict.judgement, look, brk, ports))
    return Judged(dict(counts), tuple(messages))


def _verdict(difference: Difference, look: Look, order: Order | None, ports: Judging) -> _Verdict:
    judgement = judge(difference, look.day, ports.rules_for(difference))
    if judgement.code is BreakCode.DUPLICATE_LINE:
        return _Verdict(judgement, DROPPED)
    if judgement.code not in _OPEN_TO_DOUBT:
        return _Verdict(judgement)
    if difference.sides is Sides.BANK_THEIRS:
        return _about_payout(difference, judgement, ports)
    if difference.sides is Sides.THEIRS and difference.order_id:
        return _about_order(difference, judgement, look, order, ports)
    return _Verdict(judgement)


def _about_payout(difference: Difference, judgement: Judgement, ports: Judging) -> _Verdict:
    key, payout_id = payout_answer(difference), payout_of(difference)
    journal = ports.books.journals.journal(key) if key is not None else None
    if journal is not None:
        return _answered(judgement, journal, ports.books.clock.now())
    asks = payouts_message(payout_id) if payout_id is not None else None
    return _Verdict(judgement, asks=asks)


def _about_order(
    difference: Difference,
    judgement: Judgement,
    look: Look,
    order: Order | None,
    ports: Judging,
) -> _Verdict:
    journals = ports.books.journals.journals(difference.order_id)
    journal = answer_of(difference, journals)
    if journal is not None:
        return _answered(judgement, journal, ports.books.clock.now())
    if order is None:
        return _Verdict(judgement)
    asks, is_late = _late(order)
    if order.status in CAPTURED_STATUSES:
        is_capture = judgement.code is BreakCode.MISSING_IN_LEDGER
        if not is_capture or has_another_charge(order, difference):
            # The lake may not know yet what it is a return of, or the second charge to.
            informed = replace(difference, parent_known=True)
            return _Verdict(judge(informed, look.day, ports.rules), asks=asks)
    if not is_late:
        return _Verdict(judgement)
    if calendar_days(difference.day, look.day) <= ports.rules.grace.psp_days:
        detail = f"the order is {order.status} and asked after"
        judgement = replace(judgement, status=BreakStatus.EXPECTED, settling=None, detail=detail)
    return _Verdict(judgement, UNDER_WAY, asks)


def _late(order: Order) -> tuple[Message | None, bool]:
    """Whom to ask after an order without the journal, and whether one may still come."""
    if order.took_money:
        return aftercare_message(order.order_id), True
    if order.status in RESTING_STATUSES:
        return None, False
    return orders_message(order.order_id, order.checkout_id), True


def _answered(judgement: Judgement, journal: Journal, now: Instant) -> _Verdict:
    if now - journal.created_at < LAG_MAX:
        return _Verdict(None, LAGGING)
    detail = f"{journal.ledger_id} answers it and has not reached the lake"
    # To settle it would book what is booked.
    return _Verdict(replace(judgement, status=BreakStatus.OPEN, settling=None, detail=detail))


def _record(
    difference: Difference, judgement: Judgement, look: Look, brk: Break | None, ports: Judging
) -> list[str]:
    """Commit what a judgement makes of a break; what to count."""
    was_settled = brk is not None and brk.is_settled
    for _ in range(RACES_MAX):
        now = ports.books.clock.now()
        found = (
            opened(difference, judgement, look, now)
            if brk is None
            else found_again(brk, difference, judgement, look, now)
        )
        try:
            stored = _commit(brk, found, judgement, look, ports.books)
        except CapReached:
            judgement = _capped(judgement)
        except Conflict:
            brk = ports.books.breaks.get(found.brk.break_id)
            was_settled = brk is not None and brk.is_settled
        else:
            counted = [OPENED if brk is None else KNOWN]
            by_rule = stored.status is BreakStatus.AUTO_RESOLVED and not was_settled
            return [*counted, AUTO_RESOLVED] if by_rule else counted
    raise Conflict(f"the break about {difference.anchor} kept changing")


def _commit(
    old: Break | None, found: Found, judgement: Judgement, look: Look, books: BreakBooks
) -> Break:
    now = found.brk.updated_at
    cause = f"reconciliation:{look.run_id}"
    new, journals = undo_journals(found.brk, found.undo, "reopen", cause, now, books)
    settling, draw = judgement.settling, None
    if found.may_settle and settling is not None:
        rule = settling.rule
        journal = resolution_journal(new, rule.rule_id, settling.shares, f"rule:{rule.name}", now)
        new = settled_by(new, settling, journal, now)
        journals.append(journal)
        draw = settling.draw(look.psp, look.day)
    return commit_break(old, new, books, journals, draw)


def _capped(judgement: Judgement) -> Judgement:
    rule = judgement.settling.rule.name if judgement.settling is not None else ""
    detail = f"{judgement.detail}; rule {rule} has no more left of its cap for the day"
    return replace(judgement, settling=None, detail=detail)
