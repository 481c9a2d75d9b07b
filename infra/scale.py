"""Numbers of the production stage by how much it is to hold, busiest hour included.

`-c scale=10` deploys one of them. They are what the capacity model asks for (docs/capacity.md), and
a test holds them against it. What AWS has to raise before is in docs/deploy.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from infra.stage_parts import RESERVED, Throttle, Warm


@dataclass(frozen=True)
class Scale:
    """`lambda_account` is what the account must allow Lambda at once, before it is deployed."""

    payments: int
    webhooks: int
    consumers: Mapping[str, int]
    throttle: Throttle
    due_shards: int
    lambda_account: int
    warm: Mapping[str, Warm] = field(default_factory=dict)

    @property
    def reserved(self) -> Mapping[str, int]:
        """Lambda's reserved concurrency by function."""
        return {**RESERVED, "payments": self.payments, "webhooks": self.webhooks}


START: Final = "start"
"""What a new account takes with AWS's default quotas: about ten million payments a day."""
USUAL: Final = "1"

_SCALES: Final = (START, USUAL, "5", "10")
# What follows is by scale, in that order. First Lambda's reserved concurrency.
_PAYMENTS: Final = (150, 1_400, 6_900, 14_000)
_WEBHOOKS: Final = (100, 300, 1_500, 3_000)
# How many of a queue's batches are worked on at once.
_CONSUMERS: Final = {
    "Orders": (100, 500, 2_500, 4_900),
    "Progress": (50, 100, 360, 710),
    "PspEvents": (50, 100, 180, 360),
    "Postings": (25, 100, 190, 380),
    "Aftercare": (25, 50, 54, 110),
    "Payouts": (20, 20, 20, 20),
}
_RATES_PER_S: Final = (5_000, 20_000, 100_000, 200_000)
_BURSTS: Final = (2_500, 10_000, 50_000, 100_000)
_DUE_SHARDS: Final = (16, 16, 128, 256)
_LAMBDA_ACCOUNTS: Final = (1_000, 3_600, 16_000, 31_000)
# Units a second that a table takes from its first minute; without them what a new one takes.
_AT_START: Final = Warm(reads=12_000, writes=10_000)
_WARM: Final[Mapping[str, tuple[Warm | None, ...]]] = {
    "PaymentEvent": (
        _AT_START,
        Warm(47_000, 16_000),
        Warm(240_000, 77_000),
        Warm(470_000, 160_000),
    ),
    "PaymentOrder": (
        _AT_START,
        Warm(81_000, 27_000),
        Warm(410_000, 140_000),
        Warm(810_000, 270_000),
    ),
    "PspEvent": (None, Warm(14_000, 4_500), Warm(68_000, 23_000), Warm(140_000, 45_000)),
    "Ledger": (_AT_START, Warm(75_000, 25_000), Warm(380_000, 130_000), Warm(750_000, 250_000)),
    "Wallet": (
        _AT_START,
        Warm(240_000, 80_000),
        Warm(1_100_000, 340_000),
        Warm(2_000_000, 640_000),
    ),
}


def _column(at: int) -> Scale:
    return Scale(
        payments=_PAYMENTS[at],
        webhooks=_WEBHOOKS[at],
        consumers={queue: by_scale[at] for queue, by_scale in _CONSUMERS.items()},
        throttle=Throttle(rate_per_s=_RATES_PER_S[at], burst=_BURSTS[at]),
        due_shards=_DUE_SHARDS[at],
        lambda_account=_LAMBDA_ACCOUNTS[at],
        warm={table: warm for table, by_scale in _WARM.items() if (warm := by_scale[at])},
    )


SCALES: Final[Mapping[str, Scale]] = {name: _column(at) for at, name in enumerate(_SCALES)}


def scale_of(name: str | None) -> Scale:
    """The numbers of that scale; without a name those for 100 million payments a day.

    Raises:
        ValueError: when there is none.
    """
    chosen = name or USUAL
    if chosen not in SCALES:
        raise ValueError(f"unknown scale {chosen!r}: one of {', '.join(SCALES)}")
    return SCALES[chosen]
