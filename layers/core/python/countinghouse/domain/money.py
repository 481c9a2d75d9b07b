"""Money: an integer count of minor units and an ISO 4217 currency. No float exists here.

Minor-unit exponents are ISO 4217's (JPY 0, EUR 2, KWD 3: `currencies.py`); a PSP that deviates does
so in its own adapter.
"""

from __future__ import annotations

from collections.abc import Sequence

from countinghouse.domain.currencies import CURRENCIES
from countinghouse.domain.errors import Invalid
from countinghouse.records import dataclass

AMOUNT_MAX = 999_999_999_999
"""Largest amount accepted from outside, in minor units: far above any checkout, far below 2**53."""

EXPONENTS: dict[str, int] = {code: exponent for code, (exponent, _) in CURRENCIES.items()}
"""Minor-unit exponent by currency code (ISO 4217)."""


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units of one currency; may be negative inside the books."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise Invalid("an amount is an integer number of minor units", field="amount")
        if self.currency not in EXPONENTS:
            raise Invalid(f"{self.currency!r} is not an ISO 4217 currency", field="currency")

    def __add__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def _same_currency(self, other: Money) -> None:
        if self.currency != other.currency:
            raise Invalid(f"{self.currency} and {other.currency} do not add up", field="currency")

    def display(self) -> str:
        """The amount for people: `Money(1050, "EUR")` is `EUR 10.50`, JPY has no decimals."""
        exponent = EXPONENTS[self.currency]
        sign = "-" if self.minor < 0 else ""
        digits = str(abs(self.minor)).rjust(exponent + 1, "0")
        if exponent == 0:
            return f"{self.currency} {sign}{digits}"
        return f"{self.currency} {sign}{digits[:-exponent]}.{digits[-exponent:]}"


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` minor units in proportion to `weights`, losing nothing (largest remainder).

    Ties go to the earlier part, so the same input always gives the same split. Raises Invalid
    when no weight is above zero or one is negative.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise Invalid("weights must be at least zero and not all zero")
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda index: (-(total * weights[index] % whole), index)
    )
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts
