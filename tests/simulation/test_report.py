"""What a run counted is kept, and shown as it was counted; what is wrong is not passed over."""

from __future__ import annotations

from collections import Counter
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from tests.simulation import runner
from tests.simulation.bug import Caught
from tests.simulation.faults import Plan, parse_plan
from tests.simulation.played_code import Code
from tests.simulation.replay import plan_of
from tests.simulation.report import TARGET, shown
from tests.simulation.results import Bugs, Part, Results, read, write
from tests.simulation.runner import Runner, Wanted
from tests.simulation.tally import Failure, Tally
from tests.simulation.tasks import Drawn, Dry, Found, Listed, Markets, Planted, Smaller, Task
from tests.simulation.test_campaign import Inline, calls
from tests.simulation.zoo import ZOO

FLOWS = ("F1", "F2")


def a_part(**more: object) -> Part:
    tally = Tally(histories=300, calls=13_000, faulted=12_000, rest_ms=9 * 60_000, twice=6)
    tally.modes = Counter({"before": 200, "after": 99})
    return Part("abc123", ("2026-11-22",), 60, 2, 0, {"F1": tally}, **more)  # type: ignore[arg-type]


def line(page: str, begins: str) -> str:
    (found,) = [one for one in page.splitlines() if one.startswith(begins)]
    return found


def test_a_part_is_kept_as_it_was_found(tmp_path: Path) -> None:
    failed = [Failure("F1:3:err", ("I4: charged twice",), "F1:1:err")]
    part = a_part(failures=failed, bugs={"Z1": Bugs("a bug", "I4", "F1:2:after")})
    results = Results({"singles": part}, {"F1": ("a sale", 32)})

    write(tmp_path / "proofs" / "kept.json", results)

    assert read(tmp_path / "proofs" / "kept.json") == results
    assert read(tmp_path / "nothing.json") == Results()


def test_the_page_adds_up_what_the_parts_counted() -> None:
    page = shown(Results({"singles": a_part(), "pairs": a_part()}, {"F1": ("a sale", 32)}))

    assert "24,000 calls in 600 histories: 0 violations" in page
    assert "598 faults in 2 minutes, 299 a minute by 2 processes" in page
    assert line(page, "| F1 ") == "| F1 | a sale | 32 | 300 | 300 |  | 9 min |"
    assert line(page, "| before ") == "| before | 200 | 200 | 0 | 0 |"
    assert "after 9 min of virtual time at most (F1)" in page
    assert "6 of 6 played twice" in page
    assert "Not run yet: `--only random`." in page


def test_a_million_calls_are_claimed_only_when_they_were_counted() -> None:
    few = shown(Results({"singles": a_part()}))
    enough = a_part()
    enough.flows["F1"].faulted = TARGET
    many = shown(Results({"singles": enough}))

    assert line(few, "| 1,000,000 calls").endswith("| **FAILS** |")
    assert line(many, "| 1,000,000 calls").endswith("| holds |")


def test_a_violation_is_on_the_page_with_its_smallest_plan() -> None:
    failure = Failure("F1:1:lost+3:err@9", ("I4: charged twice",), "F1:3:err")

    page = shown(Results({"random": a_part(failures=[failure])}))

    assert "- `F1:3:err`: I4: charged twice" in page
    assert line(page, "| no history violates").endswith("| **FAILS** |")


def test_fewer_histories_than_there_are_do_not_hold() -> None:
    part = a_part()
    part.planned = 301

    page = shown(Results({"singles": part}))

    assert "300 of 301 histories" in line(page, "| no history violates")
    assert line(page, "| no history violates").endswith("| **FAILS** |")


def test_a_history_that_differs_when_played_twice_is_told() -> None:
    part = a_part()
    part.flows["F1"].differed = 1

    assert line(shown(Results({"singles": part})), "| a plan is one").endswith("| **FAILS** |")


@pytest.mark.parametrize(("plan", "holds"), [("F1:2:after", "holds"), ("", "**FAILS**")])
def test_a_bug_that_is_not_caught_is_told(plan: str, holds: str) -> None:
    bugs = {"Z1": Bugs("a fresh key", "I4", "F1:1:after"), "Z2": Bugs("two writes", "I3", plan)}
    page = shown(Results({"zoo": Part("abc", ("2026-11-22",), 9, 2, planned=2, bugs=bugs)}))

    assert line(page, "| every planted bug").endswith(f"| {1 + bool(plan)} of 2 | {holds} |")
    assert line(page, "| Z2 ").endswith("| **none** |" if not plan else "| `F1:2:after` |")


