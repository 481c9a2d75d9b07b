"""Who sells how much: Zipf's law, with the largest seller at a given share of all orders."""

from __future__ import annotations

import math
from functools import lru_cache

EXACT = 2_000
"""Ranks added up one by one; the rest of the sum by Euler and Maclaurin, exact to nine digits."""


def total_weight(exponent: float, count: int) -> float:
    """The sum of `rank ** -exponent` over so many ranks."""
    exact = min(EXACT, count)
    head = math.fsum(math.pow(rank, -exponent) for rank in range(1, exact + 1))
    if count == exact:
        return head
    power = 1.0 - exponent
    integral = (math.pow(count, power) - math.pow(exact, power)) / power
    return head + integral + (math.pow(count, -exponent) - math.pow(exact, -exponent)) / 2.0


@lru_cache(maxsize=8)
def exponent_for(largest_share: float, count: int) -> float:
    """Zipf's exponent at which the largest of `count` sellers has that share."""
    low, high = 0.0, 3.0
    for _ in range(60):
        middle = (low + high) / 2.0 + 1e-9
        if 1.0 / total_weight(middle, count) < largest_share:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def share(rank: int, largest_share: float, count: int) -> float:
    """Share of all orders of the seller of that rank, the largest being 1."""
    return largest_share * math.pow(rank, -exponent_for(largest_share, count))
