"""What an order carries once it is captured: delivery, refunds, disputes, bookings, as stored."""

from __future__ import annotations

from countinghouse.domain.booking import Booking, BookingKind, Split
from countinghouse.domain.delivery import Delivery
from countinghouse.domain.dispute import Dispute, DisputeStage, DisputeStatus
from countinghouse.domain.late_payment import LatePayment
from countinghouse.domain.order import Order
from countinghouse.domain.refund import Refund, RefundStatus
from countinghouse_aws.card_numbers import withheld
from countinghouse_aws.dynamodb.codec import Plain, present

_PARTS = ("pending", "fee", "tax", "reserve", "seller")


def encode_aftercare(order: Order) -> Plain:
    """The attributes of everything that came after the capture; none before."""
    return present(
        delivery=_encode_delivery(order.delivery),
        refunds=[_encode_refund(refund) for refund in order.refunds] or None,
        disputes=[_encode_dispute(dispute) for dispute in order.disputes] or None,
        bookings=[_encode_booking(booking) for booking in order.bookings] or None,
        booked=order.booked or None,
        late_payment=_encode_late_payment(order.late_payment),
    )


def decode_delivery(row: Plain | None) -> Delivery | None:
    """A delivery from its stored form."""
    if row is None:
        return None
    return Delivery(
        delivered_at=row["delivered_at"],
        recorded_at=row["recorded_at"],
        reserve_basis_points=row.get("reserve_basis_points", 0),
        release_on=row.get("release_on"),
    )


def decode_late_payment(row: Plain | None) -> LatePayment | None:
    """A late payment from its stored form."""
    if row is None:
        return None
    return LatePayment(row["amount"], row["psp_reference"], row["received_at"])


def decode_refund(row: Plain) -> Refund:
    """A refund from its stored form."""
    return Refund(
        refund_id=row["refund_id"],
        amount_minor=row["amount"],
        reason=row["reason"],
        key=row["key"],
        fingerprint=row["fingerprint"],
        booking=row["booking"],
        requested_at=row["requested_at"],
        updated_at=row["updated_at"],
        status=RefundStatus(row["status"]),
        sent_at=row.get("sent_at"),
        first_sent_at=row.get("first_sent_at"),
        asked=row.get("asked", 0),
        due_at=row.get("due_at"),
        psp_reference=row.get("psp_reference"),
        failure=row.get("failure"),
    )


def decode_dispute(row: Plain) -> Dispute:
    """A dispute from its stored form."""
    return Dispute(
        dispute_id=row["dispute_id"],
        psp_reference=row["psp_reference"],
        stage=DisputeStage(row["stage"]),
        status=DisputeStatus(row["status"]),
        amount_minor=row["amount"],
        reason=row["reason"],
        sequence=row["sequence"],
        opened_at=row["opened_at"],
        updated_at=row["updated_at"],
        evidence_due_at=row.get("evidence_due_at"),
        withdrawn_minor=row.get("withdrawn", 0),
        fee_minor=row.get("fee", 0),
        hold=row.get("hold"),
    )


def decode_booking(row: Plain) -> Booking:
    """A booking from its stored form."""
    return Booking(
        kind=BookingKind(row["kind"]),
        split=Split(**{part: row.get(part, 0) for part in _PARTS}),
        event_at=row["event_at"],
        subject=row.get("subject", ""),
        mirrors=row.get("mirrors"),
        charge_minor=row.get("charge", 0),
        paid_minor=row.get("paid"),
        mid_minor=row.get("mid"),
    )


def _encode_delivery(delivery: Delivery | None) -> Plain | None:
    if delivery is None:
        return None
    return present(
        delivered_at=delivery.delivered_at,
        recorded_at=delivery.recorded_at,
        reserve_basis_points=delivery.reserve_basis_points or None,
        release_on=delivery.release_on,
    )


def _encode_late_payment(late: LatePayment | None) -> Plain | None:
    if late is None:
        return None
    return {
        "amount": late.amount_minor,
        "psp_reference": late.psp_reference,
        "received_at": late.received_at,
    }


def _encode_refund(refund: Refund) -> Plain:
    return present(
        refund_id=refund.refund_id,
        amount=refund.amount_minor,
        reason=refund.reason,
        key=refund.key,
        fingerprint=refund.fingerprint,
        booking=refund.booking,
        requested_at=refund.requested_at,
        updated_at=refund.updated_at,
        status=str(refund.status),
        sent_at=refund.sent_at,
        first_sent_at=refund.first_sent_at,
        asked=refund.asked or None,
        due_at=refund.due_at,
        psp_reference=refund.psp_reference,
        failure=withheld(refund.failure) if refund.failure else None,
    )


def _encode_dispute(dispute: Dispute) -> Plain:
    return present(
        dispute_id=dispute.dispute_id,
        psp_reference=dispute.psp_reference,
        stage=str(dispute.stage),
        status=str(dispute.status),
        amount=dispute.amount_minor,
        reason=withheld(dispute.reason),
        sequence=dispute.sequence,
        opened_at=dispute.opened_at,
        updated_at=dispute.updated_at,
        evidence_due_at=dispute.evidence_due_at,
        withdrawn=dispute.withdrawn_minor or None,
        fee=dispute.fee_minor or None,
        hold=dispute.hold,
    )


def _encode_booking(booking: Booking) -> Plain:
    split = {part: getattr(booking.split, part) or None for part in _PARTS}
    return present(
        kind=str(booking.kind),
        event_at=booking.event_at,
        subject=booking.subject or None,
        mirrors=booking.mirrors,
        charge=booking.charge_minor or None,
        paid=booking.paid_minor,
        mid=booking.mid_minor,
        **split,
    )
