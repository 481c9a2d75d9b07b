"""Disputes of an order: a snapshot from the PSP in, holds and journals out."""

from __future__ import annotations

import hashlib
from dataclasses import replace

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
from countinghouse.domain.order_conversion import Sides, psp_sides, returned_sides
from countinghouse.domain.order_delivery import (
    refunded_minor,
    share_of,
    with_bookings,
    with_release,
)
from countinghouse.domain.order_facts import Verdict
from countinghouse.domain.psp import DisputeFact
from countinghouse.records import dataclass

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
    whole = psp_sides(order, fact.amount_minor)
    withdrawn = fact.withdrawn_minor - (known.withdrawn_minor if known else 0)
    charged = fact.fee_minor - (known.fee_minor if known else 0)
    if withdrawn > 0 or charged > 0:
        taken = whole if withdrawn > 0 else Sides(0)
        found.append(made(K.DISPUTE_WITHDRAWN, taken, charge_minor=charged))
    is_lost_now = dispute.has_taken and not (known is not None and known.has_taken)
    held = None if dispute.hold is None else order.bookings[dispute.hold]
    if held is None and (dispute.is_open or is_lost_now):
        held = _held(order, fact.amount_minor, made)
        if held.split.total:
            dispute = replace(dispute, hold=len(order.bookings) + len(found))
            found.append(held)
    if withdrawn < 0:
        found.append(made(K.DISPUTE_REINSTATED, whole))
    if held is not None and not dispute.is_open:
        found += _closing(order, dispute, held, made, rules)
        dispute = replace(dispute, hold=None)
    return found, dispute


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the bookings of one step of one dispute."""

    dispute_id: str
    event_at: Instant

    def __call__(
        self, kind: BookingKind, sides: Sides, pending: int = 0, charge_minor: int = 0
    ) -> Booking:
        split = Split(pending=pending, seller=sides.seller_minor - pending)
        subject = self.dispute_id
        return Booking(kind, split, self.event_at, subject, None, charge_minor, *sides.beside)

    def after(self, held: Booking, kind: BookingKind, split: Split) -> Booking:
        """What becomes of a hold: the same money, at the same rates."""
        return replace(held, kind=kind, split=split, event_at=self.event_at)


def _held(order: Order, amount_minor: int, made: _Maker) -> Booking:
    """The seller's hold. It is of nothing where the amount is nothing in the seller's currency."""
    sides = returned_sides(order, amount_minor)
    return made(K.DISPUTE_HELD, sides, pending=min(share_of(order).pending, sides.seller_minor))


def _closing(
    order: Order, dispute: Dispute, held: Booking, made: _Maker, rules: DisputeRules
) -> list[Booking]:
    """What becomes of the hold when the argument is over."""
    released: list[Booking] = []
    if dispute.hold is not None:
        back = made.after(held, K.DISPUTE_RELEASED, held.split)
        released = [replace(back, mirrors=dispute.hold)]
    if dispute.status not in LOST_DISPUTES or dispute.withdrawn_minor == 0:
        return released
    if dispute.reason in rules.platform_liable_reasons:
        return [made(K.DISPUTE_ABSORBED, psp_sides(order, dispute.amount_minor)), *released]
    lost = [made.after(held, K.DISPUTE_LOST, Split(seller=held.split.total))]
    share = share_of(order)
    if rules.fee_given_back_when_lost and share.released > 0:
        parts = [share.fee, share.tax, share.reserve, share.seller]
        fee, tax, *_ = allocate(min(held.split.seller, share.released), parts)
        if fee or tax:
            given = Booking(K.DISPUTE_FEE_GIVEN_BACK, Split(fee=fee, tax=tax), made.event_at)
            lost.append(replace(given, subject=dispute.dispute_id))
    return lost


def is_returned_twice(order: Order) -> bool:
    """Whether refunds and disputes together took more than was captured (break DOUBLE_RETURN)."""
    disputed = sum(d.withdrawn_minor for d in order.disputes)
    return refunded_minor(order) + disputed > order.taken_minor
