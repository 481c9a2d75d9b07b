"""Drill: the PSP's API key and the webhooks' secret are rotated while buyers come."""

from __future__ import annotations

from collections import Counter

from tests.drills.rotation import Rotated, play_rotation
from tools.drills.histories import always, play_all
from tools.proof.claims import Claim, Proof, Run, Step

HISTORIES, QUICK = 20, 2
BOTH_LIVE = {"old, both live": 200, "new, both live": 200, "stranger's, both live": 400}
RETIRED = {"old, old retired": 400, "new, old retired": 200, "stranger's, old retired": 400}


def prove(run: Run) -> Proof:
    """Rotate as the runbook says, and once in a hurry."""
    cases = range(QUICK if run.quick else HISTORIES)
    found, histories = play_all(run, cases, play_rotation)
    return Proof((*claims(found), *always(found, histories)), histories.notes)


def claims(found: list[Rotated]) -> tuple[Claim, ...]:
    """What this drill shows."""
    calm = [one for one in found if not one.is_hurried]
    hurried = [one for one in found if one.is_hurried]
    answers = sum((one.answers for one in calm), Counter[int]())
    calls = sum((one.calls for one in calm), Counter[str]())
    refused = sum(one.calls["old key refused"] for one in hurried)
    failed = sum(count for status, count in answers.items() if status >= 500)
    return (
        Claim(
            "while both secrets live, webhooks signed with either are taken, a stranger's not",
            _counted(found, BOTH_LIVE),
            holds=bool(found) and all(BOTH_LIVE.items() <= o.signed.items() for o in found),
        ),
        Claim(
            "once the old secret is retired, what it signs is refused",
            _counted(found, RETIRED),
            holds=bool(found) and all(RETIRED.items() <= o.signed.items() for o in found),
        ),
        Claim(
            "no downtime: no caller is told 5xx, and the PSP refuses no call",
            f"{failed} of {answers.total()} answers; {calls['old key taken']} calls under the old "
            f"key, {calls['new key taken']} under the new, {calls['old key refused']} refused",
            holds=calls["old key taken"] > 0 < calls["new key taken"]
            and not failed
            and not calls["old key refused"],
        ),
        Claim(
            "retired too soon, the old key's calls are refused unread, and go out again",
            f"{refused} refused; circuits opened {sum(o.circuit_opened for o in hurried)} times",
            holds=refused > 0,
        ),
    )


def _counted(found: list[Rotated], wanted: dict[str, int]) -> str:
    as_wanted = sum(one.signed[name] == code for one in found for name, code in wanted.items())
    return f"{as_wanted} of {len(found) * len(wanted)} answers as they should be"


STEP = Step("rotation", "Key rotation", prove)
