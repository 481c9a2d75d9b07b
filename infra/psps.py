"""The PSPs that a stage talks to: where each is, under which accounts of ours, and its secret.

A stage has those its context names; no address or account here is a secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# RFC 2606: a stage deployed without its PSP's address fails closed instead of calling a stranger.
UNSET_PSP_URL: Final = "https://psp.invalid"

SANDBOX: Final = "sandbox"
STRIPE: Final = "stripe"
ADYEN: Final = "adyen"

# What the secret of each is made of; the first field is shown to the PSP, the others check what it
# signs.
SECRET_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    SANDBOX: ("api_key", "webhook_secret"),
    STRIPE: ("api_key", "webhook_secret"),
    ADYEN: ("api_key", "hmac_key"),
}
# What a stage has to say of each, and what stands unless it says otherwise.
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    SANDBOX: ("url",),
    STRIPE: ("url", "files_url", "financial_account"),
    ADYEN: (
        "checkout_url",
        "transfers_url",
        "platform_url",
        "reports_url",
        "merchant_account",
        "balance_account",
    ),
}


def _of_stripe(service: str) -> str:
    """Where a service of Stripe's is; what its API lists is read from a host of its own."""
    return f"https://{service}.stripe.com"


_DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    SANDBOX: {"url": UNSET_PSP_URL},
    STRIPE: {"url": _of_stripe("api"), "files_url": _of_stripe("files")},
    ADYEN: {
        "transfers_url": "https://balanceplatform-api-live.adyen.com/btl/v4",
        "platform_url": "https://kyc-live.adyen.com/lem/v4",
        "reports_url": "https://ca-live.adyen.com/reports",
    },
}


@dataclass(frozen=True)
class Psp:
    """One PSP of a stage."""

    name: str
    settings: Mapping[str, str]

    @property
    def secret_id(self) -> str:
        """Its secret's construct id; the first PSP's was there before there were others."""
        return "PspSecret" if self.name == SANDBOX else f"PspSecret{self.name.capitalize()}"


def served_by_the_sandbox(base: str) -> tuple[Psp, ...]:
    """Return the three PSPs that one sandbox process serves at `base`."""
    stripe, adyen = f"{base}/stripe", f"{base}/adyen"
    return (
        Psp(SANDBOX, {"url": base}),
        Psp(STRIPE, {"url": stripe, "files_url": stripe, "financial_account": "fa_sandbox"}),
        Psp(
            ADYEN,
            {
                "checkout_url": f"{adyen}/checkout/v72",
                "transfers_url": f"{adyen}/transfers/v4",
                "platform_url": f"{adyen}/lem/v4",
                "reports_url": f"{adyen}/reports",
                "merchant_account": "CountinghouseCOM",
                "balance_account": "BA_COUNTINGHOUSE",
            },
        ),
    )


def named(document: str | None, sandbox_url: str | None) -> tuple[Psp, ...]:
    """Return the PSPs of the context `psps`, a JSON object by name; without one, the sandbox alone.

    Raises:
        ValueError: when a PSP is not known, or lacks a setting or has one too many.
    """
    wanted: object = json.loads(document) if document else {SANDBOX: {}}
    if not isinstance(wanted, dict) or not wanted:
        raise ValueError("psps: a JSON object of PSPs by name is needed")
    return tuple(_psp(name, given, sandbox_url) for name, given in wanted.items())


def _psp(name: str, given: Mapping[str, str], sandbox_url: str | None) -> Psp:
    if name not in _NEEDED:
        raise ValueError(f"psps.{name}: one of {', '.join(_NEEDED)}")
    settings = {**_DEFAULTS[name], **given}
    if name == SANDBOX and sandbox_url:
        settings["url"] = sandbox_url
    if missing := [field for field in _NEEDED[name] if not settings.get(field)]:
        raise ValueError(f"psps.{name}: {', '.join(missing)} is missing")
    if unknown := sorted(settings.keys() - set(_NEEDED[name])):
        raise ValueError(f"psps.{name}: {', '.join(unknown)} is not known")
    return Psp(name, settings)
