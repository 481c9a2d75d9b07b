"""The lake's tables in DuckDB, filled by hand, and its queries run on them as Athena would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from countinghouse.domain.difference import Difference
from countinghouse.ports.lakehouse import BatchStanding, LakeQuery, Residual, Window
from countinghouse_aws.lakehouse.queries import query_text
from countinghouse_aws.lakehouse.results import (
    Cells,
    difference_rows,
    residual_rows,
    standing_rows,
)
from infra.lake_tables import TABLES

Row = Mapping[str, Any]
_TYPES = {"string": "VARCHAR", "int": "INTEGER", "bigint": "BIGINT"}


def columns_of(table: str) -> dict[str, str]:
    """A table's columns with DuckDB's types, its folders last."""
    found = TABLES[table]
    columns = {name: _TYPES[kind] for name, kind in found.columns.items()}
    return columns | dict.fromkeys(found.folders, "VARCHAR")


@dataclass
class DuckLake:
    """Rows by table. A column that a row does not name is NULL, as an empty field is to DuckDB."""

    rows: dict[str, list[Row]] = field(
        default_factory=lambda: {
            name: [] for name in ("postings", "settlement_lines", "bank_lines")
        }
    )

    def differences(self, window: Window) -> Iterator[Difference]:
        return difference_rows(self.cells(LakeQuery.MATCH, window))

    def totals(self, window: Window) -> Iterator[BatchStanding]:
        return standing_rows(self.cells(LakeQuery.TOTALS, window))

    def residuals(self, window: Window) -> Iterator[Residual]:
        return residual_rows(self.cells(LakeQuery.RESIDUALS, window))

    def cells(self, query: LakeQuery, window: Window) -> list[Cells]:
        """A query's result as its CSV has it."""
        with duckdb.connect(":memory:", config={"threads": 1}) as database:
            for table, rows in self.rows.items():
                _fill(database, table, rows)
            answer = database.execute(query_text(query, window))
            names = [column[0] for column in answer.description or ()]
            return [names, *(_cells(row) for row in answer.fetchall())]


def _fill(database: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    columns = columns_of(table)
    spelt = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    database.execute(f"CREATE TABLE {table} ({spelt})")
    if rows:
        lists = [[row.get(name) for row in rows] for name in columns]
        places = ", ".join(f"UNNEST(?::{kind}[])" for kind in columns.values())
        database.execute(f"INSERT INTO {table} SELECT {places}", lists)


def _cells(row: Sequence[object]) -> Cells:
    return ["" if cell is None else str(cell) for cell in row]
