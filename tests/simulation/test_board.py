"""What a run says of itself on its way."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from rich.console import Console

from tests.simulation.board import Board
from tests.simulation.tally import Tally
from tests.simulation.tasks import Found
from tools import gauge


class Hands:
    """A clock that a test moves."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_a_part_says_how_far_it_is_how_fast_and_how_long_it_still_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hands, text = Hands(), io.StringIO()
    monkeypatch.setattr(gauge, "time", hands)
    tally = Tally(histories=10, calls=500, faulted=400, modes=Counter({"before": 30}))
    with Board(Console(file=text, width=200), "singles", 100) as board:
        hands.now = 10.0
        board.hear(Found("singles", "F1", tally, work=20), note="F1 [note] of its own")
        hands.now = 20.0
        board.hear(Found("singles", "F2", tally, work=30))

    assert text.getvalue().splitlines() == [
        "F1 [note] of its own",
        "singles: F2   20 histories, 800 faulted calls, 180 faults a minute, 20 s left",
        "singles: F2   20 histories, 800 faulted calls, 180 faults a minute, 20 s left",
    ]


def test_an_open_ended_part_is_as_far_as_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    hands = Hands()
    monkeypatch.setattr(gauge, "time", hands)
    board = Board(Console(file=io.StringIO()), "random", 0, seconds=80.0)

    hands.now = 20.0

    assert board.share() == 0.25
    assert board.says().endswith("60 s left")
