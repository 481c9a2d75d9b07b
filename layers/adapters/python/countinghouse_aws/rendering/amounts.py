"""Amounts as people read them."""

from __future__ import annotations

from countinghouse.domain.money import EXPONENTS


def amount(minor: int, currency: str) -> str:
    """An amount for people, without its currency: `-1,234.50`; nothing where there is none."""
    if not currency:
        return ""
    exponent = EXPONENTS[currency]
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    whole, part = digits[: len(digits) - exponent], digits[len(digits) - exponent :]
    sign = "-" if minor < 0 else ""
    return f"{sign}{int(whole):,}.{part}" if part else f"{sign}{int(whole):,}"
