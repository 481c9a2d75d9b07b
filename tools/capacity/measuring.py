"""What the running local system shows of its postings: when they came, how long they waited."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3

from tools.local.places import LOCAL, ROOT

KEPT = ROOT / "docs" / "proofs" / "capacity.json"
_REPORT = re.compile(r"Duration: (\d+) ms")


def measure(checkouts: Path) -> dict[str, Any]:
    """Replay the checkouts, and return when each order was captured and booked.

    Milliseconds since the first capture, in the order of the captures; durations of invocations.
    """
    replay = [sys.executable, "-m", "tools.cli", "replay", str(checkouts), "--concurrency", "4"]
    subprocess.run([*replay, "--restart"], cwd=ROOT, check=True)
    lines = checkouts.read_text(encoding="utf-8").splitlines()
    return collect({json.loads(line)["checkout_id"] for line in lines})


def collect(checkouts: set[str]) -> dict[str, Any]:
    """The same of what was replayed before, since the system was started."""
    told = json.loads((LOCAL / "endpoints.json").read_text(encoding="utf-8"))
    orders = [
        order
        for order in _rows(told, "PaymentOrder")
        if order["checkout_id"]["S"] in checkouts and order["status"]["S"] == "captured"
    ]
    journals = {row["reference"]["S"]: row for row in _rows(told, "Ledger") if "reference" in row}
    stood = sorted(
        (int(order["updated_at"]["N"]), int(journals[order["order_id"]["S"]]["created_at"]["N"]))
        for order in orders
        if order["order_id"]["S"] in journals
    )
    first = stood[0][0]
    return {
        "orders": len(stood),
        "captured_ms": [captured - first for captured, _ in stood],
        "waited_ms": [booked - captured for captured, booked in stood],
        "relay_ms": _durations(told, "relay"),
        "posting_ms": _durations(told, "posting"),
    }


def _client(told: dict[str, Any], service: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=told["aws_endpoint_url"],
        region_name=told["aws_region"],
        aws_access_key_id=told["aws_access_key_id"],
        aws_secret_access_key=told["aws_secret_access_key"],
    )


def _rows(told: dict[str, Any], table: str) -> list[dict[str, Any]]:
    pages = _client(told, "dynamodb").get_paginator("scan")
    found = pages.paginate(TableName=told["table_names"][table])
    return [row for page in found for row in page["Items"]]


def _durations(told: dict[str, Any], function: str) -> list[int]:
    """Milliseconds of each invocation that the function's log reports; the cold ones left out."""
    group = f"/aws/lambda/{told['function_names'][function]}"
    pages = _client(told, "logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    events = [event["message"] for page in pages for event in page["events"]]
    found = [int(match[1]) for message in events if (match := _REPORT.search(message))]
    return sorted(found[1:])
