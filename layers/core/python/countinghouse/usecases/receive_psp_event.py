"""Store a verified webhook before it is acknowledged; a duplicate changes nothing."""

from dataclasses import replace

from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import MINUTE
from countinghouse.domain.psp import (
    DisputeFact,
    Fact,
    PayoutFact,
    PspEvent,
    PspFact,
    RefundFact,
    SettlementKind,
)
from countinghouse.ports.books import PspEventBook

SAME_ID_OTHER_BODY = "event_id_reused"
"""Alarm code: the PSP's id came back with other bytes, which no honest sender does (W4)."""

RACES_MAX = 3

FIRST_LOOK = MINUTE
"""How soon the sweep looks at an event that nobody would ask the PSP about."""


def receive_psp_event(event: PspEvent, events: PspEventBook) -> bool:
    """Record the event; True if it is new.

    News that only the PSP's event brings is due until it is applied, so that no lost stream record
    can lose it; where a PSP answers no question, its adapter gives the event its `due_at`. A known
    id with other bytes is not applied: the stored event is marked, which raises an alarm.
    """
    if not _is_asked_about(event.fact):
        event = replace(event, due_at=event.received_at + FIRST_LOOK)
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


def _is_asked_about(fact: Fact) -> bool:
    """Whether the charge, refund or payout itself asks the PSP until it knows this.

    A dispute is never asked about, nor is money that comes back after it had arrived.
    """
    match fact:
        case PspFact():
            return True
        case RefundFact() | PayoutFact():
            return fact.kind is not SettlementKind.FAILED
        case DisputeFact():
            return False
