"""What is known of a build: its parts, how their byte code is validated, and the stock boto3."""

from __future__ import annotations

import py_compile
import subprocess
from pathlib import Path

import pytest

from tools.bench import assets
from tools.local.failure import LocalFailure

MODES = {
    "unchecked-hash": py_compile.PycInvalidationMode.UNCHECKED_HASH,
    "checked-hash": py_compile.PycInvalidationMode.CHECKED_HASH,
    "date": py_compile.PycInvalidationMode.TIMESTAMP,
}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """The folders of a build with one function."""
    for name in ("fn-health", *assets.LAYERS):
        (tmp_path / name / "python").mkdir(parents=True)
    return tmp_path


@pytest.mark.parametrize("kind", MODES)
def test_byte_code_is_sorted_by_what_validates_it(build: Path, kind: str) -> None:
    source = build / "layer-core" / "python" / "one.py"
    source.write_text("ONE = 1\n", encoding="utf-8")
    py_compile.compile(str(source), doraise=True, invalidation_mode=MODES[kind])

    (core,) = [part for part in assets.examine(build) if part.name == "layer-core"]

    assert core.byte_code == {kind: 1}
    assert core.is_valid is (kind == "unchecked-hash")
    assert core.files == 2


def test_source_without_byte_code_is_not_valid(build: Path) -> None:
    (build / "fn-health" / "handler.py").write_text("", encoding="utf-8")

    health = assets.examine(build)[0]

    assert (health.name, health.byte_code, health.is_valid) == ("fn-health", {"missing": 1}, False)


def test_folder_without_a_build_is_a_message(tmp_path: Path) -> None:
    with pytest.raises(LocalFailure, match=r"python -m infra\.assets"):
        assets.function_names(tmp_path)


def test_function_is_found_before_its_layers(build: Path) -> None:
    path = assets.python_path(build, "health")

    assert [part.name for part in path] == ["fn-health", "python", "python", "python"]


def test_closure_is_what_pip_would_install() -> None:
    assert {"boto3", "botocore", "s3transfer", "jmespath", "urllib3"} <= assets.closure("boto3")
    assert "awscrt" not in assets.closure("boto3")


def test_installed_distribution_runs_from_its_copy(tmp_path: Path) -> None:
    assets.copy_installed("jmespath", tmp_path)

    done = subprocess.run(
        [assets.PYTHON, "-P", "-S", "-c", "import jmespath; print(jmespath.__file__)"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(str(tmp_path))
    assert list((tmp_path / "jmespath" / "__pycache__").glob("*.pyc"))


def test_stock_boto3_of_another_version_is_refused(build: Path) -> None:
    (build / "layer-vendor" / "python" / "boto3-1.0.0.dist-info").mkdir()

    with pytest.raises(LocalFailure, match="make setup"):
        assets.stock_boto3(build)
