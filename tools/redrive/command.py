"""`countinghouse redrive`: what is there, and sending it back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table as Shown

from countinghouse.domain.errors import CountinghouseError
from countinghouse.domain.instants import rfc3339
from tools.dead_letters import show_letters
from tools.local.failure import LocalFailure
from tools.redrive.agreement import Redrive, propose
from tools.redrive.carrying import carry_out, redrive_of
from tools.redrive.moving import DLQ, Pair, depth, move, pairs
from tools.redrive.site import Site, here, on_aws
from tools.replay.meter import Meter

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

app = typer.Typer(name="redrive", add_completion=False, pretty_exceptions_enable=False)

# Dead letters that no queue would take back, and what to do about them.
WITHOUT_SOURCE = {
    "RelayPoison": (
        "It holds the keys of committed rows that the relay could not read. No queue takes them "
        "back: the repair sweep sends whatever those rows wait for, as soon as it is due. Mend "
        "the cause (countinghouse logs relay), then run it now: countinghouse redrive RelayPoison "
        "--repair"
    ),
    "LakePoison": (
        "It holds the keys of committed rows that the lake lacks, so that queries miss them. No "
        "sweep brings them back: mend the cause (countinghouse logs lake), then put each row "
        "through the function lake again (docs/runbook.md#lake-poison)."
    ),
    "SchedulesDlq": (
        "It holds runs of the scheduled functions that failed, and alarms that nobody could record "
        "or mail. The next tick of the schedule does the same work, and the audit finds the same "
        "damage; run the sweep now with: countinghouse redrive SchedulesDlq --repair"
    ),
}


@app.command()
def redrive(  # noqa: PLR0913 - one an option
    queue: Annotated[str | None, typer.Argument(help="Orders, Progress, Postings0 ...")] = None,
    show: Annotated[bool, typer.Option("--list", help="List the dead-letter queues.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be moved.")] = False,
    at_most: Annotated[int | None, typer.Option("--max", min=1, help="Move no more.")] = None,
    inspect: Annotated[bool, typer.Option("--inspect", help="Say what they are about.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Run the repair sweep.")] = False,
    stage: Annotated[str | None, typer.Option(help="On AWS: the stage.")] = None,
    because: Annotated[
        str | None, typer.Option("--propose", help="Ask a second person, with the reason.")
    ] = None,
    redrive_id: Annotated[
        str | None, typer.Option("--approve", help="Carry out what somebody else proposed.")
    ] = None,
) -> int:
    """Send a dead-letter queue's messages back to the queue they came from.

    Here by the queue's name. On AWS with --stage, with the credentials that boto3 finds, and by
    two people: one proposes it, another one approves it and thereby carries it out.
    """
    console = Console()
    site = here() if stage is None else on_aws(stage)
    if redrive_id is not None:
        return _approve(console, site, redrive_id)
    if show or (queue is None and not repair):
        _show_all(console, site.sqs, site.queue_urls)
        _show_waiting(console, site.redrives.waiting(site.now()))
        return 0
    name = _named(queue, site.queue_urls) if queue is not None else None
    if inspect and name is not None:
        show_letters(console, site.sqs, _letters_url(name, site.queue_urls))
        return 0
    left = 0
    if name in WITHOUT_SOURCE:
        left = _explain(console, site.sqs, name, site.queue_urls[name])
    if repair:
        _repair(console, site)
    if name is None or name in WITHOUT_SOURCE:
        return 1 if left and not repair else 0
    pair = pairs(site.queue_urls)[name]
    if because is not None:
        return _propose(console, site, pair, at_most, because)
    return _move(console, site, pair, at_most, dry_run)


def _propose(console: Console, site: Site, pair: Pair, at_most: int | None, reason: str) -> int:
    waiting, _ = depth(site.sqs, pair.dlq_url)
    count = waiting if at_most is None else min(waiting, at_most)
    if not count:
        raise LocalFailure(f"{pair.name} has no dead letters")
    proposed = propose(pair.name, count, reason, site.who, site.now())
    site.redrives.add(proposed)
    where = "" if site.client is not None else f"--stage {site.stage} "
    console.print(
        f"proposed by {site.who}: {count} of {waiting} messages back to {pair.name}. Within a day, "
        f"somebody else: countinghouse redrive {where}--approve {proposed.redrive_id}",
        highlight=False,
        soft_wrap=True,
    )
    return 0


def _approve(console: Console, site: Site, redrive_id: str) -> int:
    try:
        wanted = redrive_of(site, redrive_id)
        console.print(
            f"{wanted.count} messages back to {wanted.queue}, proposed by {wanted.requested_by}: "
            f"{wanted.reason}",
            highlight=False,
            soft_wrap=True,
        )
        with Meter(console, "moved", wanted.left, "messages") as meter:
            total = _metered(meter, carry_out(site, wanted))
    except CountinghouseError as error:
        raise LocalFailure(str(error)) from error
    done = f"approved by {site.who}: {total} messages sent back to {wanted.queue}"
    console.print(done, highlight=False, soft_wrap=True)
    return 0


def _move(console: Console, site: Site, pair: Pair, at_most: int | None, dry_run: bool) -> int:
    waiting, in_flight = depth(site.sqs, pair.dlq_url)
    count = waiting if at_most is None else min(waiting, at_most)
    if dry_run:
        told = f"would move {count} of {waiting} messages to {pair.source_url}"
        console.print(told, highlight=False, soft_wrap=True)
        return 0
    if not site.alone:
        raise LocalFailure(
            f"on {site.stage} a redrive takes two people: propose it with "
            f"--propose 'what was mended'; somebody else then approves it"
        )
    told = f"stage {site.stage} lets one person redrive (redrive_alone in infra/config.py)"
    console.print(told, highlight=False)
    with Meter(console, "moved", count, "messages") as meter:
        total = _metered(meter, move(site.sqs, pair, at_most))
    console.print(f"{total} messages sent back to {pair.name}", highlight=False)
    if in_flight:
        console.print(f"{in_flight} are held by somebody else; look again in a minute")
    return 0


def _metered(meter: Meter, batches: Iterable[int]) -> int:
    total = 0
    for moved in batches:
        total += moved
        for _ in range(moved):
            meter.advance()
    return total


def _show_all(console: Console, sqs: SQSClient, queue_urls: Mapping[str, str]) -> None:
    table = Shown(box=None, pad_edge=False)
    for column in ("dead letters of", "waiting", "in flight"):
        table.add_column(column, justify="left" if column.startswith("dead") else "right")
    for name, pair in sorted(pairs(queue_urls).items()):
        table.add_row(name, *map(str, depth(sqs, pair.dlq_url)))
    for name in sorted(WITHOUT_SOURCE.keys() & queue_urls.keys()):
        table.add_row(f"{name} (no queue)", *map(str, depth(sqs, queue_urls[name])))
    console.print(table)


def _letters_url(name: str, queue_urls: Mapping[str, str]) -> str:
    return queue_urls[name] if name in WITHOUT_SOURCE else pairs(queue_urls)[name].dlq_url


def _named(queue: str, queue_urls: Mapping[str, str]) -> str:
    """The queue's own name, however it was written. Raises LocalFailure when there is none."""
    known = {name.lower(): name for name in (*pairs(queue_urls), *WITHOUT_SOURCE)}
    asked = queue.lower()
    name = known.get(asked) or known.get(asked.removesuffix(DLQ.lower()))
    if name is None:
        raise LocalFailure(f"no queue {queue!r}; there are: {', '.join(sorted(known.values()))}")
    return name


def _explain(console: Console, sqs: SQSClient, name: str, url: str) -> int:
    """Say what to do with letters that no queue takes back; how many there are."""
    waiting, _ = depth(sqs, url)
    console.print(f"{name} holds {waiting} messages. {WITHOUT_SOURCE[name]}", soft_wrap=True)
    return waiting


def _repair(console: Console, site: Site) -> None:
    if site.client is None:
        raise LocalFailure("on AWS the sweep runs every minute by itself, or by aws lambda invoke")
    console.print(f"repair sweep: {json.dumps(site.client.invoke('repair'))}", highlight=False)


def _show_waiting(console: Console, waiting: Iterable[Redrive]) -> None:
    for one in waiting:
        console.print(
            f"{one.redrive_id} waits for approval: {one.count} of {one.queue}, proposed by "
            f"{one.requested_by} at {rfc3339(one.created_at)}: {one.reason}",
            highlight=False,
            soft_wrap=True,
        )
