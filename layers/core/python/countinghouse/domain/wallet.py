"""Wallets: each is a small, complete set of books of its own.

A wallet item keeps the balance of its owner's accounts *and* of the platform accounts that its
journals touched, so the item itself always sums to zero: whoever adds up any set of wallets, at any
moment and in any order, gets a balanced trial balance without a snapshot, a counter row or a
second write. A journal that touches two wallets passes through the `inter_wallet` account, as
between two companies of one group.

The journals of a wallet form a chain: each names the one before it and carries a running hash; that
gives the newest-first list without an index and shows a removed or altered journal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from types import MappingProxyType

from countinghouse.domain.accounts import BUCKETS, Account, Owner, parse_account
from countinghouse.domain.errors import InsufficientFunds
from countinghouse.domain.instants import Instant, start_of_day
from countinghouse.domain.ledger import Journal, Leg
from countinghouse.domain.money import Money
from countinghouse.records import dataclass

PLATFORM_SHARDS = 16
"""Journals that touch no seller and no buyer are spread over this many platform wallets."""

_INTER_WALLET = Account("inter_wallet")


@dataclass(frozen=True, slots=True, order=True)
class WalletAddress:
    """Whose wallet, in which currency, and which shard of it (a large seller's is split)."""

    owner: str
    currency: str
    shard: int = 0

    @property
    def wallet_id(self) -> str:
        """The key within the owner: `EUR#0`."""
        return f"{self.currency}#{self.shard}"

    @property
    def group(self) -> str:
        """The name under which this wallet's postings queue up, one behind the other."""
        return f"{self.owner}#{self.wallet_id}"


def parse_address(owner: str, wallet_id: str) -> WalletAddress:
    """The address that a stored wallet's two keys stand for."""
    currency, _, shard = wallet_id.partition("#")
    return WalletAddress(owner, currency, int(shard))


@dataclass(frozen=True, slots=True)
class Link:
    """A journal's place in one wallet's chain."""

    sequence: int
    previous: str | None
    chain: str


@dataclass(frozen=True, slots=True)
class Wallet:
    """The balances that one address carries; `sequence` counts its journals and is its version."""

    address: WalletAddress
    balances: Mapping[str, int] = field(default_factory=dict)
    sequence: int = 0
    head: str | None = None
    chain: str = ""

    @property
    def total(self) -> int:
        """Sum of all balances, minor units; zero in a sound wallet."""
        return sum(self.balances.values())

    @property
    def due_at(self) -> Instant | None:
        """When the first tranche of the reserve is free; None when nothing is held back."""
        days = [parse_account(name).tranche for name in self.balances if "@" in name]
        return min(map(start_of_day, days)) if days else None

    def post(self, journal: Journal, legs: Iterable[Leg]) -> Wallet:
        """The wallet after `legs`, its part of `journal`.

        Raises InsufficientFunds when one of the owner's own accounts would go below zero.
        """
        balances = dict(self.balances)
        for leg in legs:
            name = leg.account.name
            balances[name] = balances.get(name, 0) + leg.amount.minor
            if leg.account.wallet_owner is not None and leg.account.shown(balances[name]) < 0:
                raise InsufficientFunds(f"{name} has less than the {journal.kind} takes")
        return replace(
            self,
            balances=MappingProxyType({name: minor for name, minor in balances.items() if minor}),
            sequence=self.sequence + 1,
            head=journal.ledger_id,
            chain=chained(self.chain, journal.digest),
        )


def chained(chain: str, digest: str) -> str:
    """The running hash of a wallet's chain after one journal more; empty before the first."""
    return hashlib.sha256(f"{chain}{digest}".encode()).hexdigest()


def wallet_parts(journal: Journal) -> dict[WalletAddress, tuple[Leg, ...]]:
    """A journal's legs by the wallet that carries them; each part sums to zero.

    Platform legs stand in the first wallet that the journal touches in their currency; when it
    touches none, in its home, or else in a platform shard chosen by the reference.
    """
    parts: dict[WalletAddress, list[Leg]] = {}
    for currency in sorted({leg.amount.currency for leg in journal.legs}):
        legs = [leg for leg in journal.legs if leg.amount.currency == currency]
        owners = {owner for leg in legs if (owner := leg.account.wallet_owner) is not None}
        host = min(owners, default=journal.home or _platform_owner(journal.reference))
        for leg in legs:
            owner = leg.account.wallet_owner or host
            shard = journal.wallet_shard if owner.startswith(Owner.SELLER) else 0
            parts.setdefault(WalletAddress(owner, currency, shard), []).append(leg)
    return {address: _balanced(legs) for address, legs in parts.items()}


def _platform_owner(reference: str) -> str:
    shard = hashlib.sha256(reference.encode()).digest()[0] % PLATFORM_SHARDS
    return f"platform:{shard}"


def _balanced(legs: list[Leg]) -> tuple[Leg, ...]:
    imbalance = sum(leg.amount.minor for leg in legs)
    if imbalance == 0:
        return tuple(legs)
    through = Leg(_INTER_WALLET, Money(-imbalance, legs[0].amount.currency))
    return (*legs, through)


def buckets(wallets: Iterable[Wallet]) -> dict[str, dict[str, int]]:
    """An owner's balances by currency and bucket, over all shards: what `GET /v1/wallets` shows."""
    shown: dict[str, dict[str, int]] = {}
    for wallet in wallets:
        currency = shown.setdefault(wallet.address.currency, dict.fromkeys(BUCKETS, 0))
        for name, minor in wallet.balances.items():
            account = parse_account(name)
            if account.wallet_owner == wallet.address.owner and account.line.bucket:
                currency[account.line.bucket] += account.shown(minor)
    return shown


def control_account(name: str) -> str:
    """The trial balance's line for an account: sellers and buyers are summed by kind.

    A marketplace has millions of sellers; their accounts are a subsidiary ledger (the wallets)
    under one control account each.
    """
    account = parse_account(name)
    return account.kind if account.wallet_owner else account.name
