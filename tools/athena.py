"""SQL over the lake of the running system, and `countinghouse query "SELECT ..."`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from tools.client import Client
from tools.local.failure import LocalFailure

app = typer.Typer(name="query", add_completion=False, pretty_exceptions_enable=False)

_OPEN = frozenset({"QUEUED", "RUNNING"})
_FIRST_PAUSE_S = 0.05
_PAUSE_S_MAX = 2.0
_PATIENCE_S = 300.0
_HEADED = "DML"

Row = dict[str, str | None]
"""A row by column; Athena gives every value as text, and None where there is none."""


class QueryFailed(LocalFailure):
    """Athena could not answer, and says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a query found. The columns are known even when there is no row."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Athena:
    """The deployed workgroup over the deployed database; `client` is boto3's."""

    client: Any
    workgroup: str
    database: str

    @classmethod
    def of(cls, client: Client) -> Athena:
        """The Athena of a running system."""
        found = client.endpoints
        return cls(client.aws("athena"), found.athena_workgroup, found.glue_database)

    def query(self, sql: str) -> Result:
        """Run one statement to its end. Raises QueryFailed."""
        started = self.client.start_query_execution(
            QueryString=sql,
            WorkGroup=self.workgroup,
            QueryExecutionContext={"Database": self.database},
        )
        execution = self._ended(started["QueryExecutionId"])
        status = execution["Status"]
        if status["State"] != "SUCCEEDED":
            raise QueryFailed(status.get("StateChangeReason") or f"the query {status['State']}")
        return self._result(execution)

    def _ended(self, query_id: str) -> Any:
        """The execution once it has ended. Raises QueryFailed when patience ends first."""
        deadline = time.monotonic() + _PATIENCE_S
        pause = _FIRST_PAUSE_S
        while True:
            answer = self.client.get_query_execution(QueryExecutionId=query_id)
            execution = answer["QueryExecution"]
            if execution["Status"]["State"] not in _OPEN:
                return execution
            if time.monotonic() > deadline:
                raise QueryFailed(f"no answer within {_PATIENCE_S:.0f} s")
            time.sleep(pause)
            pause = min(2 * pause, _PAUSE_S_MAX)

    def _result(self, execution: Any) -> Result:
        pages = list(self._pages(execution["QueryExecutionId"]))
        info = pages[0]["ResultSetMetadata"]["ColumnInfo"]
        columns = tuple(str(column["Name"]) for column in info)
        rows = [row["Data"] for page in pages for row in page["Rows"]]
        if execution.get("StatementType") == _HEADED:
            # The first row of a SELECT's first page is its columns' names.
            rows = rows[1:]
        named = (
            dict(zip(columns, (one.get("VarCharValue") for one in row), strict=True))
            for row in rows
        )
        return Result(columns, tuple(named))

    def _pages(self, query_id: str) -> Iterator[Any]:
        more: dict[str, str] = {}
        while True:
            page = self.client.get_query_results(QueryExecutionId=query_id, **more)
            yield page["ResultSet"]
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}


@app.command()
def query(
    sql: Annotated[str, typer.Argument(help="One statement, as Athena reads it.")],
    at_most: Annotated[int, typer.Option("--max", min=1, help="Show no more rows.")] = 100,
) -> None:
    """Run SQL over the lake: postings, orders, psp_events, settlement_lines, bank_lines."""
    found = Athena.of(Client.of_running_system()).query(sql)
    table = Table(box=None, pad_edge=False)
    for column in found.columns:
        table.add_column(column, overflow="fold")
    for row in found.rows[:at_most]:
        table.add_row(*("" if value is None else value for value in row.values()))
    console = Console()
    console.print(table, markup=False, highlight=False)
    shown = min(at_most, len(found.rows))
    console.print(f"{shown} of {len(found.rows)} rows", highlight=False)
