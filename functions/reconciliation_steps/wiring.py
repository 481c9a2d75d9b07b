"""What the reconciliation's tasks are made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from countinghouse.records import dataclass
from countinghouse.run_carrier import RunCarrier
from countinghouse_aws.reconciliation_assembly import ReconciliationAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function; `carrier` is a run in its execution's hands."""

    carrier: Callable[[str, str, str], RunCarrier]
    bucket: str
    passes_max: int
    looks_max: int


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = ReconciliationAssembly()
    return Deps(
        carrier=parts.carrier,
        bucket=parts.documents.bucket,
        passes_max=parts.passes_max,
        looks_max=parts.looks_max,
    )
