"""What a run prints: the tables of the page, as far as they fit a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tools.bench.results import Cold, Result, Warm


def show(result: Result) -> None:
    """Print starts, works and sizes."""
    console = Console()
    console.print(_starts(result))
    stock = result.measured.stock
    console.print(
        f"1.00 is boto3's bare DynamoDB client as pip installs it: {_count(stock.mi)} Mi, "
        f"{stock.ms:.0f} ms, {stock.modules} modules. Medians of {result.measured.rounds}.\n",
        highlight=False,
    )
    console.print(_works(result))
    console.print("1.00 is the same AWS calls, made by boto3 as it comes.\n", highlight=False)
    console.print(_sizes(result))


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _starts(result: Result) -> Table:
    table = _table("cold starts", "function", "ratio", "by time", "Mi", "modules", "loads")
    for one in result.cold:
        table.add_row(*_start(one))
    return table


def _start(one: Cold) -> tuple[str, ...]:
    must_not = f"[red]{', '.join(one.forbidden)}[/]" if one.forbidden else ""
    figures = (f"{one.ratio:.2f}", f"{one.ms_ratio:.2f}", _count(one.start.mi))
    return one.function, *figures, str(one.start.modules), must_not


def _count(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:,.0f}"


def _works(result: Result) -> Table:
    table = _table("warm paths", "work", "AWS calls", "ratio", "to our client", "Ki", "µs")
    for one in result.warm:
        table.add_row(*_work(one))
    return table


def _work(one: Warm) -> tuple[str, ...]:
    ratios = ("-" if each is None else f"{each:.2f}" for each in (one.ratio, one.to_tuned))
    return one.title, str(one.calls), *ratios, _count(one.cost.ki), f"{one.cost.us:,.0f}"


def _sizes(result: Result) -> Table:
    table = _table("assets", "asset", "files", "kB", "zipped kB", "byte code validated by")
    for part in result.parts:
        table.add_row(
            part.name,
            str(part.files),
            f"{part.bytes / 1000:.0f}",
            f"{part.zipped_bytes / 1000:.0f}",
            ", ".join(f"{kind} {count}" for kind, count in part.byte_code.items()),
        )
    return table
