"""The emulator's Athena, Glue and S3 in this process: the lake's files under its tables."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from ministack.services import athena, glue, s3

from countinghouse_aws.lakehouse.athena import AthenaQueries
from infra.lake_tables import TABLES, LakeTable
from tests.lakes import DuckLake, Row, columns_of

BUCKET = "lake"
DATABASE = "countinghouse_test"
WORKGROUP = "countinghouse"


class EmulatedAthena:
    """The part of the client that the adapter calls; a query is done when `start` returns."""

    def start_query_execution(self, **request: object) -> dict[str, Any]:
        return asyncio.run(_asked("StartQueryExecution", request))

    def get_query_execution(self, **request: object) -> dict[str, Any]:
        return asyncio.run(_asked("GetQueryExecution", request))


class EmulatedS3:
    """The part of the client that reads."""

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        content = s3._get_object_data(Bucket, Key)
        if content is None:
            raise _refusal("NoSuchKey", "GetObject")
        return {"Body": StreamingBody(io.BytesIO(content), len(content))}


def emulated(lake: DuckLake, folder: Path) -> AthenaQueries:
    """The lake's rows as files of an emulated bucket, under tables as they are deployed."""
    for module in (athena, glue, s3):
        module.reset()
    s3._create_bucket(BUCKET, b"")
    glue._create_database({"DatabaseInput": {"Name": DATABASE}})
    for name, rows in lake.rows.items():
        glue._create_table({"DatabaseName": DATABASE, "TableInput": _definition(name)})
        for key, content in _files(name, rows, folder).items():
            s3._put_object(BUCKET, key, content, {})
    output = {"ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/athena-results/"}}
    asyncio.run(_asked("CreateWorkGroup", {"Name": WORKGROUP, "Configuration": output}))
    return AthenaQueries(EmulatedAthena(), EmulatedS3(), WORKGROUP, DATABASE)


async def _asked(action: str, request: Mapping[str, object]) -> dict[str, Any]:
    """An answer, once everything that it set going has ended."""
    headers = {"x-amz-target": f"AmazonAthena.{action}"}
    body = json.dumps(request).encode()
    status, _, answer = await athena.handle_request("POST", "/", headers, body, {})
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
    parsed: dict[str, Any] = json.loads(answer)
    if status != 200:
        raise _refusal(parsed["__type"], action)
    return parsed


def _refusal(code: str, action: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, action)


def _definition(name: str) -> dict[str, Any]:
    table: LakeTable = TABLES[name]
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "classification": table.format.classification,
            **table.format.table_parameters,
        },
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in table.folders],
        "StorageDescriptor": {
            "Columns": [{"Name": key, "Type": kind} for key, kind in table.columns.items()],
            "Location": f"s3://{BUCKET}/{name}",
            "InputFormat": table.format.reads,
            "OutputFormat": table.format.writes,
            "SerdeInfo": {
                "SerializationLibrary": table.format.serde,
                "Parameters": dict(table.format.serde_parameters),
            },
        },
    }


def _files(name: str, rows: Sequence[Row], folder: Path) -> dict[str, bytes]:
    """A table's objects, one for each of its folders."""
    table = TABLES[name]
    parts: dict[str, list[Row]] = {}
    for row in rows:
        path = "/".join([name, *(f"{key}={row[key]}" for key in table.folders)])
        parts.setdefault(path, []).append(row)
    if table.format.classification == "parquet":
        return {f"{path}/1.parquet": _parquet(name, part, folder) for path, part in parts.items()}
    return {f"{path}/1.tsv.gz": _text(table, part) for path, part in parts.items()}


def _text(table: LakeTable, rows: Sequence[Row]) -> bytes:
    cells = [
        ["" if row.get(name) is None else str(row[name]) for name in table.columns] for row in rows
    ]
    lines = ["\t".join(row) for row in [list(table.columns), *cells]]
    return gzip.compress("\n".join([*lines, ""]).encode(), mtime=0)


def _parquet(name: str, rows: Sequence[Row], folder: Path) -> bytes:
    types = columns_of(name)
    places = ", ".join(
        f"UNNEST(?::{types[column]}[]) AS {column}" for column in TABLES[name].columns
    )
    lists = [[row.get(column) for row in rows] for column in TABLES[name].columns]
    path = folder / f"{name}.parquet"
    with duckdb.connect(":memory:") as database:
        database.execute(f"CREATE TABLE part AS SELECT {places}", lists)
        database.execute(f"COPY part TO '{path}' (FORMAT parquet)")
    return path.read_bytes()
