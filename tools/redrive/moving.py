"""Dead letters sent back to the queue they came from.

A message is deleted from the dead-letter queue only after its queue has taken it. A crash between
the two makes a duplicate, which every consumer here is indifferent to; nothing is ever lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.local.failure import LocalFailure

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

DLQ = "Dlq"
_BATCH = 10
# Long enough to send a batch; after it an undeleted message is simply there again.
_HIDDEN_S = 60
_LISTEN_S = 1


@dataclass(frozen=True, slots=True)
class Pair:
    """A dead-letter queue and the queue that its messages came from."""

    name: str
    dlq_url: str
    source_url: str


class NotTaken(LocalFailure):
    """The source queue did not take some messages; they are still in the dead-letter queue."""


def pairs(queue_urls: Mapping[str, str]) -> dict[str, Pair]:
    """Every queue that has a dead-letter queue, by its own name."""
    return {
        name: Pair(name, queue_urls[name + DLQ], url)
        for name, url in queue_urls.items()
        if name + DLQ in queue_urls
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
