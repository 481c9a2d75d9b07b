"""What a run found is seen again: a history, a history with a planted bug, a bug of amounts."""

from __future__ import annotations

import pytest

from tests.simulation.replay import main
from tests.simulation.zoo import ZOO, hunt


@pytest.mark.parametrize("bug", ["Z10", "Z17"])
def test_a_bug_of_amounts_is_seen_by_the_example_that_the_page_names(
    bug: str, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = None  # Examples need none.
    caught = hunt(machine, ZOO[bug])  # type: ignore[arg-type]
    assert caught is not None

    assert main(["--bug", bug, caught.plan]) == 1
    assert main(["--bug", bug]) == 1

    one, summary, *others = capsys.readouterr().out.splitlines()
    assert one == f"{caught.plan}: {caught.problem}"
    assert summary == f"1 of 1 {ZOO[bug].ground} break"
    assert one in others
    assert len(others) <= 21


def test_a_history_is_no_example_and_the_message_says_what_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--bug", "Z10", "F1:3:err"])

    told = capsys.readouterr().err
    assert "Z10 is caught by parts of orders and by no history" in told
    assert "leave it out" in told


@pytest.mark.parametrize("plan", ["", "F99", "F1:3:wrong", "nothing.json"])
def test_what_is_no_history_is_told(plan: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([plan])

    assert f"there is no history {plan!r}" in capsys.readouterr().err


@pytest.mark.parametrize(("given", "holds"), [(["A4"], True), (["A4", "--bug", "R1"], False)])
def test_a_history_is_played_with_a_bug_and_without(
    given: list[str], holds: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(given) == (0 if holds else 1)

    told = capsys.readouterr().out
    assert told.startswith("  0 fulfilment -> ")
    assert ("every invariant holds" in told) is holds
    assert ("  I6: " in told) is not holds
