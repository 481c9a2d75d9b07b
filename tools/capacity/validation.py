"""The model of batches beside what the local system did with real checkouts.

The way from an order's capture to its journal: a stream's lane to the relay, then the postings'
queue, each one batch at a time. Its arrivals and durations are those that were measured; the one
constant that was not, how long the emulator lets pass between two looks, is fitted to the first
third of the orders, and the rest is foretold.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any, Final

from infra.catalogue import BATCH
from infra.config import stage
from tools.capacity.groups import Pace, batches
from tools.capacity.measures import Spread

TURNS_S: Final = tuple(step / 20.0 for step in range(41))
ROUNDS: Final = 12
Waits = list[float]


def foretold(kept: Mapping[str, Any], turn_s: float, seed: int) -> tuple[list[Waits], float]:
    """Waits in seconds, of each round in the order of the captures; and batches of postings."""
    made, count = [], 0
    for number in range(ROUNDS):
        chance = random.Random(f"{seed}|{number}|{turn_s}")
        came = [ms / 1_000.0 for ms in kept["captured_ms"]]
        relayed, _ = _lane(came, kept["relay_ms"], stage("local").stream_batch, turn_s, chance)
        booked, posted = _lane(relayed, kept["posting_ms"], BATCH, turn_s, chance)
        made.append([end - start for start, end in zip(came, booked, strict=True)])
        count += posted
    return made, count / ROUNDS


def _lane(
    came: Sequence[float],
    durations_ms: Sequence[int],
    batch: int,
    turn_s: float,
    chance: random.Random,
) -> tuple[list[float], int]:
    """When each is done, and in how many batches; a batch's messages are done one by one."""

    def lasts(_: int) -> float:
        return chance.choice(durations_ms) / 1_000.0

    # Whoever comes to an empty lane waits for its next look, half a turn on average.
    seen = sorted(at + chance.random() * turn_s for at in came)
    done: list[float] = []
    count = 0
    for starts, members, took in batches(seen, Pace(turn_s, 0.0, 0.0, batch), lasts):
        count += 1
        size = len(members)
        done += [starts + took * (place + 1) / size for place in range(size)]
    return done, count


def fitted(kept: Mapping[str, Any], seed: int) -> float:
    """The turn in seconds at which the median wait of the first third is what was measured."""
    third = len(kept["waited_ms"]) // 3
    wanted = _spread(ms / 1_000.0 for ms in kept["waited_ms"][:third]).percentile(0.5)

    def off(turn_s: float) -> float:
        waits, _ = foretold(kept, turn_s, seed)
        return abs(_spread(w for one in waits for w in one[:third]).percentile(0.5) - wanted)

    return min(TURNS_S, key=off)


def told(kept: Mapping[str, Any], seed: int) -> str:
    """The page's section: measured and foretold, with the error of each figure."""
    turn_s, third = fitted(kept, seed), len(kept["waited_ms"]) // 3
    waits, count = foretold(kept, turn_s, seed)
    measured = _spread(ms / 1_000.0 for ms in kept["waited_ms"][third:])
    model = _spread(w for one in waits for w in one[third:])
    span = (kept["captured_ms"][-1] - kept["captured_ms"][0]) / 1_000.0
    rows = [
        (f"wait p{share * 100:.0f}, s", measured.percentile(share), model.percentile(share))
        for share in (0.5, 0.9, 0.99)
    ]
    rows.append(("wait, mean, s", measured.mean, model.mean))
    rows.append(
        ("orders a batch", kept["orders"] / len(kept["posting_ms"]), kept["orders"] / count)
    )
    lines = [
        "| from capture to journal | measured | model | error |",
        "|---|---|---|---|",
        *(
            f"| {name} | {was:.2f} | {is_:.2f} | {is_ / was - 1.0:+.0%} |"
            for name, was, is_ in rows
        ),
    ]
    said = (
        f"{kept['orders']} real orders in {span:.0f} s through the local system (`make replay`), "
        "one run. The model is given that run's own arrivals and durations; the emulator's turn "
        f"was fitted to the first third of the orders ({turn_s:.2f} s), and the waits below are of "
        "the rest. That who comes to an empty queue waits for its next look was added after a "
        "first "
        "comparison with the same run, so this is no blind test. It checks how batches, waits and "
        "durations go together on one way, from capture to journal: the emulator has no conflicts, "
        "no throttling and no partitions, and tells nothing of AWS's limits."
    )
    return said + "\n\n" + "\n".join(lines)


def _spread(values: Any) -> Spread:
    spread = Spread()
    for value in values:
        spread.add(value)
    return spread
