"""Seeded chance: counts of arrivals, and durations that wander."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from statistics import NormalDist

_NORMAL_FROM = 60.0


def poisson(chance: random.Random, mean: float) -> int:
    """A Poisson count; from a mean of sixty on by the normal distribution, which is as near."""
    if mean <= 0.0:
        return 0
    if mean > _NORMAL_FROM:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def lognormal_quantiles(median: float, sigma: float, count: int = 64) -> tuple[float, ...]:
    """The middles of `count` equal parts of a lognormal distribution."""
    normal = NormalDist()
    places = ((place + 0.5) / count for place in range(count))
    return tuple(median * math.exp(sigma * normal.inv_cdf(p)) for p in places)


def spread_over(chance: random.Random, count: int, values: Sequence[float]) -> dict[float, int]:
    """`count` draws of equally likely `values`: an equal part of each, the rest by chance."""
    each, rest = divmod(count, len(values))
    drawn: dict[float, int] = {}
    if each:
        for value in values:
            drawn[value] = drawn.get(value, 0) + each
    for value in chance.choices(values, k=rest):
        drawn[value] = drawn.get(value, 0) + 1
    return drawn


def slowest_of(values: Sequence[float], count: int, places: int = 64) -> tuple[float, ...]:
    """Equally likely values of the slowest of `count` draws: a batch ends with its last."""
    ordered = sorted(values)
    drawn = (((place + 0.5) / places) ** (1.0 / count) for place in range(places))
    return tuple(ordered[min(len(ordered) - 1, int(p * len(ordered)))] for p in drawn)
