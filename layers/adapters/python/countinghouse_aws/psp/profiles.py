"""What each PSP takes, by name. A profile is read when its PSP is one of the stage's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from countinghouse_aws.psp.names import ADYEN, SANDBOX, STRIPE

if TYPE_CHECKING:
    from countinghouse_aws.psp.profile import Profile

_PROFILES: Mapping[str, tuple[str, str]] = {
    SANDBOX: ("sandbox_profile", "SANDBOX_PROFILE"),
    STRIPE: ("stripe_profile", "STRIPE_PROFILE"),
    ADYEN: ("adyen_profile", "ADYEN_PROFILE"),
}
NAMES = tuple(_PROFILES)
"""Every PSP there is an adapter for."""


def payout_step(psp: str, currency: str) -> int:
    """Of how many minor units a payout in this currency is a multiple at this PSP."""
    return profiles([psp])[psp].payout_step(currency) if psp in _PROFILES else 1


def profiles(names: Iterable[str]) -> dict[str, Profile]:
    """The profiles of these PSPs, in this order."""
    found: dict[str, Profile] = {}
    for name in names:
        module, profile = _PROFILES[name]
        found[name] = getattr(import_module(f"countinghouse_aws.psp.{module}"), profile)
    return found
