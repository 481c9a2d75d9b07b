"""What libFuzzer says, read: how often, how long, and what broke."""

import pytest

from tools.secure.parsers import Fuzzed, read

DONE = "#2 cov: 10 ft: 1\n#9 cov: 17 ft: 4\nDone 20000 runs in 3 second(s)\n"
BROKE = """#9 cov: 17 ft: 4
  File "targets.py", line 63, in __call__
ValueError: month must be in 1..12
==1== ERROR: libFuzzer: fuzz target exited
"""


def test_a_run_that_held_is_counted() -> None:
    assert read("month", DONE, 0, 3) == Fuzzed("month", 20_000, 3, 17)


def test_a_run_that_broke_says_how() -> None:
    found = read("month", BROKE, 77, 3)

    assert found.failure == "ValueError: month must be in 1..12"
    assert not found.is_enough(0, 0)


@pytest.mark.parametrize(("told", "code"), [("", 0), ("", 1), (DONE, 1)])
def test_silence_is_no_success(told: str, code: int) -> None:
    assert read("month", told, code, 3).failure


def test_rounds_add_up() -> None:
    both = Fuzzed("month", 10, 2, 17) + Fuzzed("month", 5, 1, 12, "KeyError: x")

    assert both == Fuzzed("month", 15, 3, 17, "KeyError: x")


@pytest.mark.parametrize(
    ("runs", "seconds", "enough"), [(100, 1, True), (99, 10, True), (99, 9, False)]
)
def test_so_many_runs_or_so_long(runs: int, seconds: int, enough: bool) -> None:
    assert Fuzzed("month", runs, seconds, 1).is_enough(100, 10) == enough
