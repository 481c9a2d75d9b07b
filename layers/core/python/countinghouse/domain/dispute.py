"""A dispute: the buyer's bank asks for its money back, in up to three stages.

    stage PRE_DISPUTE (an inquiry, no money moves) -> DISPUTE -> PRE_ARBITRATION (a second round)
    status OPENED -> CHALLENGED -> WON | LOST | CANCELLED;  OPENED -> ACCEPTED | EXPIRED

The PSP tells of a dispute by snapshots with a sequence number of its own: the newest counts, and a
lost webhook is made good by the next. Money moves only when the PSP withdraws or reinstates it.
"""

from __future__ import annotations

from enum import StrEnum

from countinghouse.domain.instants import Instant
from countinghouse.records import dataclass

DISPUTES_MAX = 10
"""Disputes of one order; far above what a scheme allows."""


class DisputeStage(StrEnum):
    """How far the argument has gone."""

    PRE_DISPUTE = "pre_dispute"
    DISPUTE = "dispute"
    PRE_ARBITRATION = "pre_arbitration"


class DisputeStatus(StrEnum):
    """Where a dispute stands in its stage."""

    OPENED = "opened"
    CHALLENGED = "challenged"
    WON = "won"
    LOST = "lost"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


D = DisputeStatus

OPEN_DISPUTES = frozenset({D.OPENED, D.CHALLENGED})
WON_DISPUTES = frozenset({D.WON, D.CANCELLED})
LOST_DISPUTES = frozenset({D.LOST, D.ACCEPTED, D.EXPIRED})
"""Accepting or letting a dispute lapse is losing it, as far as money goes (domain rules, 1)."""

_STAGES = tuple(DisputeStage)


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute as last heard of. Minor units of the order's currency.

    `withdrawn_minor` is what the PSP holds back from us, `fee_minor` what it charged in all.
    `hold` is the place of the seller's hold among the order's bookings, None once it is undone.
    """

    dispute_id: str
    psp_reference: str
    stage: DisputeStage
    status: DisputeStatus
    amount_minor: int
    reason: str
    sequence: int
    opened_at: Instant
    updated_at: Instant
    evidence_due_at: Instant | None = None
    withdrawn_minor: int = 0
    fee_minor: int = 0
    hold: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still argued about."""
        return self.status in OPEN_DISPUTES

    @property
    def blocks_refunds(self) -> bool:
        """Whether a refund could return the same money twice (domain rules, section 1).

        An inquiry that is over took no money, however it ended.
        """
        if self.stage is DisputeStage.PRE_DISPUTE:
            return self.is_open
        return self.status not in WON_DISPUTES

    @property
    def has_taken(self) -> bool:
        """Whether it is lost and the money withdrawn: what was lost was booked by then."""
        return self.status in LOST_DISPUTES and self.withdrawn_minor > 0

    def may_become(self, stage: DisputeStage, status: DisputeStatus) -> bool:
        """Whether a later snapshot can say this, the ones between possibly missed."""
        steps = _STAGES.index(stage) - _STAGES.index(self.stage)
        if steps > 0:
            lost_for_good = self.stage is not DisputeStage.PRE_DISPUTE or self.has_taken
            return self.status not in LOST_DISPUTES or not lost_for_good
        if steps < 0 or not self.is_open:
            # An end stands; the PSP may yet tell of money that moves because of it.
            return steps == 0 and status is self.status
        return not (self.status is D.CHALLENGED and status is D.OPENED)
