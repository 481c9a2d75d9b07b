from typing import Any

import pytest

from tools.athena import Athena, QueryFailed, Result


class Client:
    """Athena's answers, one state a look."""

    def __init__(
        self, states: list[str], pages: list[list[list[str | None]]], kind: str = "DML"
    ) -> None:
        self.states, self.pages, self.kind = states, pages, kind
        self.asked: list[dict[str, Any]] = []

    def start_query_execution(self, **asked: Any) -> Any:
        self.asked.append(asked)
        return {"QueryExecutionId": "q1"}

    def get_query_execution(self, QueryExecutionId: str) -> Any:  # noqa: N803
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        status = {"State": state, "StateChangeReason": "line 1: no such column"}
        return {
            "QueryExecution": {
                "QueryExecutionId": QueryExecutionId,
                "StatementType": self.kind,
                "Status": status,
            }
        }

    def get_query_results(self, QueryExecutionId: str, NextToken: str = "0") -> Any:  # noqa: N803
        number = int(NextToken)
        rows = [
            {"Data": [{} if value is None else {"VarCharValue": value} for value in row]}
            for row in self.pages[number]
        ]
        info = [{"Name": "ledger_id"}, {"Name": "reverses"}]
        page: dict[str, Any] = {
            "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": info}}
        }
        if number + 1 < len(self.pages):
            page["NextToken"] = str(number + 1)
        return page


HEAD: list[str | None] = ["ledger_id", "reverses"]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.athena.time.sleep", lambda _: None)


def test_a_query_is_waited_for_and_read_over_all_its_pages() -> None:
    client = Client(
        ["QUEUED", "RUNNING", "SUCCEEDED"], [[HEAD, ["j1", None]], [["ledger_id", "j1"]]]
    )

    found = Athena(client, "group", "books").query("SELECT 1")

    assert found == Result(
        ("ledger_id", "reverses"),
        ({"ledger_id": "j1", "reverses": None}, {"ledger_id": "ledger_id", "reverses": "j1"}),
    )
    assert client.asked == [
        {
            "QueryString": "SELECT 1",
            "WorkGroup": "group",
            "QueryExecutionContext": {"Database": "books"},
        }
    ]


def test_no_row_still_has_columns() -> None:
    found = Athena(Client(["SUCCEEDED"], [[HEAD]]), "group", "books").query("SELECT 1")

    assert found == Result(("ledger_id", "reverses"), ())


def test_what_is_no_select_has_no_head() -> None:
    client = Client(["SUCCEEDED"], [[["j1", "j2"]]], kind="UTILITY")

    assert len(Athena(client, "group", "books").query("SHOW TABLES").rows) == 1


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_query_that_fails_says_why(state: str) -> None:
    with pytest.raises(QueryFailed, match="no such column"):
        Athena(Client([state], [[HEAD]]), "group", "books").query("SELECT x")
