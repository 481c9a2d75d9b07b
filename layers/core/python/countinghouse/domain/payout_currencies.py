"""In which currency a seller is paid out by the monthly run, where the market says another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from countinghouse.domain.document import Part
from countinghouse.domain.market_countries import NOWHERE, MarketCountries, country_of
from countinghouse.domain.money import EXPONENTS
from countinghouse.records import dataclass

_NONE: Mapping[str, str] = MappingProxyType({})
_PARTS = frozenset({"sellers", "countries"})


@dataclass(frozen=True, slots=True)
class PayoutCurrencies:
    """By seller, and by the country a seller is at home in; `homes` says where that is."""

    sellers: Mapping[str, str] = field(default_factory=lambda: _NONE)
    countries: Mapping[str, str] = field(default_factory=lambda: _NONE)
    homes: MarketCountries = NOWHERE

    def currency_for(self, seller_id: str, wallet_currency: str) -> str:
        """The seller's own, else that of its country, else the wallet's."""
        if seller_id in self.sellers:
            return self.sellers[seller_id]
        home = self.homes.seller_home(seller_id)
        return self.countries.get(home.country, wallet_currency) if home else wallet_currency


AS_HELD = PayoutCurrencies()
"""Every wallet is paid out in its own currency."""


def parse_payout_currencies(part: Part | None, homes: MarketCountries) -> PayoutCurrencies:
    """The part `payouts.payout_currency` of the market's rules. Raises Invalid naming the path."""
    if part is None:
        return AS_HELD
    parts = part.fields(frozenset(), _PARTS)
    sellers = parts["sellers"].entries() if "sellers" in parts else {}
    countries = parts["countries"].entries() if "countries" in parts else {}
    return PayoutCurrencies(
        MappingProxyType(
            {Part(name, at.path).identifier(): _currency(at) for name, at in sellers.items()}
        ),
        MappingProxyType(
            {country_of(Part(name, at.path)): _currency(at) for name, at in countries.items()}
        ),
        homes,
    )


def _currency(part: Part) -> str:
    code = part.text()
    if code not in EXPONENTS:
        raise part.refused("not an ISO 4217 currency code")
    return code
