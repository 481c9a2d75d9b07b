"""Take a payout one step further. The PSP is called between two commits, never inside one.

    DRAFT      --- journal and RESERVED | PENDING_APPROVAL, one transaction
    RESERVED   --- SUBMITTED, key, lease --- the PSP is called --- what it said
               --- or it stays RESERVED while an audit's finding stops its currency's payouts
    SUBMITTED | IN_TRANSIT | UNKNOWN, its time come --- the PSP is asked --- what it said
    PAID | FAILED | CANCELLED | RETURNED --- journals and the seller's free place, one transaction

Whoever finds it submitted past its lease asks the PSP what happened; the same key goes out again
only when the PSP does not know it. A repeat finds the step taken, and does the next or none.
"""

from enum import StrEnum

from countinghouse.domain.errors import Conflict, IllegalTransition, NotFound
from countinghouse.domain.instants import Instant
from countinghouse.domain.market_rules import PayoutRules
from countinghouse.domain.order_facts import Verdict
from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_facts import apply_payout_fact, start_submission
from countinghouse.domain.payout_steps import PayoutStep, cancel, held, next_step, wait_s
from countinghouse.domain.psp import PayoutFact, SettlementKind
from countinghouse.domain.retry import RetryPolicy
from countinghouse.payout_bookkeeping import (
    PayoutBooks,
    book_payout,
    close_payout,
    reserve_payout,
)
from countinghouse.ports.audit import PayoutStops
from countinghouse.ports.payouts import PayoutChange, PayoutGateway
from countinghouse.records import dataclass

RACES_MAX = 8

EXPIRED = "approval_expired"
"""Why a payout was cancelled that nobody approved in time."""


@dataclass(frozen=True, slots=True)
class Advancing:
    """What taking a payout further needs."""

    books: PayoutBooks
    gateway: PayoutGateway
    policy: RetryPolicy
    rules: PayoutRules
    stops: PayoutStops


class Next(StrEnum):
    """What a workflow does next."""

    ADVANCE = "advance"
    APPROVE = "approve"
    WAIT = "wait"
    DONE = "done"


_NEXT = {
    PayoutStep.APPROVE: Next.APPROVE,
    PayoutStep.WAIT: Next.WAIT,
    PayoutStep.REST: Next.DONE,
}


@dataclass(frozen=True, slots=True)
class PayoutNext:
    """The payout after the step; `wait_s` is how long to wait before the next, when waiting."""

    payout: Payout
    next: Next
    wait_s: int


def advance_payout(payout_id: str, ports: Advancing, *, expire: bool = False) -> PayoutNext:
    """Do what the payout wants now, if anything; `expire` cancels one that waits for approval.

    Raises NotFound, and Conflict when others kept writing payout or wallet: call again.
    """
    for _ in range(RACES_MAX):
        payout = ports.books.payouts.get(payout_id)
        if payout is None:
            raise NotFound(f"there is no payout {payout_id}")
        step = next_step(payout, ports.books.clock.now())
        if expire and step is PayoutStep.APPROVE:
            step = PayoutStep.EXPIRE
        try:
            advanced = _do(step, payout, ports)
        except Conflict:
            continue
        return _answer(advanced, ports.books.clock.now())
    raise Conflict(f"payout {payout_id} or its wallet kept changing")


def _answer(payout: Payout, now: Instant) -> PayoutNext:
    following = _NEXT.get(next_step(payout, now), Next.ADVANCE)
    waits = following in (Next.APPROVE, Next.WAIT)
    return PayoutNext(payout, following, wait_s(payout, now) if waits else 0)


def _do(step: PayoutStep, payout: Payout, ports: Advancing) -> Payout:
    match step:
        case PayoutStep.RESERVE:
            return reserve_payout(payout, ports.rules, ports.books)
        case PayoutStep.SUBMIT:
            return _submit(payout, ports)
        case PayoutStep.ASK:
            return _record(payout, ports.gateway.find_payout(payout), ports)
        case PayoutStep.EXPIRE:
            expired = cancel(payout, ports.books.clock.now(), EXPIRED)
            return close_payout(payout, expired, ports.books)
        case PayoutStep.BOOK:
            return book_payout(payout, ports.books)
        case _:
            return payout


def _submit(payout: Payout, ports: Advancing) -> Payout:
    now = ports.books.clock.now()
    try:
        started = start_submission(payout, now, ports.policy)
    except IllegalTransition:
        # Older than the PSP's memory of keys: from now on it is only asked about.
        return _record(payout, ports.gateway.find_payout(payout), ports)
    if any(map(ports.stops.stopped, {payout.currency, payout.sent_currency})):
        kept = held(payout, now, now + ports.policy.stopped_check)
        ports.books.payouts.commit(PayoutChange(payout, kept))
        return kept
    ports.books.payouts.commit(PayoutChange(payout, started))
    return _record(started, ports.gateway.pay_out(started), ports)


def _record(payout: Payout, fact: PayoutFact, ports: Advancing) -> Payout:
    """Commit what the PSP said, on whatever the payout has become meanwhile.

    An answer that names no payout of the PSP's is about our call alone: once the payout was sent
    again by somebody else, it says nothing.
    """
    sent_at = payout.sent_at
    for _ in range(RACES_MAX):
        now = ports.books.clock.now()
        verdict, changed = apply_payout_fact(payout, fact, now, ports.policy)
        if verdict is Verdict.CONTRADICTION:
            # It denies what is settled: the PSP's own event of it is what calls a person.
            unknown = PayoutFact(SettlementKind.UNKNOWN, fact.payout_id)
            verdict, changed = apply_payout_fact(payout, unknown, now, ports.policy)
        if verdict is not Verdict.APPLIED:
            return payout
        try:
            ports.books.payouts.commit(PayoutChange(payout, changed))
        except Conflict:
            payout = ports.books.payouts.get(payout.payout_id) or payout
            if fact.psp_reference is None and payout.sent_at not in (None, sent_at):
                return payout
        else:
            return changed
    raise Conflict(f"payout {payout.payout_id} kept changing")
