"""See that somebody walks a payout through: start its workflow, wake it, or book a return."""

from enum import StrEnum

from countinghouse.domain.instants import MINUTE
from countinghouse.domain.payout import Payout, PayoutStatus
from countinghouse.payout_bookkeeping import PayoutBooks, book_payout
from countinghouse.ports.payouts import Workflows
from countinghouse.records import dataclass

OCCASION = 5 * MINUTE
"""A workflow is started at most once in so long; a lost one, again after it."""


class Attention(StrEnum):
    """What was done about a payout."""

    BOOKED = "booked"
    WOKEN = "woken"
    STARTED = "started"


@dataclass(frozen=True, slots=True)
class Attending:
    """What attending to a payout needs."""

    books: PayoutBooks
    workflows: Workflows


def attend_payout(payout_id: str, ports: Attending) -> tuple[Attention, ...]:
    """Everything that was done, in order; nothing for a payout at rest or well looked after.

    A token that nobody waits with any more wakes nobody, so a payout that is due by now gets a new
    workflow whether or not it has one. Raises Unavailable, and Conflict when its wallet moved.
    """
    payout = ports.books.payouts.get(payout_id)
    if payout is None:
        return ()
    done: list[Attention] = []
    if payout.status is PayoutStatus.RETURNED and payout.owed:
        # Its workflow has ended long ago, and all that is left is a journal.
        payout = book_payout(payout, ports.books)
        done.append(Attention.BOOKED)
    if payout.task_token is not None and payout.wait_is_over:
        ports.workflows.wake(
            payout.task_token, {"payout_id": payout_id, "status": str(payout.status)}
        )
        done.append(Attention.WOKEN)
    now = ports.books.clock.now()
    if _wants_workflow(payout, now):
        ports.workflows.start(payout_id, str(now // OCCASION))
        done.append(Attention.STARTED)
    return tuple(done)


def _wants_workflow(payout: Payout, now: int) -> bool:
    is_overdue = payout.due_at is not None and payout.due_at <= now
    return payout.status is PayoutStatus.DRAFT or is_overdue
