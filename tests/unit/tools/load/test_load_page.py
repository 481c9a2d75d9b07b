"""The page of a run: its ratios are medians, and what does not hold fails it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tools.load import page, plots
from tools.load.flatness import MIB

Json = dict[str, Any]
ROUND = {
    "checkouts": 100,
    "whole_s": 12.0,
    "bare_s": 10.0,
    "turns_s": 11.0,
    "data_s": 6.0,
    "streams_s": 3.0,
    "refused": 1,
    "bare_refused": 2,
    "calls": [{"name": "dynamodb.Query", "count": 50, "records": 50, "seconds": 0.1}],
}
TREND = {
    "process": "relay",
    "first": 50 * MIB,
    "last": 51 * MIB,
    "most": 52 * MIB,
    "rise": 0.5 * MIB,
    "is_judged": True,
    "is_flat": True,
    "is_emulator": False,
}
EMULATOR = TREND | {
    "process": "emulator",
    "last": 60 * MIB,
    "is_judged": False,
    "is_emulator": True,
}
STATION = {"count": 9, "p50": 1.0, "p90": 2.0, "p99": 3.0, "most": 4.0, "curve": [1.0, 2.0, 4.0]}
FOUND: Json = {
    "ran": {"day": "2026-11-23", "commit": "abc", "cores": 2},
    "checkouts": 300,
    "data": "orders.jsonl.gz",
    "flight": {"calls": 4, "under_way": 32},
    "at_once": 8,
    "warm": 60,
    "rounds": [ROUND, ROUND | {"whole_s": 14.0}, ROUND | {"whole_s": 90.0, "data_s": 5.0}],
    "cpu": {"whole": {"emulator": 9.0}, "bare": {"emulator": 8.0}, "whole_s": 116, "bare_s": 30},
    "streams_share": 0.25,
    "latency": {"intake": STATION, "captured": STATION, "booked": STATION},
    "memory": {
        "minutes": 5,
        "checkouts": 1_000,
        "rows": 5_120,
        "trends": [EMULATOR, TREND],
        "series": {"emulator": [(0, MIB), (9, 2 * MIB)], "relay": [(0, MIB), (9, MIB)]},
    },
    "wrong": "",
    "unbalanced": [],
}


def found(**changes: Any) -> Json:
    return copy.deepcopy(FOUND) | changes


def test_the_ratio_is_the_median_of_the_rounds() -> None:
    assert page.ratio(FOUND) == pytest.approx(1.4)


def test_a_good_run_has_no_faults() -> None:
    assert list(page.faults(FOUND)) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"wrong": "c1: failed, not paid"}, "c1: failed"),
        ({"unbalanced": ["EUR: 1 too many"]}, "trial balance: EUR"),
        ({"rounds": [ROUND | {"whole_s": 15.1}]}, "1.51 times"),
        (
            {"memory": FOUND["memory"] | {"trends": [TREND | {"is_flat": False}]}},
            "relay grows by 0.5",
        ),
    ],
)
def test_what_does_not_hold_is_said_and_fails_the_run(changes: Json, says: str) -> None:
    (fault,) = page.faults(found(**changes))

    assert says in fault


def test_the_page_says_both_ratios_and_whether_the_target_holds() -> None:
    holds = page.page(FOUND)
    misses = page.page(found(rounds=[ROUND | {"whole_s": 15.1}]))

    assert "**1.40 times** as long as the same calls bare" in holds
    assert "at most 1.5 is the target: holds" in holds
    assert "no function invoked, 2.33 times" in holds
    assert "turns it is 1.27 times" in holds
    assert "**misses**" in misses


def test_the_page_tells_the_emulators_growth_by_row() -> None:
    text = page.page(FOUND)

    assert "10 MiB for the 5120 rows" in text
    assert "2.0 KiB a row" in text
    assert "| relay | 50.0 | 51.0 | 52.0 | +0.50 | flat |" in text
    assert "not judged" in text


def test_without_a_soak_or_a_proc_the_page_says_so() -> None:
    bare = found(
        memory={"trends": [], "series": {}},
        cpu={"whole": {}, "bare": {}, "whole_s": 1, "bare_s": 1},
        data="",
    )

    assert page.page(bare).count("Not measured") == 2
    assert "made up" in page.page(bare)


def test_plots_are_drawn_the_same_from_the_same_run(tmp_path: Path) -> None:
    plots.draw(FOUND, tmp_path / "a")
    plots.draw(FOUND, tmp_path / "b")

    drawn = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    assert drawn.keys() == {"rates.svg", "latency.svg", "memory.svg"}
    assert drawn == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
