"""`countinghouse redrive`: dead letters sent back to the queue they came from.

A message is deleted from the dead-letter queue only after its queue has taken it. A crash between
the two makes a duplicate, which every consumer here is indifferent to; nothing is ever lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tools.client import Client
from tools.dead_letters import show_letters
from tools.local.failure import LocalFailure
from tools.replay.meter import Meter

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

app = typer.Typer(name="redrive", add_completion=False, pretty_exceptions_enable=False)

_DLQ = "Dlq"
_BATCH = 10
# Long enough to send a batch; after it an undeleted message is simply there again.
_HIDDEN_S = 60
_LISTEN_S = 1
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


@dataclass(frozen=True, slots=True)
class Pair:
    """A dead-letter queue and the queue that its messages came from."""

    name: str
    dlq_url: str
    source_url: str


class NotTaken(LocalFailure):
    """The source queue did not take some messages; they are still in the dead-letter queue."""


@app.command()
def redrive(
    queue: Annotated[str | None, typer.Argument(help="Orders, Progress, Postings0 ...")] = None,
    show: Annotated[bool, typer.Option("--list", help="List the dead-letter queues.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be moved.")] = False,
    at_most: Annotated[int | None, typer.Option("--max", min=1, help="Move no more.")] = None,
    inspect: Annotated[bool, typer.Option("--inspect", help="Say what they are about.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Run the repair sweep.")] = False,
    source_url: Annotated[str | None, typer.Option(help="On AWS: the queue.")] = None,
    dlq_url: Annotated[str | None, typer.Option(help="On AWS: its dead-letter queue.")] = None,
) -> int:
    """Send a dead-letter queue's messages back to the queue they came from.

    Locally by the queue's name. On AWS by two URLs, with the credentials that boto3 finds.
    """
    console = Console()
    if source_url is not None or dlq_url is not None:
        if source_url is None or dlq_url is None:
            raise LocalFailure("give both --source-url and --dlq-url, or neither")
        return _move(console, _cloud_sqs(), Pair("", dlq_url, source_url), at_most, dry_run)
    client = Client.of_running_system()
    sqs: SQSClient = client.aws("sqs")
    if show or (queue is None and not repair):
        _show_all(console, sqs, client.endpoints.queue_urls)
        return 0
    name = _named(queue, client.endpoints.queue_urls) if queue is not None else None
    if inspect and name is not None:
        show_letters(console, sqs, _letters_url(name, client.endpoints.queue_urls))
        return 0
    left = 0
    if name in WITHOUT_SOURCE:
        left = _explain(console, sqs, name, client.endpoints.queue_urls[name])
    if repair:
        _repair(console, client)
    if name is None or name in WITHOUT_SOURCE:
        return 1 if left and not repair else 0
    return _move(console, sqs, pairs(client.endpoints.queue_urls)[name], at_most, dry_run)


def pairs(queue_urls: Mapping[str, str]) -> dict[str, Pair]:
    """Every queue that has a dead-letter queue, by its own name."""
    return {
        name: Pair(name, queue_urls[name + _DLQ], url)
        for name, url in queue_urls.items()
        if name + _DLQ in queue_urls
    }


def move(sqs: SQSClient, pair: Pair, at_most: int | None = None) -> Iterator[int]:
    """Move the messages, telling how many after each batch, until there are none.

    Raises NotTaken when the source queue refuses some; those stay where they are.
    """
    moved = 0
    while at_most is None or moved < at_most:
        wanted = _BATCH if at_most is None else min(_BATCH, at_most - moved)
        received: list[Any] = sqs.receive_message(
            QueueUrl=pair.dlq_url,
            MaxNumberOfMessages=wanted,
            VisibilityTimeout=_HIDDEN_S,
            WaitTimeSeconds=_LISTEN_S,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages", [])
        if not received:
            return
        taken = _send(sqs, pair.source_url, received)
        _delete(sqs, pair.dlq_url, taken)
        moved += len(taken)
        yield len(taken)
        if len(taken) < len(received):
            raise NotTaken(
                f"{len(received) - len(taken)} messages were not taken by {pair.source_url}; "
                f"they show in the dead-letter queue again within {_HIDDEN_S} s"
            )


def _send(sqs: SQSClient, url: str, messages: list[Any]) -> list[Any]:
    """Send them in the order they came; those that were taken."""
    entries = [entry(str(place), message) for place, message in enumerate(messages)]
    answer = sqs.send_message_batch(QueueUrl=url, Entries=entries)  # type: ignore[arg-type]
    taken = {one["Id"] for one in answer.get("Successful", [])}
    return [message for place, message in enumerate(messages) if str(place) in taken]


def entry(place: str, message: Mapping[str, Any]) -> dict[str, object]:
    """The message as it is sent again.

    A FIFO message keeps its group. Its deduplication id is a new one, since the queue may remember
    the old one; made from the message's id, it is the same should this very message be sent twice.
    """
    sent: dict[str, object] = {"Id": place, "MessageBody": message["Body"]}
    if message.get("MessageAttributes"):
        sent["MessageAttributes"] = message["MessageAttributes"]
    group = message.get("Attributes", {}).get("MessageGroupId")
    if group is not None:
        sent["MessageGroupId"] = group
        sent["MessageDeduplicationId"] = f"redrive-{message['MessageId']}"
    return sent


def _delete(sqs: SQSClient, url: str, messages: list[Any]) -> None:
    """Take them off the dead-letter queue; one that stays is moved again, which is harmless."""
    if messages:
        sqs.delete_message_batch(
            QueueUrl=url,
            Entries=[
                {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]}
                for place, message in enumerate(messages)
            ],
        )


def depth(sqs: SQSClient, url: str) -> tuple[int, int]:
    """About how many messages wait, and how many somebody has received and not yet deleted."""
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return (
        int(found["ApproximateNumberOfMessages"]),
        int(found["ApproximateNumberOfMessagesNotVisible"]),
    )


def _move(console: Console, sqs: SQSClient, pair: Pair, at_most: int | None, dry_run: bool) -> int:
    waiting, in_flight = depth(sqs, pair.dlq_url)
    count = waiting if at_most is None else min(waiting, at_most)
    if dry_run:
        console.print(
            f"would move {count} of {waiting} messages to {pair.source_url}",
            highlight=False,
            soft_wrap=True,
        )
        return 0
    total = 0
    with Meter(console, "moved", count, "messages") as meter:
        for moved in move(sqs, pair, at_most):
            total += moved
            for _ in range(moved):
                meter.advance()
    console.print(f"{total} messages sent back to {pair.name or pair.source_url}", highlight=False)
    if in_flight:
        console.print(f"{in_flight} are held by somebody else; look again in a minute")
    return 0


def _show_all(console: Console, sqs: SQSClient, queue_urls: Mapping[str, str]) -> None:
    table = Table(box=None, pad_edge=False)
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
    name = known.get(asked) or known.get(asked.removesuffix(_DLQ.lower()))
    if name is None:
        raise LocalFailure(f"no queue {queue!r}; there are: {', '.join(sorted(known.values()))}")
    return name


def _explain(console: Console, sqs: SQSClient, name: str, url: str) -> int:
    """Say what to do with letters that no queue takes back; how many there are."""
    waiting, _ = depth(sqs, url)
    console.print(f"{name} holds {waiting} messages. {WITHOUT_SOURCE[name]}", soft_wrap=True)
    return waiting


def _repair(console: Console, client: Client) -> None:
    console.print(f"repair sweep: {json.dumps(client.invoke('repair'))}", highlight=False)


def _cloud_sqs() -> SQSClient:
    import boto3

    return boto3.client("sqs")
