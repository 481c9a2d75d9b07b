"""The record that makes any end of a replay a pause."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.replay.progress_file import LineNumbers, ProgressFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "replay" / "abc.jsonl"


def test_numbers_in_any_order_leave_only_a_mark() -> None:
    numbers = LineNumbers()
    for number in (3, 1, 5, 2, 4, 4):
        numbers.add(number)

    assert (numbers.mark, numbers.beyond) == (5, set())
    assert 5 in numbers
    assert 6 not in numbers
    assert len(numbers) == 5


def test_what_is_noted_is_known_to_the_next_run(path: Path) -> None:
    with ProgressFile(path, "system 1") as record:
        record.note(1, "succeeded")
        record.note(3, "failed")

    again = ProgressFile(path, "system 1")

    assert [number for number in range(1, 5) if number in again.done] == [1, 3]
    assert again.statuses == {"succeeded": 1, "failed": 1}
    assert not again.is_stale


def test_a_line_cut_short_by_a_kill_is_forgotten_and_hurts_no_other(path: Path) -> None:
    with ProgressFile(path, "system 1") as record:
        record.note(1, "succeeded")
    with path.open("a") as file:
        file.write('{"line": 2, "sta')

    with ProgressFile(path, "system 1") as record:
        assert len(record.done) == 1
        record.note(2, "succeeded")

    assert len(ProgressFile(path, "system 1").done) == 2


def test_a_record_of_another_system_is_set_aside(path: Path) -> None:
    with ProgressFile(path, "system 1") as record:
        record.note(1, "succeeded")

    other = ProgressFile(path, "system 2")

    assert other.is_stale
    assert len(other.done) == 0
    assert len(ProgressFile(path, "system 2").done) == 0


def test_restart_forgets_everything(path: Path) -> None:
    with ProgressFile(path, "system 1") as record:
        record.note(1, "succeeded")

    assert len(ProgressFile(path, "system 1", restart=True).done) == 0


def test_noting_a_line_twice_counts_once(path: Path) -> None:
    with ProgressFile(path, "system 1") as record:
        record.note(1, "bad")
        record.note(1, "bad")

        assert record.statuses == {"bad": 1}
