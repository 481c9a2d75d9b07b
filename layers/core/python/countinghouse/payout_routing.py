"""What follows from a committed change of a payout: to the queue, to the bus."""

from __future__ import annotations

from collections.abc import Iterator

from countinghouse.domain.payout import AT_PSP, Payout, PayoutStatus
from countinghouse.messages import Output, Published, audit_raised, payouts_message
from countinghouse.payout_views import payout_view

OVERDUE_AFTER = 7
"""Questions to a PSP after which a person must look: about two days on the usual ladder."""

IN_TRANSIT_OVERDUE_AFTER = 14
"""The same while a bank has it, which takes its days: about nine on the usual ladder."""

S = PayoutStatus

_EVENTS = {S.PAID: "payout.paid", S.FAILED: "payout.failed", S.RETURNED: "payout.returned"}


def of_payout(old: Payout | None, new: Payout) -> Iterator[Output]:
    """Every message and event that the change calls for."""
    arrived = old is None or old.status is not new.status
    if old is None or (arrived and (new.wait_is_over or new.status is S.RETURNED)):
        yield payouts_message(new.payout_id)
    if arrived and new.status in _EVENTS:
        yield Published(_EVENTS[new.status], new.payout_id, new.version, payout_view(new))
    if new.conflicted and not (old is not None and old.conflicted):
        detail = f"the PSP's amount or currency differs from payout {new.payout_id}"
        yield audit_raised(new.payout_id, new.version, "payout_conflicted", detail)
    limit = IN_TRANSIT_OVERDUE_AFTER if new.status is S.IN_TRANSIT else OVERDUE_AFTER
    if old is not None and old.asked < limit <= new.asked and new.status in AT_PSP:
        detail = f"payout {new.payout_id} is {new.status} after {new.asked} questions"
        yield audit_raised(new.payout_id, new.version, "payout_overdue", detail)
