"""Damage to the books that the relay raised becomes a finding, which stops payouts in seconds.

What audits find is recorded before it is raised, so the rule lets only the relay's own through.
"""

from __future__ import annotations

from typing import Any

from countinghouse.usecases.record_damage import record_damage
from countinghouse_aws.observability import count, logger, metrics
from functions.audit_events.schema import Raised
from functions.audit_events.wiring import deps


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """One event. Raises what may work later, for EventBridge and Lambda to try again."""
    count("DamageRaised")
    ports, raised = deps(), Raised.model_validate(event).detail
    data = raised.data
    finding = record_damage(
        data.code, raised.subject, data.detail, data.currencies, ports.findings, ports.clock
    )
    extra = {"finding_id": finding.finding_id, "code": data.code, "detail": data.detail}
    logger().error("payouts are stopped", extra=extra)
    return {"finding_id": finding.finding_id}
