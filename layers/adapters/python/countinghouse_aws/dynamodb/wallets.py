"""Rows of table `wallet`, and those of them that are due."""

from __future__ import annotations

from types import MappingProxyType

from countinghouse.domain.wallet import Wallet, WalletAddress, parse_address
from countinghouse.records import dataclass
from countinghouse_aws.due_keys import QUIET_SHARDS
from countinghouse_aws.dynamodb.codec import Plain, present, to_attribute
from countinghouse_aws.dynamodb.table import DynamoDueIndex, Table, due_attributes


@dataclass(frozen=True, slots=True)
class DynamoDueWallets:
    """The wallets that hold a reserve which is free by now, from the wallet table's due-index."""

    index: DynamoDueIndex

    def due_wallets(self, now: int, limit: int) -> list[WalletAddress]:
        """Their addresses, at most about `limit`."""
        keys = self.index.due_keys(now, limit)
        return [parse_address(key["owner"], key["wallet_id"]) for key in keys]


@dataclass(frozen=True, slots=True)
class DynamoOwnersWallets:
    """Wallets by whose they are, for who books nothing."""

    wallet: Table

    def wallets_of(self, owner: str) -> list[Wallet]:
        """Every wallet of one owner, as they are now."""
        return wallets_of(self.wallet, owner)


def wallets_of(wallet: Table, owner: str) -> list[Wallet]:
    """Every wallet of one owner, read consistently."""
    rows = wallet.pages(
        "query",
        KeyConditionExpression="#owner = :owner",
        ExpressionAttributeNames={"#owner": "owner"},
        ExpressionAttributeValues={":owner": to_attribute(owner)},
        ConsistentRead=True,
    )
    return [decode_wallet(row) for row in rows]


def encode_wallet(wallet: Wallet) -> Plain:
    """A wallet as its row."""
    return present(
        owner=wallet.address.owner,
        wallet_id=wallet.address.wallet_id,
        seller_id=wallet.address.owner.removeprefix("seller:")
        if wallet.address.owner.startswith("seller:")
        else None,
        balances=dict(wallet.balances),
        sequence=wallet.sequence,
        head=wallet.head,
        chain=wallet.chain,
        **due_attributes(wallet.address.group, wallet.due_at, QUIET_SHARDS),
    )


def decode_wallet(row: Plain) -> Wallet:
    """A wallet from its row."""
    return Wallet(
        address=parse_address(row["owner"], row["wallet_id"]),
        balances=MappingProxyType(row["balances"]),
        sequence=row["sequence"],
        head=row.get("head"),
        chain=row["chain"],
    )
