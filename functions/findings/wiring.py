"""What the audits' edge is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.ports.audit import FindingBook
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass
from countinghouse_aws.audit_assembly import AuditAssembly
from countinghouse_aws.edge.access import Grants


@dataclass(frozen=True, slots=True)
class Deps:
    """The ports of this function."""

    findings: FindingBook
    clock: Clock
    grants: Grants


@lru_cache(maxsize=1)
def deps() -> Deps:
    """The ports, from the environment, once a process."""
    parts = AuditAssembly()
    return Deps(parts.findings, parts.clock, parts.environment.grants())
