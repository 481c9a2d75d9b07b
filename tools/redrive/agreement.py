"""A redrive that one person proposes and another one carries out.

    awaiting_approval --approve, by somebody else--> approved --its messages are moved--> done
                      --one day--------------------> expired     nothing is written for that

The row that was read is the condition of each write. What is approved and was cut short is taken up
by its approver again, with as many messages as are left of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from countinghouse.domain.errors import Conflict, Forbidden, IllegalTransition
from countinghouse.domain.instants import DAY, Instant
from countinghouse.domain.principals import same_person
from countinghouse_aws.dynamodb.codec import present, to_attribute
from countinghouse_aws.dynamodb.table import Table

KEYS = ("proposal_id",)
INDEX = "by_status"
KIND = "redrive"
PREFIX = "rdv_"
TTL = DAY
"""How long it waits: what lies in a queue by then is not what was looked at."""

_ID_LENGTH = 24


class RedriveStatus(StrEnum):
    """Where a redrive stands; `expired` is never written, time alone brings it about."""

    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    DONE = "done"
    EXPIRED = "expired"


S = RedriveStatus


@dataclass(frozen=True, slots=True)
class Redrive:
    """A redrive of at most `count` messages of a queue; `moved` of them so far."""

    redrive_id: str
    queue: str
    count: int
    reason: str
    requested_by: str
    created_at: Instant
    updated_at: Instant
    status: RedriveStatus = S.AWAITING_APPROVAL
    version: int = 1
    approved_by: str | None = None
    moved: int = 0

    @property
    def left(self) -> int:
        """How many messages may still be moved."""
        return max(0, self.count - self.moved)

    def standing(self, now: Instant) -> RedriveStatus:
        """Where it stands by now."""
        waits = self.status is S.AWAITING_APPROVAL
        return S.EXPIRED if waits and now >= self.created_at + TTL else self.status


def propose(queue: str, count: int, reason: str, who: str, now: Instant) -> Redrive:
    """The proposal; the same person, queue and millisecond make the same one."""
    digest = hashlib.sha256(f"{KIND}|{queue}|{who}|{now}".encode()).hexdigest()
    return Redrive(f"{PREFIX}{digest[:_ID_LENGTH]}", queue, count, reason, who, now, now)


def approve(redrive: Redrive, who: str, now: Instant) -> Redrive:
    """The redrive approved. Who approved it before gets the same object, to go on.

    Raises Forbidden for who proposed it, IllegalTransition when it does not wait for approval.
    """
    if redrive.status is S.APPROVED and redrive.approved_by == who:
        return redrive
    status = redrive.standing(now)
    if status is not S.AWAITING_APPROVAL:
        raise IllegalTransition(f"redrive {redrive.redrive_id} is {status}")
    if same_person(who, redrive.requested_by):
        raise Forbidden("a redrive is approved by somebody other than who proposed it")
    return _changed(redrive, now, status=S.APPROVED, approved_by=who)


def carried(redrive: Redrive, moved: int, now: Instant) -> Redrive:
    """The redrive after so many more messages."""
    return _changed(redrive, now, moved=redrive.moved + moved)


def finished(redrive: Redrive, now: Instant) -> Redrive:
    """The redrive with nothing more to be moved by it."""
    return _changed(redrive, now, status=S.DONE)


def _changed(redrive: Redrive, now: Instant, **changes: Any) -> Redrive:
    return replace(redrive, version=redrive.version + 1, updated_at=now, **changes)


@dataclass(frozen=True, slots=True)
class RedriveBook:
    """The redrives, in the table `proposal`."""

    table: Table

    def get(self, redrive_id: str) -> Redrive | None:
        """The redrive, or None; another kind of row is none."""
        row = self.table.get(proposal_id=redrive_id) if redrive_id.startswith(PREFIX) else None
        return _decode(row) if row else None

    def add(self, redrive: Redrive) -> None:
        """Store a new one. Raises Conflict when it is there."""
        if self.table.add(_encode(redrive)) is not None:
            raise Conflict(f"redrive {redrive.redrive_id} is there")

    def replace(self, old: Redrive, new: Redrive) -> None:
        """Store a change of what was read. Raises Conflict when it has moved since."""
        self.table.replace(_encode(old), _encode(new))

    def waiting(self, now: Instant) -> list[Redrive]:
        """Those that somebody may approve, oldest first (found through an index: may lag)."""
        keys = self.table.pages(
            "query",
            IndexName=INDEX,
            KeyConditionExpression="listed = :listed AND created_at > :since",
            ExpressionAttributeValues={
                ":listed": to_attribute(f"{KIND}#{S.AWAITING_APPROVAL}"),
                ":since": to_attribute(now - TTL),
            },
        )
        rows = self.table.get_many({"proposal_id": key["proposal_id"]} for key in keys)
        found = [one for one in map(_decode, rows) if one.standing(now) is S.AWAITING_APPROVAL]
        return sorted(found, key=lambda one: (one.created_at, one.redrive_id))


def _encode(redrive: Redrive) -> dict[str, Any]:
    return present(
        proposal_id=redrive.redrive_id,
        listed=f"{KIND}#{redrive.status}",
        status=str(redrive.status),
        queue=redrive.queue,
        count=redrive.count,
        reason=redrive.reason,
        requested_by=redrive.requested_by,
        created_at=redrive.created_at,
        updated_at=redrive.updated_at,
        version=redrive.version,
        approved_by=redrive.approved_by,
        moved=redrive.moved,
    )


def _decode(row: Mapping[str, Any]) -> Redrive:
    return Redrive(
        redrive_id=row["proposal_id"],
        queue=row["queue"],
        count=row["count"],
        reason=row["reason"],
        requested_by=row["requested_by"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        status=RedriveStatus(row["status"]),
        version=row["version"],
        approved_by=row.get("approved_by"),
        moved=row["moved"],
    )
