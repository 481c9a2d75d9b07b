"""Stripe's minor units, which are not always ISO 4217's (docs.stripe.com/currencies).

The book counts in ISO 4217 minor units; on the wire MGA has none, ISK and UGX have two digits that
must be zero, and three-decimal currencies must end in 0. Payouts in HUF and TWD are whole units.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tools.sandbox_psp.stripe_face.errors import invalid


@dataclass(frozen=True)
class Wire:
    """How many wire units make ``minor`` units of the book, and what a wire amount divides by."""

    units: int = 1
    minor: int = 1
    step: int = 1


_AS_ISO: Final = Wire()
_ENDS_IN_ZERO: Final = Wire(step=10)
_TWO_ZEROS: Final = Wire(units=100, step=100)
_CHARGED: Final[Mapping[str, Wire]] = {
    "MGA": Wire(minor=100),
    "ISK": _TWO_ZEROS,
    "UGX": _TWO_ZEROS,
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), _ENDS_IN_ZERO),
}
_PAID_OUT: Final[Mapping[str, Wire]] = {
    **_CHARGED,
    "HUF": Wire(step=100),
    "TWD": Wire(step=100),
}


def from_wire(amount: int, currency: str, *, payout: bool = False) -> int:
    """The book's minor units of an amount that Stripe was sent.

    Raises:
        StripeError: 400 ``parameter_invalid_integer``, the currency has no such amount.
    """
    wire = (_PAID_OUT if payout else _CHARGED).get(currency, _AS_ISO)
    if amount % wire.step:
        raise invalid(
            f"Invalid amount: amounts in {currency.lower()} must be divisible by {wire.step}.",
            "amount",
            "parameter_invalid_integer",
        )
    return amount // wire.units * wire.minor


def to_wire(minor: int, currency: str) -> int:
    """What Stripe says of an amount in the book's minor units; a fraction of a unit is lost."""
    wire = _CHARGED.get(currency, _AS_ISO)
    units = abs(minor) * wire.units // wire.minor
    return units if minor >= 0 else -units


def smallest(currency: str) -> int:
    """The least amount, in the book's minor units, by which two on the wire can differ."""
    wire = _CHARGED.get(currency, _AS_ISO)
    return wire.step // wire.units * wire.minor
