"""Ids, cursors and keys where they do not belong: nothing answers to them."""

from __future__ import annotations

from tools.proof.claims import Claim, Proof, Run
from tools.secure.doors import silence

SWAPS, QUICK = 10_000, 300
ABOUT = (
    "Callers are services of the marketplace's own; none is a seller, so no route has an owner to "
    "compare with. What can be kept apart is: an id of one kind answers for no other and tells "
    "nothing that an id of nobody would not tell (status and body are compared), a seller's reads "
    "show and reach for that seller's rows alone (DynamoDB's calls are looked through), a refund "
    "is found under its own order only, a cursor goes on with its own list, and an idempotency key "
    "counts for its caller and route."
)


def prove(run: Run) -> Proof:
    """Swap ids, cursors and keys, and say what leaked."""
    from tests.security.house import open_house
    from tests.security.isolation import cursor_swaps, key_swaps, swaps
    from tests.security.laid_out import lay

    wanted = QUICK if run.quick else SWAPS
    with silence(), open_house(lay) as house:
        ids = swaps(house, wanted)
        house.fresh()
        cursors, keys = cursor_swaps(house), key_swaps(house)
    leaks = [*ids.leaks, *cursors.leaks, *keys.leaks]
    return Proof(
        (
            Claim(
                f"{wanted} ids in places that are not theirs open and tell nothing",
                f"{ids.count} swaps, {len(ids.leaks)} leaks",
                ids.count == wanted and not ids.leaks,
            ),
            Claim(
                "a cursor of one list on another is refused, or shows that list's own rows",
                f"{cursors.count} swaps, {len(cursors.leaks)} leaks",
                cursors.count > 0 and not cursors.leaks,
            ),
            Claim(
                "an idempotency key never brings another caller's or another route's answer",
                f"{keys.count} tries, {len(keys.leaks)} leaks",
                keys.count > 0 and not keys.leaks,
            ),
        ),
        "\n\n".join([ABOUT, *(f"- {leak[:400]}" for leak in leaks[:20])]),
    )
