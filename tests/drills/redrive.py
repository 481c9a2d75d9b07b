"""Dead letters redriven after four days, in any order, under new message ids.

With an even seed every consumer and the sweep are broken for the four days, so that the letters
carry all the work there is. With an odd seed the consumers come back after forty minutes and the
sweep does the work; four days later the letters say nothing new, and must change nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from unittest.mock import patch

from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import DAY, HOUR, MINUTE, SECOND
from tests.drills.letters import dead_letters, keep_letters, redrive_all, shuffled
from tests.drills.market import CALM, charged_twice, market, open_world
from tests.simulation import cloud
from tests.simulation.client import Pass, Script, Until
from tests.simulation.machine import Machine
from tests.simulation.rest import digest
from tests.simulation.world import World

LATER_MS = 4 * DAY
MENDED_MS = 40 * MINUTE
"""A message that keeps failing is a dead letter sooner: after five times of six minutes."""
BREAKS_MS_MAX = 2 * SECOND
REPAIR, POSTING = "repair", "posting"
POSTINGS, DEAD_POSTINGS = "postings.fifo", "postings_dlq.fifo"


@dataclass(frozen=True, slots=True)
class Redriven:
    """What one history came to."""

    orders: int
    letters: dict[str, int]
    groups: int
    """Of how many FIFO groups there were letters, all mixed."""
    redriven: int
    new_ids: int
    charged_twice: int
    is_done_before: bool
    """Whether the sweep had done all of it by the time of the redrive."""
    rows_changed: bool


def play_redrive(machine: Machine, seed: int, buyers: int = 5) -> Redriven:
    """One history. Raises Broken."""
    chance = Random(seed)
    is_done_before = bool(seed % 2)
    broken = {function for function, _ in cloud.CONSUMERS.values()}
    flow = market("redrive", buyers, lambda _: director(), may_fail=not is_done_before)
    found: dict[str, Any] = {}

    def director() -> Script:
        keep_letters()
        if seed // 2 % 2:
            # Letters of several FIFO groups at once.
            with out_of_order(machine, {POSTING}):
                yield Until(lambda: len(_groups(POSTINGS)) > 1)
        else:
            yield Pass(world.now + chance.randrange(BREAKS_MS_MAX))
        began = world.now
        with out_of_order(machine, broken if is_done_before else {*broken, REPAIR}):
            yield Pass(began + (MENDED_MS if is_done_before else LATER_MS))
        if is_done_before:
            yield Pass(began + LATER_MS)
        found["letters"] = dead_letters()
        ids, found["groups"] = _ids(), len(_groups(DEAD_POSTINGS))
        before = digest()
        shuffled(chance)
        found["redriven"] = redrive_all(machine.clock)
        found["new_ids"] = len(_ids() - ids)
        yield Pass(world.now + HOUR)
        found["rows_changed"] = digest() != before

    with open_world(machine, flow, CALM, World) as world:
        world.play()
        return Redriven(
            orders=len(flow.orders),
            charged_twice=charged_twice(world.shop),
            is_done_before=is_done_before,
            **found,
        )


@contextmanager
def out_of_order(machine: Machine, names: Iterable[str]) -> Iterator[None]:
    """These functions fail whatever they are given, as after a bad deployment."""

    def fails(_: dict[str, Any], __: object) -> Any:
        raise Unavailable("a drill")

    broken = {name: replace(machine.functions[name], handler=fails) for name in names}
    with patch.dict(machine.functions, broken):
        yield


def _ids() -> set[str]:
    return {message["id"] for name in cloud.all_queues() for message in cloud.messages(name)}


def _groups(queue: str) -> set[str]:
    return {message["group_id"] for message in cloud.messages(queue)}
