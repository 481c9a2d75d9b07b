"""Payouts as transfers of category ``bank``: how they look, and their webhooks."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tools.sandbox_psp.adyen_face.accounts import (
    ACCOUNT_HOLDER,
    BALANCE_ACCOUNT,
    BALANCE_PLATFORM,
)
from tools.sandbox_psp.adyen_face.amounts import amount_json, to_wire
from tools.sandbox_psp.adyen_face.notifications import date_text
from tools.sandbox_psp.payouts import Payout
from tools.sandbox_psp.wire import JsonObject, JsonValue

CREATED: Final = "balancePlatform.transfer.created"
UPDATED: Final = "balancePlatform.transfer.updated"

# engine's status -> the steps so far; the last one is the transfer's status
STEPS: Final[dict[str, tuple[str, ...]]] = {
    "in_transit": ("received", "authorised"),
    "paid": ("received", "authorised", "booked"),
    "failed": ("received", "authorised", "failed"),
    "returned": ("received", "authorised", "booked", "returned"),
}
_REASONS: Final = {"account_closed": "counterpartyAccountClosed",
                   "returned_by_bank": "refusedByCounterpartyBank"}  # fmt: skip
# What a step moves between the balances, in units of the amount.
_MUTATIONS: Final[dict[str, dict[str, int]]] = {
    "received": {"received": -1},
    "authorised": {"received": 1, "reserved": -1},
    "booked": {"balance": -1, "reserved": 1},
    "failed": {"reserved": 1},
    "returned": {"balance": 1},
}
# A merchant may send several transfers under one reference; the engine tells them apart by this.
_AGAIN: Final = "~"


def engine_reference(reference: str, times: int) -> str:
    """What the engine knows the transfer by, the reference having been used so often before."""
    return f"{reference}{_AGAIN}{times + 1}" if times else reference


def merchant_reference(payout: Payout) -> str:
    """The reference that the merchant gave."""
    return payout.reference.partition(_AGAIN)[0]


def transfer_json(payout: Payout, priority: str, steps: Sequence[str]) -> dict[str, JsonValue]:
    """The transfer as it stands after these steps: ``TransferData``."""
    return {
        **_outline(payout, priority, steps[-1]),
        "balancePlatform": BALANCE_PLATFORM,
        "balances": [_balances(payout, steps)],
        "events": [_event(payout, place, step) for place, step in enumerate(steps, start=1)],
        "sequenceNumber": len(steps),
        "transactionRulesResult": {"allHardBlockRulesPassed": True},
    }


def accepted_json(payout: Payout, priority: str) -> dict[str, JsonValue]:
    """What the call that sends one is answered: ``Transfer``, of which nothing is known yet."""
    return {**_outline(payout, priority, "received"), "reason": "pending"}


def webhook_json(payout: Payout, priority: str, steps: Sequence[str]) -> JsonObject:
    """What is told when the last of these steps was made."""
    return {
        "data": transfer_json(payout, priority, steps),
        "environment": "test",
        "timestamp": date_text(payout.updated_at),
        "type": CREATED if len(steps) == 1 else UPDATED,
    }


def _outline(payout: Payout, priority: str, status: str) -> dict[str, JsonValue]:
    ended = status == STEPS[payout.status][-1]
    reason = _REASONS.get(payout.failure_code or "", "approved") if ended else "approved"
    return {
        "accountHolder": {"id": ACCOUNT_HOLDER},
        "amount": amount_json(payout.amount, payout.currency),
        "balanceAccount": {"id": BALANCE_ACCOUNT},
        "category": "bank",
        "categoryData": {"priority": priority, "type": "bank"},
        "counterparty": {"transferInstrumentId": payout.bank_account},
        "createdAt": date_text(payout.created_at),
        "direction": "outgoing",
        "id": payout.payout_reference,
        "reason": reason,
        "reference": merchant_reference(payout),
        "status": status,
        "type": "bankTransfer",
    }


def _event(payout: Payout, place: int, step: str) -> JsonObject:
    return {
        "bookingDate": date_text(_moment(payout, step)),
        "id": f"EVJN{payout.payout_reference}{place:02d}",
        "mutations": [_mutation(payout, _MUTATIONS[step])],
        "status": step,
        "type": "accounting",
    }


def _moment(payout: Payout, step: str) -> datetime:
    if step in ("received", "authorised"):
        return payout.created_at
    if step == "booked" and payout.status == "returned":
        return payout.arrives_at
    return payout.updated_at


def _balances(payout: Payout, steps: Sequence[str]) -> JsonObject:
    total: Counter[str] = Counter()
    for step in steps:
        total.update(_MUTATIONS[step])
    return _mutation(payout, total)


def _mutation(payout: Payout, times: dict[str, int]) -> JsonObject:
    amount = to_wire(payout.amount, payout.currency)
    return {"currency": payout.currency, **{name: n * amount for name, n in times.items()}}
