"""The folder as a whole: what code makes, no more, no less, and every file of use."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.events import (
    bus_cases,
    http_cases,
    lake_cases,
    queue_cases,
    stream_cases,
    task_cases,
    tick_cases,
)
from tools.local.places import ROOT
from tools.sample_events.__main__ import EVENTS, main
from tools.sample_events.catalogue import http_folders
from tools.sample_events.gateway import SET
from tools.sample_events.published import SOURCES


def test_committed_samples_are_what_the_code_makes() -> None:
    assert main(["--check"]) == 0, "run python -m tools.sample_events"


def test_no_dead_sample() -> None:
    used = {
        *(case.path for case in http_cases.CASES),
        *(case.path for case in queue_cases.CASES),
        *(case.path for case in stream_cases.CASES),
        *(case.path for case in lake_cases.CASES),
        *lake_cases.DAYS,
        *bus_cases.PATHS,
        *tick_cases.PATHS,
        *task_cases.PATHS,
        *(f"published/{name}" for name in SOURCES),
    }
    there = {str(path.relative_to(EVENTS).with_suffix("")) for path in EVENTS.rglob("*.json")}

    assert there == used


def test_every_function_and_every_route_has_its_four() -> None:
    functions = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    folders = {path.parent for path in EVENTS.rglob("minimal.json")}

    assert {folder.relative_to(EVENTS).parts[0] for folder in folders} == functions
    assert set(http_folders().values()) <= {str(f.relative_to(EVENTS)) for f in folders}
    for folder in folders:
        assert {path.stem for path in folder.glob("*.json")} >= set(SET), folder


def test_check_names_what_differs_and_what_is_left_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "events"
    main([], root)
    (root / "health" / "get_health" / "full.json").write_text("{}\n", encoding="utf-8")
    (root / "health" / "old.json").write_text("{}\n", encoding="utf-8")

    assert main(["--check"], root) == 1

    said = capsys.readouterr().err
    assert "events/health/get_health/full.json: it is not what the code says" in said
    assert "events/health/old.json: nothing makes it any more" in said
    assert "run python -m tools.sample_events" in said


def test_writing_again_mends_both(tmp_path: Path) -> None:
    root = tmp_path / "events"
    (root / "health").mkdir(parents=True)
    (root / "health" / "old.json").write_text("{}\n", encoding="utf-8")

    main([], root)

    assert main(["--check"], root) == 0
    assert not (root / "health" / "old.json").exists()
