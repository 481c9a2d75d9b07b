"""Adapters built from the environment: the one place that knows which variable makes what.

A function's `wiring.py` picks from here; nothing is built, and what only some functions need is not
even imported, before it is asked for: an import costs every cold start.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from countinghouse.ports.clock import Clock
from countinghouse_aws.dynamodb import ledger, orders, payments, psp_events
from countinghouse_aws.dynamodb.table import DynamoDueIndex, Table
from countinghouse_aws.psp.sandbox import SandboxGateway
from countinghouse_aws.psp.transport import HttpTransport
from countinghouse_aws.system.clients import aws_client
from countinghouse_aws.system.clock import SystemClock
from countinghouse_aws.system.environment import Environment
from countinghouse_aws.system.secrets import RotatingSecret

if TYPE_CHECKING:
    from countinghouse_aws.dynamodb.balances import (
        DynamoBalanceBook,
        DynamoJournalScan,
        DynamoWalletScan,
    )
    from countinghouse_aws.messaging.bus import EventBus
    from countinghouse_aws.messaging.outbox import SqsOutbox
    from countinghouse_aws.psp.sandbox_webhooks import SandboxWebhooks


class Assembly:
    """The adapters of one function, made on first use from its environment."""

    def __init__(self, environment: Environment | None = None) -> None:
        self.environment = environment or Environment()

    def _table(self, variable: str, keys: tuple[str, ...]) -> Table:
        return Table(aws_client("dynamodb"), self.environment.text(variable), keys)

    @cached_property
    def clock(self) -> Clock:
        """The machine's clock."""
        return SystemClock()

    @cached_property
    def payment_table(self) -> Table:
        """Table `payment_event`."""
        return self._table("TABLE_PAYMENT_EVENT", payments.KEYS)

    @cached_property
    def order_table(self) -> Table:
        """Table `payment_order`."""
        return self._table("TABLE_PAYMENT_ORDER", orders.KEYS)

    @cached_property
    def event_table(self) -> Table:
        """Table `psp_event`."""
        return self._table("TABLE_PSP_EVENT", psp_events.KEYS)

    @cached_property
    def payments(self) -> payments.DynamoPaymentBook:
        """The payment book."""
        return payments.DynamoPaymentBook(self.payment_table)

    @cached_property
    def orders(self) -> orders.DynamoOrderBook:
        """The order book."""
        return orders.DynamoOrderBook(self.order_table)

    @cached_property
    def events(self) -> psp_events.DynamoPspEventBook:
        """The inbox; a function that never applies an event needs no order table for it."""
        return psp_events.DynamoPspEventBook(self.event_table, lambda: self.order_table)

    @cached_property
    def ledger_table(self) -> Table:
        """Table `ledger`."""
        return self._table("TABLE_LEDGER", ledger.LEDGER_KEYS)

    @cached_property
    def wallet_table(self) -> Table:
        """Table `wallet`."""
        return self._table("TABLE_WALLET", ledger.WALLET_KEYS)

    @cached_property
    def journals(self) -> ledger.DynamoJournals:
        """The journals, for reading."""
        return ledger.DynamoJournals(self.ledger_table)

    @cached_property
    def ledger(self) -> ledger.DynamoLedger:
        """Journals and wallets, for booking."""
        return ledger.DynamoLedger(self.ledger_table, self.wallet_table)

    @cached_property
    def balances(self) -> DynamoBalanceBook:
        """Trial balances and findings."""
        from countinghouse_aws.dynamodb.balances import KEYS, DynamoBalanceBook

        return DynamoBalanceBook(self._table("TABLE_ACCOUNT_BALANCE", KEYS))

    @cached_property
    def outbox(self) -> SqsOutbox:
        """The queues this function may send to."""
        from countinghouse.messages import Queue
        from countinghouse_aws.messaging.outbox import SqsOutbox

        environment = self.environment
        urls = {
            Queue.ORDERS: (environment.text("QUEUE_ORDERS_URL"),),
            Queue.PROGRESS: (environment.text("QUEUE_PROGRESS_URL"),),
            Queue.PSP_EVENTS: (environment.text("QUEUE_PSP_EVENTS_URL"),),
            Queue.POSTINGS: environment.texts("QUEUE_POSTINGS_URLS"),
        }
        return SqsOutbox(aws_client("sqs"), urls)

    @cached_property
    def bus(self) -> EventBus:
        """The event bus."""
        from countinghouse_aws.messaging.bus import EventBus

        return EventBus(aws_client("events"), self.environment.text("EVENT_BUS_NAME"))

    @cached_property
    def psp_secret(self) -> RotatingSecret:
        """The sandbox PSP's key and webhook secrets."""
        secret_id = self.environment.text("PSP_SECRET_ID")
        return RotatingSecret(aws_client("secretsmanager"), secret_id, self.clock)

    @cached_property
    def psp_transport(self) -> HttpTransport:
        """The connection to the sandbox PSP."""
        environment = self.environment
        return HttpTransport(environment.text("PSP_SANDBOX_URL"), environment.psp_timeout_s())

    def gateway(self) -> SandboxGateway:
        """The sandbox PSP under its current key."""
        return SandboxGateway(self.psp_transport, self.psp_secret.current("api_key"))

    @cached_property
    def sandbox_webhooks(self) -> SandboxWebhooks:
        """The sandbox PSP's webhooks under every live secret."""
        from countinghouse_aws.psp.sandbox_webhooks import SandboxWebhooks

        return SandboxWebhooks(lambda: self.psp_secret.live("webhook_secret"))

    def due(self, table: Table) -> DynamoDueIndex:
        """A table's due-index."""
        return DynamoDueIndex(table)

    @cached_property
    def wallet_scan(self) -> DynamoWalletScan:
        """Every wallet."""
        from countinghouse_aws.dynamodb.balances import DynamoWalletScan

        return DynamoWalletScan(self.wallet_table)

    @cached_property
    def journal_scan(self) -> DynamoJournalScan:
        """Every journal."""
        from countinghouse_aws.dynamodb.balances import DynamoJournalScan

        return DynamoJournalScan(self.ledger_table)

    def send_poison(self, body: str) -> None:
        """Put a record's whereabouts on the relay's poison queue. Raises when it is not taken."""
        url = self.environment.text("QUEUE_RELAY_POISON_URL")
        aws_client("sqs").send_message(QueueUrl=url, MessageBody=body)
