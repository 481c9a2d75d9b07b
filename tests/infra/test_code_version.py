"""Versions of code: the same for the same sources, and another for whatever may draw a journal."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infra import code_version
from infra.grants import GRANTS
from tests.infra.templates import Synthesized

BOOKING = sorted(
    name for name, one in GRANTS.items() if "dynamodb:PutItem" in one.get("Ledger", ())
)


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Return a build of two functions, with byte code."""
    out = tmp_path / "build"
    for part in ("layer-core", "layer-adapters", "layer-vendor", "fn-posting", "fn-wallet"):
        (out / part / "deep" / "__pycache__").mkdir(parents=True)
        (out / part / "deep" / "one.py").write_text(f"NAME = {part!r}\n", encoding="utf-8")
        (out / part / "deep" / "__pycache__" / "one.cpython-313.pyc").write_bytes(b"compiled")
    return out


def _versions(built: Path) -> tuple[str, str]:
    return code_version.of_function(built, "posting"), code_version.of_function(built, "wallet")


def test_a_version_is_eight_hexadecimal_digits_of_the_sources(built: Path, tmp_path: Path) -> None:
    elsewhere = shutil.copytree(built, tmp_path / "elsewhere")
    (elsewhere / "layer-core" / "deep" / "__pycache__" / "one.cpython-313.pyc").write_bytes(b"else")
    (elsewhere / "layer-vendor" / "deep" / "one.py").write_text("NAME = 'new'\n", encoding="utf-8")

    assert _versions(built) == _versions(elsewhere)
    assert len({*_versions(built)}) == 2
    assert all(len(one) == 8 and int(one, 16) >= 0 for one in _versions(built))


@pytest.mark.parametrize("part", ["layer-core", "layer-adapters"])
def test_a_layer_changes_every_version(built: Path, part: str) -> None:
    before = _versions(built)
    (built / part / "deep" / "two.json").write_text("{}", encoding="utf-8")

    after = _versions(built)

    assert before[0] != after[0]
    assert before[1] != after[1]


def test_a_function_changes_its_own_alone(built: Path) -> None:
    before = _versions(built)
    (built / "fn-wallet" / "deep" / "one.py").rename(built / "fn-wallet" / "deep" / "two.py")

    after = _versions(built)

    assert before[0] == after[0]
    assert before[1] != after[1]


def test_no_code_has_no_version(built: Path) -> None:
    with pytest.raises(FileNotFoundError, match="fn-orders holds no code"):
        code_version.of_function(built, "orders")


def test_who_books_is_told_its_version_and_nobody_else(
    any_stage: Synthesized, stub_assets: Path
) -> None:
    told = {
        name: any_stage.environment(name)["CODE_VERSION"]
        for name in GRANTS
        if "CODE_VERSION" in any_stage.environment(name)
    }

    assert told == {name: code_version.of_function(stub_assets, name) for name in BOOKING}
    assert {"posting", "ledger", "wallet", "payout_steps", "fx"} <= told.keys()


def test_what_is_built_is_listed(
    built: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = built.parent / ".build"
    home.mkdir()
    built.rename(home / "lambda")
    monkeypatch.setattr(code_version, "ROOT", home.parent)

    assert code_version.main(["--lambda"]) == 0
    assert [line.split(" ")[1] for line in capsys.readouterr().out.splitlines()] == [
        "posting",
        "wallet",
    ]
    assert code_version.main(["--local"]) == 1
