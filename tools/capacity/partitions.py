"""DynamoDB's partitions: where keys fall, how hot each gets, what splitting for heat can do.

A table has a partition for each 1,000 write or 3,000 read units that it is warm for. A key's
place is
the hash of it. DynamoDB splits a partition that stays hot between two keys, never within one; a
key whose items have sort keys may be split between those, unless they only ever grow.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_SPACE = 2**64
COOL = 0.5
"""How hot a partition of countless keys is left once it was split."""


@dataclass(frozen=True, slots=True)
class Key:
    """A partition key that stands out: the units a second it takes."""

    name: str
    writes: float
    reads: float = 0.0


@dataclass(frozen=True, slots=True)
class Demand:
    """What a table or an index takes: `even` units fall on countless keys, `keys` on their own."""

    table: str
    even_writes: float
    even_reads: float
    keys: tuple[Key, ...] = ()

    @property
    def writes(self) -> float:
        """All write units a second."""
        return self.even_writes + sum(key.writes for key in self.keys)

    @property
    def reads(self) -> float:
        """All read units a second."""
        return self.even_reads + sum(key.reads for key in self.keys)


@dataclass(frozen=True, slots=True)
class Heat:
    """The hottest partition's share of its limits as the table is, and once it was split."""

    partitions: int
    at_first: float
    settled: float
    hottest: str


def partitions_for(writes: float, reads: float, limits: Mapping[str, Any]) -> int:
    """Partitions of a table that is warm for so many units a second."""
    return max(1, math.ceil(max(writes / float(limits["wcu"]), reads / float(limits["rcu"]))))


def place(name: str, partitions: int) -> int:
    """The partition that a key falls on."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return number * partitions // _SPACE


def heat(demand: Demand, warm_writes: float, warm_reads: float, limits: Mapping[str, Any]) -> Heat:
    """How hot the hottest partition is of a table that is warm for so many units a second."""
    count = partitions_for(warm_writes, warm_reads, limits)
    even = _share(demand.even_writes / count, demand.even_reads / count, limits)
    loads = [even] * count
    for key in demand.keys:
        loads[place(key.name, count)] += _share(key.writes, key.reads, limits)
    hottest = max(demand.keys, key=lambda key: _share(key.writes, key.reads, limits), default=None)
    alone = _share(hottest.writes, hottest.reads, limits) if hottest else 0.0
    # Splitting ends where a partition holds one key, or an even part that is as cool as wished.
    settled = max(alone, min(even, COOL))
    name = hottest.name if hottest and alone >= even else "any"
    return Heat(count, max(loads), settled, name)


def _share(writes: float, reads: float, limits: Mapping[str, Any]) -> float:
    """Share of a partition's limit: writes and reads draw on one budget."""
    return writes / float(limits["wcu"]) + reads / float(limits["rcu"])


def total(demands: Iterable[Demand], table: str) -> float:
    """Write units a second of a table with its indexes: what AWS's quota for a table counts."""
    return sum(one.writes for one in demands if one.table.partition("/")[0] == table)
