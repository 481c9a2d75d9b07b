"""`countinghouse ledger verify`: what the check reads, what it prints, and how it ends."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tools.ledger_verify.reading import Buckets, in_order, read_postings
from tools.ledger_verify.rows import PostingRow
from tools.ledger_verify.verifying import Verified, verify
from tools.local.failure import LocalFailure

app = typer.Typer(name="ledger", add_completion=False, pretty_exceptions_enable=False)
console = Console()
_SHOWN_MAX = 50
_TOLD_EVERY = 100_000


@app.callback()
def ledger() -> None:
    """The books, counted again from S3 alone."""


@app.command("verify")
def verify_ledger(
    days: Annotated[int | None, typer.Option(min=1, help="Only the last so many days.")] = None,
    lake: Annotated[str | None, typer.Option(help="The lake's bucket; AWS as configured.")] = None,
    documents: Annotated[str | None, typer.Option(help="The seals' bucket, with --lake.")] = None,
) -> None:
    """Rebuild every journal, chain, balance and seal from S3. Exit code 1 when one does not hold.

    Without --lake it reads the system that runs here. With --days, journals are checked one by one
    and chains as far as they are here; what is missing and the seals take the whole lake.
    """
    buckets = _buckets(lake, documents)
    began = time.monotonic()
    with TemporaryDirectory(prefix="ledger-verify-") as scratch:
        verified = check(buckets, Path(scratch), days)
    show(verified, whole=days is None)
    console.print(f"\n{time.monotonic() - began:.1f} s", highlight=False)
    raise typer.Exit(0 if verified.holds else 1)


def check(buckets: Buckets, scratch: Path, days: int | None) -> Verified:
    """Read S3 into a folder and check what came. Raises LocalFailure."""
    since = None if days is None else _days_ago(days - 1)
    files = scratch / "postings"
    count = buckets.postings(files, since)
    console.print(f"read {count} files of postings", highlight=False)
    copies = buckets.seals() if days is None else {}
    return verify(
        _told(read_postings(files)),
        copies,
        partial(in_order, folder=scratch / "places"),
        whole=days is None,
    )


def _days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def _told(rows: Iterable[PostingRow]) -> Iterator[PostingRow]:
    """The rows, and a word now and then."""
    for number, row in enumerate(rows, 1):
        if number % _TOLD_EVERY == 0:
            console.print(f"  {number:,} rows", highlight=False)
        yield row


def _buckets(lake: str | None, documents: str | None) -> Buckets:
    import boto3

    if lake is not None:
        if documents is None:
            raise LocalFailure("name the bucket of the seals as well: --documents")
        return Buckets(boto3.client("s3"), lake, documents)
    from tools.local import cloud, endpoints
    from tools.local.places import OUTPUTS

    found = endpoints.read()
    stacks = json.loads(OUTPUTS.read_text(encoding="utf-8")).values()
    named = {name: value for outputs in stacks for name, value in outputs.items()}
    if "LakeBucket" not in named or "DocumentsBucket" not in named:
        raise LocalFailure("the deployed stacks name no lake: make up again")
    client = cloud.session(found).client("s3", endpoint_url=found.aws_endpoint_url)
    return Buckets(client, named["LakeBucket"], named["DocumentsBucket"])


def show(verified: Verified, *, whole: bool) -> None:
    """Print what was counted, then what does not hold."""
    problems = verified.problems.counts
    table = Table(box=None, pad_edge=False)
    for title in ("check", "what was counted", "result"):
        table.add_column(title)
    chains = verified.chains
    sums = ", ".join(f"{code} {total}" for code, total in verified.totals.items()) or "nothing"
    counted = {
        "journals": f"{verified.journals:,} of {verified.legs:,} legs, {verified.copies:,} copies",
        "trial balance": sums,
        "chains": f"{chains.wallets:,} wallets, {chains.places:,} places",
        "seals": f"{verified.seals:,}, {verified.unsealed:,} journals not sealed yet",
    }
    if not whole:
        del counted["seals"]
    for name, text in counted.items():
        bad = problems.get(name, 0)
        table.add_row(name, text, f"[red]{bad} broken[/]" if bad else "[green]holds[/]")
    console.print(table, highlight=False)
    shown = verified.problems.kept[:_SHOWN_MAX]
    for one in shown:
        console.print(
            f"{one.check}: {one.subject}: {one.detail}",
            style="red",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    if len(verified.problems) > len(shown):
        console.print(f"and {len(verified.problems) - len(shown)} more", style="red")
