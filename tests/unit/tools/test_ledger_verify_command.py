"""What `ledger verify` reads of S3: real Parquet files, through DuckDB, and how it ends."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from countinghouse.domain.posting import plan_posting
from countinghouse.domain.seal import add_up, seal
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.lake_rows import rows_of
from countinghouse.routing import JournalPosted
from countinghouse.usecases.seal_day import copy_of
from infra.lake_tables import TABLES
from tests.builders import NOW, a_journal
from tools.ledger_verify import command
from tools.ledger_verify.reading import Buckets, in_order, read_postings
from tools.ledger_verify.rows import Place
from tools.local.failure import LocalFailure
from tools.local.places import ROOT

S1 = WalletAddress("seller:s1", "EUR")
JOURNALS = [a_journal(f"o{n}", "s1", 10 + n) for n in range(3)]
LINKED = plan_posting(JOURNALS, {S1: Wallet(S1)}).posting.journals
DAY = "2026-11-18"
_KINDS = {"string": "VARCHAR", "int": "INTEGER", "bigint": "BIGINT"}


def parquet(path: Path, *places: int) -> bytes:
    """What Firehose writes of these journals: the table's columns, and no day."""
    rows = [
        dict(row.columns)
        for place in places
        for row in rows_of(JournalPosted(LINKED[place].journal, LINKED[place].links))
    ]
    lines = path.with_suffix(".json")
    lines.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    columns = {name: _KINDS[kind] for name, kind in TABLES["postings"].columns.items()}
    with duckdb.connect() as engine:
        engine.execute(
            f"COPY (SELECT * FROM read_json(?, columns = {columns}, format = 'newline_delimited')) "  # noqa: S608
            f"TO '{path}' (FORMAT PARQUET)",
            [str(lines)],
        )
    return path.read_bytes()


@dataclass
class FakeS3:
    """Objects by bucket and key, listed two at a time."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def get_paginator(self, _: str) -> FakeS3:
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        if Bucket == "gone":
            raise ClientError({"Error": {"Code": "NoSuchBucket"}}, "ListObjectsV2")
        found = [key for bucket, key in sorted(self.objects) if bucket == Bucket]
        wanted = [
            {"Key": key, "Size": len(self.objects[Bucket, key])}
            for key in found
            if key.startswith(Prefix)
        ]
        yield {"Contents": wanted[:2]}
        yield {"Contents": wanted[2:]} if wanted[2:] else {}

    def download_file(self, bucket: str, key: str, path: str) -> None:
        Path(path).write_bytes(self.objects[bucket, key])

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}


@pytest.fixture
def s3(tmp_path: Path) -> FakeS3:
    """A lake of two files that overlap, the folder's own marker, and a seal."""
    folder = f"postings/day={DAY}"
    one = seal(DAY, add_up(JOURNALS), None)
    return FakeS3(
        {
            ("lake", f"{folder}/"): b"",
            ("lake", f"{folder}/b-1.parquet"): parquet(tmp_path / "a.parquet", 2, 1),
            ("lake", f"{folder}/a/b-2.parquet"): parquet(tmp_path / "b.parquet", 0, 1),
            ("lake", "orders/day=2026-11-18/x.parquet"): b"not ours",
            ("documents", f"seals/{DAY}.json"): copy_of(one),
        }
    )


def buckets(s3: FakeS3, lake: str = "lake") -> Buckets:
    return Buckets(s3, lake, "documents")  # type: ignore[arg-type]


def test_what_lies_in_s3_is_read_and_holds(s3: FakeS3, tmp_path: Path) -> None:
    found = command.check(buckets(s3), tmp_path / "scratch", None)

    assert found.problems.kept == []
    assert (found.journals, found.legs, found.copies) == (3, 6, 2)
    assert (found.seals, found.unsealed) == (1, 0)


