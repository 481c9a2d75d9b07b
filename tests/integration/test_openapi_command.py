"""`python -m tools.openapi`: writes, and says what to do when the file is stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.openapi.__main__ import main
from tools.openapi.names import ERROR_MEANINGS


def test_what_was_written_passes_the_check(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"

    assert main([], path) == 0
    assert main(["--check"], path) == 0


def test_stale_file_fails_the_check_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "openapi.json"
    main([], path)
    path.write_text(
        path.read_text(encoding="utf-8").replace("createPayment", "payCheckout"), encoding="utf-8"
    )

    assert main(["--check"], path) == 1

    said = capsys.readouterr().err
    assert '-        "operationId": "payCheckout",' in said
    assert '+        "operationId": "createPayment",' in said
    assert "run make openapi" in said


def test_missing_file_fails_the_check(tmp_path: Path) -> None:
    assert main(["--check"], tmp_path / "openapi.json") == 1


def test_what_cannot_be_documented_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(ERROR_MEANINGS, "not_found")
    path = tmp_path / "openapi.json"

    assert main([], path) == 1

    assert capsys.readouterr().err.startswith("countinghouse: ERROR_MEANINGS")
    assert not path.exists()
