"""The audit."""

from __future__ import annotations

from typing import Any

from countinghouse.usecases.audit_books import audit_books
from countinghouse_aws.observability import count, logger, metrics
from functions.audit.schema import Audited
from functions.audit.wiring import deps


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One audit, whatever the event says."""
    ports = deps()
    findings = audit_books(ports.wallets, ports.journals, ports.balances, ports.clock)
    for finding in findings:
        logger().error("audit finding", extra={"code": finding.code, "detail": finding.detail})
    count("AuditFindings", len(findings))
    return Audited(findings=[finding.finding_id for finding in findings]).model_dump()
