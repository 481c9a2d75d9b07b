"""Store a verified webhook before it is acknowledged; a duplicate changes nothing."""

from dataclasses import replace

from countinghouse.domain.errors import Conflict
from countinghouse.domain.psp import PspEvent
from countinghouse.ports.books import PspEventBook

SAME_ID_OTHER_BODY = "event_id_reused"
"""Alarm code: the PSP's id came back with other bytes, which no honest sender does (W4)."""

RACES_MAX = 3


def receive_psp_event(event: PspEvent, events: PspEventBook) -> bool:
    """Record the event; True if it is new.

    A known id with other bytes is not applied: the stored event is marked, which raises an alarm.
    """
    existing = events.add(event)
    if existing is None:
        return True
    for _ in range(RACES_MAX):
        if existing is None or existing.body_sha256 == event.body_sha256 or existing.alarm:
            return False
        marked = replace(existing, alarm=SAME_ID_OTHER_BODY, version=existing.version + 1)
        try:
            events.replace(existing, marked)
        except Conflict:
            existing = events.get(event.event_key)
            continue
        return False
    raise Conflict(f"event {event.event_key} kept changing")
