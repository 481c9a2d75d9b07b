"""The reports' queries, on DuckDB, against what a person would count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from countinghouse.domain.analytics import COLUMNS, ROWS_MAX, Kind, Question, Report
from countinghouse.domain.errors import Invalid
from countinghouse_aws.lakehouse.report_queries import report_sql
from countinghouse_aws.lakehouse.sql_texts import SQL
from infra.lake_tables import TABLES
from tests.lakes import columns_of
from tests.report_worlds import FIRST, LAST, PSPS, Row, World, count

SEEDS = range(3)
SCANS_MAX = 3
"""Trino runs a WITH part again wherever it is named."""


@cache
def world(seed: int) -> World:
    return World(seed)


def lake(rows: Mapping[str, Sequence[Row]]) -> duckdb.DuckDBPyConnection:
    """The lake's tables as Glue has them, with these rows."""
    found = duckdb.connect(":memory:", config={"threads": 1})
    for name in TABLES:
        columns = columns_of(name)
        made = ", ".join(f"{column} {kind}" for column, kind in columns.items())
        found.execute(f"CREATE TABLE {name} ({made})")
        if rows.get(name):
            lists = [[row.get(column) for row in rows[name]] for column in columns]
            places = ", ".join(f"UNNEST(?::{kind}[])" for kind in columns.values())
            found.execute(f"INSERT INTO {name} SELECT {places}", lists)
    return found


def tree(report: Report, dialect: str) -> Any:
    """The query as an engine reads it."""
    parsed: Any = sqlglot.parse_one(report_sql(Question(report, FIRST, LAST), PSPS), read=dialect)
    for division in parsed.find_all(exp.Div):
        # The engines divide differently, but only what leaves a remainder.
        division.set("typed", None)
        division.set("safe", None)
    return parsed


@pytest.fixture(scope="module", params=SEEDS)
def seeded(request: pytest.FixtureRequest) -> Iterator[tuple[World, duckdb.DuckDBPyConnection]]:
    found = world(request.param)
    with lake(found.rows) as connection:
        yield found, connection


@pytest.mark.parametrize("report", Report)
@pytest.mark.parametrize("days", [(FIRST, LAST), ("2026-11-07", "2026-11-07")])
def test_a_report_is_what_a_person_would_count(
    seeded: tuple[World, duckdb.DuckDBPyConnection], report: Report, days: tuple[str, str]
) -> None:
    found, connection = seeded
    question = Question(report, *days)

    rows = connection.execute(report_sql(question, PSPS)).fetchall()

    assert rows == count(found, question)


@pytest.mark.parametrize("report", Report)
def test_a_month_has_something_to_tell(report: Report) -> None:
    assert len(count(world(0), Question(report, FIRST, LAST))) > 2


@pytest.mark.parametrize("report", Report)
def test_columns_are_those_that_are_promised(report: Report) -> None:
    shown = {"VARCHAR": Kind.TEXT, "BIGINT": Kind.INTEGER}
    with lake({}) as connection:
        found = connection.execute(report_sql(Question(report, FIRST, LAST), PSPS))

        assert found.description is not None
        columns = {name: shown[str(kind)] for name, kind, *_ in found.description}
        assert list(columns.items()) == list(COLUMNS[report].items())
        assert found.fetchall() == []


def test_a_report_ends_one_row_beyond_what_is_shown() -> None:
    orders = [
        {"order_id": f"o{n}", "version": 1, "seller_id": f"s{n}", "currency": "EUR", "day": FIRST}
        for n in range(ROWS_MAX + 3)
    ]
    with lake({"orders": orders}) as connection:
        sql = report_sql(Question(Report.SELLER_VOLUME, FIRST, LAST), PSPS)

        assert len(connection.execute(sql).fetchall()) == ROWS_MAX + 1


def test_sums_beyond_an_integer_of_32_bits_have_shares() -> None:
    orders = [
        {"order_id": f"o{n}", "version": 1, "psp": "sandbox", "method": "wallet", "currency": "EUR"}
        | {"status": "captured", "captured": 10**12, "refunded": 10**12 - 1, "day": FIRST}
        for n in range(100)
    ]
    with lake({"orders": orders}) as connection:
        sql = report_sql(Question(Report.REFUND_RATE, FIRST, LAST), PSPS)

        ((*_, orders_bp, amount_bp),) = connection.execute(sql).fetchall()

    assert (orders_bp, amount_bp) == (10_000, 9_999)


@pytest.mark.parametrize("report", Report)
def test_a_query_has_no_float_and_reads_only_the_days_it_must(report: Report) -> None:
    sql = report_sql(Question(report, FIRST, LAST), PSPS)
    words = sql.upper()

    assert not {"DOUBLE", "FLOAT", "REAL", "DECIMAL", "ROUND(", "//"} & set(words.split())
    assert words.count("FROM ORDERS\n") == words.count(
        f"WHERE DAY >= '{FIRST}' AND DAY <= '{LAST}'"
    )
    assert words.count("FROM SETTLEMENT_LINES") == words.count("PSP IN ('SANDBOX', 'OTHER_PSP')")
    assert "{" not in sql


@pytest.mark.parametrize("report", Report)
def test_both_engines_read_the_same_query_and_know_its_columns(report: Report) -> None:
    schema: dict[str, object] = {name: columns_of(name) for name in TABLES}

    assert tree(report, "trino") == tree(report, "duckdb")
    # Raises for a column that no table has, or more than one.
    qualify(tree(report, "trino"), schema=schema, dialect="trino")


@pytest.mark.parametrize("report", Report)
def test_what_is_divided_leaves_no_remainder(report: Report) -> None:
    for division in tree(report, "trino").find_all(exp.Div):
        above, below = division.this.unnest(), division.expression.unnest()
        assert isinstance(above, exp.Sub)
        assert isinstance(above.expression, exp.Mod)
        assert above.expression.this.unnest() == above.this.unnest()
        assert above.expression.expression.unnest() == below


@pytest.mark.parametrize("report", Report)
def test_a_table_is_read_a_few_times(report: Report) -> None:
    parsed = tree(report, "trino")
    parts = {part.alias: part.this for part in parsed.find_all(exp.CTE)}

    def scans(node: Any) -> Counter[str]:
        found: Counter[str] = Counter()
        for table in node.find_all(exp.Table):
            found += scans(parts[table.name]) if table.name in parts else Counter([table.name])
        return found

    parsed.set("with_", None)
    assert 0 < max(scans(parsed).values()) <= SCANS_MAX


@pytest.mark.parametrize("psps", [(), ("sandbox'",), ("sandbox", "a b"), ("",)])
def test_what_is_no_psp_gets_into_no_query(psps: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        report_sql(Question(Report.PSP_COST, FIRST, LAST), psps)


def test_every_report_has_its_query_and_every_query_its_report() -> None:
    assert {path.stem for path in (SQL / "analytics").glob("*.sql")} == set(Report)
