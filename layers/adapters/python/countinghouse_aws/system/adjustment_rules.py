"""The part of the market's rules that only bookings by hand read."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.domain.adjustment_rules import AdjustmentRules, parse_adjustments
from countinghouse_aws.system.market_rules import read_rules, rules_file


@lru_cache(maxsize=1)
def load_adjustment_rules() -> AdjustmentRules:
    """The rules of this process, read once. Raises MarketRulesError."""
    return read_rules(rules_file(), parse_adjustments)
