"""A message that keeps failing: a release that cannot handle one order, until it is rolled back.

With an even seed executing that order fails, with an odd one booking it. Everything else goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest.mock import patch

import boto3

from countinghouse.domain.errors import CountinghouseError, Unavailable
from countinghouse.domain.instants import HOUR, MINUTE
from countinghouse.usecases.execute_order import execute_order
from countinghouse.usecases.post_orders import post_orders
from tests.drills.letters import dead_letters, keep_letters, redrive_all
from tests.drills.market import CALM, Buyer, charged_twice, market, open_world
from tests.simulation import cloud
from tests.simulation.client import Pass, Script
from tests.simulation.machine import Machine
from tests.simulation.preludes import is_booked, order
from tests.simulation.rest_of_sale import stored_journals
from tests.simulation.world import World
from tools.dead_letters import Letter, letters

MENDED_MS = 50 * MINUTE


@dataclass(frozen=True, slots=True)
class Poisoned:
    """What one history came to."""

    orders: int
    victim: str
    queue: str
    letters: dict[str, int]
    inspected: tuple[Letter, ...]
    watched: int
    """What the metric of the queue's alarm counts."""
    receives: int
    """How often the first letter was tried."""
    others: int
    others_done: int
    """Orders of other wallets, and those that were delivered and booked before the mending."""
    redriven: int
    charges: int
    captures: int
    """Of the poisoned order, in the end: at the PSP, and in the ledger."""
    charged_twice: int


def play_poison(machine: Machine, seed: int, buyers: int = 6) -> Poisoned:
    """One history. Raises Broken."""
    chance, books = Random(seed), bool(seed % 2)
    everybody = [
        (order_id, buyer.seller(place))
        for buyer in map(Buyer, range(buyers))
        for place, order_id in enumerate(buyer.order_ids)
    ]
    victim, seller = chance.choice(everybody)
    checkout = order_ids_with(victim, buyers)
    others = [one for one, its in everybody if its != seller and one not in checkout]
    queue = "postings_dlq.fifo" if books else "orders_dlq"
    found: dict[str, Any] = {}

    def director() -> Script:
        keep_letters()
        with _cannot_book(victim) if books else _cannot_execute(victim):
            yield Pass(world.now + MENDED_MS)
            found["others_done"] = sum(map(_is_done, others))
            found["letters"] = dead_letters()
            found.update(_looked(queue))
        yield Pass(world.now + HOUR)
        found["redriven"] = redrive_all(machine.clock)

    flow = market("poison", buyers, lambda _: director())
    with open_world(machine, flow, CALM, World) as world:
        world.play()
        return Poisoned(
            orders=len(flow.orders),
            victim=victim,
            queue=queue,
            others=len(others),
            charges=sum(one.order_id == victim for one in world.shop.charges()),
            captures=sum(
                one.reference == victim and one.kind == "capture" for one in stored_journals()
            ),
            charged_twice=charged_twice(world.shop),
            **found,
        )


def order_ids_with(order_id: str, buyers: int) -> tuple[str, ...]:
    """The orders of the same checkout."""
    return next(b.order_ids for b in map(Buyer, range(buyers)) if order_id in b.order_ids)


def _is_done(order_id: str) -> bool:
    return "delivery" in order(order_id) and is_booked(order_id)


def _looked(queue: str) -> dict[str, Any]:
    """What a person sees: the alarm's metric, and the letters without their bodies."""
    sqs, url = boto3.client("sqs"), cloud.queue_url(queue)
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    held = cloud.messages(queue)
    return {
        "watched": int(told["Attributes"]["ApproximateNumberOfMessages"]),
        "receives": max((int(message["receive_count"]) for message in held), default=0),
        "inspected": tuple(letters(sqs, url)),
    }


@contextmanager
def _cannot_execute(victim: str) -> Iterator[None]:
    def fails(command: Any, ports: Any) -> Any:
        if command.order_id == victim:
            raise Unavailable("a bug of this release")
        return execute_order(command, ports)

    with patch("functions.order_execution.handler.execute_order", fails):
        yield


@contextmanager
def _cannot_book(victim: str) -> Iterator[None]:
    def fails(order_ids: Iterable[str], *ports: Any) -> dict[str, CountinghouseError]:
        wanted = list(order_ids)
        failed = post_orders([one for one in wanted if one != victim], *ports)
        return failed | {one: Unavailable("a bug of it") for one in wanted if one == victim}

    with patch("functions.posting.handler.post_orders", fails):
        yield