def test_a_file_that_is_gone_is_missed(s3: FakeS3, tmp_path: Path) -> None:
    del s3.objects["lake", f"postings/day={DAY}/a/b-2.parquet"]

    found = command.check(buckets(s3), tmp_path / "scratch", None)

    assert {one.check for one in found.problems} == {"chains", "seals"}


def test_rows_come_ordered_with_their_day(s3: FakeS3, tmp_path: Path) -> None:
    assert buckets(s3).postings(tmp_path / "files", None) == 2

    rows = list(read_postings(tmp_path / "files"))

    assert [(r.ledger_id, r.leg) for r in rows] == sorted((r.ledger_id, r.leg) for r in rows)
    assert {row.day for row in rows} == {DAY}
    assert {row.event_at for row in rows} == {NOW}
    assert {row.links is None for row in rows if row.leg} == {True}


def test_the_documented_sql_comes_to_what_the_seal_says(s3: FakeS3, tmp_path: Path) -> None:
    buckets(s3).postings(tmp_path / "files", None)
    text = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    query = text.split("```sql\n")[1].split("```")[0]
    query = query.replace(":since", "0").replace(":until", str(NOW + 1))

    with duckdb.connect() as engine:
        engine.execute(
            f"CREATE VIEW postings AS SELECT * FROM read_parquet('{tmp_path}/files/*/*.parquet')"  # noqa: S608
        )
        found = engine.execute(query).fetchall()

    ((currency, journals, debits, digest_sum),) = found
    figures = add_up(JOURNALS)
    assert (int(journals), int(digest_sum)) == (figures.journals, figures.digest_sum)
    assert {currency: int(debits)} == figures.debits


def test_only_the_last_days_are_brought(s3: FakeS3, tmp_path: Path) -> None:
    assert buckets(s3).postings(tmp_path / "new", "2026-11-19") == 0
    assert list(read_postings(tmp_path / "new")) == []
    assert buckets(s3).postings(tmp_path / "old", DAY) == 2


def test_a_file_outside_of_any_day_is_a_message(s3: FakeS3, tmp_path: Path) -> None:
    s3.objects["lake", "postings/stray.parquet"] = b"x"

    with pytest.raises(LocalFailure, match=r"postings/stray\.parquet"):
        buckets(s3).postings(tmp_path, None)


def test_a_bucket_that_is_not_there_is_a_message(s3: FakeS3, tmp_path: Path) -> None:
    with pytest.raises(LocalFailure, match="gone"):
        buckets(s3, "gone").postings(tmp_path, None)


def test_places_are_put_in_order_through_a_file(tmp_path: Path) -> None:
    places = [
        Place("seller:s1", "EUR#0", 10, "jrn_c", "jrn_b", "x", "d"),
        Place("seller:s1", "EUR#0", 9, "jrn_b", "jrn_a", "x", "d"),
        Place("buyer:b,1", "EUR#0", 1, 'jrn_"q"', "", "x", "d"),
        Place("seller:s1", "EUR#0", 1, "jrn_a", "", "x", "d"),
    ]

    assert list(in_order(places, tmp_path)) == [places[2], places[3], places[1], places[0]]
    assert list(in_order([], tmp_path)) == []


@pytest.mark.parametrize("damaged", [False, True])
def test_the_exit_code_says_whether_all_holds(
    s3: FakeS3, damaged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if damaged:
        del s3.objects["documents", f"seals/{DAY}.json"]
        s3.objects["documents", "seals/2026-11-19.json"] = b"{}"
    monkeypatch.setattr(command, "_buckets", lambda lake, documents: buckets(s3))

    ended = CliRunner().invoke(command.app, ["verify"])

    assert ended.exit_code == int(damaged)
    assert "3 of 6 legs, 2 copies" in ended.output
    assert ("1 broken" in ended.output) is damaged
    assert ("seals: 2026-11-19.json: it cannot be read" in ended.output) is damaged


def test_a_lake_in_aws_is_named_with_its_seals() -> None:
    with pytest.raises(LocalFailure, match="--documents"):
        command._buckets("lake", None)
