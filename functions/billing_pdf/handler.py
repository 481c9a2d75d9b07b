"""The printer: stored statements become PDFs beside them."""

from __future__ import annotations

from typing import Any

from countinghouse.usecases.render_statement import render_statement
from countinghouse_aws.observability import count, metrics
from functions.billing_pdf.schema import Render
from functions.billing_pdf.wiring import deps


@metrics().log_metrics
def lambda_handler(event: dict[str, Any], context: object) -> dict[str, object]:
    """One seller's statements; a repeat stores the same bytes."""
    count("RenderTask")
    task, ports = Render.model_validate(event), deps()
    keys = [
        render_statement(task.seller_id, task.month, currency, ports.documents, ports.render)
        for currency in task.currencies
    ]
    count("StatementsRendered", len(keys))
    return {"month": task.month, "seller_id": task.seller_id, "keys": keys}
