"""Call off a payout that no PSP has seen."""

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_steps import cancel
from countinghouse.payout_bookkeeping import PayoutBooks, close_payout

RACES_MAX = 8


def cancel_payout(payout_id: str, books: PayoutBooks) -> Payout:
    """The payout cancelled; what was reserved goes back a step later.

    Raises NotFound, and IllegalTransition once it was submitted.
    """
    for _ in range(RACES_MAX):
        payout = books.payouts.get(payout_id)
        if payout is None:
            raise NotFound(f"there is no payout {payout_id}")
        cancelled = cancel(payout, books.clock.now())
        if cancelled is payout:
            return payout
        try:
            return close_payout(payout, cancelled, books)
        except Conflict:
            continue
    raise Conflict(f"payout {payout_id} kept changing")
