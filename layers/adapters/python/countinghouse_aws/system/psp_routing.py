"""The part of the market's rules that only those who call PSPs for charges read."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.domain.psp_routes import PspRoutes
from countinghouse.domain.psp_routing import parse_psp_routing
from countinghouse_aws.system.market_rules import read_rules, rules_file


@lru_cache(maxsize=1)
def load_psp_routing() -> PspRoutes:
    """The rules of this process, read once. Raises MarketRulesError."""
    return read_rules(rules_file(), parse_psp_routing)
