"""A PSP goes away in the middle of the trade and comes back; the other one stands in.

The storm of the simulation (three charges in ten executed and never answered, requests held up,
workers that die), and in it one PSP refuses every connection for three quarters of a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import patch

from countinghouse.domain.instants import SECOND
from countinghouse.domain.order import CAPTURED_STATUSES, FINAL_STATUSES, Order
from countinghouse_aws.psp import breakers
from tests.simulation.psp_storm import NAMES, ModelPsp
from tests.simulation.test_failover_storm import Storm, captures

AWAY, STANDING_IN = NAMES
BEGINS_S, ENDS_S = 25, 70
NOTICED_S = 5
"""A checkout that begins so long after the PSP went away finds its circuit open, or half open."""


@dataclass(frozen=True, slots=True)
class PspOutage:
    """What one history came to."""

    orders: int
    final: int
    captured: int
    charged_twice: int
    circuit_opened: int
    begun_meanwhile: int
    """Checkouts begun while the PSP was away and its circuit had opened."""
    moved_meanwhile: int
    """Of those, the ones that were registered at the PSP that stands in."""
    in_doubt: int
    """Orders whose charge at the PSP that went away was in doubt."""
    doubts_moved: int
    """Of those, the ones that were charged elsewhere though the first charge took money."""
    back: int
    """Checkouts registered at the PSP again after its return."""


class _Outage(Storm):
    """A storm in which one PSP is gone for a while, and nothing else is the matter with any."""

    def _psp(self, name: str, spells: tuple[tuple[int, int, bool], ...]) -> ModelPsp:
        return super()._psp(name, ((BEGINS_S, ENDS_S, True),) if name == AWAY else ())


def play_psp_outage(seed: int) -> PspOutage:
    """One history. Raises AssertionError when a webhook contradicts what we hold."""
    opened: list[str] = []
    with patch.object(breakers, "count", opened.append), patch.object(breakers, "logger"):
        storm = _Outage(seed)
        storm.run()
    if storm.seen["webhooks contradiction"]:
        raise AssertionError("a webhook contradicts an order")
    orders: list[Order] = list(storm.orders.rows.values())
    taken = captures(storm)
    away = storm.began + BEGINS_S * SECOND, storm.began + ENDS_S * SECOND
    begun = [p for p in storm.payments.rows.values() if p.session is not None]
    meanwhile = [p for p in begun if away[0] + NOTICED_S * SECOND <= p.created_at < away[1]]
    doubts = [order for order in orders if any(one.doubtful for one in order.attempts)]
    return PspOutage(
        orders=len(orders),
        final=sum(order.status in FINAL_STATUSES for order in orders),
        captured=sum(order.status in CAPTURED_STATUSES for order in orders),
        charged_twice=sum(len(held) > 1 for held in taken.values()),
        circuit_opened=opened.count(breakers.OPENED),
        begun_meanwhile=len(meanwhile),
        moved_meanwhile=sum(p.session.psp == STANDING_IN for p in meanwhile if p.session),
        in_doubt=len(doubts),
        doubts_moved=sum(len({psp for psp, _ in taken.get(o.order_id, ())}) > 1 for o in doubts),
        back=sum(p.session.psp == AWAY for p in begun if p.session and p.created_at > away[1]),
    )
