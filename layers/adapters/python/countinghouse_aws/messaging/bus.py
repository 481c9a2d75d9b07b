"""The EventBridge bus: what others may know, in an envelope with CloudEvents' names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import Instant, rfc3339
from countinghouse.messages import Published
from countinghouse.records import dataclass

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient

BATCH_MAX = 10
SOURCE = "countinghouse"


@dataclass(frozen=True, slots=True)
class EventBus:
    """Publishes to the bus called `name`."""

    client: EventBridgeClient
    name: str

    def publish(self, events: Sequence[Published], now: Instant) -> None:
        """Publish every event. Raises Unavailable when one was not taken."""
        for start in range(0, len(events), BATCH_MAX):
            batch = events[start : start + BATCH_MAX]
            entries: Any = [self._entry(event, now) for event in batch]
            try:
                answer = self.client.put_events(Entries=entries)
            except (ClientError, BotoCoreError) as error:
                raise Unavailable("EventBridge did not take the events") from error
            if answer["FailedEntryCount"]:
                raise Unavailable(f"EventBridge refused {answer['FailedEntryCount']} events")

    def _entry(self, event: Published, now: Instant) -> dict[str, object]:
        return {
            "EventBusName": self.name,
            "Source": SOURCE,
            "DetailType": event.name,
            "Detail": json.dumps(envelope(event, now), separators=(",", ":")),
        }


def envelope(event: Published, now: Instant) -> dict[str, object]:
    """The event as its consumers see it. A repeat has the same id: subject, name and version."""
    return {
        "specversion": "1.0",
        "id": f"{event.subject}:{event.name}:{event.version}",
        "source": SOURCE,
        "type": event.name,
        "subject": event.subject,
        "time": rfc3339(now),
        "version": event.version,
        "data": event.data,
    }
