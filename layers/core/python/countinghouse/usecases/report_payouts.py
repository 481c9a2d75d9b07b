"""What became of a monthly run: its payouts by status."""

from collections import Counter

from countinghouse.domain.payout_requests import monthly_payout
from countinghouse.ports.payouts import PayoutBook, PayoutRuns

NOT_OPENED = "skipped"
"""Counted here: who was listed and got no payout."""


def report_payouts(period: str, runs: PayoutRuns, payouts: PayoutBook) -> dict[str, int]:
    """How many of the period's sellers stand where; their payouts' ids follow from the list."""
    ids = [
        monthly_payout(line.seller_id, line.currency, line.period).payout_id
        for line in runs.load(period)
    ]
    found = payouts.get_many(ids)
    statuses = (str(found[one].status) if one in found else NOT_OPENED for one in ids)
    return dict(sorted(Counter(statuses).items()))
