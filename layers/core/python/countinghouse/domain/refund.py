"""A refund of part of an order: recorded, reserved in the ledger, then sent, at most once.

    REQUESTED -> SENT -> SUCCEEDED | FAILED | UNKNOWN;  SUCCEEDED -> REVERSED
    REQUESTED -> FAILED at once, when the money is disputed before the PSP was called
    UNKNOWN is left only by what the PSP says when asked, or by its webhook (domain rules, 1)

A refund is part of its order's row, so that the guard against refunding more than was captured and
the refund itself are one conditional write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from types import MappingProxyType

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import Instant
from countinghouse.records import dataclass

REFUNDS_MAX = 50
"""Refunds of one order, failed ones included: keeps its row far below DynamoDB's 400 KB."""


class RefundStatus(StrEnum):
    """Where a refund stands."""

    REQUESTED = "requested"
    SENT = "sent"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"


R = RefundStatus

OPEN_REFUNDS = frozenset({R.REQUESTED, R.SENT, R.UNKNOWN})
UNDONE_REFUNDS = frozenset({R.FAILED, R.REVERSED})
"""The money is with us again: these do not count against what was captured."""

REFUND_TRANSITIONS: Mapping[RefundStatus, frozenset[RefundStatus]] = MappingProxyType(
    {
        R.REQUESTED: frozenset({R.SENT, R.FAILED}),
        R.SENT: frozenset({R.SUCCEEDED, R.FAILED, R.UNKNOWN}),
        R.UNKNOWN: frozenset({R.SENT, R.SUCCEEDED, R.FAILED}),
        R.SUCCEEDED: frozenset({R.REVERSED}),
        R.FAILED: frozenset(),
        R.REVERSED: frozenset(),
    }
)


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund. Minor units of the order's currency; `key` goes to the PSP and never changes.

    `fingerprint` tells a repeated request from another one under the same idempotency key.
    `booking` is the place of its reservation among the order's bookings.
    """

    refund_id: str
    amount_minor: int
    reason: str
    key: str
    fingerprint: str
    booking: int
    requested_at: Instant
    updated_at: Instant
    status: RefundStatus = R.REQUESTED
    sent_at: Instant | None = None
    first_sent_at: Instant | None = None
    asked: int = 0
    due_at: Instant | None = None
    psp_reference: str | None = None
    failure: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the PSP has not settled it either way."""
        return self.status in OPEN_REFUNDS

    def moved(self, status: RefundStatus, now: Instant, **changes: object) -> Refund:
        """This refund in another status. Raises IllegalTransition when there is no such step."""
        if status is not self.status and status not in REFUND_TRANSITIONS[self.status]:
            raise IllegalTransition(
                f"refund {self.refund_id} cannot go from {self.status} to {status}"
            )
        return replace(self, status=status, updated_at=now, **changes)  # type: ignore[arg-type]
