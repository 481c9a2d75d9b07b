"""Tables shaped like the deployed ones (docs/naming.md), small and short-lived."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from countinghouse_aws.dynamodb import ledger, orders, payments, payout_rows, psp_events
from countinghouse_aws.dynamodb.balances import KEYS as BALANCE_KEYS
from countinghouse_aws.dynamodb.billing import KEYS as BILLING_KEYS
from countinghouse_aws.dynamodb.buyers import KEYS as BUYER_KEYS
from countinghouse_aws.dynamodb.fx_quotes import KEYS as QUOTE_KEYS
from countinghouse_aws.dynamodb.proposals import KEYS as PROPOSAL_KEYS
from countinghouse_aws.dynamodb.psp_health import KEYS as HEALTH_KEYS
from countinghouse_aws.dynamodb.reconciliation import KEYS as RECONCILIATION_KEYS
from countinghouse_aws.dynamodb.table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

DUE = ("due", "due_shard", "due_at")
BY_SELLER = ("by_seller", "seller_id", "created_at")
BY_ORDER = ("by_order", "order_id", "received_at")
BY_FOUND = ("by_found", "kind", "found_at")
BY_RUN = ("by_run", "run_id", "opened_at")
OPEN = ("open", "open_psp", "opened_at")
BY_STATUS = ("by_status", "listed", "created_at")


@dataclass
class Tables:
    """The tables under one prefix."""

    client: DynamoDBClient
    prefix: str

    @cached_property
    def payments(self) -> Table:
        return self._made("payment-event", payments.KEYS, DUE)

    @cached_property
    def orders(self) -> Table:
        return self._made("payment-order", orders.KEYS, DUE)

    @cached_property
    def events(self) -> Table:
        return self._made("psp-event", psp_events.KEYS, DUE, BY_ORDER)

    @cached_property
    def ledger(self) -> Table:
        return self._made("ledger", ledger.LEDGER_KEYS)

    @cached_property
    def wallet(self) -> Table:
        return self._made("wallet", ledger.WALLET_KEYS, DUE)

    @cached_property
    def payouts(self) -> Table:
        return self._made("payout", payout_rows.KEYS, DUE, BY_SELLER)

    @cached_property
    def balances(self) -> Table:
        return self._made("account-balance", BALANCE_KEYS, BY_FOUND)

    @cached_property
    def billing(self) -> Table:
        return self._made("billing", BILLING_KEYS)

    @cached_property
    def reconciliation(self) -> Table:
        return self._made("reconciliation", RECONCILIATION_KEYS, BY_RUN, OPEN)

    @cached_property
    def health(self) -> Table:
        return self._made("psp-health", HEALTH_KEYS)

    @cached_property
    def quotes(self) -> Table:
        return self._made("fx-quote", QUOTE_KEYS)

    @cached_property
    def proposals(self) -> Table:
        return self._made("proposal", PROPOSAL_KEYS, BY_STATUS)

    @cached_property
    def buyers(self) -> Table:
        return self._made("buyer", BUYER_KEYS)

    def _made(self, name: str, keys: tuple[str, ...], *indexes: tuple[str, str, str]) -> Table:
        numbers = {"due_at", "received_at", "created_at", "found_at", "opened_at"}
        attributes = sorted({*keys, *(part for index in indexes for part in index[1:])})
        table: dict[str, Any] = {
            "TableName": f"{self.prefix}-{name}",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": _schema(keys),
            "AttributeDefinitions": [
                {"AttributeName": n, "AttributeType": "N" if n in numbers else "S"}
                for n in attributes
            ],
        }
        if indexes:
            table["GlobalSecondaryIndexes"] = [
                {
                    "IndexName": index,
                    "KeySchema": _schema((partition, sort)),
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
                for index, partition, sort in indexes
            ]
        self.client.create_table(**table)
        return Table(self.client, table["TableName"], keys)


def _schema(keys: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]
