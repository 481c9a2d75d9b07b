"""The contract suite holds on ministack as on moto, and its calls have the shapes we know."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.shapes import FILE, committed

ROOT = Path(__file__).resolve().parents[2]
SUITE = [
    *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"),
    *("-p", "tests.engine.on_ministack", "tests/contract", "-k", "dynamo"),
]
PATIENCE_S = 300
_PATHS = ("layers/core/python", "layers/adapters/python", ".")
AGAIN = "our calls have changed: python -m " + " ".join(SUITE[2:])


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shapes that the suite's calls have, written once all of it has passed."""
    file = tmp_path_factory.mktemp("shapes") / "shapes.json"
    settings = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST")}
    paths = os.pathsep.join(str(ROOT / part) for part in _PATHS)
    settings |= {
        "COUNTINGHOUSE_SHAPES": str(file),
        "HYPOTHESIS_PROFILE": "gate",
        "PYTHONPATH": paths,
    }
    run = subprocess.run(
        SUITE,
        cwd=ROOT,
        env=settings,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4_000:] + run.stderr[-2_000:]
    return file


def test_the_contract_suite_passes_on_ministack_with_the_calls_we_know(found: Path) -> None:
    assert found.read_text(encoding="utf-8") == FILE.read_text(encoding="utf-8"), AGAIN


def test_no_condition_of_ours_calculates() -> None:
    conditions = [
        text for one in committed() for name, text in one.expressions if "Condition" in name
    ]

    assert conditions
    assert not [text for text in conditions if set(text) & set("+-*/&|!")]


def test_no_shape_is_of_a_kind_that_nobody_compares() -> None:
    writing = {"Put", "PutItem", "Update", "UpdateItem", "ConditionCheck"}
    reading = {"BatchGetItem", "GetItem", "Query", "Scan"}

    assert {one.operation for one in committed()} <= writing | reading
