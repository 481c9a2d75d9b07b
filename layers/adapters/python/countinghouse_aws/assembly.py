"""Adapters built from the environment: the one place that knows which variable makes what.

A function's `wiring.py` picks from here. Nothing is built, and no book, queue or PSP even imported,
before it is asked for: an import costs every cold start.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from countinghouse_aws.due_keys import QUIET_SHARDS
from countinghouse_aws.dynamodb.table import DynamoDueIndex, Table
from countinghouse_aws.system.clients import aws_client
from countinghouse_aws.system.clock import SystemClock
from countinghouse_aws.system.environment import Environment

if TYPE_CHECKING:
    from countinghouse.domain.market_rules import MarketRules
    from countinghouse.domain.submission import Terms
    from countinghouse.ports.clock import Clock
    from countinghouse_aws.dynamodb.balances import (
        DynamoBalanceBook,
        DynamoJournalScan,
        DynamoWalletScan,
    )
    from countinghouse_aws.dynamodb.fx_quotes import DynamoQuoteBook
    from countinghouse_aws.dynamodb.ledger import DynamoJournals, DynamoLedger
    from countinghouse_aws.dynamodb.orders import DynamoOrderBook
    from countinghouse_aws.dynamodb.payments import DynamoPaymentBook
    from countinghouse_aws.dynamodb.psp_events import DynamoPspEventBook
    from countinghouse_aws.dynamodb.wallets import DynamoDueWallets
    from countinghouse_aws.messaging.bus import EventBus
    from countinghouse_aws.messaging.outbox import SqsOutbox
    from countinghouse_aws.psp.connections import Connections
    from countinghouse_aws.screening.local_list import LocalScreening
    from countinghouse_aws.system.secrets import RotatingSecret


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
    def market_rules(self) -> MarketRules:
        """What the marketplace decided: fees, reserves, payouts, disputes."""
        from countinghouse_aws.system.market_rules import load_market_rules

        return load_market_rules()

    @cached_property
    def terms(self) -> Terms:
        """What a checkout is taken in by."""
        from countinghouse.domain.submission import Terms

        rules = self.market_rules
        return Terms(rules.fees, rules.countries, rules.fee_taxes, rules.sca, rules.shards)

    @cached_property
    def screening(self) -> LocalScreening:
        """Who may not be paid, nor paid out; the list is read when somebody is screened."""
        from countinghouse_aws.screening.local_list import LocalScreening
        from countinghouse_aws.system.screening_list import load_screening_list

        return LocalScreening(load_screening_list, self.market_rules.screening, self.clock)

    @cached_property
    def payment_table(self) -> Table:
        """Table `payment_event`."""
        from countinghouse_aws.dynamodb.payments import KEYS

        return self._table("TABLE_PAYMENT_EVENT", KEYS)

    @cached_property
    def order_table(self) -> Table:
        """Table `payment_order`."""
        from countinghouse_aws.dynamodb.orders import KEYS

        return self._table("TABLE_PAYMENT_ORDER", KEYS)

    @cached_property
    def event_table(self) -> Table:
        """Table `psp_event`."""
        from countinghouse_aws.dynamodb.psp_events import KEYS

        return self._table("TABLE_PSP_EVENT", KEYS)

    @cached_property
    def payments(self) -> DynamoPaymentBook:
        """The payment book."""
        from countinghouse_aws.dynamodb.payments import DynamoPaymentBook

        return DynamoPaymentBook(self.payment_table)

    @cached_property
    def orders(self) -> DynamoOrderBook:
        """The order book."""
        from countinghouse_aws.dynamodb.orders import DynamoOrderBook

        return DynamoOrderBook(self.order_table)

    @cached_property
    def events(self) -> DynamoPspEventBook:
        """The inbox; a function that never applies an event needs no other table for it."""
        from countinghouse_aws.dynamodb.psp_events import DynamoPspEventBook

        return DynamoPspEventBook(
            self.event_table, lambda: self.order_table, lambda: self.payout_table
        )

    @cached_property
    def payout_table(self) -> Table:
        """Table `payout`."""
        from countinghouse_aws.dynamodb.payout_rows import KEYS

        return self._table("TABLE_PAYOUT", KEYS)

    @cached_property
    def ledger_table(self) -> Table:
        """Table `ledger`."""
        from countinghouse_aws.dynamodb.ledger import LEDGER_KEYS

        return self._table("TABLE_LEDGER", LEDGER_KEYS)

    @cached_property
    def wallet_table(self) -> Table:
        """Table `wallet`."""
        from countinghouse_aws.dynamodb.ledger import WALLET_KEYS

        return self._table("TABLE_WALLET", WALLET_KEYS)

    @cached_property
    def journals(self) -> DynamoJournals:
        """The journals, for reading."""
        from countinghouse_aws.dynamodb.ledger import DynamoJournals

        return DynamoJournals(self.ledger_table)

    @cached_property
    def ledger(self) -> DynamoLedger:
        """Journals and wallets, for booking."""
        from countinghouse_aws.dynamodb.ledger import DynamoLedger

        version = self.environment.code_version()
        return DynamoLedger(self.ledger_table, self.wallet_table, version)

    @cached_property
    def balances(self) -> DynamoBalanceBook:
        """Trial balances."""
        from countinghouse_aws.dynamodb.balances import KEYS, DynamoBalanceBook

        return DynamoBalanceBook(self._table("TABLE_ACCOUNT_BALANCE", KEYS))

    @cached_property
    def fx_quotes(self) -> DynamoQuoteBook:
        """The quotes for conversions."""
        from countinghouse_aws.dynamodb.fx_quotes import KEYS, DynamoQuoteBook

        return DynamoQuoteBook(self._table("TABLE_FX_QUOTE", KEYS))

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
            Queue.AFTERCARE: (environment.text("QUEUE_AFTERCARE_URL"),),
            Queue.PAYOUTS: (environment.text("QUEUE_PAYOUTS_URL"),),
        }
        return SqsOutbox(aws_client("sqs"), urls)

    @cached_property
    def bus(self) -> EventBus:
        """The event bus."""
        from countinghouse_aws.messaging.bus import EventBus

        return EventBus(aws_client("events"), self.environment.text("EVENT_BUS_NAME"))

    @cached_property
    def psps(self) -> Connections:
        """Every PSP of the stage."""
        from countinghouse_aws.psp.connections import Connections
        from countinghouse_aws.system.secrets import RotatingSecret

        def secret(secret_id: str) -> RotatingSecret:
            return RotatingSecret(aws_client("secretsmanager"), secret_id, self.clock)

        environment = self.environment
        return Connections(environment.psps(), secret, environment.psp_timeout_s())

    @cached_property
    def due_wallets(self) -> DynamoDueWallets:
        """The wallets with a reserve to release."""
        from countinghouse_aws.dynamodb.wallets import DynamoDueWallets

        return DynamoDueWallets(DynamoDueIndex(self.wallet_table, QUIET_SHARDS))

    @cached_property
    def due_payouts(self) -> DynamoDueIndex:
        """The payouts that are not at rest."""
        return DynamoDueIndex(self.payout_table, QUIET_SHARDS)

    def due(self, table: Table) -> DynamoDueIndex:
        """The due-index of a busy table."""
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
