"""What an order asks the ledger to book: an append-only list, one journal each.

The amounts are fixed when the order changes; how much of a seller's part comes from the available
balance, the reserve or a debt is settled against the wallet when the journal is booked.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from countinghouse.domain.instants import Instant
from countinghouse.records import dataclass


class BookingKind(StrEnum):
    """The kinds of journal an order can call for."""

    CAPTURE = "capture"
    LATE_PAYMENT = "late_payment"
    RELEASE = "release"
    REFUND_REQUESTED = "refund_requested"
    REFUND_PAID = "refund_paid"
    REFUND_FAILED = "refund_failed"
    REFUND_REVERSED = "refund_reversed"
    DISPUTE_HELD = "dispute_held"
    DISPUTE_WITHDRAWN = "dispute_withdrawn"
    DISPUTE_REINSTATED = "dispute_reinstated"
    DISPUTE_RELEASED = "dispute_released"
    DISPUTE_LOST = "dispute_lost"
    DISPUTE_ABSORBED = "dispute_absorbed"
    DISPUTE_FEE_GIVEN_BACK = "dispute_fee_given_back"


K = BookingKind


@dataclass(frozen=True, slots=True)
class Split:
    """An amount by where it stands: not yet delivered, or released into its parts. Minor units."""

    pending: int = 0
    fee: int = 0
    tax: int = 0
    reserve: int = 0
    seller: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.pending + self.released

    @property
    def released(self) -> int:
        """What delivery turned into fee, tax, reserve and the seller's own."""
        return self.fee + self.tax + self.reserve + self.seller

    def plus(self, other: Split, sign: int = 1) -> Split:
        """The parts added, or taken away with `sign` -1."""
        return Split(
            self.pending + sign * other.pending,
            self.fee + sign * other.fee,
            self.tax + sign * other.tax,
            self.reserve + sign * other.reserve,
            self.seller + sign * other.seller,
        )


@dataclass(frozen=True, slots=True)
class Booking:
    """One journal an order calls for. `event_at` is when the fact happened.

    `split` says which parts move. `subject` names the refund or dispute, `mirrors` the place of the
    booking that this one undoes, `charge_minor` what the PSP took for itself (a dispute's fee).

    Of a converted order `split` is in the seller's currency; `paid_minor` is what moves in the
    buyer's, `mid_minor` what that is worth at the reference rate. Both None where nothing was
    converted: then the split's total is what moves.
    """

    kind: BookingKind
    split: Split
    event_at: Instant
    subject: str = ""
    mirrors: int | None = None
    charge_minor: int = 0
    paid_minor: int | None = None
    mid_minor: int | None = None

    @property
    def paid(self) -> int:
        """What moves at the PSP, minor units of the buyer's currency."""
        return self.split.total if self.paid_minor is None else self.paid_minor


def shares(captured_minor: int, bookings: Iterable[Booking]) -> Split:
    """Where the captured money of an order stands after its bookings.

    Refunded and disputed money is gone from it until the refund fails or the dispute is won.
    """
    held = Split(pending=captured_minor)
    for booking in bookings:
        held = held.plus(_effect(booking))
    return held


def _effect(booking: Booking) -> Split:
    split = booking.split
    match booking.kind:
        case K.RELEASE:
            return Split(-split.released, split.fee, split.tax, split.reserve, split.seller)
        case K.REFUND_REQUESTED:
            return Split().plus(split, -1)
        case K.LATE_PAYMENT | K.REFUND_FAILED | K.REFUND_REVERSED:
            return split
        case K.DISPUTE_HELD:
            return Split(pending=-split.pending)
        case K.DISPUTE_RELEASED:
            return Split(pending=split.pending)
        case K.DISPUTE_FEE_GIVEN_BACK:
            return Split(fee=-split.fee, tax=-split.tax, seller=split.fee + split.tax)
        case _:
            return Split()
