"""The lake's bucket in a folder, and its tables read out of it by DuckDB as Athena reads S3."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from countinghouse.domain.difference import Difference
from countinghouse.domain.reconciliation import SourceKind
from countinghouse.lake_rows import LINE_MAX, LakeLine
from countinghouse.ports.lakehouse import BatchStanding, LakeQuery, QueryState, Residual, Window
from countinghouse_aws.lakehouse.queries import query_text
from countinghouse_aws.lakehouse.results import (
    Cells,
    difference_rows,
    residual_rows,
    standing_rows,
)
from countinghouse_aws.messaging.firehose import packed
from countinghouse_aws.settlement.lines import encode_bank_lines, encode_settlement_lines
from countinghouse_aws.storage.settlement_files import S3FileStore
from infra.lake_tables import TABLES
from tests.lakes import columns_of

BUCKET = "lake"
_POSTINGS = "postings"
_TABLES = (_POSTINGS, "settlement_lines", "bank_lines")
# A table of which nothing was written yet has no file that says what its columns are.
_NOTHING = {
    "settlement_lines/psp=sandbox/day=2000-01-01/0.tsv.gz": encode_settlement_lines([]),
    "bank_lines/account=sandbox/day=2000-01-01/0.tsv.gz": encode_bank_lines([]),
    f"{_POSTINGS}/day=2000-01-01/0.json": b"",
}
_TEXT = "read_csv({files}, delim='\t', header=true, quote='', escape='', nullstr='', {more})"
_JSON = "read_json({files}, format='newline_delimited', {more})"


@dataclass
class FolderBucket:
    """What the store of files asks of S3, in a folder."""

    root: Path

    def upload_fileobj(self, reader: Any, bucket: str, key: str, **_: object) -> None:
        self.put_object(bucket, key, reader.read())

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: object) -> None:  # noqa: N803
        assert Bucket == BUCKET
        path = self.root / Key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(Body)

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        path = self.root / Key
        if not path.is_file():
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        content = path.read_bytes()
        return {"Body": StreamingBody(io.BytesIO(content), len(content))}

    def get_paginator(self, _: str) -> FolderBucket:
        return self

    def paginate(self, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        found = sorted(path for path in (self.root / Prefix).glob("*") if path.is_file())
        yield {"Contents": [{"Key": path.relative_to(self.root).as_posix()} for path in found]}


@dataclass
class DiskLake:
    """The lake and the queries over it: one is done when `start` returns."""

    root: Path
    database: Callable[[], duckdb.DuckDBPyConnection] = lambda: duckdb.connect(
        ":memory:", config={"threads": 1}
    )
    _results: dict[str, list[Cells]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.bucket = FolderBucket(self.root)
        for key, content in _NOTHING.items():
            self.bucket.put_object(BUCKET, key, content)
        self._database = self.database()

    @property
    def store(self) -> S3FileStore:
        """The files as they came, and their lines."""
        client: Any = self.bucket
        return S3FileStore(client, BUCKET, encode_settlement_lines, encode_bank_lines)

    def drop(self, psp: str, day: str, kind: SourceKind, name: str, content: bytes) -> None:
        """Lay a file into the inbox, as a person does."""
        self.bucket.put_object(BUCKET, f"inbox/{psp}/{day}/{kind}/{name}", content)

    def lay(self, lines: Iterable[LakeLine]) -> None:
        """Write rows as the delivery stream files them: a record is of one table and one day."""
        records: dict[tuple[str, str], list[bytes]] = {}
        for line in lines:
            records.setdefault((line.table, line.day), []).append(line.text)
        for (table, day), texts in records.items():
            for record in packed(texts, LINE_MAX):
                key = f"{table}/day={day}/{next(self._numbers):06}.json"
                self.bucket.put_object(BUCKET, key, record)

    def close(self) -> None:
        self._database.close()

    def start(self, query: LakeQuery, window: Window) -> str:
        query_id = f"query-{next(self._numbers)}"
        self._results[query_id] = self.asked(query_text(query, window))
        return query_id

    def asked(self, text: str) -> list[Cells]:
        """What a query finds, the names of its columns first."""
        for table in _TABLES:
            # A query names its tables many times: DuckDB would read the files as often.
            read = f"SELECT * FROM {self._files(table)}"  # noqa: S608
            self._database.execute(f"CREATE OR REPLACE TABLE {table} AS {read}")
        answer = self._database.execute(text)
        names = [column[0] for column in answer.description or ()]
        rows = [["" if cell is None else str(cell) for cell in row] for row in answer.fetchall()]
        return [names, *rows]

    def state(self, query_id: str) -> QueryState:
        return QueryState.SUCCEEDED if query_id in self._results else QueryState.FAILED

    def differences(self, query_id: str) -> Iterator[Difference]:
        return difference_rows(self._results[query_id])

    def totals(self, query_id: str) -> Iterator[BatchStanding]:
        return standing_rows(self._results[query_id])

    def residuals(self, query_id: str) -> Iterator[Residual]:
        return residual_rows(self._results[query_id])

    def _files(self, table: str) -> str:
        folders = TABLES[table].folders
        columns = columns_of(table)
        held = {name: kind for name, kind in columns.items() if name not in folders}
        kinds = ", ".join(f"'{name}': '{kind}'" for name, kind in held.items())
        types = ", ".join(f"'{name}': VARCHAR" for name in folders)
        more = f"columns={{{kinds}}}, hive_partitioning=true, hive_types={{{types}}}"
        files = f"'{self.root}/{table}{'/*' * len(folders)}/*'"
        return (_JSON if table == _POSTINGS else _TEXT).format(files=files, more=more)
