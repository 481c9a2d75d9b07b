"""A payout's conversion: what leaves the wallet in one currency, and what is sent in another.

The rate is locked when the payout is opened and stays what it is: how long the payout then waits
for a second person is the platform's risk, and is booked with the next revaluation.
"""

from __future__ import annotations

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import Instant
from countinghouse.domain.money import AMOUNT_MAX
from countinghouse.records import dataclass

EXPIRED = "fx_quote_expired"
"""Why a draft failed whose rate was over before its money was reserved."""


@dataclass(frozen=True, slots=True)
class PayoutExchange:
    """What a payout keeps of its quote. Amounts are minor units of `currency`, for all of it.

    `minor` is sent to the seller, `mid_minor` what it is worth at the reference rate; both rates
    are exact ratios, units of `currency` for one of the wallet's. The money has to be reserved
    before `expires_at`. Raises Invalid when nothing is sent, or more than the reference rate gives.
    """

    quote_id: str
    source: str
    as_of: str
    rate: str
    mid_rate: str
    spread_basis_points: int
    expires_at: Instant
    currency: str
    minor: int
    mid_minor: int

    def __post_init__(self) -> None:
        if not 0 < self.minor <= self.mid_minor <= AMOUNT_MAX:
            raise Invalid("a payout sends something, and no more than it is worth", field="amount")

    @property
    def spread_minor(self) -> int:
        """What the platform keeps, rounding included."""
        return self.mid_minor - self.minor

    def is_over(self, now: Instant) -> bool:
        """Whether it is too late to reserve at this rate."""
        return now >= self.expires_at
