"""The region is gone for hours: every AWS call of ours fails, and then all of it comes back.

What was acknowledged before stays; clients that are told 503 come again when `Retry-After` says so;
the PSP sends its webhooks again. When the queues' pollers still run, messages are tried out and end
as dead letters: the sweep does their work, and their redrive finds it done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import EndpointConnectionError

from countinghouse.domain.instants import HOUR, MINUTE, SECOND
from tests.drills.knocks import knocks
from tests.drills.letters import dead_letters, redrive_all, shuffled
from tests.drills.market import CALM, charged_twice, market, open_world
from tests.simulation import cloud
from tests.simulation import world as worlds
from tests.simulation.aws_wire import AwsWire
from tests.simulation.client import Pass, Script, Until
from tests.simulation.machine import Machine
from tests.simulation.world import World

REFUSED_MS = 10
"""How long it takes to be told that nobody is there."""
LASTS_MS = 6 * HOUR
BEGINS_MS_MAX = 3 * SECOND
"""The market of the drill trades for about so long when nothing is wrong."""
UNDER_WAY = ("orders", "progress", "postings.fifo")
KNOCKS_EVERY_MS = 30 * MINUTE
COMES_AGAIN_MS = 5 * MINUTE
"""How long a client waits that was told 503: longer than `Retry-After`, as callers back off."""
HEALS_MS_MAX = 12 * HOUR
"""So long after its return the dead letters are redriven."""


class Region(AwsWire):
    """AWS as our code reaches it; while it is `gone`, no call arrives."""

    gone = False
    refused = 0

    def send(self, request: AWSPreparedRequest, event_name: str) -> AWSResponse:
        if not self.gone:
            return super().send(request, event_name)
        self.refused += 1
        self.clock.advance(REFUSED_MS)
        raise EndpointConnectionError(endpoint_url=request.url)


@dataclass
class Told:
    """What callers were told while the region was gone."""

    answers: Counter[int] = field(default_factory=Counter)
    without_retry_after: int = 0

    def hear(self, answer: dict[str, Any]) -> None:
        status = answer["statusCode"]
        self.answers[status] += 1
        names = {name.lower() for name in answer["headers"]}
        self.without_retry_after += status == 503 and "retry-after" not in names


@dataclass(frozen=True, slots=True)
class RegionGone:
    """What one history came to."""

    orders: int
    charged_twice: int
    told: Told
    calls_refused: int
    webhooks_refused: int
    dead: int
    rest_ms: int | None
    """From the region's return until nothing is left to do; None when there was other trouble."""


class WatchedWorld(World):
    """A world that keeps what its callers are told while AWS is gone, and when it last did work."""

    told: Told
    region: Region
    webhooks_refused = 0
    worked_at = 0

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        answer = super().invoke(function, event)
        self.worked_at = self.now
        if self.region.gone and isinstance(answer, dict) and "statusCode" in answer:
            self.told.hear(answer)
            self.webhooks_refused += function == "webhooks"
        return answer


def play_region_gone(machine: Machine, seed: int, buyers: int = 4) -> RegionGone:
    """One history: trade, six hours of nothing, and the way back. Raises Broken.

    With an odd seed the queues are gone as well; with an even one their pollers go on.
    """
    chance = Random(seed)
    flow = market("region-gone", buyers, lambda _: director())
    back_at = worked_at = dead = 0

    def director() -> Script:
        nonlocal back_at, worked_at, dead
        if seed % 2:
            yield Pass(world.now + chance.randrange(BEGINS_MS_MAX))
        else:
            # Pollers will try these out until they are dead letters. A queue may be emptied before
            # anybody looks: then it is what waits further on.
            waits = UNDER_WAY[UNDER_WAY.index(chance.choice(UNDER_WAY)) :]
            yield Until(lambda: any(map(cloud.messages, waits)))
        region.gone, world.flow = True, replace(flow, with_streams=False)
        back_at = world.now + LASTS_MS
        while world.now < back_at:
            for function, event in knocks():
                world.invoke(function, dict(event))
            yield Pass(min(back_at, world.now + KNOCKS_EVERY_MS))
        region.gone, world.flow = False, flow
        yield Pass(back_at + HEALS_MS_MAX)
        worked_at, dead = world.worked_at, sum(dead_letters().values())
        shuffled(chance)
        redrive_all(machine.clock)

    # Two histories of four have no other trouble: how long those take is told.
    is_calm = seed % 4 < 2
    with (
        open_world(machine, flow, CALM if is_calm else seed, WatchedWorld) as world,
        ExitStack() as stack,
    ):
        assert isinstance(world, WatchedWorld)
        world.told = Told()
        world.region = region = Region(machine.clock, world.injector, world.workflows)
        world.aws = machine.aws = region
        stack.enter_context(patch.object(worlds, "RETRY_MS", COMES_AGAIN_MS))
        if seed % 2:
            stack.enter_context(without_queues(lambda: region.gone))
        world.play()
        return RegionGone(
            orders=len(flow.orders),
            charged_twice=charged_twice(world.shop),
            told=world.told,
            calls_refused=region.refused,
            webhooks_refused=world.webhooks_refused,
            dead=dead,
            rest_ms=worked_at - back_at if is_calm else None,
        )


def without_queues(gone: Callable[[], bool]) -> AbstractContextManager[object]:
    """Nobody polls a queue while the region is gone."""
    deliverable = cloud.deliverable
    polled = partial(_polled, gone, deliverable)
    return patch.object(cloud, "deliverable", polled)


def _polled(
    gone: Callable[[], bool], deliverable: Callable[[str, float], bool], queue: str, now_s: float
) -> bool:
    return not gone() and deliverable(queue, now_s)
