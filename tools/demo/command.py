"""The demo from its first call to its exit code."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import Annotated

import typer
from rich.console import Console

from tools.client import Client
from tools.demo import comparing, report
from tools.demo.abroad import compare_abroad, sell_abroad
from tools.demo.cast import Checkout, cast
from tools.demo.comparing import Comparison
from tools.demo.evidence import gather, most_told, whole_book
from tools.demo.outage import FAILING, Outage, compare_outage, play_outage
from tools.demo.playing import Played, play
from tools.demo.plots import PLAIN
from tools.demo.same_day import PSPS, Told, compare_days, play_days
from tools.demo.second_act import SecondAct, compare_chapters, compare_payouts, rehearse
from tools.demo.statements import close_month, compare_statements
from tools.demo.third_act import (
    compare_breaks,
    compare_clearing,
    compare_open_items,
    reconcile_day,
)
from tools.demo.trail import show_trail
from tools.local import system
from tools.local.progress import Progress
from tools.meanwhile import meanwhile
from tools.replay.meter import Meter
from tools.replay.turns import tell

app = typer.Typer(name="demo", add_completion=False, pretty_exceptions_enable=False)

# Each call at the same time is a Lambda process of its own; more than this only adds cold starts.
WORKERS = 3
OPENING = 2
_PLAIN_WIDTH = 132
_FIRST_SWEEP_S = 15.0
_SWEEP_EVERY_S = 5.0
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@app.command()
def demo(
    down: Annotated[bool, typer.Option("--down", help="Stop the system at the end.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=16, help="Calls at a time.")] = WORKERS,
) -> int:
    """Play a busy minute of a marketplace against the running system, and check every amount.

    Brings the system up first, if it is not or if its code has changed. Exit code 0 only when every
    payment ended as it had to and every comparison is exact.
    """
    console = _console()
    progress = Progress(console)
    system.up(progress)
    began = time.monotonic()
    client = Client.of_running_system()
    run = run_name()
    checkouts, second_act = cast(run), rehearse(client, run)
    _introduce(console, checkouts, len(second_act.sales))
    with ThreadPoolExecutor(1) as beside:
        sold = beside.submit(second_act.sell)
        played = _play_all(console, client, checkouts, workers)
        sold.result()
    with progress.step("read both sides' books"):
        found = gather(client, checkouts)
    comparisons = [
        report.compare_stories(played, found.faults_left),
        comparing.compare_payments(played),
        comparing.compare_double_clicks(played),
        comparing.compare_orders(checkouts, found.charges, found.journals),
        comparing.compare_wallets(checkouts, found.wallets, found.entries),
    ]
    for comparison in comparisons:
        report.show(console, comparison)
    show_trail(console, client, most_told(checkouts).checkout_id, most_told(checkouts).plot.title)
    with ThreadPoolExecutor(1) as beside:
        # Most of an outage is waiting.
        outage = beside.submit(_fail_half_way, client, run)
        comparisons += _second_act(console, progress, client, second_act)
        comparisons += _third_act(console, client, run)
        comparisons += _fourth_act(console, progress, client, run, outage)
    differences = [text for one in comparisons for text in one.differences]
    _conclude(console, checkouts, differences, time.monotonic() - began)
    _leave(console, down=down)
    return 1 if differences else 0


def _second_act(
    console: Console, progress: Progress, client: Client, second_act: SecondAct
) -> list[Comparison]:
    """What happens to the money, up to the statements on disk."""
    console.print("\n[bold]What happens to the money[/]: deliveries, refunds, disputes, payouts")
    lived, paid = second_act.play(console)
    with progress.step("close the month and bill every seller"):
        closed = close_month(client, second_act.run)
    found = [
        compare_chapters(client, lived),
        compare_payouts(paid),
        compare_statements(client, closed, second_act.sales),
        whole_book(client),
    ]
    for comparison in found:
        report.show(console, comparison)
    story = f"sold, delivered, and its payout {paid[0].story.title}"
    show_trail(console, client, paid[0].sale.name, story)
    console.print(f"\nThe statements (JSON, CSV, PDF) and finance's pack are in {closed.folder}")
    return found


def _third_act(console: Console, client: Client, run: str) -> list[Comparison]:
    """What the PSP, the bank and the ledger say of each other."""
    console.print("\n[bold]Is it all there?[/] The PSP closes its day, with mistakes in the file")
    found = reconcile_day(console, client, run)
    comparisons = [
        compare_breaks(found),
        compare_clearing(found),
        compare_open_items(client, found),
        whole_book(client),
    ]
    for comparison in comparisons:
        report.show(console, comparison)
    console.print(f"\n{found.report['verdict']}", highlight=False)
    console.print(f"The report (HTML, CSV, JSON) is in {found.folder}", highlight=False)
    return comparisons


def _fail_half_way(client: Client, run: str) -> tuple[list[Told], Outage]:
    """A day at the PSP that then fails, while the other acts go on at the sandbox."""
    with _operator(client):
        return play_days(client, run, [FAILING]), play_outage(client, run)


def _fourth_act(
    console: Console,
    progress: Progress,
    client: Client,
    run: str,
    failing: Future[tuple[list[Told], Outage]],
) -> list[Comparison]:
    """Other PSPs, one of which fails, and other currencies."""
    console.print("\n[bold]Other PSPs, other currencies[/]: Stripe and Adyen beside the sandbox")
    with _operator(client):
        with progress.step("the same day at the others"):
            others = play_days(client, run, [psp for psp in PSPS if psp != FAILING])
        with progress.step("a sale in dollars for a seller in euros, paid out in pounds"):
            abroad = sell_abroad(client, run)
    with progress.step(f"{FAILING} has failed half way, and comes back"):
        told, outage = failing.result()
    found = [
        compare_days([*others, *told]),
        compare_outage(outage),
        compare_abroad(abroad),
        whole_book(client),
    ]
    for comparison in found:
        report.show(console, comparison)
    return found


def run_name() -> str:
    """A name that no earlier run had: the second it began, in letters and digits."""
    seconds, text = int(time.time()), ""
    while seconds:
        seconds, digit = divmod(seconds, len(_DIGITS))
        text = _DIGITS[digit] + text
    return f"demo-{text}"


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=_PLAIN_WIDTH)


def _introduce(console: Console, checkouts: Sequence[Checkout], sales: int) -> None:
    orders = sum(len(checkout.parts) for checkout in checkouts)
    twice = sum(checkout.twice for checkout in checkouts)
    faults = sum(len(checkout.plot.faults) for checkout in checkouts)
    sellers = len({part.seller_id for checkout in checkouts for part in checkout.parts})
    console.print(
        f"\n[bold]{len(checkouts)} checkouts[/] with {orders} orders for {sellers} sellers; "
        f"{twice} of them submitted twice at the same moment; {faults} faults at the PSP; "
        f"beside them {sales} sales for the second act",
        highlight=False,
    )


def _play_all(
    console: Console, client: Client, checkouts: Sequence[Checkout], workers: int
) -> list[Played]:
    """Every checkout to its end: a quiet opening, then all the others at once.

    A function's first call starts a process. With a few buyers first there is one of each before
    the crowd comes; else two dozen start at the same moment, and each waits for the processor.
    """
    opening = [one for one in checkouts if one.plot is PLAIN][:OPENING]
    crowd = [one for one in checkouts if one not in opening]
    played = []
    with Meter(console, "final", len(checkouts), "payments") as meter, _operator(client):
        for some, at_once in ((opening, 1), (crowd, len(crowd))):
            stories = (play(checkout, client) for checkout in some)
            for one in tell(stories, workers=min(workers, at_once), at_once=at_once):
                played.append(one)
                meter.advance()
    return played


@contextlib.contextmanager
def _operator(client: Client) -> Iterator[None]:
    """Somebody who runs the repair sweep every few seconds; its schedule does so each minute."""

    def sweep(is_over: Event) -> None:
        pause_s = _FIRST_SWEEP_S
        while not is_over.wait(pause_s):
            pause_s = _SWEEP_EVERY_S
            # The schedule's own sweep will find whatever this one could not.
            with contextlib.suppress(Exception):
                client.invoke("repair")

    with meanwhile(sweep):
        yield


def _conclude(
    console: Console, checkouts: Sequence[Checkout], differences: Sequence[str], seconds: float
) -> None:
    if differences:
        report.show_differences(console, differences)
        return
    console.print(
        f"\n[bold green]Every amount agrees[/]: {len(checkouts)} payments ended as they had to, "
        f"in {seconds:.0f} s.",
        highlight=False,
    )


def _leave(console: Console, *, down: bool) -> None:
    if down:
        console.print(f"stopped: {', '.join(system.down())}")
    else:
        console.print("The system is still running. Stop it with: make down", highlight=False)
