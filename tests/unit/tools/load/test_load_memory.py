"""Memory: what is read of each process, and when it is flat."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.load.flatness import MIB, RISE_MAX, trends
from tools.load.memory import CLIENT, EMULATOR, HOLLOW, Sample, Watched, function_of, look, used

PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
WORKER = (
    "python\0/x/.local/emulator/ministack-lambda-countinghouse-local-order-execution-a1b2/_w.py"
)


def process(proc: Path, pid: int, parent: int, command: str, pages: int, ticks: int) -> None:
    folder = proc / str(pid)
    folder.mkdir()
    rest = ["S", str(parent), *["0"] * 9, str(ticks), str(ticks), *["0"] * 10]
    (folder / "stat").write_text(f"{pid} (a (b) c) {' '.join(rest)}\n")
    (folder / "statm").write_text(f"9999 {pages} 1 1 0 1 0\n")
    (folder / "cmdline").write_text(command)


def test_the_emulator_its_functions_and_those_named_are_looked_at(tmp_path: Path) -> None:
    process(tmp_path, 10, 1, "ministack", 100, TICKS)
    process(tmp_path, 11, 10, WORKER, 50, 2 * TICKS)
    process(tmp_path, 12, 10, "/bin/sh", 50, 0)
    process(tmp_path, 13, 1, WORKER, 50, 0)
    process(tmp_path, 14, 1, "python me", 7, 0)
    (tmp_path / "15").mkdir()

    found = {one.process: one for one in look(Watched(10, {CLIENT: 14}), 3, tmp_path)}

    assert found.keys() == {EMULATOR, "order-execution", CLIENT}
    assert found["order-execution"].resident == 50 * PAGE
    assert found["order-execution"].cpu_s == 4.0
    assert {one.done for one in found.values()} == {3}


def test_a_functions_name_is_in_the_folder_its_process_runs_from() -> None:
    assert function_of(WORKER) == "order-execution"
    assert function_of("/x/ministack-lambda-twin-order-execution-b1-a1b2/_w.py") == HOLLOW
    assert function_of("/usr/bin/python -m tools.load") is None


def life(process: str, sizes: list[float], pid: int = 1, since: int = 0) -> list[Sample]:
    return [
        Sample(process, pid, float(at), at * 100, int(size * MIB), at / 2)
        for at, size in enumerate(sizes, since)
    ]


def rising(per_thousand: float, many: int = 41) -> list[float]:
    return [50 + per_thousand * place / 10 for place in range(many)]


def test_a_rise_is_per_thousand_checkouts_and_the_limit_is_within() -> None:
    (under,) = trends(life("relay", rising(1.9)))
    (over,) = trends(life("relay", rising(2.1)))

    assert under.rise == pytest.approx(1.9 * MIB, rel=0.01)
    assert under.is_judged
    assert under.is_flat
    assert over.rise is not None
    assert over.rise > RISE_MAX
    assert not over.is_flat


def test_what_grows_only_at_first_is_flat() -> None:
    (trend,) = trends(life("relay", [*rising(30, 20), *[108.0] * 21]))

    assert trend.rise == pytest.approx(0.0, abs=MIB / 10)
    assert (trend.first, trend.most) == (50 * MIB, 108 * MIB)
    assert trend.is_flat


def test_a_short_soak_judges_nothing() -> None:
    (trend,) = trends(life("relay", rising(90, 11)))

    assert trend.rise is None
    assert not trend.is_judged


def test_the_emulator_is_told_and_not_judged() -> None:
    (trend,) = trends(life(EMULATOR, rising(100)))

    assert trend.rise == pytest.approx(100 * MIB, rel=0.01)
    assert not trend.is_judged
    assert trend.is_flat


def test_a_process_that_did_not_live_through_the_second_half_has_no_line() -> None:
    late = trends([*life("relay", rising(0)), *life("lake", rising(90, 12), pid=2, since=29)])

    assert {one.process: one.rise is None for one in late} == {"lake": True, "relay": False}
    assert all(one.is_flat for one in late)


def test_of_a_functions_processes_the_one_that_rises_most_counts() -> None:
    (trend,) = trends([*life("relay", rising(9), pid=1), *life("relay", rising(1), pid=2)])

    assert not trend.is_flat


def test_processor_time_is_that_between_looks_and_all_of_a_process_that_began_then() -> None:
    samples = [*life("relay", [1, 1, 1]), *life("lake", [1, 1], pid=2, since=1)]

    assert used(samples) == {"relay": 1.0, "lake": 1.0}
    assert used([]) == {}
