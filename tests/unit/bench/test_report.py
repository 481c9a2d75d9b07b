"""Ratios and verdicts: a budget for what answers HTTP, a margin for noise, nothing forbidden."""

from __future__ import annotations

import json

import pytest

from tools.bench import report
from tools.bench.assets import Part
from tools.bench.measuring import Measured, Start

SOUND = Part("fn-health", 4, 1000, 500, {"unchecked-hash": 2})
STALE = Part("layer-core", 4, 1000, 500, {"unchecked-hash": 1, "date": 1})


def _measured(**costs: float) -> Measured:
    starts = {name: Start(cost, 500, ()) for name, cost in costs.items()}
    return Measured("ms", 5, Start(200.0, 384, ()), Start(160.0, 384, ()), starts)


def test_ratios_are_against_stock_boto3_and_sorted() -> None:
    found = report.rows(_measured(health=100, payments=310))

    assert [(row.function, row.ratio) for row in found] == [("payments", 1.55), ("health", 0.5)]
    assert found[0].to_layer == pytest.approx(1.9375)


@pytest.mark.parametrize(
    ("function", "cost", "is_fault"),
    [("payments", 321, True), ("payments", 319, False), ("audit", 400, False)],
)
def test_only_api_functions_have_a_budget_and_a_margin(
    function: str, cost: int, is_fault: bool
) -> None:
    faults = report.faults(report.rows(_measured(**{function: cost})), [SOUND])

    assert bool(faults) is is_fault
    assert all("over 1.5 + 0.1" in fault for fault in faults)


def test_forbidden_module_is_a_fault_anywhere() -> None:
    measured = Measured(
        "ms",
        1,
        Start(200, 1, ()),
        Start(160, 1, ()),
        {"audit": Start(100, 1, ("awscrt",))},
    )

    assert report.faults(report.rows(measured), []) == ["audit loads awscrt"]


def test_byte_code_with_a_date_is_a_fault() -> None:
    (fault,) = report.faults([], [SOUND, STALE])

    assert fault.startswith("layer-core holds byte code that a cold start compiles anew")


def test_tables_and_json_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    measured = _measured(payments=310)
    found = report.rows(measured)

    report.show(found, measured, [SOUND])

    shown = capsys.readouterr().out
    assert "1.55" in shown
    assert "within the margin" in shown
    assert "unchecked-hash 2" in shown
    (row,) = json.loads(json.dumps(report.as_json(found, measured, [SOUND])))["functions"]
    assert (row["function"], row["ratio"]) == ("payments", 1.55)
