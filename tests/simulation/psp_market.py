"""A marketplace between the sandbox PSP and the real reconciliation, both in this process.

The PSP is the sandbox itself. What it does becomes orders, journals and rows of the lake by the
code that is deployed; files are fetched, read and laid down by it, and runs are carried by it. Only
what AWS keeps is a fake or a folder.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from countinghouse.break_bookkeeping import BreakBooks
from countinghouse.domain.break_rules import ReconciliationRules
from countinghouse.domain.breaks import Break, BreakStatus
from countinghouse.domain.fees import freeze_fee
from countinghouse.domain.instants import DAY, Instant
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_disputes import apply_dispute_fact
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.order_refunds import (
    RefundRequest,
    apply_refund_fact,
    request_refund,
    start_refund,
)
from countinghouse.domain.psp import PspFact
from countinghouse.domain.reconciliation import FileRecord, Run
from countinghouse.lake_rows import lines_of
from countinghouse.messages import Message
from countinghouse.ports.lakehouse import LakeQuery, Residual
from countinghouse.reconciliation_report import report_json
from countinghouse.routing import JournalPosted
from countinghouse.run_carrier import RunCarrier
from countinghouse.usecases.begin_run import begin_run
from countinghouse.usecases.explain_balance import read_residuals
from countinghouse.usecases.fetch_files import fetch_files
from countinghouse.usecases.judge_differences import Judging
from countinghouse.usecases.normalise_file import Normalising, normalise_file
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.report_run import Reporting
from countinghouse.usecases.settle_batches import Settling
from countinghouse.usecases.take_trial_balance import take_trial_balance
from countinghouse_aws.psp.sandbox import fact_of
from countinghouse_aws.psp.sandbox_facts import dispute_fact_of, refund_fact_of
from countinghouse_aws.psp.sandbox_statements import SandboxStatements
from countinghouse_aws.psp.transport import Reply
from countinghouse_aws.settlement.layouts import parse_bank, parse_settlement
from countinghouse_aws.system.reconciliation_rules import load_reconciliation_rules
from tests.builders import DISPUTES, POLICY, TEN_PERCENT, an_order
from tests.fakes.audit import FakeFindingBook
from tests.fakes.books import FakeOrderBook
from tests.fakes.breaks import FakeBreakBook, FakeCapBook
from tests.fakes.ledger import FakeBalanceBook, FakeLedger
from tests.fakes.queues import FakeOutbox
from tests.fakes.reconciliation import FakeFileBook, FakeRunBook, FakeRunPapers
from tests.simulation.disk_lake import DiskLake
from tests.unit.sandbox_psp.shop import API_KEY, OK, Shop
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.desk import Desk

PSP = "sandbox"
PASSES_MAX = 2
_MILLISECOND_US = 1_000


@dataclass
class ShopClock:
    """The PSP's clock, read as ours; it never says the same twice, as a real one does not."""

    shop: Shop

    def now(self) -> Instant:
        self.shop.now += _TICK
        return _instant(self.shop.now)


def _instant(at: datetime) -> Instant:
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // _MILLISECOND_US


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = datetime(1970, 1, 1, 0, 0, 0, _MILLISECOND_US, tzinfo=UTC) - _EPOCH


@dataclass(frozen=True)
class InProcess:
    """Both ways to the PSP without a wire."""

    shop: Shop

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        assert headers["Authorization"] == f"Bearer {API_KEY}"
        place, _, query = path.partition("?")
        answer = self.shop.call(method, place, query=query)
        return Reply(answer.status, answer.response.body)

    def download(self, path: str, headers: Mapping[str, str]) -> Iterator[bytes]:
        reply = self("GET", path, headers, None)
        assert reply.status == 200
        yield reply.body


@dataclass(frozen=True)
class Ran:
    """What a run came to."""

    unexplained: Mapping[str, int]
    residuals: list[Residual]
    report: Mapping[str, Any]
    files: list[FileRecord]


