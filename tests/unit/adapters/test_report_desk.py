"""What Athena may answer beside a table, and what is made of it."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from countinghouse.domain.analytics import COLUMNS, Question, Report, ReportState
from countinghouse.domain.errors import Unavailable
from countinghouse_aws.lakehouse.report_desk import AthenaReportDesk
from countinghouse_aws.lakehouse.report_queries import report_sql

QUESTION = Question(Report.PSP_COST, "2026-11-01", "2026-11-30")
PSPS = ("sandbox",)
HEAD = ",".join(f'"{name}"' for name in COLUMNS[Report.PSP_COST])
LOCATION = "s3://lake/athena-results/q1.csv"


def refusal(code: str) -> ClientError:
    error: Any = {"Error": {"Code": code, "Message": "never shown"}}
    return ClientError(error, "GetQueryExecution")


@dataclass
class Aws:
    """Athena with one query and S3 with some objects; `error` is raised instead of any answer."""

    status: dict[str, Any] = field(default_factory=lambda: {"State": "SUCCEEDED"})
    query: str = field(default_factory=lambda: report_sql(QUESTION, PSPS))
    objects: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None
    asked: dict[str, Any] = field(default_factory=dict)

    def start_query_execution(self, **asked: Any) -> dict[str, Any]:
        self._fail()
        self.asked = asked
        return {"QueryExecutionId": "q1"}

    def get_query_execution(self, **_: Any) -> dict[str, Any]:
        self._fail()
        submitted = datetime(2026, 12, 1, 8, 0, 0, 125_000, tzinfo=UTC)
        return {
            "QueryExecution": {
                "Query": self.query,
                "Status": {"SubmissionDateTime": submitted, **self.status},
                "Statistics": {"DataScannedInBytes": 4_096},
                "ResultConfiguration": {"OutputLocation": LOCATION},
            }
        }

    def get_object(self, **named: str) -> dict[str, Any]:
        self._fail()
        text = self.objects.get(f"{named['Bucket']}/{named['Key']}")
        if text is None:
            raise refusal("NoSuchKey")
        return {"Body": io.BytesIO(text.encode())}

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


def desk(aws: Aws) -> AthenaReportDesk:
    return AthenaReportDesk(aws, aws, "countinghouse_test", "reports", "lake", PSPS)


def test_a_question_goes_to_the_stages_workgroup_and_database() -> None:
    aws = Aws()

    assert desk(aws).ask(QUESTION) == "q1"
    assert aws.asked == {
        "QueryString": report_sql(QUESTION, PSPS),
        "QueryExecutionContext": {"Database": "countinghouse_test"},
        "WorkGroup": "reports",
        "ResultConfiguration": {"OutputLocation": "s3://lake/athena-results/"},
    }


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ({"State": "QUEUED"}, ReportState.RUNNING),
        ({"State": "RUNNING"}, ReportState.RUNNING),
        ({"State": "SUCCEEDED"}, ReportState.DONE),
        ({"State": "FAILED", "StateChangeReason": "SYNTAX_ERROR"}, ReportState.FAILED),
        ({"State": "CANCELLED"}, ReportState.FAILED),
        (
            {"State": "CANCELLED", "StateChangeReason": "Bytes scanned limit was exceeded"},
            ReportState.TOO_LARGE,
        ),
    ],
)
def test_how_far_a_query_is(status: dict[str, Any], state: ReportState) -> None:
    assert desk(Aws(status)).state("q1", QUESTION) is state


@pytest.mark.parametrize("query", ["", "SELECT * FROM postings", "-- x\n"])
def test_a_query_of_somebody_else_is_not_ours(query: str) -> None:
    assert desk(Aws(query=query)).state("q1", QUESTION) is None


def test_a_query_is_known_again_however_athena_keeps_its_blanks() -> None:
    kept = report_sql(QUESTION, PSPS).replace("\n", " ") + "\n"

    assert desk(Aws(query=kept)).state("q1", QUESTION) is ReportState.DONE


@pytest.mark.parametrize("code", ["InvalidRequestException", "AccessDeniedException"])
def test_a_query_that_is_not_there_or_not_for_us_is_none(code: str) -> None:
    assert desk(Aws(error=refusal(code))).state("q1", QUESTION) is None


@pytest.mark.parametrize(
    "error", [refusal("TooManyRequestsException"), ReadTimeoutError(endpoint_url="athena")]
)
def test_an_athena_that_does_not_answer_may_do_so_later(error: Exception) -> None:
    silent = desk(Aws(error=error))

    with pytest.raises(Unavailable) as failed:
        silent.ask(QUESTION)
    assert "never shown" not in failed.value.detail
    with pytest.raises(Unavailable):
        silent.state("q1", QUESTION)


def test_a_refused_question_is_not_taken_for_an_unknown_query() -> None:
    with pytest.raises(Unavailable):
        desk(Aws(error=refusal("InvalidRequestException"))).ask(QUESTION)


@pytest.mark.parametrize("key", ["athena-results/q1.csv", "athena-results/q1.csv/q1.csv"])
def test_a_table_is_read_wherever_the_engine_put_it(key: str) -> None:
    row = '"sandbox","EUR","3","1","7000","203","125","328",""'
    table = desk(Aws(objects={f"lake/{key}": f"{HEAD}\n{row}\n"})).table("q1", QUESTION)

    assert dict(table.rows[0])["fees"] == 328
    assert dict(table.rows[0])["cost_bp"] is None
    assert (table.as_of, table.scanned) == (1_796_112_000_125, 4_096)


@pytest.mark.parametrize("objects", [{}, {"lake/athena-results/q1.csv": '"psp"\n"sandbox"\n'}])
def test_a_result_that_is_gone_or_another_is_no_table(objects: dict[str, str]) -> None:
    with pytest.raises(Unavailable):
        desk(Aws(objects=objects)).table("q1", QUESTION)


def test_no_table_of_a_query_that_is_not_ours() -> None:
    with pytest.raises(Unavailable):
        desk(Aws(query="SELECT 1")).table("q1", QUESTION)
