"""What the billing service's edge is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.ports.billing import CloseWorkflow
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass
from countinghouse.usecases.read_statement import Shelf
from countinghouse_aws.billing_assembly import BillingAssembly
from countinghouse_aws.edge.access import Grants


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function; `early` says that a month may be closed before it ends."""

    shelf: Shelf
    workflow: CloseWorkflow
    clock: Clock
    early: bool
    grants: Grants


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = BillingAssembly()
    shelf = Shelf(parts.closes, parts.register, parts.documents, parts.ledger, parts.journals)
    return Deps(
        shelf, parts.close_workflow, parts.clock, parts.close_early, parts.environment.grants()
    )