@dataclass
class Market:
    """Everything of one history: the PSP, our books, the lake, and what reconciles them.

    `on_messages` is what the queues do with what a pass asks after; while `is_streaming` is not set
    no journal reaches the lake; `hidden` are orders that a test took away for a while.
    """

    lake: DiskLake
    random: Random
    shop: Shop
    rules: ReconciliationRules = field(default_factory=load_reconciliation_rules)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    caps: FakeCapBook = field(default_factory=FakeCapBook)
    runs: FakeRunBook = field(default_factory=FakeRunBook)
    files: FakeFileBook = field(default_factory=FakeFileBook)
    balances: FakeBalanceBook = field(default_factory=FakeBalanceBook)
    findings: FakeFindingBook = field(default_factory=FakeFindingBook)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    shared: FakeRunPapers = field(default_factory=FakeRunPapers)
    on_messages: Callable[[list[Message]], None] = lambda _: None
    is_streaming: bool = True
    hidden: dict[str, Order] = field(default_factory=dict)
    _laid: set[str] = field(default_factory=set)
    _executions: int = 0

    def __post_init__(self) -> None:
        self.clock = ShopClock(self.shop)
        self.breaks = FakeBreakBook(self.ledger, self.caps)
        self.source = SandboxStatements(*_wire(self.shop), API_KEY)

    # --- what happens at the PSP, and what we learn of it ---------------------------------------
    def sell(
        self,
        checkout: str,
        *amounts: int,
        currency: str = "EUR",
        is_heard_of: bool = True,
    ) -> list[str]:
        """Charge the orders of one checkout; unless it is heard of, we never learn the outcome."""
        token = self.shop.session(checkout, sum(amounts), OK, currency=currency)
        sold = []
        for number, amount in enumerate(amounts, 1):
            order = self._sent(f"{checkout}-{number}", checkout, amount, currency)
            answer = self.shop.charge(
                token, order.order_id, amount, order.attempts[-1].key, currency=currency
            )
            assert answer.status == 201, answer.json
            if is_heard_of:
                self.hear(order.order_id, fact_of(answer.json))
            sold.append(order.order_id)
        return sold

    def _sent(self, order_id: str, checkout: str, amount: int, currency: str) -> Order:
        now = self.clock.now()
        order = an_order(
            OrderStatus.SENT,
            order_id,
            checkout_id=checkout,
            amount_minor=amount,
            currency=currency,
            fee=freeze_fee(amount, currency, TEN_PERCENT),
            created_at=now,
            updated_at=now,
        )
        self.orders.put(order)
        return order

    def hear(self, order_id: str, fact: PspFact) -> None:
        """Learn what became of an order's charge."""
        applied = apply_fact(self.orders[order_id], fact, self.clock.now(), POLICY)
        assert applied.verdict is Verdict.APPLIED
        assert applied.order.status is OrderStatus.CAPTURED
        self._book(applied.order)

    def look_up(self, order_id: str, days_later: int = 0) -> None:
        """Ask the PSP what became of an order; perhaps it says that this was days later."""
        (charge,) = self.shop.ledger(order_id)
        fact = fact_of(charge)
        occurred_at = (fact.occurred_at or 0) + days_later * DAY
        self.hear(order_id, replace(fact, occurred_at=occurred_at))

    def refund(self, order_id: str, amount: int) -> str:
        """Refund a part of an order; the PSP's reference."""
        now, refund_id = self.clock.now(), f"r-{order_id}"
        request = RefundRequest(refund_id, amount, None, "returned", f"body {amount}")
        order = request_refund(self.orders[order_id], request, now)
        order = start_refund(order, order.refunds[-1], now, POLICY)
        answer = self.shop.refund(order.psp_reference or "", amount, order.refunds[-1].key)
        self._hear_of_refund(order, answer.json)
        return str(answer.json["refund_reference"])

    def refund_comes_back(self, order_id: str, reference: str) -> None:
        """The buyer's bank returns a refund."""
        answer = self.shop.decide("refunds", reference, "fail")
        self._hear_of_refund(self.orders[order_id], answer.json)

    def _hear_of_refund(self, order: Order, told: Mapping[str, Any]) -> None:
        fact = refund_fact_of(told)
        verdict, order = apply_refund_fact(order, fact, self.clock.now(), POLICY)
        assert verdict is Verdict.APPLIED
        self._book(order)

    def dispute(self, order_id: str, **terms: object) -> str:
        """The buyer's bank takes the money back; the PSP's reference."""
        answer = self.shop.dispute(self.orders[order_id].psp_reference or "", **terms)
        self._hear_of_dispute(order_id, answer.json)
        return str(answer.json["dispute_reference"])

    def win(self, order_id: str, reference: str) -> None:
        """The dispute is decided for us."""
        answer = self.shop.decide("disputes", reference, "win")
        self._hear_of_dispute(order_id, answer.json)

    def _hear_of_dispute(self, order_id: str, told: Mapping[str, Any]) -> None:
        fact, now = dispute_fact_of(told), self.clock.now()
        verdict, order = apply_dispute_fact(self.orders[order_id], fact, now, DISPUTES)
        assert verdict is Verdict.APPLIED
        self._book(order)

    def _book(self, order: Order) -> None:
        self.orders.put(order)
        failed = post_orders([order.order_id], self.orders, self.ledger, self.ledger, self.clock)
        assert failed == {}

    def close_day(self, inject: list[dict[str, Any]] | None = None, **body: object) -> Any:
        """Let the PSP close its day; what it answers."""
        asked = {"inject": inject or [], **body}
        answer = self.shop.call("POST", "/_control/settle", asked)
        assert answer.status == 200, answer.json
        return answer.json

    def settled_batch(self, inject: list[dict[str, Any]]) -> str:
        """Let the PSP close its day; the number of its batch."""
        return str(self.close_day(inject)["batch"])

    @property
    def desk(self) -> Desk:
        """The PSP's own desk, to do there what no call of its API does."""
        return self.shop.psp._desk

    @property
    def day(self) -> str:
        """The PSP's day."""
        return self.shop.now.date().isoformat()

    def next_morning(self, days: int = 1) -> None:
        """Go on to nine o'clock, so many days later."""
        self.shop.tick(days=days)
        self.shop.now = self.shop.now.replace(hour=9, minute=0, second=0, microsecond=0)
        self.shop.psp.sweep()

    # --- what reconciles it ---------------------------------------------------------------------
    def stream(self) -> None:
        """Let every journal that the lake has not seen flow into it, some of them twice."""
        if not self.is_streaming:
            return
        fresh = [row for key, row in self.ledger.linked.items() if key not in self._laid]
        self._laid |= {row.journal.ledger_id for row in fresh}
        again = [row for row in fresh if self.random.randrange(8) == 0]
        changes = [JournalPosted(row.journal, row.links) for row in (*fresh, *again)]
        self.lake.lay(line for change in changes for line in lines_of(change))

    def reconcile(self, day: str) -> Ran:
        """Run a day as the workflow does, from its first step to its report."""
        self._executions += 1
        execution = f"execution-{self._executions}"
        run = begin_run(PSP, day, execution, self.clock.now(), self.runs, self.clock)
        assert run is not None
        raw_files = fetch_files(run, self.source, self.files, self.lake.store)
        files = [normalise_file(raw, self._normalising()) for raw in raw_files]
        carrier = self._carrier(run)
        self.stream()
        self._look(carrier)
        carrier.settle()
        take_trial_balance(self.ledger, self.balances, self.findings, self.clock)
        self.stream()
        query_id, _ = carrier.query(LakeQuery.RESIDUALS)
        unexplained = carrier.explain(query_id)
        carrier.report()
        residuals = read_residuals(carrier.papers)
        report = json.loads(carrier.papers.read("report.json") or b"")
        return Ran(unexplained, residuals, report, files)

    def _look(self, carrier: RunCarrier) -> None:
        """Pass after pass, as long as something that is late may have come meanwhile."""
        for number in range(1, PASSES_MAX + 1):
            query_id, began_at = carrier.query(LakeQuery.MATCH)
            carrier.chunk(query_id, number)
            for portion in json.loads(carrier.papers.read(f"pass-{number}/portions.json") or b""):
                carrier.judge(portion, number, began_at)
            carrier.close(number, began_at)
            before = len(self.outbox.sent)
            if not carrier.repair(number):
                return
            self.on_messages(self.outbox.sent[before:])
            self.stream()

    def _normalising(self) -> Normalising:
        return Normalising(
            files=self.files,
            store=self.lake.store,
            settlement_parser=lambda raw, chunks: parse_settlement(
                chunks, raw.layout or None, raw.psp, raw.file_id, raw.day
            ),
            bank_parser=lambda raw, chunks: parse_bank(
                chunks, raw.layout or None, raw.psp, raw.file_id, raw.day
            ),
            fee=self.rules.fee_of(PSP),
            clock=self.clock,
        )

    def _carrier(self, run: Run) -> RunCarrier:
        books = BreakBooks(self.breaks, self.ledger, self.ledger, self.clock)
        return RunCarrier(
            run=run,
            papers=FakeRunPapers(),
            shared=self.shared,
            queries=lambda: self.lake,
            judging=Judging(books, self.orders, self.rules),
            settling=Settling(self.files, self.ledger, self.clock),
            reporting=Reporting(
                runs=self.runs,
                files=self.files,
                breaks=self.breaks,
                caps=self.caps,
                balances=self.balances,
                rules=self.rules,
                renderers={"json": report_json},
                clock=self.clock,
            ),
            outbox=lambda: self.outbox,
        )

    # --- what stands in the books ---------------------------------------------------------------
    def balance(self, account: str) -> dict[str, int]:
        """What the journals leave on an account, by currency."""
        sums: Counter[str] = Counter()
        for row in self.ledger.linked.values():
            for leg in row.journal.legs:
                if leg.account.name == account:
                    sums[leg.amount.currency] += leg.amount.minor
        return {currency: minor for currency, minor in sorted(sums.items()) if minor}

    def standing(self, *statuses: BreakStatus) -> list[Break]:
        """The breaks in these states."""
        return [brk for brk in self.breaks.rows.values() if brk.status in statuses]


def _wire(shop: Shop) -> tuple[InProcess, Callable[..., Iterator[bytes]]]:
    wire = InProcess(shop)
    return wire, wire.download


@contextmanager
def market(folder: Path, seed: int, start: datetime) -> Iterator[Market]:
    """A market that opens at `start`, its lake in that folder."""
    book, lake = Book(), DiskLake(folder)
    shop = Shop(book)
    shop.now = start
    try:
        yield Market(lake, Random(seed), shop)
    finally:
        lake.close()
        book.close()
