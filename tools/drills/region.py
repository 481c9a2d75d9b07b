"""Drill: every AWS call fails for six hours."""

from __future__ import annotations

from collections import Counter

from tests.drills.region import RegionGone, play_region_gone
from tools.drills.histories import always, play_all
from tools.proof.claims import Claim, Proof, Run, Step

HISTORIES, QUICK = 24, 2
UNAVAILABLE = 503
SECOND_MS = 1_000


def prove(run: Run) -> Proof:
    """Take AWS away for six hours in the middle of the trade, and give it back."""
    cases = range(QUICK if run.quick else HISTORIES)
    found, histories = play_all(run, cases, play_region_gone)
    return Proof((*claims(found), *always(found, histories)), histories.notes)


def claims(found: list[RegionGone]) -> tuple[Claim, ...]:
    """What this drill shows."""
    told = sum((one.told.answers for one in found), Counter[int]())
    taken = sum(count for status, count in told.items() if status < 300)
    bugs = sum(count for status, count in told.items() if status >= 500 and status != UNAVAILABLE)
    unsaid = sum(one.told.without_retry_after for one in found)
    rests = [one.rest_ms for one in found if one.rest_ms is not None]
    dead = sum(one.dead for one in found)
    webhooks = sum(one.webhooks_refused for one in found)
    shown = ", ".join(f"{count} x {status}" for status, count in sorted(told.items()))
    return (
        Claim(
            "meanwhile nothing is acknowledged, and nothing is answered with 500",
            f"{sum(one.calls_refused for one in found)} AWS calls failed; answers: {shown}",
            holds=told[UNAVAILABLE] > 0 and not taken and not bugs,
        ),
        Claim(
            "every 503 says when to come again",
            f"{unsaid} of {told[UNAVAILABLE]} without Retry-After",
            holds=told[UNAVAILABLE] > 0 and not unsaid,
        ),
        Claim(
            "the PSP's webhooks are refused with 503 and sent again by the PSP",
            f"{webhooks} refused",
            holds=webhooks > 0,
        ),
        Claim(
            "what was acknowledged before is done after it; where pollers went on, their dead "
            "letters are redriven and find it done",
            f"{sum(one.orders for one in found)} orders, {dead} letters",
            holds=bool(found) and dead > 0,
        ),
        Claim(
            "without other trouble everything is at rest soon after the return",
            f"{max(rests, default=0) // SECOND_MS} virtual seconds at most",
            holds=bool(rests),
        ),
    )


STEP = Step("region", "The region is gone for six hours", prove)
