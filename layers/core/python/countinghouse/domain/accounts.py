"""The chart of accounts: which accounts exist, who owns them, and which may not go below zero.

An account's name is its kind and, where it has one, its owner: `psp_receivable:sandbox`,
`seller_pending:s1`. A seller's reserve is kept in tranches by the day that frees it:
`seller_reserve:s1@2026-12-22`. Debit is positive, credit negative (domain rules, section 3).
"""

from __future__ import annotations

from enum import StrEnum

from countinghouse.domain.errors import Invalid
from countinghouse.records import dataclass


class Owner(StrEnum):
    """Whose the account is; a wallet owner's accounts are kept in that owner's wallet."""

    SELLER = "seller"
    BUYER = "buyer"
    PSP = "psp"
    BANK = "bank"
    CURRENCY = "currency"
    NONE = "none"


class Nature(StrEnum):
    """On which side of the books the account stands."""

    ASSET = "asset"
    LIABILITY = "liability"
    INCOME = "income"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True)
class Kind:
    """One line of the chart. `bucket` is the wallet balance it shows as, if any."""

    nature: Nature
    owner: Owner
    bucket: str | None = None


CHART: dict[str, Kind] = {
    "psp_receivable": Kind(Nature.ASSET, Owner.PSP),
    "psp_reserve": Kind(Nature.ASSET, Owner.PSP),
    "bank": Kind(Nature.ASSET, Owner.BANK),
    "chargeback_suspense": Kind(Nature.ASSET, Owner.NONE),
    "seller_receivable": Kind(Nature.ASSET, Owner.SELLER, "debt"),
    "seller_pending": Kind(Nature.LIABILITY, Owner.SELLER, "pending"),
    "seller_available": Kind(Nature.LIABILITY, Owner.SELLER, "available"),
    "seller_reserve": Kind(Nature.LIABILITY, Owner.SELLER, "reserved"),
    "seller_in_payout": Kind(Nature.LIABILITY, Owner.SELLER, "in_payout"),
    "seller_dispute_hold": Kind(Nature.LIABILITY, Owner.SELLER, "disputed"),
    "buyer_wallet": Kind(Nature.LIABILITY, Owner.BUYER, "available"),
    "refund_clearing": Kind(Nature.LIABILITY, Owner.NONE),
    "fee_tax_payable": Kind(Nature.LIABILITY, Owner.NONE),
    "unallocated": Kind(Nature.LIABILITY, Owner.PSP),
    "adjustments": Kind(Nature.LIABILITY, Owner.NONE),
    "inter_wallet": Kind(Nature.LIABILITY, Owner.NONE),
    "platform_fee_revenue": Kind(Nature.INCOME, Owner.NONE),
    "payout_fee": Kind(Nature.INCOME, Owner.NONE),
    "fx_spread_revenue": Kind(Nature.INCOME, Owner.NONE),
    "psp_fee_expense": Kind(Nature.EXPENSE, Owner.NONE),
    "dispute_fee_expense": Kind(Nature.EXPENSE, Owner.NONE),
    "chargeback_loss": Kind(Nature.EXPENSE, Owner.NONE),
    "seller_bad_debt": Kind(Nature.EXPENSE, Owner.NONE),
    "recon_variance": Kind(Nature.EXPENSE, Owner.NONE),
    "fx_gain_loss": Kind(Nature.EXPENSE, Owner.NONE),
    "rounding": Kind(Nature.EXPENSE, Owner.NONE),
    "fx_position": Kind(Nature.ASSET, Owner.CURRENCY),
}

BUCKETS = ("pending", "available", "reserved", "in_payout", "disputed", "debt")
"""A seller wallet's balances, in the order they are shown."""

CLEARING_KINDS = ("psp_receivable", "refund_clearing", "chargeback_suspense", "seller_in_payout")
"""Accounts that must come back to zero per reference (domain rules L1)."""

_OWNER_ID_MAX = 64
_TRANCHED = "seller_reserve"
_DAY_LENGTH = len("2026-12-22")


@dataclass(frozen=True, slots=True)
class Account:
    """One account: a kind from the chart, its owner's id and, for reserves, a tranche's day."""

    kind: str
    owner_id: str = ""
    tranche: str = ""

    def __post_init__(self) -> None:
        line = CHART.get(self.kind)
        if line is None:
            raise Invalid(f"there is no account {self.kind!r}", field="account")
        if (line.owner is Owner.NONE) == bool(self.owner_id) or len(self.owner_id) > _OWNER_ID_MAX:
            raise Invalid(f"account {self.kind} has no owner {self.owner_id!r}", field="account")
        if self.tranche and (self.kind != _TRANCHED or len(self.tranche) != _DAY_LENGTH):
            raise Invalid(f"account {self.kind} has no tranche {self.tranche!r}", field="account")

    @property
    def name(self) -> str:
        """`kind`, `kind:owner_id` or `kind:owner_id@tranche`, as journals show it."""
        owner = f":{self.owner_id}" if self.owner_id else ""
        return f"{self.kind}{owner}@{self.tranche}" if self.tranche else f"{self.kind}{owner}"

    @property
    def line(self) -> Kind:
        """The account's line in the chart."""
        return CHART[self.kind]

    @property
    def wallet_owner(self) -> str | None:
        """`seller:s1` or `buyer:b1` when a wallet keeps this account, else None."""
        if self.line.owner in (Owner.SELLER, Owner.BUYER):
            return f"{self.line.owner}:{self.owner_id}"
        return None

    def shown(self, balance_minor: int) -> int:
        """A signed balance the way people read it: what is owed or owned, never below zero."""
        return balance_minor if self.line.nature is Nature.ASSET else -balance_minor


def parse_account(name: str) -> Account:
    """The account a name stands for. Raises Invalid when the chart has no such account."""
    kind, _, owner = name.partition(":")
    owner_id, _, tranche = owner.partition("@")
    return Account(kind, owner_id, tranche)
