"""The reconciliation's bench: a day's files with faults that the queries find, costs and bounds."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from countinghouse.ports.lakehouse import LakeQuery
from tools.recon_bench import child, report
from tools.recon_bench.day import KINDS, Plan, write_day
from tools.recon_bench.measuring import Measured
from tools.recon_bench.scans import BYTES_MIN, bytes_scanned, scans


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Counter[str]]:
    folder: Path = tmp_path_factory.mktemp("day")
    return folder, write_day(Plan(1_500, 40, 7), folder)


def test_every_planted_fault_is_found(
    day: tuple[Path, Counter[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, planted = day
    assert set(planted) == set(KINDS)

    child.main(LakeQuery.MATCH, folder)

    told = json.loads(capsys.readouterr().out)
    result = report.Result(1_500, planted, {LakeQuery.MATCH: Measured(**told)}, {})
    assert result.measured[LakeQuery.MATCH].rows == result.expected
    assert told["seconds"] > 0


def test_a_table_named_twice_is_read_twice(day: tuple[Path, Counter[str]]) -> None:
    text = (
        "WITH a AS (SELECT amount FROM postings) SELECT * FROM a JOIN a AS b ON a.amount = b.amount"
    )

    assert scans(text) == {"postings": 2}
    assert bytes_scanned(text, day[0]) == BYTES_MIN
    both = "SELECT amount FROM postings UNION ALL SELECT gross FROM settlement_lines"
    assert scans(both) == {"postings": 1, "settlement_lines": 1}


def test_of_parquet_only_named_columns_are_billed(
    day: tuple[Path, Counter[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.recon_bench.scans.BYTES_MIN", 0)
    narrow = bytes_scanned("SELECT leg FROM postings", day[0])
    wide = bytes_scanned("SELECT digest, leg FROM postings", day[0])
    whole = sum(file.stat().st_size for file in (day[0] / "postings").rglob("*.parquet"))

    assert 0 < narrow < wide < whole
    gzipped = sum(file.stat().st_size for file in (day[0] / "settlement_lines").rglob("*.gz"))
    assert bytes_scanned("SELECT gross FROM settlement_lines", day[0]) == gzipped


def test_bounds_are_those_of_a_million() -> None:
    bare = Measured(2.0, 3.0, 10, 9)
    match = Measured(6.0, 9.0, 2 * 1024**3, 3)
    planted = Counter(missing=3, copy=4)
    measured = {child.BARE: bare, LakeQuery.MATCH: match}
    scanned = {str(LakeQuery.MATCH): 2 * 10**9, str(LakeQuery.RESIDUALS): 10**9}
    result = report.Result(report.MILLION, planted, measured, scanned)
    assert report.faults(result) == []
    assert result.dollars(LakeQuery.MATCH) == pytest.approx(0.01)
    assert result.run_dollars == pytest.approx(41 * 0.015)

    for worse in (
        replace(match, seconds=6.1),
        replace(match, rows=4),
        replace(match, peak=match.peak + 1),
    ):
        assert len(report.faults(replace(result, measured={**measured, "match": worse}))) == 1
    slow = {child.BARE: replace(bare, seconds=30), "match": replace(match, seconds=61)}
    assert len(report.faults(replace(result, measured=slow))) == 1
    small = replace(result, orders=1_000, measured={**measured, "match": replace(match, seconds=9)})
    assert report.faults(small) == []