# --- the run ------------------------------------------------------------------------------------
class Played:
    """Answers tasks without playing anything; `fails` are the plans that break an invariant."""

    def __init__(self, fails: str = "", uncaught: str = "") -> None:
        self.fails, self.uncaught = fails, uncaught
        self.tasks: list[Task] = []

    def __call__(self, task: Task) -> Found:
        self.tasks.append(task)
        found = Found(task.part, task.subject, work=task.work)
        match task:
            case Dry():
                found.calls = tuple(calls(6))
            case Listed():
                found.tally = Tally(len(task.plans), 0, 6 * len(task.plans), 1_000)
                failing = [str(one) for one in task.plans if str(one) == self.fails]
                found.failures = [Failure(one, ("I4: charged twice",)) for one in failing]
            case Drawn():
                found.tally = Tally(len(task.seeds), 0, 300_000, 1_000)
            case Markets():
                found.tally = Tally(len(task.seeds), 0, 450 * len(task.seeds), 1_000)
            case Planted() if task.subject != self.uncaught:
                bug = ZOO[task.subject]
                found.caught = Caught(bug, "F1:2:after", f"{bug.breaks}: wrong", 3, 0.1)
            case Smaller():
                found.shrunk = task.failure.shrunk_to(Plan("F1"))
        return found


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    places = {"KEPT": "kept.json", "PAGE": "page.md", "FAILED": "failed", "JOURNALS": "played"}
    for name, path in places.items():
        monkeypatch.setattr(runner, name, tmp_path / path)
    return tmp_path


def run(played: Played, root: Path, code: str = "5e1f", **wanted: Any) -> tuple[bool, str]:
    """Whether it holds, and what it said."""
    console = Console(width=200, record=True, file=StringIO())
    kept = read(root / "kept.json")
    made = Runner(Wanted(**wanted), Inline(), console, kept, Code("abc123", code), played)
    holds = made.run()
    return holds, console.export_text()


def test_random_histories_are_played_until_it_is_enough(root: Path) -> None:
    played = Played()

    holds, _ = run(played, root, only=("singles", "random"), calls=30_000_000)

    kept = read(root / "kept.json")
    assert holds
    assert 30_000_000 <= kept.faulted < 30_000_000 + 4 * 300_000
    assert set(kept.parts) == {"singles", "random"}
    singles = kept.parts["singles"]
    assert singles.planned == singles.total.histories > 30
    assert "Not run yet: `--only zoo`." in (root / "page.md").read_text()


def test_a_part_run_alone_leaves_the_others(root: Path) -> None:
    run(Played(), root, only=("singles",))
    before = read(root / "kept.json")

    run(Played(), root, only=("zoo",))

    after = read(root / "kept.json")
    assert after.parts["singles"] == before.parts["singles"]
    assert after.flows == before.flows
    assert f"{len(ZOO)} of {len(ZOO)}" in (root / "page.md").read_text()


@pytest.mark.parametrize("wanted", [{"quick": True}, {"flows": FLOWS, "calls": 1}])
def test_part_of_the_flows_or_a_little_of_each_is_not_shown(
    root: Path, wanted: dict[str, Any]
) -> None:
    holds, _ = run(Played(), root, only=("singles", "pairs", "random"), **wanted)

    assert holds
    assert not (root / "kept.json").exists()
    assert not (root / "page.md").exists()


def test_a_failing_history_is_told_written_down_and_made_smaller(root: Path) -> None:
    holds, said = run(Played(fails="F2:3:lost"), root, only=("singles",), flows=("F2",))

    assert not holds
    assert "VIOLATION seed 0, commit abc123, plan F2:3:lost" in said
    assert "  I4: charged twice" in said
    assert "replay: python -m tests.simulation.replay F2:3:lost" in said
    assert "SMALLEST of F2:3:lost: python -m tests.simulation.replay F1" in said
    (file,) = (root / "failed").iterdir()
    assert plan_of(str(file)) == parse_plan("F2:3:lost")


def test_a_bug_that_is_not_caught_fails_the_run(root: Path) -> None:
    assert run(Played(), root, only=("zoo",))[0]

    holds, said = run(Played(uncaught="Z4"), root, only=("zoo",), afresh=True)

    assert not holds
    assert "Z4 is not caught" in said
    assert read(root / "kept.json").parts["zoo"].bugs["Z4"].plan == ""


def test_markets_have_a_line_of_their_own_and_none_among_the_flows(root: Path) -> None:
    run(Played(), root, only=("markets",), markets=20)

    page = (root / "page.md").read_text()
    assert "20 of 20 histories, 9,000 faulted calls: 0 violations" in page
    assert not [one for one in page.splitlines() if one.startswith("| M |")]


def test_a_run_of_two_days_says_so_and_adds_up_its_time() -> None:
    part = Part("abc123")
    for day, seconds, workers in (("2026-11-23", 40.4, 2), ("2026-11-22", 50.4, 4)):
        part.hear(Found("singles", "F1", seconds=seconds, day=day, workers=workers))

    assert (part.day, round(part.seconds), part.workers) == ("2026-11-22 to 2026-11-23", 91, 4)
    assert "Run on 2026-11-22 to 2026-11-23 at `abc123`, 91 s" in shown(Results({"singles": part}))


def test_a_tally_counts_what_was_struck_and_no_more() -> None:
    made = calls(9)
    injector = SimpleNamespace(calls=made, struck=[], plan=parse_plan("F1:3:err+40:lost"))
    world: Any = SimpleNamespace(rest_ms=7, injector=injector)
    tally = Tally()

    tally.count(world)
    assert (tally.histories, tally.calls, tally.faulted, tally.faults) == (1, 9, 0, 0)

    injector.struck = [made[3]]
    tally.count(world)
    assert (tally.calls, tally.faulted, tally.rest_ms) == (18, 9, 7)
    assert tally.modes == {"err": 1}
