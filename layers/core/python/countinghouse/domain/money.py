"""Money: an integer count of minor units and an ISO 4217 currency. No float exists here.

Minor-unit exponents come from ISO 4217 list one (JPY 0, EUR 2, KWD 3); a PSP that deviates does so
in its own adapter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from countinghouse.domain.errors import Invalid

AMOUNT_MAX = 999_999_999_999
"""Largest amount accepted from outside, in minor units: far above any checkout, far below 2**53."""

_EXPONENT_0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_EXPONENT_2 = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN "
    "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
    "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP "
    "LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR "
    "NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR "
    "ZMW ZWG"
)
_EXPONENT_3 = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENT_4 = "CLF UYW"

EXPONENTS: dict[str, int] = {
    code: exponent
    for exponent, codes in ((0, _EXPONENT_0), (2, _EXPONENT_2), (3, _EXPONENT_3), (4, _EXPONENT_4))
    for code in codes.split()
}
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
