"""Money that came for an order which had expired: a buyer scanned yesterday's code.

The order stays unpaid, and the money goes back by itself (order_late.py).
"""

from __future__ import annotations

from countinghouse.domain.instants import Instant
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class LatePayment:
    """What the PSP took too late. Minor units of the order's currency; another sum, perhaps, than
    the order's. `psp_reference` is the PSP's charge, `received_at` the PSP's time."""

    amount_minor: int
    psp_reference: str
    received_at: Instant
