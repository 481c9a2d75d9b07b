"""S3, Athena and Firehose of one history: buckets that are a dictionary, queries that DuckDB runs.

S3 is spoken to through the fault injector and not through botocore, whose client takes longer to
make than a history to play; that adapter's own tests hold it against the emulator's S3.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import duckdb
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.response import StreamingBody

from countinghouse_aws.system.clients import new_client
from tests.simulation.aws_wire import ANSWER_MS, MODULES, TIMEOUT_MS
from tests.simulation.clock import VirtualClock
from tests.simulation.disk_lake import DiskLake
from tests.simulation.faults import Injector, Mode
from tests.simulation.lake_names import LAKE

T = TypeVar("T")
_SDK_ATTEMPTS = 3
_QUERIED = ("postings", "settlement_lines", "bank_lines")
ANSWERS_MAX = 500
_ANSWERS: dict[bytes, bytes] = {}
"""What queries found, by the question and all they could read: half of a reconciliation's cost."""

Answer = tuple[int, dict[str, str], bytes]


@dataclass(slots=True)
class Store:
    """What stands in the buckets, what Athena was asked, what was published to people."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    queries: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def copy(self) -> Store:
        """The same, to go on from."""
        return Store(dict(self.objects), list(self.queries), list(self.notices))

    def files(self, table: str) -> dict[str, bytes]:
        """The objects of one of the lake's tables; of a stream's records a folder's are in one."""
        found: dict[str, bytes] = {}
        for (bucket, key), content in self.objects.items():
            if bucket == LAKE and key.startswith(f"{table}/"):
                name = key if key.endswith(".gz") else f"{key.rpartition('/')[0]}/all.json"
                found[name] = found.get(name, b"") + content
        return found


