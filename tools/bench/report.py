"""Ratios, verdicts and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.catalogue import ANSWERS_HTTP
from tools.bench.assets import Part
from tools.bench.measuring import Measured

BUDGET = 1.5
"""An API function's start, in starts of a bare DynamoDB client (docs/performance)."""

MARGIN = 0.1
"""What a noisy machine may add before the exit code says so."""


@dataclass(frozen=True, slots=True)
class Row:
    """One function. `to_layer` is against boto3 as our layer ships it, which is lighter."""

    function: str
    answers_http: bool
    ratio: float
    to_layer: float
    cost: float
    modules: int
    forbidden: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        """Whether a budget applies and is exceeded by more than the margin."""
        return self.answers_http and self.ratio > BUDGET + MARGIN


def rows(measured: Measured) -> list[Row]:
    """One row a function, the dearest first."""
    found = [
        Row(
            function=name,
            answers_http=name in ANSWERS_HTTP,
            ratio=start.cost / measured.stock.cost,
            to_layer=start.cost / measured.layer.cost,
            cost=start.cost,
            modules=start.modules,
            forbidden=start.forbidden,
        )
        for name, start in measured.functions.items()
    ]
    return sorted(found, key=lambda row: -row.ratio)


def faults(found: Sequence[Row], parts: Sequence[Part]) -> list[str]:
    """Everything that must not stay as it is, a line each."""
    over = [
        f"{row.function} starts at {row.ratio:.2f} of bare boto3, over {BUDGET} + {MARGIN}"
        for row in found
        if row.is_over
    ]
    loaded = [f"{row.function} loads {', '.join(row.forbidden)}" for row in found if row.forbidden]
    stale = [
        f"{part.name} holds byte code that a cold start compiles anew: {part.byte_code}"
        for part in parts
        if not part.is_valid
    ]
    return over + loaded + stale


def as_json(found: Sequence[Row], measured: Measured, parts: Sequence[Part]) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "unit": measured.unit,
        "rounds": measured.rounds,
        "budget": BUDGET,
        "margin": MARGIN,
        "stock_boto3": asdict(measured.stock),
        "layer_boto3": asdict(measured.layer),
        "functions": [asdict(row) for row in found],
        "assets": [asdict(part) for part in parts],
    }


def show(found: Sequence[Row], measured: Measured, parts: Sequence[Part]) -> None:
    """Print both tables."""
    console = Console()
    console.print(_starts(found, measured))
    console.print(
        f"1.00 is boto3's bare DynamoDB client as pip installs it: {measured.stock.cost:.0f} "
        f"{measured.unit}, {measured.stock.modules} modules; from our layer "
        f"{measured.layer.cost / measured.stock.cost:.2f}. Medians of {measured.rounds}.\n"
        f"Budget of an API function: {BUDGET}, with {MARGIN} for a noisy machine.\n",
        highlight=False,
    )
    console.print(_sizes(parts))


def _starts(found: Sequence[Row], measured: Measured) -> Table:
    table = Table(title="cold starts", title_justify="left", box=None, pad_edge=False)
    table.add_column("function")
    for name in ("ratio", "to layer", measured.unit, "modules"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for row in found:
        table.add_row(
            row.function,
            f"{row.ratio:.2f}",
            f"{row.to_layer:.2f}",
            f"{row.cost:.0f}",
            str(row.modules),
            _verdict(row),
        )
    return table


def _verdict(row: Row) -> str:
    if row.forbidden:
        return f"[red]loads {', '.join(row.forbidden)}[/]"
    if not row.answers_http:
        return "no budget"
    if row.is_over:
        return "[red]over budget[/]"
    return "[green]within budget[/]" if row.ratio <= BUDGET else "[yellow]within the margin[/]"


def _sizes(parts: Sequence[Part]) -> Table:
    table = Table(title="assets", title_justify="left", box=None, pad_edge=False)
    table.add_column("asset")
    for name in ("files", "kB", "zipped kB"):
        table.add_column(name, justify="right")
    table.add_column("byte code validated by")
    for part in parts:
        table.add_row(
            part.name,
            str(part.files),
            f"{part.bytes / 1000:.0f}",
            f"{part.zipped_bytes / 1000:.0f}",
            ", ".join(f"{kind} {count}" for kind, count in part.byte_code.items()),
        )
    return table
