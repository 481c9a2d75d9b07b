"""Drill: restore from a point in time, and audit again."""

from __future__ import annotations

from random import Random

from tests.drills.restore import Cut, Restoration, Tale, askew, between, halves, restore, tell
from tests.simulation.faults import Broken
from tests.simulation.machine import machine
from tools.drills.histories import TOLD_EVERY, Histories, always
from tools.proof.claims import Claim, Proof, Run, Step

BUYERS = 4
SKEWED, QUICK = 100, 6
MINUTE_MS = 60_000
Restored = tuple[Cut, Restoration]


def prove(run: Run) -> Proof:
    """Restore a history's tables as they were at every moment, and in the midst of every commit."""
    with machine() as process:
        tale = tell(process, 0, BUYERS)
        cuts = cuts_of(tale, Random(BUYERS), quick=run.quick)
        found: list[Restored] = []
        broken: list[str] = []
        for number, cut in enumerate(cuts, 1):
            try:
                found.append((cut, restore(process, tale, cut)))
            except Broken as error:
                broken.append(f"{cut}: {error}")
            if number % TOLD_EVERY == 0:
                run.tell(f"{number} of {len(cuts)} restorations, {len(broken)} broken")
    histories = Histories(len(cuts), tuple(broken))
    restorations = [one for _, one in found]
    return Proof((*claims(found), *always(restorations, histories)), _NOTES + histories.notes)


def cuts_of(tale: Tale, chance: Random, *, quick: bool) -> list[Cut]:
    """Every cut, and some with tables copied at moments of their own; or a few of each."""
    half, whole = list(halves(tale)), list(between(tale))
    if quick:
        # The last half lacks the journal of a payout whose row says that it was booked.
        half, whole = [*chance.sample(half, QUICK - 1), half[-1]], chance.sample(whole, QUICK // 2)
    skewed = [askew(tale, chance) for _ in range(QUICK // 2 if quick else SKEWED)]
    return [*half, *whole, *skewed]


def claims(found: list[Restored]) -> tuple[Claim, ...]:
    """What this drill shows."""
    half = [one for cut, one in found if cut.half]
    whole = [one for cut, one in found if not cut.half and cut.is_one_moment]
    told = sum(not one.found.is_whole for one in half)
    false = sum(not one.found.is_whole for one in whole)
    every = [one for _, one in found]
    aside = sum(one.mended.set_aside for one in every)
    kept = sum(len(one.kept) for one in every)
    failed = sum(len(one.mended.failed) for one in every)
    rest = max((one.rest_ms for one in every), default=0) / MINUTE_MS
    return (
        Claim(
            "the check names what a copy cut in half; what it does not name mends itself",
            f"{told} of {len(half)} halves named, {len(half) - told} mend themselves",
            holds=bool(half) and told > 0,
        ),
        Claim(
            "it says nothing of a copy between two commits",
            f"{false} of {len(whole)}",
            holds=bool(whole) and not false,
        ),
        Claim(
            "mended, the books are whole: journals that cannot stand are kept in a file, wallets "
            "are what their journals say, what is taken for booked is booked again",
            f"{aside} set aside, {kept} kept, {sum(o.mended.wallets for o in every)} wallets, "
            f"{sum(o.mended.booked for o in every)} booked again, {failed} could not be",
            holds=aside == kept > 0 and any(o.mended.booked for o in every) and not failed,
        ),
        Claim(
            "orders that only the PSP still knows come back when callers repeat what they sent",
            f"{sum(one.lost_orders for one in every)} of them, charged under the same keys",
            holds=any(one.lost_orders for one in every),
        ),
        Claim(
            "the rest is done by the sweep and the questions to the PSP",
            f"at rest after {rest:.0f} virtual minutes at most",
            holds=bool(every),
        ),
    )


_NOTES = """\
Lost is what was acknowledged between the point of the copy and the loss, unless callers repeat it.
The PSP's charges of unknown orders stand in its settlement files, and come up as
`MISSING_IN_LEDGER`, its refunds and disputes as `REFUND_OR_CHARGEBACK_ORPHAN`
([reconciliation.md](reconciliation.md)).
Events published after that point stay published; their versions come up a second time.

"""

STEP = Step("restore", "Restore from a point in time, and audit again", prove)
