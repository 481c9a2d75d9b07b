"""What moto does not have here: Athena with empty tables, Step Functions that takes names."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.analytics import COLUMNS

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_WORD = re.compile(r"[a-z_]+")


@dataclass(slots=True)
class StepFunctions:
    """Executions by machine and name, idempotent as `StartExecution` is."""

    started: dict[tuple[str, str], str] = field(default_factory=dict)

    def start_execution(self, **asked: str) -> dict[str, Any]:
        """Start one. Raises ClientError for a name that cannot be, or has another input."""
        name, machine, given = asked["name"], asked["stateMachineArn"], asked["input"]
        if not _NAME.fullmatch(name):
            raise refusal("InvalidName", "StartExecution")
        if self.started.setdefault((machine, name), given) != given:
            raise refusal("ExecutionAlreadyExists", "StartExecution")
        return {"executionArn": f"{machine}:{name}"}


@dataclass(slots=True)
class Athena:
    """Queries that find nothing, done when they are started; `lay` puts results into the bucket."""

    now: Callable[[], datetime]
    lay: Callable[[str, bytes], object]
    queries: dict[str, str] = field(default_factory=dict)

    def start_query_execution(self, **asked: Any) -> dict[str, Any]:
        """Take a query."""
        query_id = str(uuid.UUID(int=len(self.queries) + 1))
        self.queries[query_id] = asked["QueryString"]
        head = ",".join(_columns(asked["QueryString"]))
        self.lay(f"results/{query_id}.csv", f"{head}\n".encode())
        return {"QueryExecutionId": query_id}

    def get_query_execution(self, **asked: str) -> dict[str, Any]:
        """A query, done. Raises ClientError when there is none."""
        query_id = asked["QueryExecutionId"]
        if query_id not in self.queries:
            raise refusal("InvalidRequestException", "GetQueryExecution")
        return {
            "QueryExecution": {
                "Query": self.queries[query_id],
                "Status": {"State": "SUCCEEDED", "SubmissionDateTime": self.now()},
                "Statistics": {"DataScannedInBytes": 0},
                "ResultConfiguration": {"OutputLocation": f"s3://lake/results/{query_id}.csv"},
            }
        }


def _columns(query: str) -> list[str]:
    """The columns that the query's last SELECT gives: those of the report that has most of them."""
    words = {*_WORD.findall(query.rpartition("\nSELECT")[2])}
    fitting = [list(columns) for columns in COLUMNS.values() if words.issuperset(columns)]
    return max(fitting, key=len)


def refusal(code: str, operation: str) -> ClientError:
    """A service's refusal."""
    error: Any = {"Error": {"Code": code, "Message": "refused"}}
    return ClientError(error, operation)
