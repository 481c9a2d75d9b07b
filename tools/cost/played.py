"""All journeys, played one after the other in one machine."""

from __future__ import annotations

from collections.abc import Iterable

from tools.cost.counted import Counted, count
from tools.cost.journeys import JOURNEYS, Journey
from tools.cost.player import stage


def play(journeys: Iterable[Journey] = JOURNEYS) -> dict[str, Counted]:
    """What each counted, by name. Raises RuntimeError as `count` does."""
    with stage() as (made, meter):
        return {journey.name: count(journey, made, meter) for journey in journeys}
