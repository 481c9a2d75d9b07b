"""The budget of instructions: targets, which hold anywhere, and what was measured last.

What was measured is compared with a margin, on the scale of a bare boto3's start: another
interpreter or boto3 makes everything dearer by about as much, and that is no regression of ours.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.bench.assets import Part
from tools.bench.results import Result
from tools.local.failure import LocalFailure

BUDGET = Path(__file__).parent / "budget.json"
COLD_MARGIN = 0.05
WARM_MARGIN = 0.03
COLD_MOST_MI = {"payments": 1_200, "webhooks": 1_200}
WARM_MOST_KI = {"intake": 5_000, "webhook": 5_000, "webhook_verify": 150, "commit_10": 8_000}
LOWER = "if that is meant, make it the budget: make bench ARGS=--lower"


Figures = Mapping[str, float]


def cold_of(result: Result) -> Figures:
    """Million instructions of cold starts, where they were counted."""
    return {one.function: one.start.mi for one in result.cold if one.start.mi is not None}


def warm_of(result: Result) -> Figures:
    """Thousand instructions of works, where they were counted."""
    return {one.name: one.cost.ki for one in result.warm if one.cost.ki is not None}


def faults(result: Result, last: Mapping[str, Figures]) -> list[str]:
    """Everything that must not stay as it is, a line each. Only what was counted is compared."""
    scale = (result.measured.stock.mi or 0) / last["stock_mi"]["boto3"]
    return [
        *missed(result),
        *_dearer(cold_of(result), last["cold_mi"], scale, COLD_MARGIN, "Mi to start"),
        *_dearer(warm_of(result), last["warm_ki"], scale, WARM_MARGIN, "Ki"),
        *(f"{c.function} loads {', '.join(c.forbidden)}" for c in result.cold if c.forbidden),
        *stale(result.parts),
    ]


def _dearer(now: Figures, last: Figures, scale: float, margin: float, unit: str) -> Iterator[str]:
    """What takes more than it took last, by more than the margin."""
    for name, figure in now.items():
        if name not in last:
            yield f"{name} has no budget: {LOWER}"
        elif figure > (may := last[name] * scale) * (1 + margin):
            more = figure / may - 1
            yield f"{name} takes {figure:,.0f} {unit}, {more:.1%} more than {may:,.0f}: {LOWER}"


def missed(result: Result) -> Iterator[str]:
    """The targets that do not hold."""
    for now, most, unit in (
        (cold_of(result), COLD_MOST_MI, "Mi to start"),
        (warm_of(result), WARM_MOST_KI, "Ki"),
    ):
        for name, figure in now.items():
            if figure > most.get(name, figure):
                yield f"{name} takes {figure:,.0f} {unit}, of at most {most[name]:,}"


def stale(parts: tuple[Part, ...]) -> Iterator[str]:
    """The assets that a cold start would compile anew."""
    for part in parts:
        if not part.is_valid:
            yield f"{part.name} holds byte code that a cold start compiles anew: {part.byte_code}"


def read() -> Mapping[str, Figures]:
    """What was measured last. Raises LocalFailure when nothing was."""
    if not BUDGET.exists():
        raise LocalFailure("there is no budget yet: make bench ARGS=--lower measures one")
    found: Mapping[str, Figures] = json.loads(BUDGET.read_text(encoding="utf-8"))
    return found


def write(result: Result) -> None:
    """Make this run the budget."""
    kept = {
        "stock_mi": {"boto3": result.measured.stock.mi or 0},
        "cold_mi": cold_of(result),
        "warm_ki": warm_of(result),
    }
    rounded = {
        name: {each: round(figure, 1) for each, figure in sorted(figures.items())}
        for name, figures in kept.items()
    }
    BUDGET.write_text(json.dumps(rounded, indent=1) + "\n", encoding="utf-8")
