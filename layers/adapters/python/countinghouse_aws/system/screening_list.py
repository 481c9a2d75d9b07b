"""The screening list: the file that was deployed with this code, or the one the stage names."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from countinghouse.domain.screening import ScreeningList, parse_screening_list
from countinghouse_aws.system.market_rules import read_rules

VARIABLE = "SCREENING_FILE"
PACKAGED = Path(__file__).parent.parent / "rules" / "screening.json"


@lru_cache(maxsize=1)
def load_screening_list() -> ScreeningList:
    """The list of this process, read once. Raises MarketRulesError: then nobody is let through."""
    return read_rules(Path(os.environ.get(VARIABLE) or PACKAGED), parse_screening_list)
