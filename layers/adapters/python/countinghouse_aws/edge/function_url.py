"""A function's own URL: its events are API Gateway's (payload 2.0), but nobody has routed them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

UNROUTED = "$default"


def routed(event: Mapping[str, Any], keys: Iterable[str]) -> Mapping[str, Any]:
    """The event with the route that fits its method and path, and what stands in the path.

    As it is when something has routed it already, and when no route fits: that one is unknown.
    """
    if event["routeKey"] != UNROUTED:
        return event
    asked = f"{event['requestContext']['http']['method']} {event['rawPath']}"
    for key in keys:
        found = _pattern(key).fullmatch(asked)
        if found is not None:
            path = {name: unquote(value) for name, value in found.groupdict().items()}
            return {**event, "routeKey": key, "pathParameters": path}
    return event


@lru_cache
def _pattern(key: str) -> re.Pattern[str]:
    """`GET /v1/a/{id}` as API Gateway reads it: a name stands for one part of the path."""
    parts = re.split(r"\{(\w+)\}", key)
    named = [
        f"(?P<{part}>[^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)
    ]
    return re.compile("".join(named))
