"""Both sides' books, read when everything is final."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor

from tools.client import Client
from tools.demo.comparing import Comparison
from tools.payout_run.cast import Seller
from tools.payout_run.comparing import Found, compare_trial_balance
from tools.payout_run.funding import psp_payouts

_PAGE = "100"
_SETTLE_S = 30.0
_LOOK_S = 1.0


def read(client: Client, sellers: Iterable[Seller], workers: int) -> Iterator[Found]:
    """What the API says of each seller."""

    def one(seller: Seller) -> Found:
        name = seller.seller_id
        return Found(
            seller,
            list(client.pages("/v1/payouts", seller_id=name, limit=_PAGE)),
            client.steady("GET", f"/v1/wallets/{name}").body["balances"],
            list(client.pages(f"/v1/wallets/{name}/entries", limit=_PAGE)),
        )

    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from pool.map(one, sellers)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def whole_book(client: Client) -> Comparison:
    """The trial balance, looked at again while others' payouts are between PSP and ledger."""
    deadline = time.monotonic() + _SETTLE_S
    while True:
        balance = client.steady("GET", "/v1/ledger/trial-balance").body
        compared = compare_trial_balance(balance, psp_payouts(client))
        if not compared.differences or time.monotonic() > deadline:
            return compared
        time.sleep(_LOOK_S)
