"""How charges move: placed, challenged, answered by the buyer, captured, voided, lapsed.

The buyer's answer belongs to the session: it settles every charge of it that waits, and the later
ones are not challenged again. Who pays by a code or a wallet may do so after the time was over: the
charge that had expired holds money after all. Every change is written with its event.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from tools.sandbox_psp.charges import Charge, Session, with_capture, with_outcome
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.instruments import (
    PUSHED,
    Instrument,
    Outcome,
    Resolution,
    behaviour_of,
    decide,
    needs_buyer,
)
from tools.sandbox_psp.outbox import Event, emit
from tools.sandbox_psp.timers import set_timer
from tools.sandbox_psp.wire import Refused

DISPUTE_LATER: Final = "dispute_later"
_DISPUTED_AFTER: Final = timedelta(days=1)
_QR_LIFETIME: Final = timedelta(minutes=15)
_ACTION_LIFETIME: Final = timedelta(minutes=60)


def place(desk: Desk, session: Session, charge: Charge) -> Charge:
    """Book a new charge with what the session's instrument, and its buyer so far, make of it."""
    behaviour = behaviour_of(session.instrument, charge.method)
    outcome = decide(behaviour, session.resolution)
    if outcome.verdict == "requires_action":
        _start_action(desk, session, outcome)
    placed = _decided(desk, charge, behaviour, outcome)
    _record(desk, placed)
    return placed


def _decided(desk: Desk, charge: Charge, behaviour: str, outcome: Outcome) -> Charge:
    decided = with_outcome(charge, outcome, desk.now())
    return replace(decided, dispute_later=behaviour == DISPUTE_LATER)


def waiting(desk: Desk, session: Session) -> list[Charge]:
    """The session's charges that wait for the buyer."""
    return desk.book.charges(session=session.psp_token, status="requires_action")


def attach(desk: Desk, session: Session, instrument: Instrument) -> Session:
    """Attach a payment method; it starts afresh, and charges that wait are decided by it."""
    changed = replace(session, instrument=instrument, resolution=None, action_expires_at=None)
    desk.book.save_session(changed)
    _settle_waiting(desk, changed)
    return desk.session(session.psp_token)


def answer_action(desk: Desk, session: Session, result: Resolution) -> None:
    """Take the buyer's answer to the session's challenge; the same answer again changes nothing.

    To approve what had expired is to pay late, by a code or a wallet only.

    Raises:
        Refused: 409 ``illegal_state``, it was answered otherwise or nothing waits for an answer.
    """
    if session.resolution == result:
        return
    if (session.resolution, result) == ("expire", "approve") and _payable_late(desk, session):
        _pay_late(desk, session)
        return
    if session.resolution is not None:
        raise Refused(409, "illegal_state", f"already answered: {session.resolution}")
    behaviour = behaviour_of(session.instrument, session.method)
    challenges = session.amount > 0 and needs_buyer(behaviour)
    if not waiting(desk, session) and not challenges:
        raise Refused(409, "illegal_state", "nothing waits for the buyer")
    _resolve(desk, session, result)


def _payable_late(desk: Desk, session: Session) -> list[Charge]:
    """The session's charges that expired, and for which its buyer can send the money still."""
    expired = desk.book.charges(session=session.psp_token, status="expired")
    return [one for one in expired if behaviour_of(session.instrument, one.method) in PUSHED]


def _pay_late(desk: Desk, session: Session) -> None:
    """Decide the expired charges as if the buyer had approved in time."""
    late = _payable_late(desk, session)
    desk.book.save_session(replace(session, resolution="approve"))
    for charge in late:
        behaviour = behaviour_of(session.instrument, charge.method)
        _record(desk, _decided(desk, charge, behaviour, decide(behaviour, "approve")))


def expire_lapsed(desk: Desk, now: datetime) -> int:
    """Expire the actions whose time has passed, in a transaction; answers how many sessions."""
    if not desk.book.sessions_lapsed(now):
        return 0
    with desk.book.transaction():
        lapsed = desk.book.sessions_lapsed(now)
        for session in lapsed:
            _resolve(desk, session, "expire")
    return len(lapsed)


def capture(desk: Desk, charge: Charge, amount: int) -> Charge:
    """Capture an authorised charge, once; what is not captured is released.

    Raises:
        Refused: 409 ``illegal_state``, or 422 ``amount_too_large``.
    """
    if charge.status != "authorized":
        raise illegal_state(desk, charge, "captured")
    if amount > charge.amount:
        raise Refused(422, "amount_too_large", "more than was authorised")
    captured = with_capture(charge, amount, desk.now())
    _record(desk, captured)
    return captured


def void(desk: Desk, charge: Charge) -> Charge:
    """Release a charge before any money moved.

    Raises:
        Refused: 409 ``illegal_state``.
    """
    if charge.status not in ("authorized", "requires_action"):
        raise illegal_state(desk, charge, "voided")
    voided = replace(charge, status="voided", action_type=None, updated_at=desk.now())
    _record(desk, voided)
    session = desk.session(charge.session)
    if session.action_expires_at is not None and not waiting(desk, session):
        # Nobody waits any more, so no deadline may expire the session's later charges.
        desk.book.save_session(replace(session, action_expires_at=None))
    return voided


def illegal_state(desk: Desk, charge: Charge, wanted: str) -> Refused:
    """The refusal of a change the charge's status does not allow, with the charge as it is."""
    message = f"a charge that is {charge.status} cannot be {wanted}"
    return Refused(409, "illegal_state", message, charge=desk.charge_view(charge))


def _resolve(desk: Desk, session: Session, result: Resolution) -> None:
    resolved = replace(session, resolution=result, action_expires_at=None)
    desk.book.save_session(resolved)
    _settle_waiting(desk, resolved)


def _settle_waiting(desk: Desk, session: Session) -> None:
    """Decide every waiting charge anew; one that still waits, for the same thing, is left alone."""
    for charge in waiting(desk, session):
        behaviour = behaviour_of(session.instrument, charge.method)
        outcome = decide(behaviour, session.resolution)
        if outcome.verdict == "requires_action":
            _start_action(desk, session, outcome)
            if charge.action_type == outcome.action_type:
                continue
        _record(desk, _decided(desk, charge, behaviour, outcome))


def _start_action(desk: Desk, session: Session, outcome: Outcome) -> None:
    """Set the session's deadline; all its charges share the first one's."""
    if desk.session(session.psp_token).action_expires_at is None:
        lifetime = _QR_LIFETIME if outcome.action_type == "qr_code" else _ACTION_LIFETIME
        desk.book.save_session(replace(session, action_expires_at=desk.now() + lifetime))


def _record(desk: Desk, charge: Charge) -> None:
    desk.book.save_charge(charge)
    if charge.dispute_later and charge.captured_at is not None:
        due_at = charge.captured_at + _DISPUTED_AFTER
        set_timer(desk.book, DISPUTE_LATER, charge.psp_reference, due_at)
    emit(desk, Event(
        kind=f"charge.{charge.status}", reference=charge.psp_reference, order_id=charge.order_id,
        at=charge.updated_at, data=desk.charge_view(charge),
    ))  # fmt: skip
