"""How a payment's money trail looks from outside."""

from countinghouse.domain.trail import Trail
from countinghouse.payout_views import payout_view
from countinghouse.views import View, journal_view, order_view, payment_view, psp_event_view


def trail_view(trail: Trail) -> View:
    """The trail, as `GET /v1/payments/{checkout_id}/trail` shows it."""
    return {
        "payment": payment_view(trail.payment, trail.orders),
        "orders": [order_view(order) for order in trail.orders],
        "psp_events": [psp_event_view(event) for event in trail.events],
        "journals": [journal_view(journal) for journal in trail.journals],
        "settlement_lines": [],
        "payouts": [
            {**payout_view(payout), "order_ids": list(order_ids)}
            for payout, order_ids in trail.payouts
        ],
        "residuals": trail.residuals,
    }
