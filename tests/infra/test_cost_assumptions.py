"""What the bill assumes of the stage is what the stage has."""

from __future__ import annotations

import json

from infra.catalogue import BATCH, MEMORY_MB, WAITING_MEMORY_MB
from infra.config import stage
from infra.constructs.http_api import ACCESS_LOG
from infra.routes import ROUTES
from tools.cost.bill import DOOR
from tools.cost.tables import assumptions


def test_the_bill_knows_the_stage() -> None:
    assumed, prod = assumptions().values, stage("prod")

    assert assumed["memory_mb"] == MEMORY_MB
    assert {"order_execution": assumed["memory_mb_waiting"]} == WAITING_MEMORY_MB
    assert prod.webhook_door
    assert DOOR.removeprefix("http ") in {route.key for route in ROUTES if not route.authorised}
    assert assumed["queue_records"] == BATCH
    assert assumed["log_kept_days"] == prod.told.log_days
    assert assumed["trail_kept_days"] == prod.told.trail_days
    assert assumed["lake_records"] <= prod.lake.batch


def test_a_line_of_the_access_log_is_as_long_as_the_bill_takes_it_to_be() -> None:
    """Of the longest that a payment has: its intake, by an assumed role with a session's name."""
    role = "arn:aws:sts::123456789012:assumed-role/countinghouse-prod-checkout"
    shown = {
        "$context.requestId": "JKJaXmPLvHcESHA=",
        "$context.identity.userArn": f"{role}/i-0123456789abcdef0",
        "$context.routeKey": "POST /v1/payments/event",
        "$context.status": "202",
        "$context.responseLatency": "23",
        "$context.integrationErrorMessage": "-",
    }

    line = json.dumps({name: shown[variable] for name, variable in ACCESS_LOG.items()})

    assert len(line) <= assumptions().values["access_log_bytes"] < len(line) + 10
