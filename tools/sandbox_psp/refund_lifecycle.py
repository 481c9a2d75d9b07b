"""How refunds move: asked for, succeeded at once or soon, failed, taken back by the bank.

Every change is written with its event, with the charge's total, and with the money it moved.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from tools.sandbox_psp import faults, movements
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.disputes import bars_refunds
from tools.sandbox_psp.movements import Movement
from tools.sandbox_psp.outbox import Event, emit
from tools.sandbox_psp.refunds import REFUNDS, Refund, refund_json
from tools.sandbox_psp.timers import set_timer
from tools.sandbox_psp.wire import Refused

TASK: Final = "refund"
_SLOW_METHODS: Final = ("wallet", "qr")
_DELAY: Final = timedelta(seconds=2)


def request(
    desk: Desk,
    charge: Charge,
    amount: int,
    reason: str | None,
    key: str,
    number: int | None = None,
) -> Refund:
    """Book a refund; on a card it succeeds at once.

    ``number`` is the refund's where its face has drawn it already.

    Raises:
        Refused: 409 ``charge_not_captured`` or ``charge_disputed``, 422
            ``refund_exceeds_captured``.
    """
    _check(desk, charge, amount)
    number, now = number or desk.book.next_number("refund"), desk.now()
    fault = faults.take(desk.book, faults.REFUND_KINDS, "refund", charge.order_id)
    refund = Refund(
        refund_reference=desk.token("refund", number),
        number=number,
        psp_reference=charge.psp_reference,
        order_id=charge.order_id,
        idempotency_key=key,
        amount=amount,
        currency=charge.currency,
        reason=reason,
        fault=fault.kind if fault else None,
        created_at=now,
        updated_at=now,
    )
    if charge.method not in _SLOW_METHODS and refund.fault != faults.REFUND_FAILS:
        return _succeed(desk, refund, now)
    _record(desk, refund, now + _DELAY)
    return refund


def _check(desk: Desk, charge: Charge, amount: int) -> None:
    if charge.status != "captured":
        raise Refused(409, "charge_not_captured", f"the charge is {charge.status}")
    if bars_refunds(desk.book, charge.psp_reference):
        raise Refused(409, "charge_disputed", "the charge's money is or was taken by a dispute")
    if amount > charge.captured - _total(desk, charge.psp_reference, "succeeded", "pending"):
        raise Refused(422, "refund_exceeds_captured", "more than is left of the captured amount")


def _total(desk: Desk, psp_reference: str, *statuses: str) -> int:
    refunds = REFUNDS.where(desk.book, psp_reference=psp_reference)
    return sum(refund.amount for refund in refunds if refund.status in statuses)


def decide(desk: Desk, refund: Refund, result: str) -> Refund:
    """End a refund by hand: ``succeed`` a pending one, ``fail`` a pending or a succeeded one.

    Raises:
        Refused: 409 ``illegal_transition``.
    """
    if result == "succeed" and refund.status == "pending":
        return _succeed(desk, refund, desk.now())
    if result == "fail" and refund.status != "failed":
        return _fail(desk, refund, desk.now())
    message = f"a refund that is {refund.status} cannot {result}"
    raise Refused(409, "illegal_transition", message, refund=refund_json(refund))


def come_due(desk: Desk, refund_reference: str, at: datetime) -> None:
    """What the PSP does by itself once the refund's time has come."""
    refund = REFUNDS.get(desk.book, refund_reference)
    if refund.status == "succeeded" or refund.fault == faults.REFUND_FAILS:
        _fail(desk, refund, at)
    else:
        _succeed(desk, refund, at)


def _succeed(desk: Desk, refund: Refund, at: datetime) -> Refund:
    succeeded = replace(refund, status="succeeded", updated_at=at)
    REFUNDS.save(desk.book, succeeded)
    _move(desk, succeeded, "refund", -refund.amount)
    _record(desk, succeeded, at + _DELAY if refund.fault == faults.REFUND_REVERSED else None)
    return succeeded


def _fail(desk: Desk, refund: Refund, at: datetime) -> Refund:
    was_paid = refund.status == "succeeded"
    code = "refund_returned" if was_paid else "refund_rejected"
    failed = replace(refund, status="failed", failure_code=code, updated_at=at)
    REFUNDS.save(desk.book, failed)
    if was_paid:
        _move(desk, failed, "refund_reversal", refund.amount)
    _record(desk, failed, None)
    return failed


def _record(desk: Desk, refund: Refund, due_at: datetime | None) -> None:
    REFUNDS.save(desk.book, refund)
    set_timer(desk.book, TASK, refund.refund_reference, due_at)
    emit(desk, Event(
        kind=f"refund.{refund.status}", reference=refund.refund_reference,
        order_id=refund.order_id, at=refund.updated_at, data=refund_json(refund),
    ))  # fmt: skip


def _move(desk: Desk, refund: Refund, kind: movements.Kind, gross: int) -> None:
    """Note the money that moved, and make the charge's total what its refunds say."""
    charge = desk.charge(refund.psp_reference)
    refunded = _total(desk, charge.psp_reference, "succeeded")
    desk.book.save_charge(replace(charge, refunded=refunded, updated_at=refund.updated_at))
    movements.record(desk.book, Movement(
        kind=kind, reference=refund.refund_reference, psp_reference=charge.psp_reference,
        gross=gross, fee=0, moved_at=refund.updated_at,
    ))  # fmt: skip
