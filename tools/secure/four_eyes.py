"""What takes a second person, tried by the same one, in disguise, by others, at once and again."""

from __future__ import annotations

from tools.proof.claims import Claim, Proof, Run
from tools.secure.doors import silence

ALONE = (
    "Not among them, since one person may do it alone: a seller's bank account (it cools off "
    "instead), reopening a break, closing a month, and payouts, breaks or bookings by hand up to "
    "the limit of `rules/market.json`. A redrive of dead letters takes two by the operator's tool, "
    "not by this API (`tests/unit/tools/test_redrive_by_two.py`)."
)


def prove(run: Run) -> Proof:
    """Try them all, and show each."""
    from tests.security.four_eyes import eyes
    from tests.security.house import open_house
    from tests.security.laid_out import lay

    del run
    with silence(), open_house(lay) as house:
        tried = list(eyes(house))
    failed = [one for one in tried if not one.holds]
    actions = {one.action.partition(":")[0] for one in tried}
    races = [one for one in tried if "at once" in one.action or "since it was read" in one.action]
    rows = [
        f"| {one.action} | {one.who} | {one.got}{f' **{one.wrong}**' if one.wrong else ''} |"
        for one in tried
    ]
    table = "\n".join(["| what | who (role:person) | answer |", "|---|---|---|", *rows])
    return Proof(
        (
            Claim(
                "every attempt ends as it should: who asked cannot approve, in no role of theirs",
                f"{len(tried) - len(failed)} of {len(tried)} attempts at {len(actions)} actions",
                bool(tried) and not failed,
            ),
            Claim(
                "the condition is in the write: what was decided on an older row does not stand",
                f"{len(races)} in races",
                bool(races) and not any(one in failed for one in races),
            ),
        ),
        f"{table}\n\n{ALONE}",
    )
