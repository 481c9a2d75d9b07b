"""Reading S3: the lake's postings, brought here and put in order by DuckDB, and the seals' copies.

DuckDB sorts on disk what does not fit into memory, so the check holds one journal at a time.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from botocore.exceptions import BotoCoreError, ClientError

from tools.ledger_verify.rows import Place, PostingRow
from tools.local.failure import LocalFailure

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

POSTINGS = "postings/"
SEALS = "seals/"
FETCHED = 10_000

_KINDS = ", ".join(
    f"'{name}': '{'BIGINT' if name == 'sequence' else 'VARCHAR'}'" for name in Place._fields
)
_COLUMNS = ", ".join(name for name in PostingRow._fields if name != "wallet_shard")


@dataclass(frozen=True, slots=True)
class Buckets:
    """Where the lake lies, and where the copies of the seals."""

    s3: S3Client
    lake: str
    documents: str

    def postings(self, folder: Path, since: str | None) -> int:
        """Bring the postings' files here, those of days from `since` on; how many there are.

        Raises LocalFailure when S3 does not give them.
        """
        count = 0
        for key in self._keys(self.lake, POSTINGS):
            day = _day_in(key)
            if since is not None and day < since:
                continue
            # By number: a key is another's text and no path of ours.
            target = folder / f"day={day}" / f"{count:08d}.parquet"
            target.parent.mkdir(parents=True, exist_ok=True)
            with _translated(self.lake):
                self.s3.download_file(self.lake, key, str(target))
            count += 1
        return count

    def seals(self) -> dict[str, bytes]:
        """The copies of the seals, by their names. Raises LocalFailure."""
        found = {}
        for key in self._keys(self.documents, SEALS):
            with _translated(self.documents):
                content = self.s3.get_object(Bucket=self.documents, Key=key)["Body"].read()
            found[key.removeprefix(SEALS)] = content
        return found

    def _keys(self, bucket: str, prefix: str) -> Iterator[str]:
        with _translated(bucket):
            for page in self.s3.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=prefix
            ):
                for one in page.get("Contents", []):
                    if one["Size"] > 0:
                        yield one["Key"]


class _translated:  # noqa: N801 - reads as a sentence where it is used
    """Turns what S3 refuses into a message."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if isinstance(error, (ClientError, BotoCoreError)):
            raise LocalFailure(f"bucket {self._bucket}: {error}") from error


def _day_in(key: str) -> str:
    """The day of a file's folder. LocalFailure for a file that stands in none."""
    for part in key.split("/"):
        if part.startswith("day="):
            day = part.removeprefix("day=")
            try:
                return date.fromisoformat(day).isoformat()
            except ValueError:
                break
    raise LocalFailure(f"{key} lies in no day's folder")


def read_postings(folder: Path) -> Iterator[PostingRow]:
    """Every row of the files under a folder, ordered by journal and leg."""
    if not any(folder.rglob("*.parquet")):
        return
    files = f"{folder}/*/*.parquet"
    query = (
        f"SELECT {_COLUMNS}, coalesce(wallet_shard, 0) AS wallet_shard "  # noqa: S608 - our names
        "FROM read_parquet(?, hive_partitioning = true, hive_types_autocast = false, "
        "union_by_name = true) ORDER BY ledger_id, leg"
    )
    with duckdb.connect() as engine:
        engine.execute("SET temp_directory = ?", [str(folder / "spilled")])
        found = engine.execute(query, [files])
        names = [column[0] for column in found.description or ()]
        order = [names.index(name) for name in PostingRow._fields]
        while rows := found.fetchmany(FETCHED):
            for row in rows:
                yield PostingRow(*(row[place] for place in order))


def in_order(places: Iterable[Place], folder: Path) -> Iterator[Place]:
    """The places ordered by wallet, sequence and journal, through a file."""
    written = folder / "places.csv"
    folder.mkdir(parents=True, exist_ok=True)
    with written.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(Place._fields)
        writer.writerows(places)
    query = (
        f"SELECT * FROM read_csv(?, header = true, columns = {{{_KINDS}}}) "  # noqa: S608 - our names
        "ORDER BY owner, wallet_id, sequence, ledger_id"
    )
    with duckdb.connect() as engine:
        engine.execute("SET temp_directory = ?", [str(folder / "spilled")])
        found = engine.execute(query, [str(written)])
        while rows := found.fetchmany(FETCHED):
            for row in rows:
                # An empty text comes back as none at all.
                yield Place._make("" if cell is None else cell for cell in row)
