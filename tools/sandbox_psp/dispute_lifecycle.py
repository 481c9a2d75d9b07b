"""How disputes move: opened, answered by the merchant, decided, escalated, lapsed.

Funds are withdrawn, and the fee is charged, whenever a stage opens that is more than an inquiry;
a dispute won or cancelled gives back the funds and not the fee.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from tools.sandbox_psp import movements
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.disputes import (
    DISPUTES,
    OPEN,
    REINSTATED,
    Dispute,
    Stage,
    Status,
    dispute_json,
)
from tools.sandbox_psp.movements import Movement
from tools.sandbox_psp.outbox import Event, emit
from tools.sandbox_psp.timers import set_timer
from tools.sandbox_psp.wire import Refused

TASK: Final = "dispute"
FEE: Final = 1_500
_EVIDENCE_TIME: Final = timedelta(days=7)

# result -> (the status it leads to, the statuses it is legal from)
_MOVES: Final[dict[str, tuple[Status, tuple[Status, ...]]]] = {
    "challenge": ("challenged", ("opened",)),
    "accept": ("accepted", ("opened",)),
    "expire": ("expired", ("opened",)),
    "cancel": ("cancelled", OPEN),
    "win": ("won", OPEN),
    "lose": ("lost", OPEN),
}
RESULTS: Final = (*_MOVES, "escalate")


def open_dispute(
    desk: Desk, charge: Charge, amount: int | None, reason: str, stage: Stage, at: datetime
) -> Dispute:
    """Open a dispute of a captured charge; no amount means all that is left of it.

    Raises:
        Refused: 409 ``charge_not_captured`` or ``dispute_already_open``, 422
            ``dispute_exceeds_captured``.
    """
    if charge.status != "captured":
        raise Refused(409, "charge_not_captured", f"the charge is {charge.status}")
    others = DISPUTES.where(desk.book, psp_reference=charge.psp_reference)
    left = _disputable(charge, others)
    asked = left - charge.refunded if amount is None else amount
    _check_amount(asked, left)
    number = desk.book.next_number("dispute")
    opened = Dispute(
        dispute_reference=desk.token("dispute", number),
        number=number,
        psp_reference=charge.psp_reference,
        order_id=charge.order_id,
        idempotency_key=charge.idempotency_key,
        amount=asked,
        currency=charge.currency,
        stage=stage,
        reason=reason,
        evidence_due_at=at + _EVIDENCE_TIME,
        created_at=at,
        updated_at=at,
    )
    return _open(desk, opened)


def dispute_later(desk: Desk, psp_reference: str, at: datetime) -> None:
    """Dispute what is left of the charge, unless that is nothing or it is in dispute already."""
    charge = desk.charge(psp_reference)
    others = DISPUTES.where(desk.book, psp_reference=psp_reference)
    if any(other.status in OPEN for other in others):
        return
    if _disputable(charge, others) > charge.refunded:
        open_dispute(desk, charge, None, "fraudulent", "dispute", at)


def move(desk: Desk, dispute: Dispute, result: str, at: datetime) -> Dispute:
    """Move a dispute as the result says.

    Raises:
        Refused: 409 ``illegal_transition``; for ``escalate`` also what opening one may be refused.
    """
    if result == "escalate":
        return _escalate(desk, dispute, at)
    status, legal = _MOVES[result]
    if dispute.status not in legal:
        raise _illegal(dispute, result)
    moved = _next(dispute, at, status=status)
    if status in REINSTATED:
        moved = replace(moved, withdrawn=0)
    if moved.withdrawn < dispute.withdrawn:
        _move_money(desk, moved, "chargeback_reversal", dispute.withdrawn, 0)
    _record(desk, moved, "updated" if status == "challenged" else "closed")
    return moved


def expire(desk: Desk, dispute_reference: str, at: datetime) -> None:
    """End a dispute whose evidence is due and was never sent."""
    move(desk, DISPUTES.get(desk.book, dispute_reference), "expire", at)


def _escalate(desk: Desk, dispute: Dispute, at: datetime) -> Dispute:
    """Make an inquiry a dispute, or take a dispute that was won to arbitration."""
    if dispute.stage == "pre_dispute" and dispute.status in OPEN:
        stage: Stage = "dispute"
    elif dispute.stage == "dispute" and dispute.status == "won":
        stage = "pre_arbitration"
    else:
        raise _illegal(dispute, "escalate")
    found = DISPUTES.where(desk.book, psp_reference=dispute.psp_reference)
    others = [one for one in found if one.number != dispute.number]
    _check_amount(dispute.amount, _disputable(desk.charge(dispute.psp_reference), others))
    escalated = _next(dispute, at, stage=stage, status="opened")
    return _open(desk, replace(escalated, evidence_due_at=at + _EVIDENCE_TIME))


def _next(dispute: Dispute, at: datetime, *, status: Status, stage: Stage | None = None) -> Dispute:
    return replace(
        dispute,
        status=status,
        stage=stage or dispute.stage,
        sequence=dispute.sequence + 1,
        updated_at=at,
    )


def _disputable(charge: Charge, others: list[Dispute]) -> int:
    """What of the charge no other dispute has taken; an issuer heeds no refund, so neither does it.

    Raises:
        Refused: 409 ``dispute_already_open``.
    """
    if any(other.status in OPEN for other in others):
        raise Refused(409, "dispute_already_open", "the charge has an open dispute")
    return charge.captured - sum(other.withdrawn for other in others)


def _check_amount(amount: int, left: int) -> None:
    if not 0 < amount <= left:
        raise Refused(422, "dispute_exceeds_captured", f"{left} of the charge can be disputed")


def _illegal(dispute: Dispute, result: str) -> Refused:
    message = f"a dispute that is {dispute.status} at {dispute.stage} cannot {result}"
    return Refused(409, "illegal_transition", message, dispute=dispute_json(dispute))


def _open(desk: Desk, dispute: Dispute) -> Dispute:
    """Record an opening at whatever stage, with the money it takes."""
    if dispute.stage == "pre_dispute":
        _record(desk, dispute, "opened")
        return dispute
    taken = replace(dispute, withdrawn=dispute.amount, fee=dispute.fee + FEE)
    _move_money(desk, taken, "chargeback", -taken.amount, FEE)
    _record(desk, taken, "opened")
    return taken


def _record(desk: Desk, dispute: Dispute, happened: str) -> None:
    DISPUTES.save(desk.book, dispute)
    due_at = dispute.evidence_due_at if dispute.status == "opened" else None
    set_timer(desk.book, TASK, dispute.dispute_reference, due_at)
    emit(desk, Event(
        kind=f"dispute.{happened}", reference=dispute.dispute_reference,
        order_id=dispute.order_id, at=dispute.updated_at, data=dispute_json(dispute),
    ))  # fmt: skip


def _move_money(desk: Desk, dispute: Dispute, kind: movements.Kind, gross: int, fee: int) -> None:
    movements.record(desk.book, Movement(
        kind=kind, reference=dispute.dispute_reference, psp_reference=dispute.psp_reference,
        gross=gross, fee=fee, moved_at=dispute.updated_at,
    ))  # fmt: skip
