"""Table `account_balance`, rows `stop#EUR` and `stop#*`: which findings stop whose payouts.

A row has an attribute for every open finding, named by its id, with when it was found; it stays,
empty, when the last one is acknowledged. So a stop is set and lifted without reading the row.
"""

from __future__ import annotations

from typing import Any

from countinghouse.domain.finding import ALL_CURRENCIES, Finding
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import to_attribute, to_item
from countinghouse_aws.dynamodb.table import Table
from countinghouse_aws.observability import count

KEYS = ("snapshot",)
STOP_PREFIX = "stop#"
(_KEY,) = KEYS


@dataclass(frozen=True, slots=True)
class DynamoPayoutStops:
    """The stops in DynamoDB."""

    table: Table

    def stopped(self, currency: str) -> tuple[str, ...]:
        """The open findings that stop a currency's payouts, oldest first; empty: they may go."""
        keys = [{_KEY: f"{STOP_PREFIX}{code}"} for code in (currency, ALL_CURRENCIES)]
        found: dict[str, int] = {}
        for row in self.table.get_many(keys):
            found |= {name: at for name, at in row.items() if name != _KEY}
        if found:
            count("PayoutsStopped")
        return tuple(sorted(found, key=lambda finding_id: (found[finding_id], finding_id)))


def set_stops(table: Table, finding: Finding) -> list[dict[str, Any]]:
    """What a transaction holds to stop the payouts that a finding stops."""
    values = {":at": to_attribute(finding.found_at)}
    return [
        _update(table, code, finding, "SET #id = :at", {"ExpressionAttributeValues": values})
        for code in finding.stops
    ]


def lift_stops(table: Table, finding: Finding) -> list[dict[str, Any]]:
    """What a transaction holds to take a finding off the stops."""
    return [_update(table, code, finding, "REMOVE #id", {}) for code in finding.stops]


def _update(
    table: Table, code: str, finding: Finding, expression: str, more: dict[str, Any]
) -> dict[str, Any]:
    update = {
        "TableName": table.name,
        "Key": to_item({_KEY: f"{STOP_PREFIX}{code}"}),
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {"#id": finding.finding_id},
        **more,
    }
    return {"Update": update}
