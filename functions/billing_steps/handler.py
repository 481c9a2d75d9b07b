"""The tasks of the month close: one payload names its step, the answer is what the next needs."""

from __future__ import annotations

from typing import Any

from countinghouse.domain.close import Month, month_before, month_of
from countinghouse.domain.instants import from_rfc3339, rfc3339
from countinghouse.usecases.bill_seller import bill_seller
from countinghouse.usecases.close_month import close_month
from countinghouse.usecases.list_billed import list_billed
from countinghouse.usecases.pack_close import pack_close
from countinghouse.usecases.report_bills import report_bills
from countinghouse_aws.observability import count, logger, metrics
from functions.billing_steps import schema
from functions.billing_steps.wiring import Deps, deps


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, object]:
    """One task. Every one may be repeated; raises what the workflow has to know."""
    count("BillingTask")
    task, ports = schema.TASK.validate_python(event), deps()
    match task:
        case schema.CloseMonth():
            return _close(task.month, ports)
        case schema.CloseLast():
            return _close(month_before(month_of(from_rfc3339(task.started_at))), ports)
        case schema.ListSellers():
            key = list_billed(task.month, ports.wallets, ports.billing.documents)
            return {"bucket": ports.bucket, "key": key}
        case schema.BillSeller():
            currencies = bill_seller(task.seller_id, task.month, ports.billing)
            return {
                "month": task.month,
                "seller_id": task.seller_id,
                "currencies": list(currencies),
                "billed": bool(currencies),
            }
        case schema.Pack():
            return _pack(task.month, ports)
        case schema.Report():
            return _report(task.month, ports)


def _close(month: Month, ports: Deps) -> dict[str, object]:
    billing = ports.billing
    close = close_month(month, billing.closes, billing.clock, early=ports.early)
    answer: dict[str, object] = {"month": close.month, "closed_at": rfc3339(close.closed_at)}
    logger().info("month closed", extra=answer)
    return answer


def _pack(month: Month, ports: Deps) -> dict[str, object]:
    billing = ports.billing
    pack = pack_close(
        month, billing.closes, ports.journals, billing.documents, billing.clock, billing.settle
    )
    count("ClosePackUnreadable", len(pack.unreadable))
    return {"month": month, "unreadable": len(pack.unreadable)}


def _report(month: Month, ports: Deps) -> dict[str, object]:
    report = report_bills(month, ports.billing.register, ports.billing.documents)
    count("SellersUnbilled", len(report.unbilled))
    return {"month": month, "sellers": report.sellers, "unbilled": len(report.unbilled)}
