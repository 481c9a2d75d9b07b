"""Drill: a PSP goes away and comes back."""

from __future__ import annotations

from collections.abc import Callable

from tests.drills.psp_outage import AWAY, STANDING_IN, PspOutage, play_psp_outage
from tools.drills.deployed import outage_claims
from tools.proof.claims import Claim, Proof, Run, Step

HISTORIES, QUICK = 20, 1


def prove(run: Run, deployed: Callable[[Run], tuple[Claim, ...]] = outage_claims) -> Proof:
    """Cut a PSP off in the middle of the trade; then once more in the deployed system."""
    found = []
    for seed in range(1, 1 + (QUICK if run.quick else HISTORIES)):
        found.append(play_psp_outage(seed))
        run.tell(f"{seed} markets through an outage")
    return Proof(claims(found) + (() if run.quick else deployed(run)))


def claims(found: list[PspOutage]) -> tuple[Claim, ...]:
    """What this drill shows."""
    orders, final = sum(o.orders for o in found), sum(o.final for o in found)
    begun, moved = sum(o.begun_meanwhile for o in found), sum(o.moved_meanwhile for o in found)
    doubt, twice = sum(o.in_doubt for o in found), sum(o.charged_twice for o in found)
    doubts_moved = sum(o.doubts_moved for o in found)
    return (
        Claim(
            "the circuit opens, and opens again as long as the PSP is away",
            f"{sum(o.circuit_opened for o in found)} times in {len(found)} markets",
            holds=bool(found) and all(o.circuit_opened for o in found),
        ),
        Claim(
            f"new checkouts are taken by {STANDING_IN}",
            f"{moved} of {begun} that began meanwhile",
            holds=bool(begun) and moved == begun,
        ),
        Claim(
            f"orders in doubt wait for {AWAY}: none is charged at both",
            f"{doubts_moved} of {doubt}",
            holds=bool(doubt) and not doubts_moved,
        ),
        Claim(
            f"{AWAY} is used again after its return",
            f"{sum(o.back for o in found)} checkouts",
            holds=bool(found) and all(o.back for o in found),
        ),
        Claim("every order becomes final", f"{final} of {orders}", holds=bool(orders == final)),
        Claim("no order is charged twice", f"{twice} of {orders} orders", holds=not twice),
    )


STEP = Step("psp-outage", "PSP outage", prove)
