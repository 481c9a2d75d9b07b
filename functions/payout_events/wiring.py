"""What seeing payouts through is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.usecases.attend_payout import Attending
from countinghouse_aws.payout_assembly import PayoutAssembly


@lru_cache(maxsize=1)
def deps() -> Attending:
    """The ports, from the environment, once a process."""
    parts = PayoutAssembly()
    arn = parts.environment.text("PAYOUT_STATE_MACHINE_ARN")
    return Attending(parts.payout_books, parts.workflows(arn))
