from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from botocore.response import StreamingBody

from countinghouse.domain.errors import Invalid, Unavailable
from countinghouse.ports.lakehouse import Fact, LakeQuery, QueryState, Residual
from countinghouse_aws.lakehouse.athena import AthenaQueries, AwaitedQueries
from countinghouse_aws.lakehouse.queries import query_text
from tests.matching_days import WINDOW

RESULT = (
    b'"fact","currency","day","batch","found","amount"\r\n'
    b'"unsettled","EUR","d","b\xe2\x80\xa8""1""","3","-4"\r\n'
)
KEY = "results/q1.csv"


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "Operation")


@dataclass
class Aws:
    """Athena and S3; `states` are told one after the other, the last for ever."""

    states: list[dict[str, Any]] = field(default_factory=lambda: [{"State": "SUCCEEDED"}])
    objects: dict[str, bytes] = field(default_factory=lambda: {KEY: RESULT})
    error: Exception | None = None
    asked: dict[str, Any] = field(default_factory=dict)

    def start_query_execution(self, **asked: Any) -> dict[str, Any]:
        self._fail()
        self.asked = asked
        return {"QueryExecutionId": "q1"}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:  # noqa: N803
        self._fail()
        status = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        location = {"OutputLocation": f"s3://bucket/{KEY}"}
        return {"QueryExecution": {"Status": status, "ResultConfiguration": location}}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        self._fail()
        if Bucket != "bucket" or Key not in self.objects:
            raise refusal("NoSuchKey")
        content = self.objects[Key]
        return {"Body": StreamingBody(io.BytesIO(content), len(content))}

    def _fail(self) -> None:
        if self.error:
            raise self.error


def queries(aws: Aws) -> AthenaQueries:
    return AthenaQueries(aws, aws, "group", "base")


def test_a_query_runs_in_its_workgroup_and_database() -> None:
    aws = Aws()

    assert queries(aws).start(LakeQuery.TOTALS, WINDOW) == "q1"

    text = aws.asked.pop("QueryString")
    assert text == query_text(LakeQuery.TOTALS, WINDOW)
    assert aws.asked == {"QueryExecutionContext": {"Database": "base"}, "WorkGroup": "group"}


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("QUEUED", QueryState.RUNNING),
        ("RUNNING", QueryState.RUNNING),
        ("SUCCEEDED", QueryState.SUCCEEDED),
        ("FAILED", QueryState.FAILED),
        ("CANCELLED", QueryState.FAILED),
    ],
)
def test_a_query_stands_where_athena_says(told: str, state: QueryState) -> None:
    assert queries(Aws([{"State": told}])).state("q1") is state


@pytest.mark.parametrize("key", [KEY, f"{KEY}/q1.csv"])
def test_a_result_is_read_from_its_place(key: str) -> None:
    """A line separator that is not one of CSV stays in its field."""
    found = queries(Aws(objects={key: RESULT})).residuals("q1")

    assert list(found) == [Residual(Fact.UNSETTLED, "EUR", "d", 'b\u2028"1"', 3, -4)]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ({"State": "RUNNING"}, Unavailable),
        ({"State": "CANCELLED"}, Unavailable),
        ({"State": "FAILED", "AthenaError": {"Retryable": True}}, Unavailable),
        ({"State": "FAILED", "AthenaError": {"Retryable": False}}, Invalid),
        ({"State": "FAILED", "StateChangeReason": "no such column"}, Invalid),
    ],
)
def test_what_did_not_succeed_has_no_result(status: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        list(queries(Aws([status])).residuals("q1"))


@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (refusal("InvalidRequestException"), Invalid),
        (refusal("TooManyRequestsException"), Unavailable),
        (refusal("InternalServerException"), Unavailable),
        (ReadTimeoutError(endpoint_url="athena"), Unavailable),
    ],
)
def test_trouble_is_told_apart(trouble: Exception, error: type[Exception]) -> None:
    asked = queries(Aws(error=trouble))

    with pytest.raises(error):
        asked.start(LakeQuery.MATCH, WINDOW)
    with pytest.raises(error):
        asked.state("q1")
    with pytest.raises(error):
        list(asked.residuals("q1"))


def test_a_result_that_is_gone_may_come() -> None:
    with pytest.raises(Unavailable):
        list(queries(Aws(objects={})).residuals("q1"))


def test_who_waits_looks_until_it_is_done() -> None:
    pauses: list[int] = []
    aws = Aws([{"State": "QUEUED"}, {"State": "RUNNING"}, {"State": "SUCCEEDED"}])
    waiting = AwaitedQueries(queries(aws), lambda: pauses.append(1))

    assert len(list(waiting.residuals(WINDOW))) == 1
    assert len(pauses) == 2
    with pytest.raises(Invalid):
        list(waiting.differences(WINDOW))
    with pytest.raises(Invalid):
        list(waiting.totals(WINDOW))
