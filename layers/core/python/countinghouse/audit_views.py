"""How findings look from outside."""

from __future__ import annotations

from countinghouse.domain.finding import Finding
from countinghouse.domain.instants import rfc3339

View = dict[str, object]


def finding_view(finding: Finding) -> View:
    """A finding; who answered for it is left out while nobody has."""
    view: View = {
        "finding_id": finding.finding_id,
        "code": finding.code,
        "detail": finding.detail,
        "stops": list(finding.stops),
        "status": "open" if finding.is_open else "acknowledged",
        "found_at": rfc3339(finding.found_at),
    }
    if finding.acknowledged_at is not None:
        view["acknowledged_at"] = rfc3339(finding.acknowledged_at)
        view["acknowledged_by"] = finding.acknowledged_by
        view["reason"] = finding.reason
    return view
