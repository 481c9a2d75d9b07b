"""Webhooks of one event each, signed as `signatures.py` says: what is alike whoever the PSP is."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import Instant
from countinghouse.domain.psp import Fact, PspEvent
from countinghouse.records import dataclass
from countinghouse_aws.psp.sandbox import UNREADABLE
from countinghouse_aws.psp.signatures import verify


@dataclass(frozen=True, slots=True)
class Stated:
    """What a webhook's JSON states; `event_id` is the PSP's own id of the event."""

    event_id: str
    event_type: str
    order_id: str | None
    fact: Fact


def event_of(psp: str, body: bytes, now: Instant, read: Callable[[Any], Stated]) -> PspEvent:
    """A verified webhook as an event. Raises Invalid when `read` cannot make out its JSON."""
    try:
        stated = read(json.loads(body))
    except UNREADABLE as error:
        raise Invalid("the event cannot be read", code="malformed_request") from error
    return PspEvent(
        event_key=f"{psp}#{stated.event_id}",
        psp=psp,
        event_type=stated.event_type,
        order_id=stated.order_id,
        fact=stated.fact,
        body_sha256=hashlib.sha256(body).hexdigest(),
        received_at=now,
    )


@dataclass(frozen=True, slots=True)
class SignedEvents(ABC):
    """One PSP's webhooks; `secrets` gives every live signing secret."""

    secrets: Callable[[], Sequence[str]]
    header: ClassVar[str]
    """The signature's, in lower case."""

    @staticmethod
    @abstractmethod
    def event(body: bytes, now: Instant) -> PspEvent:
        """The event the bytes state. Raises Invalid when they cannot be read."""

    def verify(self, headers: Mapping[str, str], body: bytes, now: Instant) -> None:
        """Raise BadSignature or StaleTimestamp unless a live secret signed these bytes."""
        verify(headers.get(self.header), body, self.secrets(), now)

    def parse(self, body: bytes, now: Instant) -> tuple[PspEvent, ...]:
        """The one event the bytes state. Raises Invalid when they cannot be read."""
        return (self.event(body, now),)
