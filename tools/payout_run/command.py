"""The payout run from its first credit to its exit code."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from tools.client import Client
from tools.demo import report
from tools.demo.comparing import Comparison
from tools.gauge import clock
from tools.local import system
from tools.local.failure import LocalFailure
from tools.local.progress import Progress
from tools.payout_run import comparing, funding, machine, reading
from tools.payout_run.board import Board, described
from tools.payout_run.cast import CURRENCY, Seller, cast
from tools.payout_run.looking import Look, look
from tools.replay.amounts import money
from tools.replay.meter import Meter

app = typer.Typer(name="payouts", add_completion=False, pretty_exceptions_enable=False)

Result = TypeVar("Result")

SELLERS = 200
WORKERS = 4
_DAY = "25h"
_PATIENCE_S = 600.0
_PLAIN_WIDTH = 132
_STOPPED = 130


@app.command()
def payouts(
    sellers: Annotated[int, typer.Option(min=1, max=100_000, help="New sellers.")] = SELLERS,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Calls at a time.")] = WORKERS,
    run: Annotated[
        str | None,
        typer.Option(help="Go on with a run that was stopped: its name, with as many sellers."),
    ] = None,
) -> int:
    """Pay many sellers out in one monthly run, run it again, and prove that nobody is paid twice.

    Gives new sellers money and bank accounts, starts the state machine as its schedule does, moves
    the PSP's clock a day on so that the money arrives, and starts the month once more. One seller
    in fifty fails on purpose, and four more meet other trouble. Brings the system up first, if it
    is not. Stopped in any way, it harms nothing. Exit code 0 only when every amount is exact.
    """
    console = Console()
    console = console if console.is_terminal else Console(width=_PLAIN_WIDTH)
    system.up(Progress(console))
    name = run or run_name()
    payday = Payday(console, Client.of_running_system(), name, cast(name, sellers), workers)
    try:
        comparisons = payday.play()
    except KeyboardInterrupt:
        again = f'make payouts SELLERS={sellers} ARGS="--run {name}"'
        console.print(f"\nStopped; payouts under way go on by themselves. To go on: {again}")
        return _STOPPED
    for comparison in comparisons:
        report.show(console, comparison)
    differences = [text for one in comparisons for text in one.differences]
    payday.conclude(differences)
    return 1 if differences else 0


def run_name() -> str:
    """A name that no earlier run had: the second it began."""
    return f"pay-{int(time.time()):x}"


class Payday:
    """One run of the tool."""

    def __init__(
        self, console: Console, client: Client, run: str, sellers: Sequence[Seller], workers: int
    ) -> None:
        self._console = console
        self._client = client
        self._run = run
        self._sellers = sellers
        self._workers = workers
        self._expected = sum(seller.plot.ends is not None for seller in sellers)
        self._began = time.monotonic()
        self._took: dict[str, float] = {}

    def play(self) -> list[Comparison]:
        """Everything, in order; what there is to compare in the end."""
        self._introduce()
        self._timed("given", self._give)
        period = self._timed("sent", self._send)
        self._timed("arrived", self._arrive)
        again = self._timed("again", lambda: self._again(period))
        return [*self._timed("read", lambda: self._compare(period)), again]

    def conclude(self, differences: Sequence[str]) -> None:
        """The last word, and where the time went."""
        if differences:
            report.show_differences(self._console, differences)
        else:
            self._say(
                f"\n[bold green]Every amount agrees[/]: {len(self._sellers)} sellers, "
                f"{self._expected} payouts, none twice, in {clock(time.monotonic() - self._began)}."
            )
        steps = ", ".join(f"{title} {clock(seconds)}" for title, seconds in self._took.items())
        self._say(f"[dim]Time: {steps}.[/]")

    def _introduce(self) -> None:
        owed = sum(seller.amount for seller in self._sellers)
        plots = Counter(seller.plot.title for seller in self._sellers)
        self._say(
            f"\n[bold]{len(self._sellers)} sellers[/] ({self._run}) are owed "
            f"{money(owed, CURRENCY)}; how it goes for them:"
        )
        for title, count in plots.most_common():
            self._say(f"  {count:>6}  {title}")

    def _give(self) -> None:
        known = look(self._client, self._run).accounts.keys()
        with Meter(self._console, "given money", len(self._sellers), "sellers") as meter:
            for seller in funding.give(self._client, self._sellers, known, self._workers):
                meter.advance(is_work=seller not in known)

    def _send(self) -> str:
        """Start the run, and watch until each payout is with the bank; its period."""
        period = f"{datetime.now(UTC):%Y-%m}"
        funding.plant_faults(self._client, self._sellers, period)
        run = machine.start(self._client, {})

        is_over = False

        def is_away(seen: Look) -> bool:
            nonlocal is_over
            if is_over:
                # Whom the run left out is no reason to wait: the comparisons say who it was.
                return seen.away >= len(seen.payouts)
            is_over = run.output() is not None
            return False

        self._watch("sent", lambda seen: seen.away, is_away)
        output = run.wait()
        self._say(f"   the run's own report: {json.dumps(output)}")
        return str(output["period"])

    def _arrive(self) -> None:
        self._client.at_psp("POST", "/_control/clock", {"advance": _DAY})
        self._watch("final", lambda seen: seen.final, lambda seen: seen.final >= len(seen.payouts))

    def _again(self, period: str) -> Comparison:
        """Start the month once more, and see that nothing moves."""
        before, sent = look(self._client, self._run), funding.psp_payouts(self._client)
        output = machine.start(self._client, {"period": period}).wait()
        self._say(f"   run again, it reports: {json.dumps(output)}")
        after = look(self._client, self._run)
        return comparing.compare_runs(before, after, (sent, funding.psp_payouts(self._client)))

    def _compare(self, period: str) -> list[Comparison]:
        found = []
        with Meter(self._console, "read", len(self._sellers), "sellers") as meter:
            for one in reading.read(self._client, self._sellers, self._workers):
                found.append(one)
                meter.advance()
        accounts = look(self._client, self._run).accounts
        psp = funding.psp_payouts(self._client)
        return [
            comparing.compare_payouts(found, period),
            comparing.compare_psp(found, psp, accounts),
            comparing.compare_wallets(found),
            reading.whole_book(self._client),
        ]

    def _watch(
        self, title: str, count: Callable[[Look], int], is_done: Callable[[Look], bool]
    ) -> None:
        """Look until it is done. Raises LocalFailure when nothing moves any more."""
        moved_at, last = time.monotonic(), Counter[str]()
        with Board(self._console, title, self._expected) as board:
            while True:
                began = time.monotonic()
                seen = look(self._client, self._run)
                board.show(count(seen), seen.statuses)
                if is_done(seen):
                    return
                now = time.monotonic()
                if seen.statuses != last:
                    moved_at, last = now, seen.statuses
                if now - moved_at > _PATIENCE_S:
                    stuck = ", ".join(described(seen.statuses)) or "no payout at all"
                    raise LocalFailure(f"nothing has moved for {_PATIENCE_S:.0f} s: {stuck}")
                # Looking takes the emulator's time as well: at most a tenth of it.
                time.sleep(max(1.0, 9 * (now - began)))

    def _timed(self, title: str, do: Callable[[], Result]) -> Result:
        began = time.monotonic()
        result = do()
        self._took[title] = time.monotonic() - began
        return result

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False)
