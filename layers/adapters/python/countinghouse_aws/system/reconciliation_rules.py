"""The part of the market's rules that only those who reconcile read."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.domain.break_rules import ReconciliationRules, parse_reconciliation
from countinghouse_aws.system.market_rules import read_rules, rules_file


@lru_cache(maxsize=1)
def load_reconciliation_rules() -> ReconciliationRules:
    """The rules of this process, read once. Raises MarketRulesError."""
    return read_rules(rules_file(), parse_reconciliation)
