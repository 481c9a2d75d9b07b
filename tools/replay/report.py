"""What the replay says before, and at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools.replay.amounts import money
from tools.replay.progress_file import ProgressFile
from tools.replay.sums import Amounts, PspCheck, SellerCheck

_SHOWN_MAX = 20


@dataclass(slots=True)
class Noted:
    """How many there are of something, and the first few of them."""

    count: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < _SHOWN_MAX:
            self.first.append(text)


def introduce(console: Console, file: Path, count: int, record: ProgressFile) -> None:
    """What is about to be played."""
    console.print(f"{file.name}: {count} lines", highlight=False)
    if len(record.done):
        console.print(f"  {len(record.done)} of them were done before; --restart plays them again")
    if record.is_stale:
        console.print("  an earlier record was of another system, whose books are gone: set aside")


def show_lines(
    console: Console, bad: Noted, unfinished: Noted, statuses: Mapping[str, int]
) -> None:
    """How the lines ended, and which of them did not as they should."""
    shown = ", ".join(f"{count} {name}" for name, count in sorted(statuses.items()))
    console.print(f"\nAll runs together: {shown or 'nothing'}", highlight=False)
    _list(console, "bad lines, skipped", bad, "yellow")
    _list(console, "payments not final", unfinished, "red")


def show_books(console: Console, checks: Sequence[SellerCheck], psp: PspCheck) -> None:
    """The file's sums against the wallets, and against the PSP's book."""
    equal = sum(check.agrees for check in checks)
    table = Table(title="The file against the books", title_justify="left", title_style="bold")
    for column in ("", "the file", "the books", ""):
        table.add_column(column, justify="right" if column else "left")
    for currency in sorted({*psp.file, *psp.psp}):
        row = _row(currency, psp.file, psp.psp)
        table.add_row(f"captured at the PSP, {currency}", *row)
    file, books = _total(check.file for check in checks), _total(check.books for check in checks)
    for currency in sorted({*file, *books}):
        table.add_row(f"owed to sellers, {currency}", *_row(currency, file, books))
    table.add_row("sellers", str(len(checks)), f"{equal} equal", _verdict(equal == len(checks)))
    console.print()
    console.print(table)
    by_entries = sum(check.by_entries for check in checks)
    if by_entries:
        console.print(
            f"{by_entries} wallets hold something else than the file's sum (earlier runs, or a "
            "line that stands twice): for them, the journals of the file's own orders were "
            "compared.",
            highlight=False,
        )
    different = Noted()
    for check in checks:
        if not check.agrees:
            different.add(f"{check.seller_id}: file {check.file}, books {check.books}")
    wrong = Noted()
    for text in psp.wrong:
        wrong.add(text)
    _list(console, "sellers that differ", different, "red")
    _list(console, "orders not charged exactly once", wrong, "red")


def _row(currency: str, file: Amounts, books: Amounts) -> tuple[str, str, str]:
    left, right = file.get(currency, 0), books.get(currency, 0)
    return money(left, currency), money(right, currency), _verdict(left == right)


def _total(each: Iterable[Amounts]) -> Amounts:
    total: Amounts = {}
    for amounts in each:
        for currency, minor in amounts.items():
            total[currency] = total.get(currency, 0) + minor
    return total


def _verdict(agrees: bool) -> str:
    return "[green]equal[/]" if agrees else "[bold red]DIFFERS[/]"


def _list(console: Console, title: str, noted: Noted, colour: str) -> None:
    if not noted.count:
        return
    console.print(f"[{colour}]{noted.count} {title}[/]", highlight=False)
    for text in noted.first:
        console.print(f"  {text}", markup=False, highlight=False, soft_wrap=True)
    if noted.count > len(noted.first):
        console.print(f"  ... and {noted.count - len(noted.first)} more", highlight=False)
