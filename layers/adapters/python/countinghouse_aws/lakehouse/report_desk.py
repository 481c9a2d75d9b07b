"""Reports as Athena queries: started in the stage's workgroup, read from where it puts results."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.analytics import (
    COLUMNS,
    ROWS_MAX,
    Columns,
    Kind,
    Question,
    ReportState,
    Table,
    Value,
)
from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import Instant
from countinghouse.records import dataclass
from countinghouse_aws.lakehouse.report_queries import report_sql
from countinghouse_aws.lakehouse.result_files import ABSENT, result_body

RESULTS: Final = "athena-results"
"""The folder of the lake's bucket in which results lie."""

_UNKNOWN: Final = frozenset({"InvalidRequestException", "AccessDeniedException"})
"""What Athena says of a query that is not there, or is another workgroup's."""

_STATES: Final = {
    "SUCCEEDED": ReportState.DONE,
    "FAILED": ReportState.FAILED,
    "CANCELLED": ReportState.FAILED,
}
_LIMIT: Final = "scanned limit"
"""In the reason that Athena gives for ending a query at its workgroup's limit."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AthenaReportDesk:
    """Asks Athena; `psps` are all whose files are in the lake."""

    athena: Any
    s3: Any
    database: str
    workgroup: str
    bucket: str
    psps: Sequence[str]

    def ask(self, question: Question) -> str:
        """Start the query; its id. Raises Unavailable."""
        started = _answered(
            lambda: self.athena.start_query_execution(
                QueryString=report_sql(question, self.psps),
                QueryExecutionContext={"Database": self.database},
                WorkGroup=self.workgroup,
                # The workgroup says the same, and has the last word.
                ResultConfiguration={"OutputLocation": f"s3://{self.bucket}/{RESULTS}/"},
            )
        )
        return str(started["QueryExecutionId"])

    def state(self, query_id: str, question: Question) -> ReportState | None:
        """How far it is; None for a query that is not there or says something else."""
        execution = self._execution(query_id, question)
        if execution is None:
            return None
        status = execution["Status"]
        if _LIMIT in str(status.get("StateChangeReason", "")).lower():
            return ReportState.TOO_LARGE
        return _STATES.get(status["State"], ReportState.RUNNING)

    def table(self, query_id: str, question: Question) -> Table:
        """What it found. Raises Unavailable, also when the query is not there any more."""
        execution = self._execution(query_id, question)
        if execution is None:
            raise Unavailable("Athena knows no such query")
        rows = _rows(self._result(execution, query_id), COLUMNS[question.report])
        return Table(
            tuple(rows[:ROWS_MAX]),
            as_of=_instant(execution["Status"]["SubmissionDateTime"]),
            scanned=int(execution.get("Statistics", {}).get("DataScannedInBytes", 0)),
            cut=len(rows) > ROWS_MAX,
        )

    def _execution(self, query_id: str, question: Question) -> Mapping[str, Any] | None:
        """The query, if there is one and it is the one that answers this question."""
        try:
            found: Any = _answered(
                lambda: self.athena.get_query_execution(QueryExecutionId=query_id), _UNKNOWN
            )
        except LookupError:
            return None
        execution: Mapping[str, Any] = found["QueryExecution"]
        said = str(execution.get("Query", "")).split()
        return execution if said == report_sql(question, self.psps).split() else None

    def _result(self, execution: Mapping[str, Any], query_id: str) -> str:
        """The result's text. Raises Unavailable, also when there is none."""
        location = str(execution["ResultConfiguration"]["OutputLocation"])
        try:
            body = _answered(lambda: result_body(self.s3, location, query_id), ABSENT)
        except LookupError as error:
            raise Unavailable("the result is not there") from error
        return str(_answered(body.read), "utf-8")


def _answered(call: Callable[[], T], unknown: frozenset[str] = frozenset()) -> T:
    """What AWS answers. Raises LookupError for one of the codes, Unavailable for any other."""
    try:
        return call()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in unknown:
            raise LookupError from error
        raise Unavailable("the lake did not answer") from error
    except BotoCoreError as error:
        raise Unavailable("the lake did not answer") from error


def _rows(text: str, columns: Columns) -> list[Mapping[str, Value]]:
    """The rows of a result. Raises Unavailable when its columns are not those that were asked."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if tuple(reader.fieldnames or ()) != tuple(columns):
        raise Unavailable("the result has other columns")
    return [{name: _value(row[name], kind) for name, kind in columns.items()} for row in reader]


def _value(cell: str, kind: Kind) -> Value:
    if kind is Kind.TEXT:
        return cell
    return int(cell) if cell else None


def _instant(moment: Any) -> Instant:
    return int(moment.timestamp() * 1_000)
