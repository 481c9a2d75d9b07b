"""A reconciliation's functions in memory, wired by their own wiring over fakes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from countinghouse_aws.reconciliation_assembly import ReconciliationAssembly
from countinghouse_aws.system.environment import Environment
from tests.breaks import RULES, books_of
from tests.fakes.billing import FakeDocumentStore
from tests.fakes.books import FakeOrderBook
from tests.fakes.breaks import FakeBreakBook
from tests.fakes.clock import FakeClock
from tests.fakes.lakehouse import FakeLakeQueries
from tests.fakes.lambdas import GRANTS
from tests.fakes.ledger import FakeBalanceBook, FakeLedger
from tests.fakes.queues import FakeOutbox
from tests.fakes.reconciliation import (
    FakeFileBook,
    FakeFileStore,
    FakeReconciliationWorkflow,
    FakeRunBook,
)
from tests.fakes.settlement_source import FakeSettlementSource
from tests.runs import NIGHT


@dataclass
class Documents(FakeDocumentStore):
    """The bucket of papers and reports."""

    bucket: str = "documents"


@dataclass
class Reconciling:
    """What the functions touch. `grants` are the stage's roles, `settings` its variables."""

    runs: FakeRunBook = field(default_factory=FakeRunBook)
    files: FakeFileBook = field(default_factory=FakeFileBook)
    store: FakeFileStore = field(default_factory=FakeFileStore)
    source: FakeSettlementSource = field(default_factory=FakeSettlementSource)
    documents: Documents = field(default_factory=Documents)
    lake: FakeLakeQueries = field(default_factory=FakeLakeQueries)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    balances: FakeBalanceBook = field(default_factory=FakeBalanceBook)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    workflow: FakeReconciliationWorkflow = field(default_factory=FakeReconciliationWorkflow)
    clock: FakeClock = field(default_factory=lambda: FakeClock(NIGHT))
    grants: Mapping[str, list[str]] = field(default_factory=lambda: GRANTS)
    settings: dict[str, str] = field(default_factory=dict)
    breaks: FakeBreakBook = field(init=False)

    def __post_init__(self) -> None:
        self.breaks = FakeBreakBook(self.ledger)

    def deps(self, wiring: ModuleType) -> Any:
        """The ports that a function's wiring makes of these."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wiring, "ReconciliationAssembly", self._parts)
            return wiring.deps.__wrapped__()

    def _parts(self) -> ReconciliationAssembly:
        defaults = {
            "PSP_NAMES": "sandbox",
            "RECONCILE_AHEAD": "no",
            "RECONCILE_PASSES": "2",
            "RECONCILE_LOOKS": "2",
            "CALLER_ROLES": json.dumps({**self.grants}),
        }
        parts = ReconciliationAssembly(Environment(defaults | self.settings))
        # In the places where an assembly keeps what it has made.
        parts.__dict__ |= {
            "runs": self.runs,
            "files": self.files,
            "file_store": self.store,
            "settlement_source": lambda _: self.source,
            "documents": self.documents,
            "lake_queries": self.lake,
            "ledger": self.ledger,
            "journals": self.ledger,
            "balances": self.balances,
            "orders": self.orders,
            "repair_outbox": self.outbox,
            "reconciliation_workflow": self.workflow,
            "reconciliation_rules": RULES,
            "breaks": self.breaks,
            "caps": self.breaks.caps,
            "break_books": books_of(self.breaks, self.clock),
            "clock": self.clock,
        }
        return parts
