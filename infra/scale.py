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

_PAYOUTS: Final = 20

SCALES: Final[Mapping[str, Scale]] = {
    START: Scale(
        payments=150,
        webhooks=100,
        consumers={
            "Orders": 100,
            "Progress": 50,
            "PspEvents": 50,
            "Postings": 25,
            "Aftercare": 25,
            "Payouts": _PAYOUTS,
        },
        throttle=Throttle(rate_per_s=5_000, burst=2_500),
        due_shards=16,
        lambda_account=1_000,
        warm={
            name: Warm(reads=12_000, writes=10_000)
            for name in ("PaymentEvent", "PaymentOrder", "Ledger", "Wallet")
        },
    ),
    USUAL: Scale(
        payments=1_400,
        webhooks=300,
        consumers={
            "Orders": 500,
            "Progress": 100,
            "PspEvents": 100,
            "Postings": 100,
            "Aftercare": 50,
            "Payouts": _PAYOUTS,
        },
        throttle=Throttle(rate_per_s=20_000, burst=10_000),
        due_shards=16,
        lambda_account=3_600,
        warm={
            "PaymentEvent": Warm(reads=47_000, writes=16_000),
            "PaymentOrder": Warm(reads=81_000, writes=27_000),
            "PspEvent": Warm(reads=14_000, writes=4_500),
            "Ledger": Warm(reads=75_000, writes=25_000),
            "Wallet": Warm(reads=240_000, writes=80_000),
        },
    ),
    "5": Scale(
        payments=6_900,
        webhooks=1_500,
        consumers={
            "Orders": 2_500,
            "Progress": 360,
            "PspEvents": 180,
            "Postings": 190,
            "Aftercare": 54,
            "Payouts": _PAYOUTS,
        },
        throttle=Throttle(rate_per_s=100_000, burst=50_000),
        due_shards=128,
        lambda_account=16_000,
        warm={
            "PaymentEvent": Warm(reads=240_000, writes=77_000),
            "PaymentOrder": Warm(reads=410_000, writes=140_000),
            "PspEvent": Warm(reads=68_000, writes=23_000),
            "Ledger": Warm(reads=380_000, writes=130_000),
            "Wallet": Warm(reads=1_100_000, writes=340_000),
        },
    ),
    "10": Scale(
        payments=14_000,
        webhooks=3_000,
        consumers={
            "Orders": 4_900,
            "Progress": 710,
            "PspEvents": 360,
            "Postings": 380,
            "Aftercare": 110,
            "Payouts": _PAYOUTS,
        },
        throttle=Throttle(rate_per_s=200_000, burst=100_000),
        due_shards=256,
        lambda_account=31_000,
        warm={
            "PaymentEvent": Warm(reads=470_000, writes=160_000),
            "PaymentOrder": Warm(reads=810_000, writes=270_000),
            "PspEvent": Warm(reads=140_000, writes=45_000),
            "Ledger": Warm(reads=750_000, writes=250_000),
            "Wallet": Warm(reads=2_000_000, writes=640_000),
        },
    ),
}


def scale_of(name: str | None) -> Scale:
    """The numbers of that scale; without a name those for 100 million payments a day.

    Raises:
        ValueError: when there is none.
    """
    chosen = name or USUAL
    if chosen not in SCALES:
        raise ValueError(f"unknown scale {chosen!r}: one of {', '.join(SCALES)}")
    return SCALES[chosen]
