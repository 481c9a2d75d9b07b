"""What the repair sweep is made of."""

from __future__ import annotations

from functools import lru_cache

from countinghouse.usecases.sweep_due import Sweep
from countinghouse_aws.assembly import Assembly


@lru_cache(maxsize=1)
def deps() -> Sweep:
    """The ports, from the environment, once a process."""
    parts = Assembly()
    return Sweep(
        due_payments=parts.due(parts.payment_table),
        due_orders=parts.due(parts.order_table),
        due_events=parts.due(parts.event_table),
        due_wallets=parts.due_wallets,
        due_payouts=parts.due_payouts,
        payments=parts.payments,
        orders=parts.orders,
        events=parts.events,
        journals=parts.journals,
        outbox=parts.outbox,
        clock=parts.clock,
    )
