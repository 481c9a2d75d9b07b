"""Dead letters in the simulation, and the redrive tool itself at work on them."""

from __future__ import annotations

from random import Random
from unittest.mock import patch

import boto3

import tools.redrive.moving
from countinghouse.domain.instants import MINUTE
from tests.simulation import cloud
from tests.simulation.clock import VirtualClock

LOOKS_MAX = 60
KEPT_S = 14 * 86_400
"""How long a dead-letter queue keeps a letter (infra/constructs/consumed_queue.py)."""


def dead_letters() -> dict[str, int]:
    """How many messages each dead-letter queue holds; only those that hold any."""
    found = {name: len(cloud.messages(name)) for name in cloud.all_queues() if "_dlq" in name}
    return {name: count for name, count in found.items() if count}


def keep_letters() -> None:
    """Give the dead-letter queues their fortnight; by itself a queue forgets after four days."""
    sqs = boto3.client("sqs")
    for name in cloud.all_queues():
        if "_dlq" in name:
            sqs.set_queue_attributes(
                QueueUrl=cloud.queue_url(name),
                Attributes={"MessageRetentionPeriod": str(KEPT_S)},
            )


def shuffled(chance: Random) -> None:
    """Bring every dead-letter queue into an order of chance, the groups of a FIFO one as well."""
    for name in dead_letters():
        chance.shuffle(cloud.messages(name))


def redrive_all(clock: VirtualClock) -> int:
    """Send all dead letters back as `countinghouse redrive` does; returns how many they were.

    A FIFO queue shows no message of a group while one before it is held: it is looked at again
    until it is empty. Raises RuntimeError when it does not become so.
    """
    sqs = boto3.client("sqs")
    total = 0
    # Nobody listens here for what does not come: the emulator would wait for it.
    with patch.object(tools.redrive.moving, "_LISTEN_S", 0):
        for _ in range(LOOKS_MAX):
            left = dead_letters()
            if not left:
                return total
            for name in left:
                source = name.replace("_dlq", "")
                pair = tools.redrive.moving.Pair(
                    source, cloud.queue_url(name), cloud.queue_url(source)
                )
                total += sum(tools.redrive.moving.move(sqs, pair))
            clock.advance(MINUTE)
    raise RuntimeError(f"dead letters stay: {dead_letters()}")
