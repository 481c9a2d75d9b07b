"""Verdicts: targets anywhere, margins beyond what was measured last, nothing forbidden or stale."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.bench import budget, page, report
from tools.bench.assets import Part
from tools.bench.measuring import Measured, Start
from tools.bench.results import Cold, Result, Warm
from tools.bench.warm import Cost
from tools.local.failure import LocalFailure

SOUND = Part("fn-health", 4, 1000, 500, {"unchecked-hash": 2})
STALE = Part("layer-core", 4, 1000, 500, {"unchecked-hash": 1, "date": 1})
STOCK = Start(200.0, 384, (), 800.0)
LAST: Mapping[str, budget.Figures] = {
    "stock_mi": {"boto3": 800.0},
    "cold_mi": {"audit": 1_000.0, "payments": 1_100.0, "analytics": 900.0, "intake": 9.0},
    "warm_ki": {"intake": 4_000.0, "post_1": 9_000.0},
}


def _result(
    cold: Mapping[str, Start] | None = None,
    warm: Mapping[str, float] | None = None,
    parts: tuple[Part, ...] = (SOUND,),
    stock: Start = STOCK,
) -> Result:
    starts = dict(cold or {})
    works = tuple(
        Warm(name, f"what {name} does", 2, 1, Cost(ki, ki / 4), Cost(8_000.0, 2_000.0), None)
        for name, ki in (warm or {}).items()
    )
    found = tuple(Cold(name, start, stock) for name, start in starts.items())
    return Result("3.11.7", Measured(3, stock, stock, starts), found, works, parts)


def _start(mi: float, *loaded: str) -> Start:
    return Start(mi / 4, 400, loaded, mi)


def test_a_run_like_the_last_has_no_fault() -> None:
    result = _result({"audit": _start(1_049), "payments": _start(1_100)}, {"post_1": 9_269})

    assert budget.faults(result, LAST) == []


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (_result({"audit": _start(1_051)}), "audit takes 1,051 Mi to start, 5.1% more than 1,000"),
        (_result(warm={"post_1": 9_271}), "post_1 takes 9,271 Ki, 3.0% more than 9,000"),
        (_result({"new": _start(1)}), "new has no budget"),
        (_result({"intake": _start(9, "stripe", "boto3")}), "intake loads stripe, boto3"),
        (_result({"analytics": _start(9, "stripe", "boto3")}), "analytics loads stripe"),
        (_result(parts=(SOUND, STALE)), "layer-core holds byte code that a cold start compiles"),
    ],
)
def test_a_fault_is_told_by_name(result: Result, told: str) -> None:
    (fault,) = budget.faults(result, LAST)

    assert fault.startswith(told)


def test_a_target_holds_whatever_was_measured_last() -> None:
    last = {**LAST, "cold_mi": {"payments": 1_300.0}, "warm_ki": {"intake": 6_000.0}}
    result = _result({"payments": _start(1_201)}, {"intake": 5_001.0})

    assert budget.faults(result, last) == [
        "payments takes 1,201 Mi to start, of at most 1,200",
        "intake takes 5,001 Ki, of at most 5,000",
    ]


def test_another_interpreter_is_no_regression() -> None:
    dearer = Start(220.0, 384, (), 880.0)
    result = _result({"audit": _start(1_149)}, {"post_1": 10_190}, stock=dearer)

    assert budget.faults(result, LAST) == []
    assert len(budget.faults(_result({"audit": _start(1_156)}, stock=dearer), LAST)) == 1


def test_what_was_not_counted_is_not_compared() -> None:
    result = _result({"payments": Start(9_999.0, 400, ())})

    assert budget.faults(result, LAST) == []
    assert result.cold[0].ratio == pytest.approx(9_999 / 200)


def test_a_budget_is_read_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "BUDGET", tmp_path / "budget.json")
    result = _result({"audit": _start(1_000.06)}, {"post_1": 9_000.04})

    budget.write(result)

    assert budget.read() == {
        "stock_mi": {"boto3": 800.0},
        "cold_mi": {"audit": 1_000.1},
        "warm_ki": {"post_1": 9_000.0},
    }
    assert budget.faults(result, budget.read()) == []


def test_a_missing_budget_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "BUDGET", tmp_path / "budget.json")

    with pytest.raises(LocalFailure, match="no budget yet"):
        budget.read()


def test_tables_page_and_json_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    result = _result({"payments": _start(1_240)}, {"intake": 4_000.0})

    report.show(result)

    shown, written = capsys.readouterr().out, page.page(result, "2026-11-23 at `abc`")
    for figure in ("1.55", "1,240", "0.50", "4,000", "unchecked-hash 2"):
        assert figure in shown
        assert figure in written
    assert "| cold start of `payments` | 1,240 Mi | 1,200 Mi | **40 over** |" in written
    assert "| what intake does | 4,000 Ki | 5,000 Ki | holds |" in written
    told = json.loads(json.dumps(result.as_json()))
    assert told["cold"]["payments"]["mi"] == 1_240
    assert told["warm"]["intake"]["cost"]["ki"] == 4_000
