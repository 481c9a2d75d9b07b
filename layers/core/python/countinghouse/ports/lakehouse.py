"""What the lake knows when it is asked: what does not agree, what files come to, what is left."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol

from countinghouse.domain.difference import Difference
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.settlement import BatchTotal
from countinghouse.records import dataclass


class LakeQuery(StrEnum):
    """The questions."""

    MATCH = "match"
    TOTALS = "totals"
    RESIDUALS = "residuals"


class QueryState(StrEnum):
    """Where a query stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Window:
    """What a query looks at: one PSP and the days from `first_day` to `last_day`, both included.

    `fee` is what the PSP's contract takes of a capture. For residuals `last_day` is the newest day
    that a run has judged. `filed_until` is the newest day of which a file is there: what moved by
    then is due, whether or not there is a file of its own day. `balance_from` is the day from which
    residuals tell the balance; empty, they tell all of it.
    """

    psp: str
    first_day: str
    last_day: str
    fee: ContractFee
    filed_until: str = ""
    balance_from: str = ""


@dataclass(frozen=True, slots=True)
class BatchStanding:
    """One batch and currency: what its lines come to, each once, and what answers them.

    `arrived` is what the bank shows of it, minor units; `matched` how many of its lines have their
    movement in the ledger, whether or not both say the same.
    """

    day: str
    total: BatchTotal
    arrived: int
    matched: int


class Fact(StrEnum):
    """What a residual row tells."""

    BALANCE = "balance"
    """What one day put on psp_receivable."""
    NOT_DUE = "not_due"
    """Movements whose file is still to come."""
    UNSETTLED = "unsettled"
    """What a batch without a settlement journal will take off the account."""
    UNMATCHED = "unmatched"
    """Movements of one day that no file tells of, due or not."""


@dataclass(frozen=True, slots=True)
class Residual:
    """One sum of one currency, signed minor units, over `found` rows.

    `day` is set for BALANCE, UNSETTLED and UNMATCHED, `batch` for UNSETTLED.
    """

    fact: Fact
    currency: str
    day: str
    batch: str
    found: int
    amount: int


class LakeQueries(Protocol):
    """Queries that are started, looked after and read, for a workflow that waits itself.

    Every method may raise Unavailable.
    """

    def start(self, query: LakeQuery, window: Window) -> str:
        """Start a query; its id. Raises Invalid for a window that is none."""
        ...

    def state(self, query_id: str) -> QueryState:
        """Where it stands."""
        ...

    def differences(self, query_id: str) -> Iterator[Difference]:
        """What a MATCH found, oldest day first. Raises Invalid when it was none, or failed."""
        ...

    def totals(self, query_id: str) -> Iterator[BatchStanding]:
        """What TOTALS found. Raises Invalid when it was none, or failed."""
        ...

    def residuals(self, query_id: str) -> Iterator[Residual]:
        """What RESIDUALS found. Raises Invalid when it was none, or failed."""
        ...


class Lakehouse(Protocol):
    """The same for whoever waits for the answer."""

    def differences(self, window: Window) -> Iterator[Difference]:
        """What does not agree. Raises Invalid, Unavailable."""
        ...

    def totals(self, window: Window) -> Iterator[BatchStanding]:
        """What the window's batches come to. Raises Invalid, Unavailable."""
        ...

    def residuals(self, window: Window) -> Iterator[Residual]:
        """What accounts for the balance. Raises Invalid, Unavailable."""
        ...
