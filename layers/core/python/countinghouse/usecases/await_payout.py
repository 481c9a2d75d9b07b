"""Leave a workflow's token with the payout it waits for."""

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.payout_steps import awaiting
from countinghouse.ports.clock import Clock
from countinghouse.ports.payouts import PayoutBook, PayoutChange

RACES_MAX = 8


def await_payout(payout_id: str, task_token: str, payouts: PayoutBook, clock: Clock) -> bool:
    """Whether the workflow has something to wait for; if not, it is to be woken at once.

    A change that comes between the look and the write makes the write fail, so that no workflow
    waits for what has happened already. Raises NotFound, and Conflict when it kept changing.
    """
    for _ in range(RACES_MAX):
        payout = payouts.get(payout_id)
        if payout is None:
            raise NotFound(f"there is no payout {payout_id}")
        waiting = awaiting(payout, task_token, clock.now())
        if waiting is payout:
            return False
        try:
            payouts.commit(PayoutChange(payout, waiting))
        except Conflict:
            continue
        return True
    raise Conflict(f"payout {payout_id} kept changing")
