"""Disputes of an order: a snapshot from the PSP in, holds and journals out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from countinghouse.domain.booking import Booking, BookingKind, Split
from countinghouse.domain.dispute import (
    DISPUTES_MAX,
    LOST_DISPUTES,
    Dispute,
)
from countinghouse.domain.instants import Instant
from countinghouse.domain.market_rules import DisputeRules
from countinghouse.domain.money import allocate
from countinghouse.domain.order import CAPTURED_STATUSES, Order
from countinghouse.domain.order_delivery import (
    refunded_minor,
    share_of,
    with_bookings,
    with_release,
)
from countinghouse.domain.order_facts import Verdict
from countinghouse.domain.psp import DisputeFact

K = BookingKind
_ID_LENGTH = 24


def dispute_id_of(psp: str, psp_reference: str) -> str:
    """Our id of a PSP's dispute."""
    return f"dsp_{hashlib.sha256(f'{psp}|{psp_reference}'.encode()).hexdigest()[:_ID_LENGTH]}"


def apply_dispute_fact(
    order: Order, fact: DisputeFact, now: Instant, rules: DisputeRules
) -> tuple[Verdict, Order]:
    """The order after a dispute's snapshot; total, and pure.

    STALE for one we are past; CONTRADICTION for one that cannot be: of an order that took no money,
    in another currency, or undoing an end.
    """
    dispute_id = dispute_id_of(order.payment_info.psp, fact.psp_reference)
    known = next((d for d in order.disputes if d.dispute_id == dispute_id), None)
    if known is not None and fact.sequence <= known.sequence:
        return Verdict.STALE, order
    if not _is_possible(order, known, fact):
        return Verdict.CONTRADICTION, order
    dispute = _snapshot(dispute_id, known, fact, now)
    bookings, dispute = _bookings(order, known, dispute, fact, rules)
    others = tuple(d for d in order.disputes if d.dispute_id != dispute_id)
    changed = order.changed(now, disputes=(*others, dispute))
    if bookings:
        changed = with_bookings(changed, now, *bookings)
    return Verdict.APPLIED, with_release(changed, fact.occurred_at, now)


def _is_possible(order: Order, known: Dispute | None, fact: DisputeFact) -> bool:
    if order.status not in CAPTURED_STATUSES or fact.currency != order.currency:
        return False
    if not 0 < fact.amount_minor <= order.captured_minor:
        return False
    if fact.withdrawn_minor not in (0, fact.amount_minor):
        return False
    if known is None:
        return len(order.disputes) < DISPUTES_MAX
    if fact.amount_minor != known.amount_minor or fact.fee_minor < known.fee_minor:
        return False
    if known.has_taken and fact.withdrawn_minor == 0:
        return False
    return known.may_become(fact.stage, fact.status)


def _snapshot(dispute_id: str, known: Dispute | None, fact: DisputeFact, now: Instant) -> Dispute:
    return Dispute(
        dispute_id=dispute_id,
        psp_reference=fact.psp_reference,
        stage=fact.stage,
        status=fact.status,
        amount_minor=fact.amount_minor,
        reason=fact.reason,
        sequence=fact.sequence,
        opened_at=known.opened_at if known else fact.occurred_at,
        updated_at=now,
        evidence_due_at=fact.evidence_due_at,
        withdrawn_minor=fact.withdrawn_minor,
        fee_minor=fact.fee_minor,
        hold=known.hold if known else None,
    )


def _bookings(
    order: Order, known: Dispute | None, dispute: Dispute, fact: DisputeFact, rules: DisputeRules
) -> tuple[list[Booking], Dispute]:
    """The journals that the step calls for, and the dispute with its hold's place.

    First what the PSP took or gave back, then the seller's hold, then what becomes of the hold.
    """
    made = _Maker(dispute.dispute_id, fact.occurred_at)
    found: list[Booking] = []
    whole = Split(seller=fact.amount_minor)
    withdrawn = fact.withdrawn_minor - (known.withdrawn_minor if known else 0)
    charged = fact.fee_minor - (known.fee_minor if known else 0)
    if withdrawn > 0 or charged > 0:
        taken = whole if withdrawn > 0 else Split()
        found.append(made(K.DISPUTE_WITHDRAWN, taken, charge_minor=charged))
    is_lost_now = dispute.has_taken and not (known is not None and known.has_taken)
    if dispute.hold is None and (dispute.is_open or is_lost_now):
        pending = min(share_of(order).pending, fact.amount_minor)
        held = Split(pending=pending, seller=fact.amount_minor - pending)
        dispute = replace(dispute, hold=len(order.bookings) + len(found))
        found.append(made(K.DISPUTE_HELD, held))
    if withdrawn < 0:
        found.append(made(K.DISPUTE_REINSTATED, whole))
    if dispute.hold is not None and not dispute.is_open:
        held = [*order.bookings, *found][dispute.hold].split
        found += _closing(order, dispute, held, made, rules)
        dispute = replace(dispute, hold=None)
    return found, dispute


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the bookings of one step of one dispute."""

    dispute_id: str
    event_at: Instant

    def __call__(
        self, kind: BookingKind, split: Split, mirrors: int | None = None, charge_minor: int = 0
    ) -> Booking:
        return Booking(kind, split, self.event_at, self.dispute_id, mirrors, charge_minor)


def _closing(
    order: Order, dispute: Dispute, held: Split, made: _Maker, rules: DisputeRules
) -> list[Booking]:
    """What becomes of the hold when the argument is over."""
    released = made(K.DISPUTE_RELEASED, held, mirrors=dispute.hold)
    if dispute.status not in LOST_DISPUTES or dispute.withdrawn_minor == 0:
        return [released]
    if dispute.reason in rules.platform_liable_reasons:
        return [made(K.DISPUTE_ABSORBED, Split(seller=dispute.amount_minor)), released]
    lost = [made(K.DISPUTE_LOST, Split(seller=dispute.amount_minor))]
    share = share_of(order)
    if rules.fee_given_back_when_lost and share.released > 0:
        parts = [share.fee, share.tax, share.reserve, share.seller]
        fee, tax, *_ = allocate(min(held.seller, share.released), parts)
        if fee or tax:
            lost.append(made(K.DISPUTE_FEE_GIVEN_BACK, Split(fee=fee, tax=tax)))
    return lost


def is_returned_twice(order: Order) -> bool:
    """Whether refunds and disputes together took more than was captured (break DOUBLE_RETURN)."""
    disputed = sum(d.withdrawn_minor for d in order.disputes)
    return refunded_minor(order) + disputed > order.captured_minor
