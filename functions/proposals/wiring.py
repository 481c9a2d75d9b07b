"""What the edge of proposed bookings is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger
from countinghouse.ports.proposals import ProposalBook
from countinghouse.records import dataclass
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.proposal_assembly import ProposalAssembly


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    proposals: ProposalBook
    ledger: Ledger
    clock: Clock
    grants: Grants


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = ProposalAssembly()
    return Deps(parts.proposals, parts.ledger, parts.clock, parts.environment.grants())
