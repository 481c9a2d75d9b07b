"""Giving new sellers money and a bank account, and planning what is to go wrong with whom.

Every call carries an id or a key that follows from the seller, so giving twice gives once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from threading import Lock

from tools.client import Client
from tools.payout_run.cast import CURRENCY, Seller

APPROVER = "payouts-approver"
"""The second person, who agrees to what is too much for one to book by hand."""


def give(client: Client, sellers: Iterable[Seller], known: Set[str], workers: int) -> Iterator[str]:
    """The sellers that have what they are owed, as they get it.

    `known` have a bank account, which is given last: they need nothing any more.
    """

    lock = Lock()

    @cache
    def made() -> Client:
        return client.colleague(APPROVER)

    def second() -> Client:
        with lock:
            return made()

    def one(seller: Seller) -> str:
        if seller.seller_id not in known:
            _give(client, second, seller)
        return seller.seller_id

    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from pool.map(one, sellers)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _give(client: Client, second: Callable[[], Client], seller: Seller) -> None:
    credit = {
        "seller_id": seller.seller_id,
        "amount": seller.amount,
        "currency": CURRENCY,
        "transact_type": "credit",
        "reason": "owed before the payout run",
        "reference": seller.seller_id,
    }
    key = {"Idempotency-Key": f"{seller.seller_id}-owed"}
    given = client.steady("POST", "/v1/wallet", credit, key).body
    if given.get("status") == "awaiting_approval":
        # More than one person may book alone.
        second().steady("POST", f"/v1/ledger/proposals/{given['proposal_id']}/approve")
    if not seller.plot.has_account:
        return
    holder = {"holder": seller.seller_id, "currency": CURRENCY}
    account = client.at_psp("POST", "/_control/bank_accounts", holder).body["bank_account"]
    path = f"/v1/sellers/{seller.seller_id}/bank-accounts"
    client.steady("POST", path, {"currency": CURRENCY, "bank_account": account})


def plant_faults(client: Client, sellers: Iterable[Seller], period: str) -> None:
    """Each fault once, aimed at the one payout; none for a payout that the PSP has already."""
    planted = {fault["order_id"] for fault in client.at_psp("GET", "/_control/faults").body["data"]}
    sent = {payout["reference"] for payout in psp_payouts(client)}
    for seller in sellers:
        payout_id = seller.payout_id(period)
        if seller.plot.fault is None or payout_id in planted | sent:
            continue
        fault = {"kind": seller.plot.fault, "operation": "payout", "order_id": payout_id}
        client.at_psp("POST", "/_control/faults", fault)


def psp_payouts(client: Client) -> list[dict[str, object]]:
    """The PSP's whole payout book, the ground truth."""
    found: list[dict[str, object]] = client.at_psp("GET", "/_control/payouts").body["data"]
    return found
