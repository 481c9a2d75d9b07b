"""How fast AWS lets consumers grow: pollers of a queue, environments of a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Course = Callable[[float], float]


def pollers(limits: Mapping[str, Any], cap: float, began_with: float = 0.0) -> Course:
    """Concurrent batches that a standard queue's pollers allow, `t` seconds into a backlog.

    They begin at 5 and grow by 300 a minute to 1,250, or the mapping's own maximum, which is 1,000
    at most; a mapping that needs more has provisioned pollers, which are there from the start.
    """
    if cap > float(limits["maximum_concurrency"]):
        return lambda _: min(cap, float(limits["provisioned_max"]))
    most = min(cap, float(limits["max"]))
    start = max(float(limits["start"]), began_with)
    return lambda t: min(most, start + float(limits["per_min"]) * t / 60.0)


def environments(limits: Mapping[str, Any], cap: float, began_with: float) -> Course:
    """Environments a function may have, `t` seconds into growth from `began_with`.

    A thousand more every ten seconds, up to what is reserved or the account allows.
    """
    return lambda t: min(cap, began_with + float(limits["per_10_s"]) * (1 + t // 10.0))


def least(*courses: Course) -> Course:
    """What all of them allow."""
    return lambda t: min(course(t) for course in courses)
