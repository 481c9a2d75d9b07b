"""When memory is flat: the rule, and what each process did by it.

Of a soak's second half, by checkouts done, each process that lived through all of it: the straight
line through its samples (least squares) may rise by `RISE_MAX` per thousand checkouts. The first
half is left out because a process that meets something for the first time has to import and cache
it. The emulator keeps every row, message and log line in memory: it is not judged, its growth is
told for each row stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import linear_regression

from tools.load.memory import CLIENT, EMULATOR, Sample

MIB = 1 << 20
RISE_MAX = 2 * MIB
"""Bytes per thousand checkouts."""
SAMPLES_MIN, CHECKOUTS_MIN = 10, 500
"""A line through fewer, or over fewer, says nothing: memory comes by the quarter of a megabyte."""
_NOT_JUDGED = frozenset({EMULATOR, CLIENT})


@dataclass(frozen=True, slots=True)
class Trend:
    """A process over a soak: bytes at its first and last sample, at most, and its rise."""

    process: str
    first: int
    last: int
    most: int
    rise: float | None

    @property
    def is_judged(self) -> bool:
        """Whether the rule holds for it, and it was there long enough."""
        return self.process not in _NOT_JUDGED and self.rise is not None

    @property
    def is_flat(self) -> bool:
        """Whether it rises by no more than the rule allows; what is not judged does not fail."""
        return not self.is_judged or (self.rise or 0.0) <= RISE_MAX


def trends(samples: Iterable[Sample]) -> list[Trend]:
    """Every process's trend, by name; of a function's several the one that rises most."""
    lives: defaultdict[tuple[str, int], list[Sample]] = defaultdict(list)
    last_done = 0
    for sample in samples:
        lives[sample.process, sample.pid].append(sample)
        last_done = max(last_done, sample.done)
    found: dict[str, Trend] = {}
    for (name, _), life in sorted(lives.items()):
        trend = _trend(name, life, last_done)
        known = found.get(name)
        if known is None or _rank(trend) > _rank(known):
            found[name] = trend
    return list(found.values())


def _rank(trend: Trend) -> tuple[bool, float]:
    return trend.rise is not None, trend.rise or 0.0


def _trend(name: str, life: Sequence[Sample], last_done: int) -> Trend:
    sizes = [sample.resident for sample in life]
    return Trend(name, sizes[0], sizes[-1], max(sizes), _rise(life, last_done))


def _rise(life: Sequence[Sample], last_done: int) -> float | None:
    """Bytes per thousand checkouts in the second half; None when it did not live through it."""
    half = [sample for sample in life if sample.done * 2 >= last_done]
    lived = life[0].done * 2 <= last_done and life[-1].done == last_done
    if not lived or len(half) < SAMPLES_MIN or half[-1].done - half[0].done < CHECKOUTS_MIN:
        return None
    line = linear_regression([one.done for one in half], [float(one.resident) for one in half])
    return line.slope * 1_000
