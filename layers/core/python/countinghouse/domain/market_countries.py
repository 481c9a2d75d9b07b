"""Where a marketplace and its sellers are at home, and which borders count as none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from countinghouse.domain.countries import COUNTRIES
from countinghouse.domain.document import Part
from countinghouse.records import dataclass

_SELLER = frozenset({"country"})
_SELLER_OPTIONAL = frozenset({"business"})
_NO_MARKETS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SellerHome:
    """A seller's country, and whether it is known to be a business (for the tax on fees)."""

    country: str
    business: bool = False


_NO_SELLERS: Mapping[str, SellerHome] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MarketCountries:
    """The market's map.

    `home` is the country of the platform and of every seller without an entry in `sellers`; None
    leaves those sellers' countries unknown. `market_of` says by country which single market it is
    in; a country stands in one at most.
    """

    home: str | None = None
    sellers: Mapping[str, SellerHome] = field(default_factory=lambda: _NO_SELLERS)
    market_of: Mapping[str, int] = field(default_factory=lambda: _NO_MARKETS)

    def seller_home(self, seller_id: str, stated: str | None = None) -> SellerHome | None:
        """The seller's country: as stated with the order, else its own, else the market's home."""
        known = self.sellers.get(seller_id)
        country = stated or (known.country if known else self.home)
        if country is None:
            return None
        return SellerHome(country, known is not None and known.business)

    def crosses_border(self, buyer: str | None, seller: str | None) -> bool:
        """Whether both countries are known and differ, outside one single market."""
        if buyer is None or seller is None or buyer == seller:
            return False
        market = self.market_of.get(buyer)
        return market is None or market != self.market_of.get(seller)

    def is_abroad(self, country: str) -> bool:
        """Whether a country is another than the platform's; without a home, none is."""
        return self.home is not None and country != self.home


NOWHERE = MarketCountries()
"""A market that says nothing of countries."""


def country_of(part: Part) -> str:
    """An ISO 3166-1 alpha-2 code. Raises Invalid."""
    code = part.text()
    if code not in COUNTRIES:
        raise part.refused("not an ISO 3166-1 alpha-2 code")
    return code


def parse_countries(parts: Mapping[str, Part]) -> MarketCountries:
    """The map that `home_country`, `sellers` and `single_market` draw, each of them optional.

    Raises Invalid naming the path.
    """
    home, sellers = parts.get("home_country"), parts.get("sellers")
    markets = parts.get("single_market")
    return MarketCountries(
        home=country_of(home) if home else None,
        sellers=_sellers(sellers) if sellers else _NO_SELLERS,
        market_of=_markets(markets) if markets else _NO_MARKETS,
    )


def _sellers(part: Part) -> Mapping[str, SellerHome]:
    found: dict[str, SellerHome] = {}
    for seller, at in part.entries().items():
        said = at.fields(_SELLER, _SELLER_OPTIONAL)
        business = said["business"].flag() if "business" in said else False
        seller_id = Part(seller, at.path).identifier()
        found[seller_id] = SellerHome(country_of(said["country"]), business)
    return MappingProxyType(found)


def _markets(part: Part) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for number, market in enumerate(part.elements()):
        for at in market.elements():
            country = country_of(at)
            if country in found:
                raise at.refused("stands in a single market already")
            found[country] = number
    return MappingProxyType(found)
