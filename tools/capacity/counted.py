"""Units of each step as `make cost` counted them: docs/proofs/cost.json, by message."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from infra.grants import TABLE_ENV
from tools.local.places import ROOT

FILE: Final = ROOT / "docs" / "proofs" / "cost.json"
_NAMES: Final = {
    variable.removeprefix("TABLE_").lower(): name for name, variable in TABLE_ENV.items()
}

Units = dict[str, dict[str, Any]]


def counted(step: Mapping[str, Any], journeys: Mapping[str, Any]) -> Units:
    """The write and read units of one message of a step, by table or `Table/index`.

    `step` is as parameters.json has it: `journey` and `starts` name what was counted, `dynamodb`
    what else there is, or is not as it was counted. Raises KeyError for a step nobody counted.
    """
    if "journey" not in step:
        return dict(step["dynamodb"])
    played = [
        one
        for one in journeys[step["journey"]]["steps"]
        if (one["function"], one["trigger"]) == (step["function"], step["starts"])
    ]
    if not played:
        raise KeyError(f"{step['function']} is not started by {step['starts']!r} in the journey")
    found = _mean(played)
    # Read now and then by each process, whatever comes: it has a limit of its own.
    found.pop("PspHealth", None)
    found |= step["dynamodb"]
    return {table: units for table, units in found.items() if units["wcu"] or units["rcu"]}


def _mean(played: Iterable[Mapping[str, Any]]) -> Units:
    messages = 0
    sums: dict[str, dict[str, float]] = defaultdict(lambda: {"wcu": 0.0, "rcu": 0.0})
    for one in played:
        messages += one["records"]
        for table, units in one["dynamodb"].items():
            name, slash, index = table.partition("/")
            for unit in ("wcu", "rcu"):
                sums[f"{_NAMES[name]}{slash}{index}"][unit] += units[unit]
    return {
        table: {unit: total / messages for unit, total in units.items()}
        for table, units in sums.items()
    }


def journeys(path: Path = FILE) -> Mapping[str, Any]:
    """Every journey that was counted, by name."""
    kept: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))["journeys"]
    return kept
