"""What the wallet service answers."""

from __future__ import annotations

from typing import Literal

from countinghouse_aws.edge.answers import (
    Answers,
    Instant,
    Journal,
    JournalList,
    Problem,
    Proposal,
    Shown,
)


class Balances(Shown):
    """One currency's balances, minor units."""

    pending: int
    available: int
    reserved: int
    in_payout: int
    disputed: int
    debt: int


class Wallet(Shown):
    """A seller's balances by currency."""

    seller_id: str
    balances: dict[str, Balances]


class Withheld(Shown):
    """An amount that cannot be paid out yet, and when it can if that is known."""

    reason: Literal[
        "awaiting_delivery",
        "reserve",
        "dispute",
        "payout_in_progress",
        "debt",
        "below_minimum",
        "no_bank_account",
        "bank_account_cooling_off",
    ]
    amount: int
    currency: str
    release_at: Instant | None = None


class CurrencyPayability(Shown):
    """One currency: what is withheld is the balance less what is payable."""

    balance: int
    payable: int
    withheld: list[Withheld]


class Payability(Shown):
    """What can be paid out to a seller, by currency."""

    seller_id: str
    currencies: dict[str, CurrencyPayability]


ANSWERS: Answers = {
    "POST /v1/wallet": {
        201: Journal,
        202: Proposal,
        400: Problem,
        422: Problem,
        503: Problem,
    },
    "GET /v1/wallets/{seller_id}": {200: Wallet},
    "GET /v1/wallets/{seller_id}/payability": {200: Payability},
    "GET /v1/wallets/{seller_id}/entries": {200: JournalList, 422: Problem},
}
