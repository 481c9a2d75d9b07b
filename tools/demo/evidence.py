"""What there is to compare, fetched from both sides once everything is final."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tools.client import Client, Json
from tools.demo.cast import Checkout, sellers_of
from tools.demo.comparing import Comparison, compare_trial_balance
from tools.replay.folding import Balances

_WORKERS = 4
# Small, so that the reading of several pages is shown to work.
_PAGE = "10"
_SETTLE_S = 15.0
_LOOK_S = 0.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """Both sides' books. `charges` are of the run only; `entries` are journals by seller."""

    charges: tuple[Json, ...]
    wallets: dict[str, Balances]
    entries: dict[str, list[Json]]
    faults_left: tuple[Json, ...]

    @property
    def journals(self) -> list[Json]:
        """Every journal of the run's sellers, each once."""
        found = {one["ledger_id"]: one for entries in self.entries.values() for one in entries}
        return list(found.values())


def gather(client: Client, checkouts: tuple[Checkout, ...]) -> Evidence:
    """Read the PSP's book, the wallets and their entries."""
    orders = {part.order_id for checkout in checkouts for part in checkout.parts}
    sellers = sellers_of(checkouts)
    with ThreadPoolExecutor(_WORKERS) as pool:
        wallets = pool.map(lambda seller: _wallet(client, seller), sellers)
        entries = pool.map(lambda seller: _entries(client, seller), sellers)
        faults = client.at_psp("GET", "/_control/faults").body["data"]
        return Evidence(
            charges=tuple(one for one in client.charges() if one["order_id"] in orders),
            wallets=dict(zip(sellers, wallets, strict=True)),
            entries=dict(zip(sellers, entries, strict=True)),
            faults_left=tuple(fault for fault in faults if fault["order_id"] in orders),
        )


def _wallet(client: Client, seller: str) -> Balances:
    balances: Balances = client.steady("GET", f"/v1/wallets/{seller}").body["balances"]
    return balances


def _entries(client: Client, seller: str) -> list[Json]:
    return list(client.pages(f"/v1/wallets/{seller}/entries", limit=_PAGE))


def whole_book(client: Client) -> Comparison:
    """The trial balance, looked at again while others' payments are between PSP and ledger."""
    deadline = time.monotonic() + _SETTLE_S
    while True:
        balance = client.steady("GET", "/v1/ledger/trial-balance").body
        disputes = client.at_psp("GET", "/_control/disputes").body["data"]
        payouts = client.at_psp("GET", "/_control/payouts").body["data"]
        arrived = arrivals(client)
        compared = compare_trial_balance(balance, client.charges(), disputes, payouts, arrived)
        if not compared.differences or time.monotonic() > deadline:
            return compared
        time.sleep(_LOOK_S)


def arrivals(client: Client) -> Counter[str]:
    """What the bank's own book shows as arrived from the PSP, by currency."""
    arrived: Counter[str] = Counter()
    for entry in client.at_psp("GET", "/_control/bank").body["data"]:
        if entry["type"] == "settlement":
            arrived[entry["currency"]] += entry["amount"]
    return arrived


def most_told(checkouts: Sequence[Checkout]) -> Checkout:
    """The checkout whose trail is worth showing: faults, several sellers, money taken."""
    return max(checkouts, key=lambda one: (one.captured > 0, len(one.plot.faults), len(one.parts)))
