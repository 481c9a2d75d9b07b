"""The lake's queries in Athena: started, looked after, their result read from S3 line by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from countinghouse.domain.difference import Difference
from countinghouse.domain.errors import Invalid, Unavailable
from countinghouse.ports.lakehouse import BatchStanding, LakeQuery, QueryState, Residual, Window
from countinghouse.records import dataclass
from countinghouse_aws.lakehouse.queries import query_text
from countinghouse_aws.lakehouse.result_files import result_body
from countinghouse_aws.lakehouse.results import (
    Cells,
    difference_rows,
    residual_rows,
    standing_rows,
)

_STATES: Final = {
    "QUEUED": QueryState.RUNNING,
    "RUNNING": QueryState.RUNNING,
    "SUCCEEDED": QueryState.SUCCEEDED,
}
_REFUSED: Final = "InvalidRequestException"


@dataclass(frozen=True, slots=True)
class AthenaQueries:
    """The queries over one database; the workgroup says where results go and what they may cost."""

    athena: Any
    s3: Any
    workgroup: str
    database: str

    def start(self, query: LakeQuery, window: Window) -> str:
        """Start a query; its id. Raises Invalid, Unavailable."""
        text = query_text(query, window)
        with _translated():
            answer = self.athena.start_query_execution(
                QueryString=text,
                QueryExecutionContext={"Database": self.database},
                WorkGroup=self.workgroup,
            )
        return str(answer["QueryExecutionId"])

    def state(self, query_id: str) -> QueryState:
        """Where it stands. Raises Invalid for an id that is none, Unavailable."""
        return _STATES.get(self._execution(query_id)["Status"]["State"], QueryState.FAILED)

    def differences(self, query_id: str) -> Iterator[Difference]:
        """What a match found. Raises Invalid, Unavailable."""
        return difference_rows(self._rows(query_id))

    def totals(self, query_id: str) -> Iterator[BatchStanding]:
        """What totals found. Raises Invalid, Unavailable."""
        return standing_rows(self._rows(query_id))

    def residuals(self, query_id: str) -> Iterator[Residual]:
        """What residuals found. Raises Invalid, Unavailable."""
        return residual_rows(self._rows(query_id))

    def _execution(self, query_id: str) -> dict[str, Any]:
        with _translated():
            answer = self.athena.get_query_execution(QueryExecutionId=query_id)
        found: dict[str, Any] = answer["QueryExecution"]
        return found

    def _rows(self, query_id: str) -> Iterator[Cells]:
        """The result's rows, its columns' names first, in memory that its length does not move."""
        execution = self._execution(query_id)
        _expect_success(execution["Status"])
        location: str = execution["ResultConfiguration"]["OutputLocation"]
        with _translated(), closing(result_body(self.s3, location, query_id)) as body:
            text = io.TextIOWrapper(io.BufferedReader(body), "utf-8", newline="")
            yield from csv.reader(text)


@dataclass(frozen=True, slots=True)
class AwaitedQueries:
    """The queries for whoever waits: `pause` is called between two looks."""

    queries: AthenaQueries
    pause: Callable[[], None]

    def differences(self, window: Window) -> Iterator[Difference]:
        """What does not agree. Raises Invalid, Unavailable."""
        return self.queries.differences(self._done(LakeQuery.MATCH, window))

    def totals(self, window: Window) -> Iterator[BatchStanding]:
        """What the window's batches come to. Raises Invalid, Unavailable."""
        return self.queries.totals(self._done(LakeQuery.TOTALS, window))

    def residuals(self, window: Window) -> Iterator[Residual]:
        """What accounts for the balance. Raises Invalid, Unavailable."""
        return self.queries.residuals(self._done(LakeQuery.RESIDUALS, window))

    def _done(self, query: LakeQuery, window: Window) -> str:
        query_id = self.queries.start(query, window)
        while self.queries.state(query_id) is QueryState.RUNNING:
            self.pause()
        return query_id


def _expect_success(status: dict[str, Any]) -> None:
    """Raise Unavailable for what may succeed when it is started anew, Invalid for what cannot."""
    state = status["State"]
    if state == "SUCCEEDED":
        return
    if state == "FAILED" and not status.get("AthenaError", {}).get("Retryable", False):
        raise Invalid(f"Athena could not run the query: {status.get('StateChangeReason', '')}")
    raise Unavailable(f"the query is {state.lower()}")


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn a refusal into Invalid and whatever else AWS says into Unavailable."""
    try:
        yield
    except ClientError as error:
        if _code(error) == _REFUSED:
            raise Invalid("Athena did not take the query") from error
        raise Unavailable(f"AWS said {_code(error)}") from error
    except BotoCoreError as error:
        raise Unavailable("AWS did not answer") from error
