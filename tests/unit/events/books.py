"""Every port of every function in memory, and each function's deps made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from countinghouse.domain.instants import SECOND
from countinghouse.domain.ledger import Journal
from countinghouse.messages import Published
from countinghouse.usecases.apply_psp_event import Inbox
from countinghouse.usecases.execute_order import Execution
from countinghouse.usecases.progress_payment import Folding
from countinghouse.usecases.sweep_due import Sweep
from countinghouse_aws.psp.sandbox_webhooks import SandboxWebhooks
from functions.audit import wiring as audit
from functions.health import wiring as health
from functions.ledger import wiring as ledger
from functions.order_execution import wiring as order_execution
from functions.orders import wiring as orders
from functions.payments import wiring as payments
from functions.posting import wiring as posting
from functions.relay import wiring as relay
from functions.rollup import wiring as rollup
from functions.wallet import wiring as wallet
from functions.webhooks import wiring as webhooks
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway
from tests.fakes.ledger import FakeBalanceBook, FakeLedger
from tests.fakes.queues import FakeDueIndex, FakeOutbox
from tools.sample_events import world
from tools.sample_events.gateway import CALLERS
from tools.sample_events.published import DECODERS
from tools.sample_events.webhooks import SECRET

GRANTS = {arn: [role] for role, arn in CALLERS.items()}


@dataclass
class Books:
    """What a test lays out before a sample comes in, and looks at afterwards."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(world.NOW))
    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    balances: FakeBalanceBook = field(default_factory=FakeBalanceBook)
    gateway: FakeGateway = field(default_factory=FakeGateway)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    published: list[Published] = field(default_factory=list)
    poison: list[str] = field(default_factory=list)
    events: FakePspEventBook = field(init=False)

    def __post_init__(self) -> None:
        self.events = FakePspEventBook(self.orders)

    def book(self, *journals: Journal) -> None:
        """Lay out journals with the wallets they moved."""
        linked, wallets = world.booked(*journals)
        self.ledger.linked |= {row.journal.ledger_id: row for row in linked}
        self.ledger.wallet_rows |= {wallet.address: wallet for wallet in wallets}


def _payments(books: Books) -> object:
    return payments.Deps(
        payments=books.payments,
        orders=books.orders,
        events=books.events,
        journals=books.ledger,
        clock=books.clock,
        policy=world.POLICY,
        grants=GRANTS,
        gateway=lambda: books.gateway,
        pause=lambda seconds: _pause(books, seconds),
    )


def _pause(books: Books, seconds: float) -> None:
    books.clock.advance(int(seconds * SECOND))


def _orders(books: Books) -> object:
    return orders.Deps(
        payments=books.payments,
        orders=books.orders,
        clock=books.clock,
        policy=world.POLICY,
        grants=GRANTS,
    )


def _ledger(books: Books) -> object:
    return ledger.Deps(
        ledger=books.ledger,
        journals=books.ledger,
        wallets=books.ledger,
        balances=books.balances,
        clock=books.clock,
        grants=GRANTS,
    )


def _wallet(books: Books) -> object:
    return wallet.Deps(ledger=books.ledger, journals=books.ledger, clock=books.clock, grants=GRANTS)


def _webhooks(books: Books) -> object:
    source = SandboxWebhooks(lambda: [SECRET])
    return webhooks.Deps(events=books.events, sources={"sandbox": source}, clock=books.clock)


def _order_execution(books: Books) -> object:
    ports = Execution(books.orders, books.payments, books.gateway, books.clock, world.POLICY)
    # One at a time: the fakes are not made for threads, and the order of calls is looked at.
    return order_execution.Deps(execution=lambda: ports, psp_timeout_ms=5_000, workers=1)


def _inbox(books: Books) -> object:
    ports = Inbox(books.events, books.orders, books.gateway, books.clock, world.POLICY)
    return lambda: ports


def _folding(books: Books) -> object:
    return Folding(books.payments, books.orders, books.ledger, books.clock, world.POLICY)


def _relay(books: Books) -> object:
    return relay.Deps(
        decoders=DECODERS,
        outbox=books.outbox,
        publish=books.published.extend,
        poison=books.poison.append,
        clock=books.clock,
    )


def _sweep(books: Books) -> object:
    return Sweep(
        due_payments=FakeDueIndex(books.payments.rows),
        due_orders=FakeDueIndex(books.orders.rows),
        due_events=FakeDueIndex(books.events.rows),
        payments=books.payments,
        orders=books.orders,
        events=books.events,
        journals=books.ledger,
        outbox=books.outbox,
        clock=books.clock,
    )


DEPS: dict[str, Callable[[Books], Any]] = {
    "audit": lambda b: audit.Deps(b.ledger, b.ledger, b.balances, b.clock),
    "health": lambda b: health.Deps(version="1.2.3", stage="local"),
    "ledger": _ledger,
    "order_execution": _order_execution,
    "orders": _orders,
    "payment_progress": _folding,
    "payments": _payments,
    "posting": lambda b: posting.Deps(orders=b.orders, ledger=b.ledger, clock=b.clock),
    "psp_events": _inbox,
    "relay": _relay,
    "repair": _sweep,
    "rollup": lambda b: rollup.Deps(b.ledger, b.balances, b.clock),
    "wallet": _wallet,
    "webhooks": _webhooks,
}
"""Each function's `deps()` over the same books."""
