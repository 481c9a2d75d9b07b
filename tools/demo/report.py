"""The demo's end on the screen: tables, what the faults came to, and what differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tools.client import Json
from tools.demo.comparing import Comparison
from tools.demo.playing import Played

_NUMBERS = {
    "expected",
    "got",
    "count",
    "PSP's book",
    "PSP owes",
    "left the bank",
    "PSP paid out",
    "amount",
    "ledger",
    "journals",
    "orders paid",
    "sum of all accounts",
    "took",
}
_SHOWN_MAX = 40


def show(console: Console, comparison: Comparison) -> None:
    """One comparison as a table."""
    table = Table(title=comparison.title, title_justify="left", title_style="bold")
    for column in comparison.columns:
        is_number = column in _NUMBERS or "pending" in column or column.startswith("psp_")
        table.add_column(column, justify="right" if is_number else "left")
    for row in comparison.rows:
        table.add_row(*(_cell(text) for text in row))
    console.print()
    console.print(table)


def _cell(text: str) -> str:
    if text == "ok":
        return "[green]ok[/]"
    return f"[bold red]{text}[/]" if text == "DIFFERS" else escape(text)


def show_differences(console: Console, differences: Sequence[str]) -> None:
    """What is not as it has to be, the first of them."""
    console.print(f"\n[bold red]{len(differences)} differences[/]")
    for text in differences[:_SHOWN_MAX]:
        console.print(f"  {text}", markup=False, highlight=False, soft_wrap=True)
    if len(differences) > _SHOWN_MAX:
        console.print(f"  ... and {len(differences) - _SHOWN_MAX} more")


def compare_stories(played: Sequence[Played], faults_left: Iterable[Json]) -> Comparison:
    """The stories in which something went wrong, how each ended, and whether every fault struck."""
    left = {(fault["order_id"], fault["kind"]) for fault in faults_left}
    missed = [
        f"{fault.kind} never struck {part.order_id} ({one.checkout.plot.title})"
        for one in played
        for fault, part in one.checkout.faults
        if (part.order_id, fault.kind) in left
    ]
    rows = [
        (
            one.checkout.plot.title,
            one.checkout.means.value,
            ", ".join(fault.kind for fault in one.checkout.plot.faults) or "-",
            str(one.payment.get("status")),
            f"{one.seconds:.1f} s",
        )
        for one in sorted(played, key=lambda one: one.checkout.checkout_id)
        if one.checkout.plot.title != "paid"
    ]
    columns = ("story", "by", "faults at the PSP", "ended", "took")
    return Comparison(
        "The stories in which something happened", columns, tuple(rows), tuple(missed)
    )
