"""The committed table of currencies is what the maintained source says."""

from __future__ import annotations

from pathlib import Path

import iso4217
import pytest

from countinghouse.domain.currencies import CURRENCIES
from tools.currencies import MODULE, WITHDRAWN, main, table


def test_the_committed_table_is_rederived_from_the_source() -> None:
    rederived = {code: (places, f"{n:03d}") for code, (places, n) in table().items()}

    assert rederived == CURRENCIES
    assert main(["--check"]) == 0


def test_every_entry_with_a_minor_unit_is_there_unless_the_list_marks_it_as_a_fund() -> None:
    listed = {code for code, row in iso4217.raw_table.items() if row["CcyMnrUnts"] in set("01234")}

    assert listed - CURRENCIES.keys() == set(
        ["BOV", "CHE", "CHW", "CLF", "COU", "MXV", "USN", "UYI"]
    )
    assert CURRENCIES.keys() - listed == WITHDRAWN.keys()


def test_a_stale_table_fails_the_check_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "currencies.py"
    text = MODULE.read_text(encoding="utf-8")
    path.write_text(text.replace('"JPY": (0,', '"JPY": (2,'), encoding="utf-8")

    assert main(["--check"], path) == 1
    assert "run python -m tools.currencies" in capsys.readouterr().err
    assert main([], path) == 0
    assert path.read_text(encoding="utf-8") == text
