"""Drill: dead letters redriven after four days."""

from __future__ import annotations

from collections import Counter

from tests.drills.redrive import Redriven, play_redrive
from tools.drills.histories import always, play_all
from tools.proof.claims import Claim, Proof, Run, Step

HISTORIES, QUICK = 40, 3


def prove(run: Run) -> Proof:
    """Let every queue's messages die, and redrive them four days later."""
    cases = range(1, 1 + (QUICK if run.quick else HISTORIES))
    found, histories = play_all(run, cases, play_redrive)
    return Proof((*claims(found), *always(found, histories)), histories.notes)


def claims(found: list[Redriven]) -> tuple[Claim, ...]:
    """What this drill shows."""
    letters = sum((Counter(one.letters) for one in found), Counter[str]())
    redriven, new = sum(o.redriven for o in found), sum(o.new_ids for o in found)
    done = [one for one in found if one.is_done_before]
    left = [one for one in found if not one.is_done_before]
    changed = sum(one.rows_changed for one in done)
    worked = sum(one.rows_changed for one in left)
    by_queue = ", ".join(f"{count} of {name}" for name, count in sorted(letters.items()))
    return (
        Claim(
            "no letter is lost in four days",
            f"{redriven} of {letters.total()} redriven: {by_queue}",
            holds=bool(letters) and redriven == letters.total(),
        ),
        Claim(
            "they come in any order, each under a new message id, groups of FIFO queues mixed",
            f"{new} new ids; up to {max((o.groups for o in found), default=0)} groups at once",
            holds=bool(redriven) and new == redriven and any(o.groups > 1 for o in found),
        ),
        Claim(
            "what the sweep has done meanwhile is not done again: not a byte of any row changes",
            f"{changed} of {len(done)} histories changed",
            holds=bool(done) and changed == 0,
        ),
        Claim(
            "with the sweep out of order too, the letters carry the work that is left",
            f"{worked} of {len(left)} histories went on by them",
            holds=bool(left) and worked == len(left),
        ),
    )


STEP = Step("redrive", "Dead letters redriven after four days", prove)
