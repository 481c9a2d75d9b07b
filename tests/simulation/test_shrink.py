"""A failing history is made as small as it goes, and breaks the same invariant still."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.simulation.faults import Call, Mode, Plan, parse_plan
from tests.simulation.shrink import smallest


class Game:
    """A system of eight reads and two writes; what it breaks is given by its faults.

    A death at the first call costs two more calls: all later ones have higher numbers then.
    """

    def __init__(self, breaks: str = "I4: charged twice") -> None:
        self.breaks = breaks
        self.plays = 0

    def __call__(self, plan: Plan) -> tuple[Sequence[Call], list[str]]:
        self.plays += 1
        died = any(strike.k == 0 for strike in plan.strikes)
        operations = ["GetItem"] * (10 if died else 8) + ["PutItem", "PutItem"]
        calls = [Call(n, "f", "dynamodb", one, "") for n, one in enumerate(operations)]
        write = len(calls) - 2
        harm = any(s.k == write and s.mode is Mode.AFTER for s in plan.strikes)
        other = any(s.k == 3 and s.mode is Mode.ERR for s in plan.strikes)
        return calls, [self.breaks] * harm + ["I9: something else"] * other


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [
        ("F1:8:after", "F1:8:after"),
        ("F1:2:lost+3:err+8:after@7", "F1:8:after"),
        # Without the death the write is an earlier call.
        ("F1:0:before+10:after@7", "F1:8:after"),
        # Faults behind its end never happened.
        ("F1:8:after+40:err+41:err", "F1:8:after"),
    ],
)
def test_only_what_breaks_the_invariant_is_left(plan: str, wanted: str) -> None:
    assert str(smallest(parse_plan(plan), "I4", Game())) == wanted


def test_another_invariant_is_another_failure() -> None:
    assert str(smallest(parse_plan("F1:3:err+8:after"), "I9", Game())) == "F1:3:err"


def test_faults_that_only_together_do_harm_are_kept() -> None:
    def both(plan: Plan) -> tuple[Sequence[Call], list[str]]:
        calls, _ = Game()(plan)
        return calls, ["I4: charged twice"] * ({2, 5} <= {strike.k for strike in plan.strikes})

    assert str(smallest(parse_plan("F1:2:err+4:err+5:lost@3"), "I4", both)) == "F1:2:err+5:lost"


def test_an_order_of_chance_that_is_needed_is_kept() -> None:
    def by_chance(plan: Plan) -> tuple[Sequence[Call], list[str]]:
        calls, found = Game()(plan)
        return calls, found if plan.seed else []

    assert str(smallest(parse_plan("F1:2:err+8:after@7"), "I4", by_chance)) == "F1:8:after@7"


def test_a_fault_at_an_earlier_call_that_makes_the_history_shorter_is_taken() -> None:
    def ends_at_the_fault(plan: Plan) -> tuple[Sequence[Call], list[str]]:
        calls, _ = Game()(plan)
        at = sum(strike.k for strike in plan.strikes)
        return calls[: at + 2], ["I4: charged twice"] * (at > 3)

    assert str(smallest(parse_plan("F1:8:err"), "I4", ends_at_the_fault)) == "F1:4:err"


def test_a_history_that_breaks_nothing_when_played_again_stays_as_it_is() -> None:
    assert smallest(parse_plan("F1:2:err@3"), "I4", Game()) == parse_plan("F1:2:err@3")


def test_it_gives_up_in_time() -> None:
    game = Game()
    strikes = "+".join(f"{k}:err" for k in range(9))

    smallest(parse_plan(f"F1:{strikes}+10:after"), "I4", game, plays_max=20)

    assert game.plays <= 30
