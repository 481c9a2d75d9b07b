"""What became of a monthly run: its payouts by status."""

from collections import Counter

from countinghouse.domain.payout_requests import monthly_payout
from countinghouse.ports.payouts import PayoutBook, PayoutRuns

NOT_OPENED = "skipped"
"""Counted here: who was listed and got no payout."""

AT_ONCE = 1_000
"""Payouts looked at together: a run of any size is counted in the same memory."""


def report_payouts(period: str, runs: PayoutRuns, payouts: PayoutBook) -> dict[str, int]:
    """How many of the period's sellers stand where; their payouts' ids follow from the list."""
    lines, counts = runs.load(period), Counter[str]()
    for start in range(0, len(lines), AT_ONCE):
        ids = [
            monthly_payout(line.seller_id, line.currency, line.period).payout_id
            for line in lines[start : start + AT_ONCE]
        ]
        found = payouts.statuses(ids)
        counts.update(str(found.get(one, NOT_OPENED)) for one in ids)
    return dict(sorted(counts.items()))
