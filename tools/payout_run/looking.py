"""Where the payouts of a run stand, read straight from the table.

A few thousand calls to the API just to move a bar would slow down what the bar measures. Nothing is
concluded from these rows but when to go on; what is proved in the end is proved by the API.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tools.client import Client

_FINAL = frozenset({"paid", "failed", "cancelled", "returned"})
_AWAY = frozenset({"in_transit"}) | _FINAL


@dataclass(frozen=True, slots=True)
class Row:
    """A payout's row, as far as it matters here; `is_resting` when nobody owes it anything."""

    payout_id: str
    seller_id: str
    status: str
    version: int
    is_resting: bool


@dataclass(frozen=True, slots=True)
class Look:
    """The rows of one moment; `accounts` are bank accounts by the seller that is paid there."""

    payouts: tuple[Row, ...]
    accounts: dict[str, str]

    @property
    def statuses(self) -> Counter[str]:
        """How many stand where."""
        return Counter(row.status for row in self.payouts)

    @property
    def away(self) -> int:
        """How many are out of our hands: on their way, or at their end."""
        return sum(row.status in _AWAY for row in self.payouts)

    @property
    def final(self) -> int:
        """How many are at their end, with everything booked."""
        return sum(row.status in _FINAL and row.is_resting for row in self.payouts)


def look(client: Client, run: str) -> Look:
    """Every row of the run's sellers."""
    pages = (
        client.aws("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=client.endpoints.table_names["Payout"],
            FilterExpression="begins_with(seller_id, :run)",
            ProjectionExpression="payout_id, seller_id, #status, version, due_at, bank_account",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":run": {"S": f"{run}-"}},
        )
    )
    return sort_out([item for page in pages for item in page["Items"]])


def sort_out(items: Sequence[dict[str, Any]]) -> Look:
    """Payouts and bank accounts, which lie in one table, apart."""
    payouts = [item for item in items if "status" in item]
    accounts = [item for item in items if "status" not in item]
    return Look(
        tuple(_row(item) for item in payouts),
        {item["seller_id"]["S"]: item["bank_account"]["S"] for item in accounts},
    )


def _row(item: dict[str, Any]) -> Row:
    return Row(
        item["payout_id"]["S"],
        item["seller_id"]["S"],
        item["status"]["S"],
        int(item["version"]["N"]),
        "due_at" not in item,
    )
