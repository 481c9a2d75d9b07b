"""The part of the market's rules that only those who draw quotes read."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.domain.fx_rules import FxRules, parse_fx_rules
from countinghouse_aws.system.market_rules import read_rules, rules_file


@lru_cache(maxsize=1)
def load_fx_rules() -> FxRules:
    """The rules of this process, read once. Raises MarketRulesError."""
    return read_rules(rules_file(), parse_fx_rules)
