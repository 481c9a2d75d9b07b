"""Who queries the lake, with which rights, and what people find in Athena's console."""

from __future__ import annotations

import duckdb
import pytest

from countinghouse.domain.analytics import COLUMNS, Report
from infra.catalogue import QUERIES_LAKE
from infra.constructs.analytics import reports, view
from infra.lake_tables import QUERY_RESULTS, TABLES
from tests.infra.templates import Synthesized, as_list, plain
from tests.lakes import columns_of


def _saved(stage: Synthesized) -> list[dict[str, str]]:
    found = stage.lake["Resources"].values()
    return [one["Properties"] for one in found if one["Type"] == "AWS::Athena::NamedQuery"]


def test_every_report_is_saved_for_the_console(prod: Synthesized) -> None:
    saved = {query["Name"]: query for query in _saved(prod)}

    assert {*saved} == {f"countinghouse {report}" for report in Report}
    for name, query in saved.items():
        assert query["QueryString"] == view(name.removeprefix("countinghouse "), ["sandbox"])
        assert (query["Database"], query["WorkGroup"]) == (
            "countinghouse_prod",
            "countinghouse-prod",
        )


def test_the_emulator_is_not_given_what_it_does_not_know(local: Synthesized) -> None:
    assert _saved(local) == []


@pytest.mark.parametrize("report", reports())
def test_a_view_has_the_reports_columns_and_nothing_left_open(report: str) -> None:
    text = view(report, ["sandbox", "stripe"])

    assert "{" not in text
    assert text.startswith(f"CREATE OR REPLACE VIEW report_{report} AS\n")
    with duckdb.connect() as connection:
        for name in TABLES:
            made = ", ".join(f"{column} {kind}" for column, kind in columns_of(name).items())
            connection.execute(f"CREATE TABLE {name} ({made})")
        connection.execute(text)
        found = connection.execute(f"SELECT * FROM report_{report}")  # noqa: S608 - a known name
        assert found.description is not None
        assert [name for name, *_ in found.description] == list(COLUMNS[Report(report)])


@pytest.mark.parametrize("function", sorted(QUERIES_LAKE))
def test_who_queries_the_lake_reaches_the_tables_it_names(
    any_stage: Synthesized, function: str
) -> None:
    tables = QUERIES_LAKE[function]
    allowed = [(action, plain(target)) for action, target in any_stage.allowed(function)]

    read = {target.split("/")[1] for action, target in allowed if _reads_lake(action, target)}
    written = {target.split("/")[1] for action, target in allowed if _writes_lake(action, target)}
    catalogue = {
        target.rpartition("/")[2]
        for action, target in allowed
        if action == "glue:GetTable" and ":table/" in target
    }

    assert set(tables) <= set(TABLES)
    assert read == {*tables, QUERY_RESULTS}
    assert written == {QUERY_RESULTS}
    assert catalogue == set(tables)


def _reads_lake(action: str, target: str) -> bool:
    return action == "s3:GetObject" and target.startswith("Lake") and "/" in target


def _writes_lake(action: str, target: str) -> bool:
    return action == "s3:PutObject" and target.startswith("Lake") and "/" in target


@pytest.mark.parametrize("function", sorted(QUERIES_LAKE))
def test_queries_run_in_the_stages_workgroup_alone(any_stage: Synthesized, function: str) -> None:
    groups = {
        any_stage.target(resource)
        for statement in any_stage.statements(function)
        for resource in as_list(statement["Resource"])
        if "athena:StartQueryExecution" in as_list(statement["Action"])
    }

    (group,) = groups
    name = any_stage.environment(function)["ATHENA_WORKGROUP"]
    assert group.endswith(f":workgroup/{name}")
    assert any_stage.environment(function)["GLUE_DATABASE"] == name.replace("-", "_")


def test_nobody_else_may_query(prod: Synthesized) -> None:
    askers = {
        name
        for name in prod.functions()
        for action, _ in prod.allowed(name)
        if action.startswith("athena:")
    }

    assert askers == set(QUERIES_LAKE)
