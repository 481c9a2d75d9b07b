"""`countinghouse restore`: what the restored tables hold, and how it is put right."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table as Shown

from countinghouse.domain.errors import CountinghouseError
from tools.local.failure import LocalFailure

if TYPE_CHECKING:
    from tools.restore.mending import Mended, Restored, Tables

app = typer.Typer(name="restore", add_completion=False, pretty_exceptions_enable=False)
console = Console()
_KEYS: Mapping[str, tuple[str, ...]] = {
    "Ledger": ("book", "entry"),
    "Wallet": ("owner", "wallet_id"),
    "PaymentEvent": ("checkout_id",),
    "PaymentOrder": ("order_id",),
    "Payout": ("payout_id",),
    "PspEvent": ("event_key",),
}


@app.command()
def restore(
    mend: Annotated[
        Path | None, typer.Option(help="Mend the tables; what is set aside goes to this new file.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(help="On AWS: what the tables' names begin with.")
    ] = None,
) -> None:
    """Find what a backup cut in half; with --mend put it right. Exit code 1 when not whole.

    Only while nothing else runs on the tables: streams, consumers and the sweep are off. Without
    --prefix it looks at the system that runs here.
    """
    from tools.restore import mending

    tables = _tables(prefix)
    now = time.time_ns() // 1_000_000
    try:
        found = mending.look(tables, now)
        show(found)
        if mend is None or found.is_whole:
            raise typer.Exit(0 if found.is_whole else 1)
        with ExitStack() as stack:
            # Never over what an earlier run set aside.
            file = stack.enter_context(mend.open("x", encoding="utf-8"))
            done = mending.mend(tables, found, now, lambda line: print(line, file=file))
        tell(done)
        left = mending.look(tables, now)
    except (CountinghouseError, OSError) as error:
        raise LocalFailure(str(error)) from error
    if not left.is_whole:
        show(left)
    raise typer.Exit(0 if left.is_whole else 1)


def show(found: Restored) -> None:
    """Print what was found, by its name."""
    table = Shown(box=None, pad_edge=False)
    for title in ("what", "rows", "which"):
        table.add_column(title)
    aside = [f"{one.journal.ledger_id}: {why}" for one, why in found.sifted.set_aside]
    rows = {
        "journals that cannot stand": aside,
        "wallets that differ from their journals": [a.group for a in found.stale_wallets],
        "journals taken for booked and not there": [d.key.ledger_id for d in found.lacking],
        "payments at rest whose order is missing": list(found.sleeping),
        "accounts with another open payout": [row["payout_id"] for row, _ in found.slots],
        "events applied to what does not know them": [one.event_key for one in found.unheard],
    }
    for name, which in rows.items():
        table.add_row(name, str(len(which)), "\n".join(which))
    console.print(table, highlight=False)
    console.print("the books are whole" if found.is_whole else "the books are NOT whole")


def tell(done: Mended) -> None:
    """Print what was mended."""
    console.print(
        f"set aside {done.set_aside} journals, wrote {done.wallets} wallets, booked {done.booked} "
        f"journals again, woke {done.woken} payments, mended {done.freed} accounts, "
        f"opened {done.reopened} events again",
        highlight=False,
    )
    for ledger_id, why in done.failed.items():
        console.print(f"{ledger_id}: {why}", style="red", highlight=False, markup=False)


def _tables(prefix: str | None) -> Tables:
    import boto3

    from countinghouse_aws.dynamodb.table import Table
    from tools.client import Client
    from tools.restore.mending import Tables

    if prefix is None:
        client = Client.of_running_system()
        names, dynamodb = dict(client.endpoints.table_names), client.aws("dynamodb")
    else:
        names = {name: f"{prefix}{name}" for name in _KEYS}
        dynamodb = boto3.client("dynamodb")
    return Tables(*(Table(dynamodb, names[name], keys) for name, keys in _KEYS.items()))
