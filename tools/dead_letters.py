"""What a dead letter is about, without its body: ids of ours by name, its age, how often it was
tried. Whatever else stands in it is nobody's business on a screen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

SHOWN_MAX = 10
_IDS = ("order_id", "checkout_id", "event_key", "payout_id", "owner", "wallet_id", "table", "error")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_:#.-]{0,99}")
_LONG_NUMBER = re.compile(r"\d{12,}")
_DIGEST_SHOWN = 16


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter as it may be shown. `ids` are fields of ours that look like ids of ours."""

    message_id: str
    sent_at: int
    receives: int
    group: str | None
    ids: Mapping[str, str]
    size: int
    digest: str


def letters(sqs: SQSClient, url: str) -> Iterator[Letter]:
    """The first letters of a queue. They stay where they are, and are visible again at once."""
    found: list[Any] = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=SHOWN_MAX,
        VisibilityTimeout=0,
        MessageSystemAttributeNames=["All"],
    ).get("Messages", [])
    yield from map(letter_of, found)


def show_letters(console: Console, sqs: SQSClient, url: str) -> None:
    """Print the first letters: ids, age and tries, never a body."""
    for one in letters(sqs, url):
        at = datetime.fromtimestamp(one.sent_at / 1_000, UTC)
        ids = " ".join(f"{key}={text}" for key, text in one.ids.items()) or "no ids of ours"
        console.print(
            f"{at:%Y-%m-%dT%H:%M:%SZ} {ids}, tried {one.receives} times, {one.size} bytes, "
            f"sha256 {one.digest}, message {one.message_id}",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


def letter_of(message: Mapping[str, Any]) -> Letter:
    """What may be shown of a message."""
    attributes, body = message.get("Attributes", {}), message["Body"]
    return Letter(
        message_id=message["MessageId"],
        sent_at=int(attributes.get("SentTimestamp", 0)),
        receives=int(attributes.get("ApproximateReceiveCount", 0)),
        group=attributes.get("MessageGroupId"),
        ids=_ids(body),
        size=len(body.encode()),
        digest=sha256(body.encode()).hexdigest()[:_DIGEST_SHOWN],
    )


def _ids(body: str) -> dict[str, str]:
    try:
        fields = json.loads(body)
    except ValueError:
        return {}
    if not isinstance(fields, dict):
        return {}
    named = {name: fields[name] for name in _IDS if isinstance(fields.get(name), str)}
    return {name: text for name, text in named.items() if _is_id(text)}


def _is_id(text: str) -> bool:
    """Whether a text looks like an id, and not like somebody's number or words."""
    return bool(_PLAIN.fullmatch(text)) and not _LONG_NUMBER.search(text)
