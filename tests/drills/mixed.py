"""A bad deployment rolled back: handlers of this release and of the one before, over one store.

Each invocation is served by either, by chance, as while a deployment or its way back goes on: what
one wrote the other reads, takes up and writes again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch

from tests.drills.market import charged_twice, market, open_world
from tests.drills.release import DECODERS, Release
from tests.simulation import cloud
from tests.simulation.lambdas import Function
from tests.simulation.machine import Machine
from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Mixed:
    """What one history came to."""

    orders: int
    invocations: Counter[str]
    """How many were served by `old` and by `new`."""
    rows_read_by_old: int
    journals: Counter[str | None]
    """How many name each version of the code; None for none."""
    charged_twice: int
    rest_ms: int


def play_mixed(machine: Machine, old: Release, seed: int, buyers: int = 5) -> Mixed:
    """One history. Raises Broken."""
    served: Counter[str] = Counter()
    flow = market("mixed-releases", buyers)
    both = patch.object(cloud, "code_versions", frozenset({cloud.CODE_VERSION, old.version}))
    with (
        both,
        _both(machine, old, Random(seed), served),
        open_world(machine, flow, seed, World) as world,
    ):
        began = world.now
        world.play()
        rows = {table: list(cloud.rows(table)) for table in DECODERS}
        rows["payout"] = [r for r in rows["payout"] if not r["payout_id"].startswith("account#")]
        rows["ledger"] = [r for r in rows["ledger"] if not r["book"].startswith("claim#")]
        return Mixed(
            orders=len(flow.orders),
            invocations=served,
            rows_read_by_old=old.decoded(rows),
            journals=Counter(row.get("code_version") for row in rows["ledger"]),
            charged_twice=charged_twice(world.shop),
            rest_ms=world.now - began,
        )


@contextmanager
def _both(machine: Machine, old: Release, chance: Random, served: Counter[str]) -> Iterator[None]:
    """Every function is served by either release."""

    def either(name: str, new: Function, event: dict[str, Any], context: Any) -> Any:
        which = chance.choice(("old", "new"))
        served[which] += 1
        if which == "old":
            return old.invoke(name, event, context)
        return new.handler(event, context)

    def forget(name: str, new: Function) -> None:
        new.forget()
        old.forget(name)

    mixed = {
        name: replace(new, handler=partial(either, name, new), forget=partial(forget, name, new))
        for name, new in machine.functions.items()
    }
    with patch.dict(machine.functions, mixed):
        yield
