"""Exemptions from strong customer authentication (SCA) that a PSP is asked to claim.

The rules are those of the European Union's technical standard, Delegated Regulation (EU) 2018/389:
art. 13 trusted beneficiaries, art. 16 low-value transactions, art. 17 secure corporate payments,
art. 18 transaction risk analysis. A merchant-initiated transaction is none of them: the payer is
not there, so SCA is not asked of it; PSPs take it in the same field. Only the PSP and the issuer
know whether a claim holds; what can be known here is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from types import MappingProxyType

from countinghouse.domain.document import Part
from countinghouse.domain.errors import Invalid
from countinghouse.domain.money import EXPONENTS
from countinghouse.records import dataclass

CARD_METHODS = frozenset({"credit_card", "debit_card"})
"""The methods whose issuers take a claim."""

FIELD = "payment_details.sca_exemption"


class ScaExemption(StrEnum):
    """What may be claimed."""

    LOW_VALUE = "low_value"
    TRANSACTION_RISK_ANALYSIS = "transaction_risk_analysis"
    TRUSTED_BENEFICIARY = "trusted_beneficiary"
    SECURE_CORPORATE = "secure_corporate"
    MERCHANT_INITIATED = "merchant_initiated"


_KNOWN = frozenset(ScaExemption)

_NO_AMOUNTS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ScaRules:
    """The most a low-value payment may come to, minor units by currency: EUR 30 and its equals.

    A currency without an entry has no low-value payments.
    """

    low_value_max_minor: Mapping[str, int] = field(default_factory=lambda: _NO_AMOUNTS)


NO_LOW_VALUE = ScaRules()
"""No currency has a low-value limit."""


def check_exemption(
    exemption: str | None, method: str, total_minor: int, currency: str, rules: ScaRules
) -> None:
    """Refuse a claim that cannot hold for a checkout of `total_minor` of `currency`.

    The limit is for what the buyer pays in all: art. 16 speaks of the transaction, and splitting
    a checkout by seller makes it no smaller. Raises Invalid.
    """
    if exemption is None:
        return
    if exemption not in _KNOWN:
        raise _refused("there is no such exemption")
    if method not in CARD_METHODS:
        raise _refused("exemptions are for cards")
    if exemption != ScaExemption.LOW_VALUE:
        return
    most = rules.low_value_max_minor.get(currency)
    if most is None:
        raise _refused(f"{currency} has no low-value limit")
    if total_minor > most:
        raise _refused(f"low value ends at {most} {currency}, minor units")


def _refused(detail: str) -> Invalid:
    return Invalid(detail, code="sca_exemption_not_allowed", field=FIELD)


def parse_sca(part: Part | None) -> ScaRules:
    """The section `sca`, or what holds without one. Raises Invalid naming the path."""
    if part is None:
        return NO_LOW_VALUE
    found = part.fields(frozenset({"low_value_max_minor"}), frozenset())
    limits = found["low_value_max_minor"].entries()
    for currency in sorted(limits.keys() - EXPONENTS.keys()):
        raise limits[currency].refused("not an ISO 4217 currency code")
    return ScaRules(MappingProxyType({code: minor.whole() for code, minor in limits.items()}))
