"""Histories of a drill, played one after the other, and what is claimed of every one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tests.simulation.faults import Broken
from tests.simulation.machine import Machine, machine
from tools.proof.claims import Claim, Run

TOLD_EVERY = 10


class Outcome(Protocol):
    """What every history tells."""

    @property
    def orders(self) -> int:
        """How many orders it had."""
        ...

    @property
    def charged_twice(self) -> int:
        """How many of them the PSP holds more than one charge of."""
        ...


T = TypeVar("T")
Told = TypeVar("Told", bound=Outcome)


@dataclass(frozen=True, slots=True)
class Histories:
    """How many were played, and what was wrong with those that broke an invariant."""

    played: int
    broken: tuple[str, ...]

    @property
    def notes(self) -> str:
        """The first of what was wrong, as a page shows it."""
        return "\n\n".join(f"```\n{text}\n```" for text in self.broken[:3])


def play_all(
    run: Run, cases: Sequence[T], play: Callable[[Machine, T], Told]
) -> tuple[list[Told], Histories]:
    """Play every case in one process; what those that held came to, and how all ended."""
    found: list[Told] = []
    broken: list[str] = []
    with machine() as process:
        for number, case in enumerate(cases, 1):
            try:
                found.append(play(process, case))
            except Broken as error:
                broken.append(str(error))
            if number % TOLD_EVERY == 0:
                run.tell(f"{number} of {len(cases)} histories, {len(broken)} broken")
    return found, Histories(len(cases), tuple(broken))


def always(found: Sequence[Outcome], histories: Histories) -> tuple[Claim, ...]:
    """What holds of every history of every drill."""
    orders = sum(one.orders for one in found)
    twice = sum(one.charged_twice for one in found)
    return (
        Claim(
            "after it everything comes to rest by itself, and every invariant holds",
            f"{len(found)} of {histories.played} histories",
            holds=bool(found) and not histories.broken,
        ),
        Claim(
            "no order is charged twice",
            f"{twice} of {orders} orders",
            holds=bool(orders) and not twice,
        ),
    )
