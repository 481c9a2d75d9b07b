"""The PSPs' clocks, which some acts move by a day while others are played beside them.

A checkout's token lives for a day at the PSP that gave it out. An act whose checkouts stand
between registration and charge holds the clock still; an act that lets days pass waits for that.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterator
from threading import Lock

from tools.client import Client

A_DAY = "25h"
CLOCKS: defaultdict[str, Lock] = defaultdict(Lock)


@contextlib.contextmanager
def held_still(psp: str) -> Iterator[None]:
    """Whoever wants to move this PSP's clock waits until the block is left."""
    with CLOCKS[psp]:
        yield


def pass_a_day(client: Client, psp: str) -> None:
    """Move this PSP's clock by a day and an hour, once nobody holds it still. Raises CallFailed."""
    with held_still(psp):
        client.at_psp("POST", "/_control/clock", {"advance": A_DAY}, psp)
