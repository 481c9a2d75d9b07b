"""Let a person answer for a finding: it stops nobody's payouts any more."""

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.finding import Finding, acknowledge
from countinghouse.ports.audit import FindingBook
from countinghouse.ports.clock import Clock

RACES_MAX = 8


def acknowledge_finding(
    finding_id: str, caller: str, reason: str, findings: FindingBook, clock: Clock
) -> Finding:
    """The finding acknowledged, by this caller now or before.

    Raises NotFound, and IllegalTransition when somebody else has answered for it.
    """
    for _ in range(RACES_MAX):
        finding = findings.get(finding_id)
        if finding is None:
            raise NotFound(f"there is no finding {finding_id}")
        answered = acknowledge(finding, caller, reason, clock.now())
        if answered is finding:
            return finding
        try:
            findings.acknowledge(finding, answered)
        except Conflict:
            continue
        return answered
    raise Conflict(f"finding {finding_id} kept changing")
