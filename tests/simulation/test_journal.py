"""A run that was cut goes on where it was, and counts what an uncut one counts."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.simulation import played_code
from tests.simulation.bug import Caught
from tests.simulation.faults import Plan, parse_plan
from tests.simulation.flows import FLOWS
from tests.simulation.journal import Journal, name_of
from tests.simulation.results import PARTS, Results, read
from tests.simulation.runner import Wanted
from tests.simulation.tally import Failure, Tally
from tests.simulation.tasks import Dry, Found, Listed, Markets, Planted, Smaller, Task
from tests.simulation.test_report import Played, root, run  # noqa: F401 - `root` is a fixture
from tests.simulation.zoo import ZOO
from tools.local.places import ROOT

WHOLE: dict[str, Any] = {"only": PARTS, "calls": 20_000_000}
PLANS = (Plan("F1"), parse_plan("F1:3:err"))

IMPORTED = """
from tools.source_path import make_importable
make_importable()
import sys
from tests.simulation import lambdas, runner
lambdas.functions()
for module in list(sys.modules.values()):
    file = getattr(module, "__file__", None) or ""
    if file.startswith(f"{runner.ROOT}/") and "/.venv/" not in file:
        print(file)
"""
KNOWN = (
    *played_code.PLAYED,
    # Packages that are no more than that, and what shows a run and plays nothing.
    *("infra/__init__.py", "tools/__init__.py", "tools/local", "tools/proof"),
    *("tools/gauge.py", "tools/source_path.py"),
)
SETTINGS = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")


class Cut(Exception):
    """The session ended."""


class CutPlayed(Played):
    """Ends the run in the middle, after so many tasks."""

    left = 0

    def __call__(self, task: Task) -> Found:
        if not self.left:
            raise Cut
        self.left -= 1
        return super().__call__(task)


def played_by(played: Played) -> Counter[str]:
    """The tasks that were played, but for those that find out what a flow's calls are."""
    return Counter(name_of(task) for task in played.tasks if not isinstance(task, Dry))


def counted(path: Path) -> Results:
    """What is kept, but for the time it took."""
    results = read(path)
    for part in results.parts.values():
        part.seconds = 0
    return results


@pytest.mark.usefixtures("root")
def test_a_run_that_was_cut_goes_on_and_counts_what_an_uncut_one_does(
    root: Path,  # noqa: F811
) -> None:
    uncut = Played()
    run(uncut, root, "another code", **WHOLE)
    wanted = counted(root / "kept.json")
    (root / "kept.json").unlink()

    all_played = Counter[str]()
    for left in (100, 150, 170, 10**9):
        played = CutPlayed()
        played.left = left
        try:
            run(played, root, **WHOLE)
        except Cut:
            assert left < 10**9
        all_played += played_by(played)

    # What was under way when it was cut was heard by nobody.
    again = all_played - played_by(uncut)
    assert set(all_played) == set(played_by(uncut))
    assert again.total() <= 3 * (Wanted().workers + 1)
    assert counted(root / "kept.json") == wanted


def test_what_was_begun_by_another_code_is_played_anew(root: Path) -> None:  # noqa: F811
    first, other, again, afresh = Played(), Played(), Played(), Played()
    run(first, root, only=("markets",))

    run(other, root, "another code", only=("markets",))
    run(again, root, only=("markets",))
    run(afresh, root, only=("markets",), afresh=True)

    assert played_by(first) == played_by(other) == played_by(afresh)
    assert not played_by(again)


def test_flows_that_were_played_alone_are_not_played_again(root: Path) -> None:  # noqa: F811
    flows = list(FLOWS)
    for some in (flows[:3], flows[3:]):
        run(Played(), root, only=("singles",), flows=tuple(some))
    assert not (root / "page.md").exists()

    whole = Played()
    run(whole, root, only=("singles",))

    part = read(root / "kept.json").parts["singles"]
    assert not played_by(whole)
    assert set(part.flows) == set(flows)
    assert part.planned == part.total.histories


def test_a_failure_that_is_kept_fails_the_run_that_goes_on(root: Path) -> None:  # noqa: F811
    wanted: dict[str, Any] = {"only": ("singles",), "flows": ("F2",)}
    assert not run(Played(fails="F2:3:lost"), root, **wanted)[0]

    again = Played()
    holds, said = run(again, root, **wanted)

    assert not holds
    assert "VIOLATION seed 0, commit abc123, plan F2:3:lost" in said
    assert "SMALLEST of F2:3:lost" in said
    assert not played_by(again)


