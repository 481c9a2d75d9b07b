"""Drill: a message that keeps failing."""

from __future__ import annotations

from collections import Counter

from tests.drills.poison import Poisoned, play_poison
from tests.simulation.cloud import MAX_RECEIVES
from tools.drills.histories import always, play_all
from tools.proof.claims import Claim, Proof, Run, Step

HISTORIES, QUICK = 40, 2


def prove(run: Run) -> Proof:
    """Poison one order of each history's market, let the rest go on, mend, redrive."""
    cases = range(QUICK if run.quick else HISTORIES)
    found, histories = play_all(run, cases, play_poison)
    return Proof((*claims(found), *always(found, histories)), histories.notes)


def claims(found: list[Poisoned]) -> tuple[Claim, ...]:
    """What this drill shows."""
    letters = sum((Counter(one.letters) for one in found), Counter[str]())
    tried = {one.receives for one in found}
    others, done = sum(one.others for one in found), sum(one.others_done for one in found)
    alarmed = sum(one.watched == one.letters.get(one.queue, 0) > 0 for one in found)
    named = [letter for one in found for letter in one.inspected]
    known = sum("order_id" in letter.ids for letter in named)
    redriven = sum(one.redriven for one in found)
    once = sum((one.charges, one.captures) == (1, 1) for one in found)
    return (
        Claim(
            "a message that keeps failing is a dead letter after its tries",
            f"{letters.total()} letters, tried {sorted(tried)} times",
            holds=bool(found) and tried == {MAX_RECEIVES},
        ),
        Claim(
            "orders of other wallets are not held up by it",
            f"{done} of {others} delivered and booked before it was mended",
            holds=bool(others) and done == others,
        ),
        Claim(
            "the metric that the queue's alarm watches counts the letters",
            f"{alarmed} of {len(found)} histories",
            holds=bool(found) and alarmed == len(found),
        ),
        Claim(
            "a letter is told by ids of ours, without its body",
            f"{known} of {len(named)} letters name their order",
            holds=bool(named) and known == len(named),
        ),
        Claim(
            "mended and redriven, its work is done once",
            f"{redriven} letters redriven; {once} of {len(found)} orders charged and booked once",
            holds=bool(found) and once == len(found) and redriven >= letters.total(),
        ),
    )


STEP = Step("poison", "Poison message", prove)
