"""What people do about a payout: ask for it, agree to it, call it off, and what its bank does."""

from __future__ import annotations

from collections.abc import Iterator

from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_account import PayoutAccount
from countinghouse_aws.dynamodb.payout_rows import ACCOUNT_PREFIX, decode_account, decode_payout
from tests.simulation import cloud
from tests.simulation.client import Ask, Script, Until
from tests.simulation.events import CALLER, api_event
from tests.simulation.psp_wire import Shop

COLLEAGUE = CALLER.replace("caller", "colleague")
"""Somebody else than who asks for payouts."""


def payouts() -> list[Payout]:
    """Every payout there is, oldest first."""
    found = [r for r in cloud.rows("payout") if not r["payout_id"].startswith(ACCOUNT_PREFIX)]
    return sorted(map(decode_payout, found), key=lambda payout: payout.created_at)


def accounts() -> Iterator[PayoutAccount]:
    """Every seller's bank account."""
    for row in cloud.rows("payout"):
        if row["payout_id"].startswith(ACCOUNT_PREFIX):
            yield decode_account(row)


def is_paid_out() -> bool:
    """Whether the newest payout has come to its rest."""
    return any(payout.is_resting for payout in payouts()[-1:])


_WAY = ("draft", "pending_approval", "reserved", "submitted", "unknown", "in_transit", "paid")


def stands(status: str) -> Until:
    """Wait until the newest payout is so far, or came to another end."""
    ahead = _WAY[: _WAY.index(status)]

    def reached() -> bool:
        return any(payout.status not in ahead for payout in payouts()[-1:])

    return Until(reached)


def register(shop: Shop, seller_id: str = "seller-1") -> Ask:
    """Set where a seller is paid."""
    body = {"currency": "EUR", "bank_account": shop.bank_account(seller_id)}
    route = "POST /v1/sellers/{seller_id}/bank-accounts"
    event = api_event(route, body, {"seller_id": seller_id})
    return Ask("payouts", event, lambda: any(accounts()))


def pay_out(
    key: str = "k1",
    amount: int | None = None,
    accepts: frozenset[int] = frozenset(),
    caller: str = CALLER,
    seller_id: str = "seller-1",
) -> Ask:
    """A payout to a seller under the client's key: of all there is, or of an amount."""
    body: dict[str, object] = {"seller_id": seller_id, "currency": "EUR"}
    if amount is not None:
        body["amount"] = amount
    event = api_event("POST /v1/payouts", body, key=f"payout-{key}", caller=caller)
    return Ask("payouts", event, lambda: bool(payouts()), accepts)


def approve(accepts: frozenset[int] = frozenset()) -> Ask:
    """A colleague agrees to the newest payout."""
    payout_id = payouts()[-1].payout_id
    route = "POST /v1/payouts/{payout_id}/approve"
    event = api_event(route, None, {"payout_id": payout_id}, caller=COLLEAGUE)
    return Ask("payouts", event, lambda: payouts()[-1].approved_by is not None, accepts)


def cancel(accepts: frozenset[int] = frozenset()) -> Ask:
    """The newest payout is called off."""
    payout_id = payouts()[-1].payout_id
    event = api_event("POST /v1/payouts/{payout_id}/cancel", None, {"payout_id": payout_id})
    return Ask("payouts", event, lambda: payouts()[-1].status == "cancelled", accepts)


def sent(shop: Shop, *results: str) -> Script:
    """Wait until the bank has the newest payout, and we know; then this happens, one by one."""
    for status, result in zip(("in_transit", "paid"), results, strict=False):
        yield stands(status)
        if any(payout.status == status for payout in shop.payouts()[-1:]):
            shop.bank_says(result)