def test_a_quick_run_is_not_kept(root: Path) -> None:  # noqa: F811
    run(Played(), root, only=("singles",), quick=True)

    assert not (root / "played").exists()


# --- the file -------------------------------------------------------------------------------------
def a_found(task: Task) -> Found:
    return Found(
        task.part,
        task.subject,
        Tally(2, 40, 20, 900, 1, 1, Counter({"err": 1})),
        [Failure("F1:3:err", ("I4: charged twice",))],
        work=task.work,
    )


@pytest.mark.parametrize(
    "task",
    [
        Listed("singles", "F1", PLANS, 64),
        Markets((3, 4)),
        Planted("Z1"),
        Smaller(Failure("F1:3:err", ("I4: charged twice",)), "singles"),
    ],
)
def test_what_a_task_found_reads_back(tmp_path: Path, task: Task) -> None:
    found, path = a_found(task), tmp_path / "played" / "code.jsonl"
    if isinstance(task, Planted):
        found.caught = Caught(ZOO["Z1"], "S4:13:stall", "I5: charged twice", 3, 0.5)
    if isinstance(task, Smaller):
        found.shrunk = replace(task.failure, smallest="F1")

    Journal(path, workers=3).keep(task, found)

    assert found.workers == 3
    assert Journal(path).find(task) == replace(found, is_kept=True)
    assert Journal(path).find(Markets((5,))) is None


def test_seconds_are_those_since_the_task_before(tmp_path: Path) -> None:
    times = iter([5.0, 100.0, 107.5, 108.0])
    journal = Journal(tmp_path / "code.jsonl", now=lambda: next(times))
    journal.begin()
    first, second = a_found(Markets((1,))), a_found(Markets((2,)))

    journal.keep(Markets((1,)), first)
    journal.keep(Markets((2,)), second)

    assert (first.seconds, second.seconds) == (7.5, 0.5)


def test_a_line_that_was_cut_is_a_task_that_was_not_played(tmp_path: Path) -> None:
    path = tmp_path / "code.jsonl"
    Journal(path).keep(Markets((1,)), a_found(Markets((1,))))
    whole = path.read_text().strip()

    path.write_text(f"{whole}\n{whole[:50]}")
    Journal(path).keep(Markets((2,)), a_found(Markets((2,))))

    assert Journal(path).find(Markets((1,))) is not None
    assert Journal(path).find(Markets((2,))) is not None


def test_a_task_is_known_by_all_that_it_plays() -> None:
    tasks = [Listed("singles", "F1", PLANS[:n], n) for n in (1, 2)]
    tasks += [Listed("singles", "F2", PLANS, 2)]

    assert len({name_of(task) for task in tasks}) == 3
    assert name_of(tasks[0]) == name_of(Listed("singles", "F1", PLANS[:1], 1))


def test_the_code_is_all_that_is_imported_to_play() -> None:
    told = subprocess.run(
        [sys.executable, "-c", IMPORTED], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = {Path(one).relative_to(ROOT) for one in told.stdout.split()}

    assert len(files) > 300
    unknown = [one for one in files if not any(one.is_relative_to(place) for place in KNOWN)]
    assert not unknown


def test_another_byte_is_another_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def git(*asked: str) -> None:
        subprocess.run(["/usr/bin/env", "git", *SETTINGS, *asked], cwd=tmp_path, check=True)

    for name in ("layers/a.py", "tests/simulation/world.py", "tests/simulation/test_a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    monkeypatch.setattr(played_code, "ROOT", tmp_path)
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    first = played_code.played_code()

    (tmp_path / "tests/simulation/test_a.py").write_text("2")
    assert played_code.played_code() == first
    (tmp_path / "layers/a.py").write_text("2")
    changed = played_code.played_code()
    git("commit", "-q", "-a", "-m", "second")
    second = played_code.played_code()
    (tmp_path / "layers/new.py").write_text("3")

    assert changed.commit == f"{first.commit}-dirty"
    assert second.commit not in (first.commit, changed.commit)
    assert changed.sha256 == second.sha256 != first.sha256
    assert played_code.played_code().sha256 != second.sha256
