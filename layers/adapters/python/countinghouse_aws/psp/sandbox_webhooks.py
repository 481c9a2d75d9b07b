"""The sandbox PSP's webhooks: verified on their bytes, read as the fact they state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import Instant
from countinghouse.domain.psp import FactKind, PspEvent, PspFact
from countinghouse_aws.psp.names import SANDBOX
from countinghouse_aws.psp.sandbox import KINDS, UNREADABLE, fact_of, plain_text
from countinghouse_aws.psp.signatures import verify

SIGNATURE_HEADER = "sandbox-signature"
_EVENT_PREFIX = "charge."
K = FactKind


def parse_event(body: bytes, now: Instant) -> PspEvent:
    """A verified webhook as an event. Raises Invalid when it is not readable.

    The sandbox fixes an event's bytes when it emits it, so type and charge must say the same.
    """
    try:
        event = json.loads(body)
        event_id, event_type = plain_text(event["event_id"]), plain_text(event["type"])
        kind = KINDS.get(event_type.removeprefix(_EVENT_PREFIX), K.OTHER)
        known = event_type.startswith(_EVENT_PREFIX) and kind is not K.OTHER
        fact = fact_of(event["data"]) if known else PspFact(K.OTHER)
        order_id = plain_text(event["data"]["order_id"]) if known else None
    except UNREADABLE as error:
        raise Invalid("the event cannot be read", code="malformed_request") from error
    if fact.kind is not kind and known:
        raise Invalid("the event's type and its charge differ", code="malformed_request")
    return PspEvent(
        event_key=f"{SANDBOX}#{event_id}",
        psp=SANDBOX,
        event_type=event_type,
        order_id=order_id,
        fact=fact,
        body_sha256=hashlib.sha256(body).hexdigest(),
        received_at=now,
    )


@dataclass(frozen=True, slots=True)
class SandboxWebhooks:
    """The sandbox's webhooks; `secrets` gives every live signing secret."""

    secrets: Callable[[], Sequence[str]]

    def verify(self, headers: Mapping[str, str], body: bytes, now: Instant) -> None:
        """Raise BadSignature or StaleTimestamp unless a live secret signed these bytes."""
        verify(headers.get(SIGNATURE_HEADER), body, self.secrets(), now)

    def parse(self, body: bytes, now: Instant) -> PspEvent:
        """The event the bytes state. Raises Invalid when they cannot be read."""
        return parse_event(body, now)
