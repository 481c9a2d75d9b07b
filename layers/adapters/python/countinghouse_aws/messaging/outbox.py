"""The SQS queues, by role."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import Unavailable
from countinghouse.messages import Message, Queue
from countinghouse.records import dataclass

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

BATCH_MAX = 10


@dataclass(frozen=True, slots=True)
class SqsOutbox:
    """Sends messages to the queues given by `urls`.

    `postings` has several FIFO queues; a wallet's group always hashes to the same one, so that one
    stuck wallet cannot hold back the wallets of the other queues.
    """

    client: SQSClient
    urls: Mapping[Queue, Sequence[str]]

    def send(self, messages: Iterable[Message]) -> None:
        """Send every message. Raises Unavailable when one was not taken."""
        by_url: dict[str, list[Message]] = {}
        for message in messages:
            by_url.setdefault(self._url(message), []).append(message)
        for url, wanted in by_url.items():
            for start in range(0, len(wanted), BATCH_MAX):
                self._send_batch(url, wanted[start : start + BATCH_MAX])

    def _url(self, message: Message) -> str:
        urls = self.urls[message.queue]
        if message.group is None or len(urls) == 1:
            return urls[0]
        digest = hashlib.sha256(message.group.encode()).digest()
        return urls[digest[0] % len(urls)]

    def _send_batch(self, url: str, messages: Sequence[Message]) -> None:
        entries: Any = [_entry(place, message) for place, message in enumerate(messages)]
        try:
            answer = self.client.send_message_batch(QueueUrl=url, Entries=entries)
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("SQS did not take the messages") from error
        # The call answers 200 also when it took only some of them.
        if answer.get("Failed"):
            raise Unavailable(f"SQS refused {len(answer['Failed'])} of {len(messages)} messages")


def _entry(place: int, message: Message) -> dict[str, object]:
    entry: dict[str, object] = {
        "Id": str(place),
        "MessageBody": json.dumps(message.body, separators=(",", ":")),
    }
    if message.delay_s:
        entry["DelaySeconds"] = message.delay_s
    if message.group is not None:
        entry["MessageGroupId"] = message.group
        entry["MessageDeduplicationId"] = message.deduplication
    return entry
