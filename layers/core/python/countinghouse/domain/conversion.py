"""An order's conversion: what the buyer paid in one currency, and what the seller gets in another.

The two amounts of the whole order are decided once, by a quote, at checkout. What a part of the
order's money is on the seller's side follows from them by running totals, so that parts lose
nothing, however many there are.
"""

from __future__ import annotations

from countinghouse.domain.errors import Invalid
from countinghouse.records import dataclass


def half_even(numerator: int, denominator: int) -> int:
    """The whole number nearest to a fraction; of two as near, the even one.

    `denominator` is above zero, `numerator` may be any integer.
    """
    whole, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return whole + 1 if twice > denominator or (twice == denominator and whole % 2) else whole


@dataclass(frozen=True, slots=True)
class Conversion:
    """What an order keeps of its quote. Minor units of `seller_currency`, for the whole order.

    `seller_minor` is the seller's, fee included; `mid_minor` what the order is worth at the
    reference rate. `rate` is the seller's rate as an exact ratio, `as_of` the reference rate's day.
    Raises Invalid when the seller gets nothing, or more than the reference rate gives.
    """

    quote_id: str
    source: str
    as_of: str
    rate: str
    seller_currency: str
    seller_minor: int
    mid_minor: int

    def __post_init__(self) -> None:
        if not 0 < self.seller_minor <= self.mid_minor:
            raise Invalid("a conversion gives the seller something, and no more than it is worth")

    def seller_share(self, paid_minor: int, of_minor: int) -> int:
        """The seller's share of the first `paid_minor` of an order of `of_minor`."""
        return half_even(self.seller_minor * paid_minor, of_minor)

    def mid_share(self, paid_minor: int, of_minor: int) -> int:
        """What the first `paid_minor` are worth at the reference rate; never below the share."""
        return half_even(self.mid_minor * paid_minor, of_minor)
