"""The audit, and the seal over the days that are over."""

from __future__ import annotations

from typing import Any

from countinghouse.usecases.audit_books import audit_books
from countinghouse.usecases.seal_day import seal_day
from countinghouse_aws.observability import count, logger, metrics
from functions.audit.schema import Audited, Found
from functions.audit.wiring import deps


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One audit, whatever the event says."""
    ports = deps()
    found = audit_books(ports.wallets, ports.sealing.journals, ports.findings, ports.clock)
    sealed = seal_day(ports.sealing)
    findings = (*found, *sealed.findings)
    for finding in findings:
        logger().error("audit finding", extra={"code": finding.code, "detail": finding.detail})
    count("AuditFindings", len(findings))
    count("DaysSealed", 1 if sealed.is_new else 0)
    shown = [Found(finding_id=one.finding_id, code=one.code, detail=one.detail) for one in findings]
    return Audited(findings=shown, sealed=sealed.seal.day).model_dump()
