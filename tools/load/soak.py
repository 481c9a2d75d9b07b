"""The soak: checkouts for some minutes, every process's memory looked at."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import asdict

from tools.load import resting, whole
from tools.load.flatness import trends
from tools.load.heard import Json
from tools.load.memory import EMULATOR, Sample, sampled
from tools.load.round import Stage
from tools.replay.lines import Line
from tools.replay.meter import Meter

NONE: Json = {"trends": [], "series": {}}
_POINTS_MAX = 240


def soak(stage: Stage, lines: list[Line], minutes: float, rate: float) -> Json:
    """Play checkouts under new ids for so long; what of it the page shows.

    At about this rate a second, for the meter.
    """
    deadline = time.monotonic() + minutes * 60
    rows = resting.stored(stage.client)
    # How many there will be is not known: the time decides.
    meter = Meter(stage.console, "soak, about", round(minutes * 60 * rate), "checkouts")
    with meter, sampled(stage.watched, lambda: meter.done) as samples:
        played = whole.until(deadline, whole.endless(lines, "soak"))
        done = whole.play(played, stage.client, stage.flight, meter)
    stage.wrong += done.wrong
    found = [
        asdict(one)
        | {"is_judged": one.is_judged, "is_flat": one.is_flat}
        | {"is_emulator": one.process == EMULATOR}
        for one in trends(samples)
    ]
    return {
        "minutes": minutes,
        "checkouts": len(done.finished),
        "rows": resting.stored(stage.client) - rows,
        "trends": found,
        "series": series(samples),
    }


def series(samples: list[Sample]) -> dict[str, list[tuple[int, int]]]:
    """By process name, checkouts done and resident bytes of all processes of that name together."""
    looks: defaultdict[str, dict[float, tuple[int, int]]] = defaultdict(dict)
    for one in samples:
        _, so_far = looks[one.process].get(one.at, (0, 0))
        looks[one.process][one.at] = (one.done, so_far + one.resident)
    return {
        name: [*some.values()][:: max(len(some) // _POINTS_MAX, 1)] for name, some in looks.items()
    }
