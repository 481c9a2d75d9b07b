"""How payouts move: on their way, arrived or failed, sent back by the bank."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from tools.sandbox_psp import bank, faults
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.outbox import Event, emit
from tools.sandbox_psp.payouts import BANK_ACCOUNTS, PAYOUTS, Payout, Status, payout_json
from tools.sandbox_psp.timers import set_timer
from tools.sandbox_psp.wire import Refused

TASK: Final = "payout"
_RETURN_TIME: Final = timedelta(days=1)

# result -> (the status it leads to, the one it is legal from, the failure's code)
_MOVES: Final[dict[str, tuple[Status, Status, str | None]]] = {
    "pay": ("paid", "in_transit", None),
    "fail": ("failed", "in_transit", "account_closed"),
    "return": ("returned", "paid", "returned_by_bank"),
}
RESULTS: Final = tuple(_MOVES)


def known(desk: Desk, reference: str) -> Payout | None:
    """The merchant's payout of this reference, if it was ever sent."""
    found = PAYOUTS.where(desk.book, reference=reference)
    return found[0] if found else None


def send(
    desk: Desk,
    reference: str,
    bank_account: str,
    amount: int,
    currency: str,
    key: str,
    number: int | None = None,
) -> Payout:
    """Send a payout, once a reference, whatever the key; a known one is answered as it is.

    ``number`` is the payout's where its face has drawn it already.

    Raises:
        Refused: 409 ``reference_in_use`` for other money, 422 ``unknown_bank_account`` or
            ``currency_mismatch``.
    """
    sent = known(desk, reference)
    if sent is not None:
        if (sent.bank_account, sent.amount, sent.currency) != (bank_account, amount, currency):
            raise Refused(409, "reference_in_use", "this reference was paid out otherwise")
        return sent
    accounts = BANK_ACCOUNTS.where(desk.book, bank_account=bank_account)
    if not accounts:
        raise Refused(422, "unknown_bank_account", "no such bank account")
    if accounts[0].currency != currency:
        raise Refused(422, "currency_mismatch", "the bank account has another currency")
    number, now = number or desk.book.next_number("payout"), desk.now()
    fault = faults.take(desk.book, faults.PAYOUT_KINDS, "payout", reference)
    payout = Payout(
        payout_reference=desk.token("payout", number),
        number=number,
        reference=reference,
        bank_account=bank_account,
        amount=amount,
        currency=currency,
        idempotency_key=key,
        fault=fault.kind if fault else None,
        arrives_at=now + desk.config.payout_arrival,
        created_at=now,
        updated_at=now,
    )
    _record(desk, payout)
    return payout


def move(desk: Desk, payout: Payout, result: str, at: datetime) -> Payout:
    """Move a payout as the result says.

    Raises:
        Refused: 409 ``illegal_transition``.
    """
    status, legal, failure_code = _MOVES[result]
    if payout.status != legal:
        message = f"a payout that is {payout.status} cannot {result}"
        raise Refused(409, "illegal_transition", message, payout=payout_json(payout))
    moved = replace(payout, status=status, failure_code=failure_code, updated_at=at)
    _record(desk, moved)
    if status == "paid":
        bank.enter(desk, "seller_payout", payout.reference, payout.currency, -payout.amount, at)
    if status == "returned":
        bank.enter(desk, "payout_return", payout.reference, payout.currency, payout.amount, at)
    return moved


def come_due(desk: Desk, payout_reference: str, at: datetime) -> None:
    """What the PSP does by itself once the payout's time has come."""
    payout = PAYOUTS.get(desk.book, payout_reference)
    if payout.status == "paid":
        move(desk, payout, "return", at)
    else:
        move(desk, payout, "fail" if payout.fault == faults.PAYOUT_FAILS else "pay", at)


def _record(desk: Desk, payout: Payout) -> None:
    PAYOUTS.save(desk.book, payout)
    set_timer(desk.book, TASK, payout.payout_reference, _due_at(payout))
    emit(desk, Event(
        kind=f"payout.{payout.status}", reference=payout.payout_reference,
        order_id=payout.reference, at=payout.updated_at, data=payout_json(payout),
    ))  # fmt: skip


def _due_at(payout: Payout) -> datetime | None:
    """When the PSP will next move it by itself, if ever."""
    if payout.status == "in_transit":
        return payout.arrives_at
    if payout.status == "paid" and payout.fault == faults.PAYOUT_RETURNED:
        return payout.updated_at + _RETURN_TIME
    return None
