"""The market's rules: the file that was deployed with this code, or the one the stage names."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from countinghouse.domain.errors import Invalid
from countinghouse.domain.market_rules import MarketRules, parse_market_rules

_Rules = TypeVar("_Rules")

VARIABLE = "MARKET_RULES_FILE"
PACKAGED = Path(__file__).parent.parent / "rules" / "market.json"


class MarketRulesError(RuntimeError):
    """The rules cannot be read: which file, and what is wrong in it.

    Not an Invalid: a caller is not to blame, and must not be told that a field of theirs is.
    """


@lru_cache(maxsize=1)
def load_market_rules() -> MarketRules:
    """The rules of this process, read once. Raises MarketRulesError."""
    return read_market_rules(rules_file())


def rules_file() -> Path:
    """The document of this stage."""
    return Path(os.environ.get(VARIABLE) or PACKAGED)


def read_market_rules(file: Path) -> MarketRules:
    """The rules in a file. Raises MarketRulesError when it is missing or wrong."""
    return read_rules(file, parse_market_rules)


def read_rules(file: Path, parse: Callable[[Mapping[str, object]], _Rules]) -> _Rules:
    """What `parse` makes of the document in a file. Raises MarketRulesError."""
    try:
        text = file.read_text(encoding="utf-8")
        document = json.loads(text, object_pairs_hook=_distinct)
        if not isinstance(document, dict):
            raise Invalid("the document is an object")
        return parse(document)
    except OSError as error:
        raise MarketRulesError(f"market rules {file} cannot be read: {error.strerror}") from error
    except Invalid as error:
        raise MarketRulesError(f"market rules {file}: {error.detail}") from error
    except ValueError as error:
        raise MarketRulesError(f"market rules {file} are not JSON: {error}") from error


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object, refused when a key stands twice: JSON would silently keep the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        raise Invalid(f"{', '.join(twice)} stands twice in one object")
    return found
