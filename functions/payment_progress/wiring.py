"""What folding payments is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.usecases.progress_payment import Folding
from countinghouse_aws.assembly import Assembly


@lru_cache(maxsize=1)
def deps() -> Folding:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    return Folding(
        payments=parts.payments,
        orders=parts.orders,
        journals=parts.journals,
        clock=parts.clock,
        policy=parts.environment.policy(),
    )
