"""What the tasks that take files in are made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from countinghouse.domain.reconciliation import Run
from countinghouse.ports.clock import Clock
from countinghouse.ports.reconciliation import FileBook, FileStore, RunBook
from countinghouse.ports.settlement_source import SettlementSource
from countinghouse.records import dataclass
from countinghouse.usecases.normalise_file import Normalising
from countinghouse_aws.reconciliation_assembly import ReconciliationAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function; `run` is the run, if that execution carries it."""

    run: Callable[[str, str, str], Run]
    runs: RunBook
    files: FileBook
    store: FileStore
    source: Callable[[str], SettlementSource]
    normalising: Callable[[str], Normalising]
    clock: Clock


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = ReconciliationAssembly()
    return Deps(
        run=parts.carried_run,
        runs=parts.runs,
        files=parts.files,
        store=parts.file_store,
        source=parts.settlement_source,
        normalising=parts.normalising,
        clock=parts.clock,
    )
