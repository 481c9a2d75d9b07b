"""What EventBridge sends to the functions that run by the clock. None of them reads it."""

from __future__ import annotations

import uuid

from countinghouse.domain.instants import SECOND, rfc3339
from tools.local.places import ACCOUNT, REGION
from tools.sample_events.world import NOW, Json

SCHEDULED = ("audit", "repair", "rollup")


def tick(function: str) -> Json:
    """The event of one tick of the function's rule."""
    rule = f"countinghouse-local-{function}"
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, rule)),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": rfc3339(NOW // SECOND * SECOND).replace(".000Z", "Z"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{rule}"],
        "detail": {},
    }


def ticks() -> dict[str, Json]:
    """Every scheduled function's samples, by path. The duplicate is the same tick once more."""
    found: dict[str, Json] = {}
    for function in SCHEDULED:
        found[f"{function}/minimal"] = {}
        found[f"{function}/full"] = tick(function)
        found[f"{function}/duplicate"] = tick(function)
        found[f"{function}/malformed"] = {**tick(function), "time": "noon", "detail": [None]}
    return found
