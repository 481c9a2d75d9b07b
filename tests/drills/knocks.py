"""Requests to every route there is, as the committed sample events have them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from tests.simulation.lambdas import NAMES

EVENTS = Path(__file__).parents[2] / "events"
Knock = tuple[str, Mapping[str, Any]]


@lru_cache(maxsize=1)
def knocks() -> tuple[Knock, ...]:
    """A function and a request to it, for each route of the functions that are simulated."""
    found = []
    for function in NAMES:
        for file in sorted((EVENTS / function).glob("*/minimal.json")):
            event = json.loads(file.read_text(encoding="utf-8"))
            if "routeKey" in event and function != "webhooks":
                found.append((function, event))
    return tuple(found)
