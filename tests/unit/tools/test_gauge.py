"""What tells how far something is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import io
from collections import Counter

import pytest
from rich.console import Console

from tools import gauge
from tools.payout_run.board import Board
from tools.replay.meter import Meter


class Hands:
    """A clock that a test moves."""

    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    monkeypatch.setattr(gauge, "time", hands)
    return hands


def a_console(*, terminal: bool = False) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=100, force_terminal=terminal, color_system=None), text


def test_without_a_terminal_a_line_comes_every_few_seconds_and_at_the_end(hands: Hands) -> None:
    console, text = a_console()
    with Meter(console, "orders", 4, "orders") as meter:
        meter.advance()
        hands.now += 6
        meter.advance()
        meter.advance(is_work=False)
        hands.now += 4
        meter.advance()

    assert text.getvalue().splitlines() == [
        "   orders 2/4  0.3 orders/s  0:06 left",
        "   orders 4/4  0.3 orders/s",
    ]


def test_what_was_there_before_anybody_looked_is_no_pace(hands: Hands) -> None:
    console, text = a_console()
    with Board(console, "sent", 100) as board:
        board.show(40, Counter({"draft": 60}))
        hands.now += 10
        board.show(60, Counter({"draft": 40, "paid": 20}))

    assert text.getvalue().splitlines() == [
        "   sent 60/100  40 opened  20 paid  2.0/s  0:20 left",
        "   sent 60/100  40 opened  20 paid  2.0/s  0:20 left",
    ]


def test_on_a_terminal_the_bar_stays_and_no_line_follows() -> None:
    console, text = a_console(terminal=True)
    with Meter(console, "orders", 2, "orders") as meter:
        meter.advance()
        meter.advance()

    assert "2/2" in text.getvalue()
    assert "   orders 2/2" not in text.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_transient_bar_leaves_its_last_line(*, terminal: bool) -> None:
    class Passing(gauge.Gauge):
        def line(self) -> str:
            return "all [of] it"

    console, text = a_console(terminal=terminal)
    with Passing(console, "part", 1.0, gauge.TOLD, transient=True):
        pass

    assert text.getvalue().endswith("all [of] it\n")


def test_a_time_is_told_in_minutes_and_seconds() -> None:
    assert [gauge.clock(seconds) for seconds in (0, 65, 3_599.6)] == ["0:00", "1:05", "60:00"]
