"""The section `psp_routing` of the market's rules, read strictly.

It stands apart from the other sections: who talks to no PSP neither reads it when he starts nor
stops because of a mistake in it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from countinghouse.domain.breaker import PERCENT, BreakerPolicy
from countinghouse.domain.document import Part
from countinghouse.domain.instants import SECOND
from countinghouse.domain.money import EXPONENTS
from countinghouse.domain.psp_routes import BASIS, Cost, PspRoutes, RouteRule

PRIORITY_MAX = 1_000
SECONDS_MAX = 3_600
FAILURES_MAX = 1_000
_COUNTRY = re.compile(r"[A-Z]{2}")

_SECTION = frozenset({"routes"})
_SECTION_OPTIONAL = frozenset({"failover", "cascade_soft_declines", "breaker"})
_ROUTE = frozenset({"psp"})
_ROUTE_OPTIONAL = frozenset(
    {"methods", "currencies", "countries", "minimum_minor", "maximum_minor", "cost", "priority"}
    | {"stand_ins"}
)
_COST_OPTIONAL = frozenset({"basis_points", "fixed_minor"})
_BREAKER = frozenset({"failures", "share_percent", "window_s", "cool_off_s"})
_NONE = frozenset[str]()


def parse_psp_routing(document: Mapping[str, object]) -> PspRoutes:
    """The section `psp_routing` of the market's rules, as JSON has them.

    Strict: raises Invalid naming the path for anything unknown, missing or out of its bounds.
    """
    section = Part(document.get("psp_routing"), "psp_routing")
    parts = section.fields(_SECTION, _SECTION_OPTIONAL)
    rules = tuple(_route(part) for part in parts["routes"].elements())
    if not rules:
        raise parts["routes"].refused("at least one route is needed")
    breaker = parts.get("breaker")
    return PspRoutes(
        routes=rules,
        failover=_flag(parts.get("failover")),
        cascade=_flag(parts.get("cascade_soft_declines")),
        breaker=_breaker(breaker) if breaker else BreakerPolicy(),
    )


def _flag(part: Part | None) -> bool:
    return part.flag() if part else False


def _route(part: Part) -> RouteRule:
    parts = part.fields(_ROUTE, _ROUTE_OPTIONAL)
    minimum, maximum = _amounts(parts.get("minimum_minor")), _amounts(parts.get("maximum_minor"))
    for currency in minimum.keys() & maximum.keys():
        if minimum[currency] > maximum[currency]:
            raise part.refused("is below the minimum", f"maximum_minor.{currency}")
    return RouteRule(
        psp=parts["psp"].identifier(),
        methods=_words(parts.get("methods")),
        currencies=_codes(parts.get("currencies")),
        countries=_countries(parts.get("countries")),
        minimum_minor=minimum,
        maximum_minor=maximum,
        cost=_cost(parts["cost"]) if "cost" in parts else Cost(),
        priority=parts["priority"].whole(PRIORITY_MAX) if "priority" in parts else 0,
        stand_ins=_names(parts.get("stand_ins")),
    )


def _words(part: Part | None) -> frozenset[str] | None:
    if part is None:
        return None
    found = frozenset(at.identifier() for at in part.elements())
    if not found:
        # A rule for nothing would be met by nothing; who wants any leaves the list out.
        raise part.refused("at least one is needed")
    return found


def _names(part: Part | None) -> frozenset[str] | None:
    """The PSPs that are named; an empty list is nobody, none at all is anybody."""
    return None if part is None else frozenset(at.identifier() for at in part.elements())


def _codes(part: Part | None) -> frozenset[str] | None:
    found = _words(part)
    for at in part.elements() if part else ():
        if at.text() not in EXPONENTS:
            raise at.refused("not an ISO 4217 currency code")
    return found


def _countries(part: Part | None) -> frozenset[str] | None:
    found = _words(part)
    for at in part.elements() if part else ():
        if not _COUNTRY.fullmatch(at.text()):
            raise at.refused("not an ISO 3166-1 alpha-2 code")
    return found


def _cost(part: Part) -> Cost:
    parts = part.fields(_NONE, _COST_OPTIONAL)
    share = parts["basis_points"].whole(BASIS) if "basis_points" in parts else 0
    return Cost(share, _amounts(parts.get("fixed_minor")))


def _breaker(part: Part) -> BreakerPolicy:
    parts = part.fields(_BREAKER, _NONE)
    failures = parts["failures"].whole(FAILURES_MAX)
    share = parts["share_percent"].whole(PERCENT)
    window, cool_off = (
        parts[key].whole(SECONDS_MAX) * SECOND for key in ("window_s", "cool_off_s")
    )
    return part.built(lambda: BreakerPolicy(failures, share, window, cool_off))


def _amounts(part: Part | None) -> Mapping[str, int]:
    found = part.entries() if part else {}
    for currency in sorted(found.keys() - EXPONENTS.keys()):
        raise found[currency].refused("not an ISO 4217 currency code")
    return MappingProxyType({currency: minor.whole() for currency, minor in found.items()})