@dataclass(slots=True)
class LakeServices:
    """Firehose and Athena behind the AWS wire, where the emulator's modules stand for others."""

    store: Store

    def register(self) -> None:
        """Answer the calls of the world that is alive now."""
        modules: dict[str, Any] = MODULES
        modules["firehose"] = modules["athena"] = self

    async def handle_request(
        self, _: str, __: str, headers: Mapping[str, str], body: bytes, ___: object
    ) -> Answer:
        """What the service answers, as the emulator's modules do."""
        operation, asked = headers["x-amz-target"].rpartition(".")[2], json.loads(body)
        answers: dict[str, Callable[[Any], dict[str, Any]]] = {
            "PutRecordBatch": self._file,
            "StartQueryExecution": self._start,
            "GetQueryExecution": lambda told: self.execution(told["QueryExecutionId"]),
        }
        return 200, {}, json.dumps(answers[operation](asked)).encode()

    def _file(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """File each record at once, in the folder of the day its rows are of."""
        for record in asked["Records"]:
            content = base64.b64decode(record["Data"])
            day = json.loads(content.splitlines()[0])["day"]
            key = f"{asked['DeliveryStreamName']}/day={day}/{len(self.store.objects):06}.json"
            self.store.objects[LAKE, key] = content
        taken = [{"RecordId": str(number)} for number, _ in enumerate(asked["Records"])]
        return {"FailedPutCount": 0, "RequestResponses": taken}

    def _start(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        query_id = f"query-{len(self.store.queries) + 1}"
        self.store.queries.append(query_id)
        self.store.objects[LAKE, _result_key(query_id)] = answered(self.store, asked["QueryString"])
        return {"QueryExecutionId": query_id}

    def execution(self, query_id: str) -> dict[str, Any]:
        """A query is done when it was started."""
        location = f"s3://{LAKE}/{_result_key(query_id)}"
        return {
            "QueryExecution": {
                "Status": {"State": "SUCCEEDED"},
                "ResultConfiguration": {"OutputLocation": location},
            }
        }


def _result_key(query_id: str) -> str:
    return f"athena-results/{query_id}.csv"


def answered(store: Store, text: str) -> bytes:
    """A query's result as Athena lays it down: the same bytes for the same question and files."""
    files = {table: store.files(table) for table in _QUERIED}
    asked = hashlib.sha256(repr((text, sorted(files.items()))).encode()).digest()
    if asked not in _ANSWERS:
        if len(_ANSWERS) == ANSWERS_MAX:
            del _ANSWERS[next(iter(_ANSWERS))]
        _ANSWERS[asked] = _queried(files, text)
    return _ANSWERS[asked]


def _queried(files: Mapping[str, Mapping[str, bytes]], text: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        lake = DiskLake(Path(folder), database=_database)
        for found_in in files.values():
            for key, content in found_in.items():
                lake.bucket.put_object(LAKE, key, content)
        found = lake.asked(text)
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(found)
    return out.getvalue().encode()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    # Without threads of its own: the process forks (`branches`).
    return duckdb.connect(":memory:", config={"threads": 1, "async_threads": 0})


@dataclass(slots=True)
class _Deed:
    """One S3 call about to be made."""

    operation: str
    carry: Callable[[], Any]
    clock: VirtualClock
    rows: int = 1

    def do(self) -> Any:
        self.clock.advance(ANSWER_MS)
        return self.carry()

    def unanswered(self) -> Exception:
        self.clock.advance(TIMEOUT_MS)
        return ReadTimeoutError(endpoint_url="s3")

    def refused(self, mode: Mode) -> Any:
        self.clock.advance(ANSWER_MS)
        raise _Refused({"Error": {"Code": "SlowDown"}}, self.operation)

    def idle(self) -> frozenset[Mode]:
        return frozenset()


class _Refused(ClientError):
    """A refusal that the SDK tries again."""


@dataclass(slots=True)
class SimulatedS3:
    """The part of boto3's S3 client that is made use of, on the buckets of one history."""

    store: Store
    clock: VirtualClock
    injector: Injector

    def put_object(self, Bucket: str, Key: str, Body: bytes, **_: object) -> None:  # noqa: N803
        def carry() -> None:
            self.store.objects[Bucket, Key] = Body

        self._call("PutObject", Key.encode() + Body, carry)

    def upload_fileobj(self, reader: Any, bucket: str, key: str, **_: object) -> None:
        self.put_object(bucket, key, reader.read())

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        key = (Bucket, Key)
        content = self._call("GetObject", Key.encode(), lambda: self.store.objects.get(key))
        if content is None:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": StreamingBody(io.BytesIO(content), len(content))}

    def get_paginator(self, _: str) -> SimulatedS3:
        return self

    def paginate(self, Bucket: str, Prefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        def carry() -> list[dict[str, str]]:
            keys = sorted(key for bucket, key in self.store.objects if bucket == Bucket)
            return [{"Key": key} for key in keys if key.startswith(Prefix)]

        yield {"Contents": self._call("ListObjectsV2", Prefix.encode(), carry)}

    def _call(self, operation: str, body: bytes, carry: Callable[[], T]) -> T:
        """Make the call, and as often again as the SDK would."""
        attempt = 1
        while True:
            deed = _Deed(operation, carry, self.clock)
            try:
                found: T = self.injector.meet("s3", operation, body, attempt, deed)
            except (ReadTimeoutError, _Refused):
                if attempt == _SDK_ATTEMPTS:
                    raise
                attempt += 1
                continue
            return found


@dataclass(slots=True)
class NewClient:
    """Stands in for what makes our clients: S3 is `s3`, if there is one."""

    s3: Callable[[], SimulatedS3 | None]
    made: Callable[[str], Any] = new_client

    def __call__(self, service: str) -> Any:
        """A client of that service."""
        return LateS3(self.s3) if service == "s3" else self.made(service)


@dataclass(frozen=True, slots=True)
class LateS3:
    """A client that outlives a history, as warm clients do: it reaches the one that is alive."""

    s3: Callable[[], SimulatedS3 | None]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.s3(), name)
