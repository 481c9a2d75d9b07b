"""Every port of every function in memory, and each function's deps made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from countinghouse.domain.instants import SECOND
from countinghouse.domain.ledger import Journal
from countinghouse.domain.market_rules import ReserveRules
from countinghouse.lake_rows import LakeLine
from countinghouse.messages import Published
from countinghouse.payout_bookkeeping import PayoutBooks
from countinghouse.usecases.advance_payout import Advancing
from countinghouse.usecases.apply_psp_event import Inbox
from countinghouse.usecases.attend_payout import Attending
from countinghouse.usecases.bill_seller import Billing
from countinghouse.usecases.book_adjustment import Adjusting
from countinghouse.usecases.execute_order import Execution
from countinghouse.usecases.open_payout import Opening
from countinghouse.usecases.open_session import Registration
from countinghouse.usecases.progress_payment import Folding
from countinghouse.usecases.read_statement import Shelf
from countinghouse.usecases.revalue_positions import Revaluing
from countinghouse.usecases.seal_day import Sealing
from countinghouse.usecases.sweep_due import Sweep
from countinghouse.usecases.tend_order import Tending
from countinghouse_aws.psp.sandbox_webhooks import SandboxWebhooks
from countinghouse_aws.system.adjustment_rules import load_adjustment_rules
from countinghouse_aws.system.fx_rules import load_fx_rules
from functions.analytics import wiring as analytics
from functions.audit import wiring as audit
from functions.audit_events import wiring as audit_events
from functions.billing import wiring as billing
from functions.billing_pdf import wiring as billing_pdf
from functions.billing_steps import wiring as billing_steps
from functions.findings import wiring as findings
from functions.fulfilment import wiring as fulfilment
from functions.fx import wiring as fx
from functions.health import wiring as health
from functions.lake import wiring as lake
from functions.ledger import wiring as ledger
from functions.order_aftercare import wiring as order_aftercare
from functions.order_execution import wiring as order_execution
from functions.orders import wiring as orders
from functions.payments import wiring as payments
from functions.payout_steps import wiring as payout_steps
from functions.payouts import wiring as payouts
from functions.posting import wiring as posting
from functions.privacy import wiring as privacy
from functions.proposals import wiring as proposals
from functions.psp_events import wiring as psp_events
from functions.psps import wiring as psps
from functions.reconciliation import wiring as reconciliation
from functions.reconciliation_steps import wiring as reconciliation_steps
from functions.relay import wiring as relay
from functions.rollup import wiring as rollup
from functions.settlement_files import wiring as settlement_files
from functions.wallet import wiring as wallet
from functions.webhooks import wiring as webhooks
from tests.fakes.analytics import FakePause, FakeReportDesk
from tests.fakes.audit import FakeFindingBook, FakeSealBook
from tests.fakes.billing import (
    FakeBillRegister,
    FakeCloseBook,
    FakeCloseWorkflow,
    FakeDocumentStore,
)
from tests.fakes.books import FakeOrderBook, FakePaymentBook, FakePspEventBook
from tests.fakes.buyers import FakeBuyerBook, forgetting, naming
from tests.fakes.clock import FakeClock
from tests.fakes.fx import FakeQuoteBook, FakeReferenceRates, a_desk
from tests.fakes.gateway import FakeGateway, FakeRefundGateway
from tests.fakes.ledger import FakeBalanceBook, FakeLedger
from tests.fakes.payouts import (
    FakePayoutAccounts,
    FakePayoutBook,
    FakePayoutGateway,
    FakePayoutRuns,
    FakeWorkflows,
)
from tests.fakes.proposals import FakeProposalBook, an_adjusting
from tests.fakes.psp_health import FakeBreakerBook
from tests.fakes.queues import FakeDueIndex, FakeDueWallets, FakeOutbox
from tests.fakes.screening import FakeScreening, anybody
from tests.psp_worlds import Able, a_routing
from tests.reconciling import Reconciling
from tools.sample_events import payout_world, world
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
    findings: FakeFindingBook = field(default_factory=FakeFindingBook)
    reports: FakeReportDesk = field(default_factory=FakeReportDesk)
    seals: FakeSealBook = field(default_factory=FakeSealBook)
    gateway: FakeGateway = field(default_factory=FakeGateway)
    refunds: FakeRefundGateway = field(default_factory=FakeRefundGateway)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    closes: FakeCloseBook = field(default_factory=FakeCloseBook)
    register: FakeBillRegister = field(default_factory=FakeBillRegister)
    documents: FakeDocumentStore = field(default_factory=FakeDocumentStore)
    quotes: FakeQuoteBook = field(default_factory=FakeQuoteBook)
    rates: FakeReferenceRates = field(default_factory=FakeReferenceRates)
    published: list[Published] = field(default_factory=list)
    bank: FakePayoutGateway = field(default_factory=FakePayoutGateway)
    workflows: FakeWorkflows = field(default_factory=FakeWorkflows)
    runs: FakePayoutRuns = field(default_factory=FakePayoutRuns)
    accounts: FakePayoutAccounts = field(default_factory=FakePayoutAccounts)
    poison: list[str] = field(default_factory=list)
    filed: list[LakeLine] = field(default_factory=list)
    payouts: FakePayoutBook = field(init=False)
    proposals: FakeProposalBook = field(init=False)
    buyers: FakeBuyerBook = field(init=False)
    events: FakePspEventBook = field(init=False)
    reconciling: Reconciling = field(init=False)

    def __post_init__(self) -> None:
        self.reconciling = Reconciling(
            ledger=self.ledger, balances=self.balances, clock=self.clock, grants=GRANTS
        )
        self.payouts = FakePayoutBook(self.accounts, self.ledger)
        self.proposals = FakeProposalBook(self.ledger)
        self.buyers = FakeBuyerBook(self.ledger.closed)
        self.events = FakePspEventBook(self.orders, self.payouts)

    def book(self, *journals: Journal) -> None:
        """Lay out journals with the wallets they moved."""
        linked, wallets = world.booked(*journals)
        self.ledger.linked |= {row.journal.ledger_id: row for row in linked}
        self.ledger.wallet_rows |= {wallet.address: wallet for wallet in wallets}


def _audit(books: Books) -> object:
    sealing = Sealing(books.ledger, books.seals, books.documents, books.findings, books.clock)
    return audit.Deps(books.ledger, books.findings, books.clock, sealing)


def _payments(books: Books) -> object:
    return payments.Deps(
        payments=books.payments,
        clock=books.clock,
        policy=world.POLICY,
        terms=world.TERMS,
        screening=FakeScreening(),
        quotes=lambda: books.quotes,
        grants=GRANTS,
        registration=lambda: Registration(
            books.payments, lambda _: books.gateway, a_routing(), books.clock
        ),
        orders=lambda: books.orders,
        trail_books=lambda: payments.TrailBooks(
            books.orders, books.events, books.ledger, books.payouts
        ),
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
        terms=world.TERMS,
        screening=FakeScreening(),
        grants=GRANTS,
    )


def _fulfilment(books: Books) -> object:
    reserves = ReserveRules(world.RESERVE, {})
    return fulfilment.Deps(orders=books.orders, clock=books.clock, reserves=reserves, grants=GRANTS)


def _order_aftercare(books: Books) -> object:
    ports = Tending(books.orders, books.ledger, books.refunds, books.clock, world.POLICY)
    return order_aftercare.Deps(tending=lambda: ports, psp_timeout_ms=5_000, workers=1)


def _ledger(books: Books) -> object:
    return ledger.Deps(
        journals=books.ledger,
        wallets=books.ledger,
        balances=books.balances,
        clock=books.clock,
        grants=GRANTS,
        adjusting=lambda: _adjusting(books),
        naming=lambda: naming(books.ledger, books.buyers),
    )


def _adjusting(books: Books) -> Adjusting:
    return an_adjusting(books.proposals, load_adjustment_rules(), books.clock)


def _wallet(books: Books) -> object:
    return wallet.Deps(
        ledger=books.ledger,
        clock=books.clock,
        grants=GRANTS,
        adjusting=lambda: _adjusting(books),
        accounts=lambda: books.accounts,
        payout_rules=lambda: payout_world.RULES,
    )


def _payout_books(books: Books) -> PayoutBooks:
    return PayoutBooks(books.payouts, books.accounts, books.ledger, books.clock)


def _payouts(books: Books) -> object:
    return payouts.Deps(
        _payout_books(books),
        _opening(books),
        lambda _: books.bank,
        ("sandbox",),
        payout_world.RULES,
        GRANTS,
    )


def _opening(books: Books) -> Opening:
    rules = payout_world.RULES
    return Opening(
        books.payouts,
        books.accounts,
        books.ledger,
        rules,
        books.clock,
        books.findings,
        anybody(),
        a_desk(books.rates),
    )


def _revaluing(books: Books) -> Revaluing:
    ledger = books.ledger
    return Revaluing(ledger, ledger, ledger, books.rates, load_fx_rules(), books.clock)


def _payout_steps(books: Books) -> object:
    rules = payout_world.RULES
    advancing = Advancing(_payout_books(books), books.bank, world.POLICY, rules, books.findings)
    return payout_steps.Deps(
        advancing=lambda: advancing,
        opening=_opening(books),
        workflows=books.workflows,
        wallets=books.ledger,
        runs=books.runs,
        psp_timeout_ms=5_000,
    )


def _billing(books: Books) -> object:
    shelf = Shelf(books.closes, books.register, books.documents, books.ledger, books.ledger)
    return billing.Deps(shelf, FakeCloseWorkflow(), books.clock, early=False, grants=GRANTS)


def _billing_steps(books: Books) -> object:
    ports = Billing(
        ledger=books.ledger,
        journals=books.ledger,
        closes=books.closes,
        register=books.register,
        documents=books.documents,
        clock=books.clock,
        issuer="The Platform",
        settle=0,
        orders=books.orders,
    )
    return billing_steps.Deps(ports, books.ledger, books.ledger, "documents", early=False)


def _webhooks(books: Books) -> object:
    source = SandboxWebhooks(lambda: [SECRET])
    return webhooks.Deps(events=books.events, sources={"sandbox": source}, clock=books.clock)


def _order_execution(books: Books) -> object:
    ports = Execution(books.orders, books.payments, books.gateway, books.clock, world.POLICY)
    # One at a time: the fakes are not made for threads, and the order of calls is looked at.
    return order_execution.Deps(
        lambda: ports, ports.payments.get_many, psp_timeout_ms=5_000, workers=1
    )


def _inbox(books: Books) -> object:
    ports = Inbox(
        events=books.events,
        orders=books.orders,
        gateway=books.gateway,
        clock=books.clock,
        policy=world.POLICY,
        disputes=world.DISPUTES,
        payouts=books.payouts,
    )
    return psp_events.Deps(lambda: ports, books.events.get_many)


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
        due_wallets=FakeDueWallets(books.ledger.wallet_rows),
        due_payouts=FakeDueIndex(books.payouts.rows),
        payments=books.payments,
        orders=books.orders,
        events=books.events,
        journals=books.ledger,
        outbox=books.outbox,
        clock=books.clock,
    )


DEPS: dict[str, Callable[[Books], Any]] = {
    "audit": _audit,
    "analytics": lambda b: analytics.Deps(b.reports, b.clock, FakePause(b.clock), GRANTS),
    "audit_events": lambda b: audit_events.Deps(b.findings, b.clock),
    "billing": _billing,
    "billing_pdf": lambda b: billing_pdf.Deps(b.documents, lambda view: b"%PDF"),
    "billing_steps": _billing_steps,
    "findings": lambda b: findings.Deps(b.findings, b.clock, GRANTS),
    "fulfilment": _fulfilment,
    "fx": lambda b: fx.Deps(
        b.quotes, b.rates, load_fx_rules(), b.clock, GRANTS, lambda: _revaluing(b)
    ),
    "psps": lambda b: psps.Deps({"sandbox": Able()}, FakeBreakerBook(), b.clock, GRANTS),
    "health": lambda b: health.Deps(version="1.2.3", stage="local"),
    "lake": lambda b: lake.Deps(DECODERS, b.filed.extend, b.poison.append),
    "ledger": _ledger,
    "order_aftercare": _order_aftercare,
    "order_execution": _order_execution,
    "orders": _orders,
    "payment_progress": _folding,
    "payments": _payments,
    "payout_events": lambda b: Attending(_payout_books(b), b.workflows),
    "payout_steps": _payout_steps,
    "payouts": _payouts,
    "posting": lambda b: posting.Deps(b.orders, b.ledger, b.ledger, b.clock),
    "privacy": lambda b: privacy.Deps(
        b.payments, b.orders, forgetting(b.ledger, b.buyers, b.clock), b.accounts, b.clock, GRANTS
    ),
    "proposals": lambda b: proposals.Deps(b.proposals, b.ledger, b.clock, GRANTS),
    "psp_events": _inbox,
    "reconciliation": lambda b: b.reconciling.deps(reconciliation),
    "reconciliation_steps": lambda b: b.reconciling.deps(reconciliation_steps),
    "relay": _relay,
    "repair": _sweep,
    "rollup": lambda b: rollup.Deps(b.ledger, b.balances, b.findings, b.clock),
    "settlement_files": lambda b: b.reconciling.deps(settlement_files),
    "wallet": _wallet,
    "webhooks": _webhooks,
}
"""Each function's `deps()` over the same books."""
