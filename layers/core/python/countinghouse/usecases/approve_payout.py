"""Let a second person agree to a payout above the limit."""

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_steps import approve
from countinghouse.ports.clock import Clock
from countinghouse.ports.payouts import PayoutBook, PayoutChange

RACES_MAX = 8


def approve_payout(payout_id: str, approver: str, payouts: PayoutBook, clock: Clock) -> Payout:
    """The payout approved; its workflow hears of it from the change.

    Raises NotFound, Forbidden for who requested it, IllegalTransition when it waits for none.
    """
    for _ in range(RACES_MAX):
        payout = payouts.get(payout_id)
        if payout is None:
            raise NotFound(f"there is no payout {payout_id}")
        approved = approve(payout, approver, clock.now())
        if approved is payout:
            return payout
        try:
            payouts.commit(PayoutChange(payout, approved))
        except Conflict:
            continue
        return approved
    raise Conflict(f"payout {payout_id} kept changing")
