"""The lake's tables over files of a folder, as the emulator's Athena lays them over S3."""

from __future__ import annotations

from pathlib import Path

import duckdb

from infra.lake_tables import TABLES

_TYPES = {"string": "VARCHAR", "int": "INTEGER", "bigint": "BIGINT"}
NAMES = ("postings", "settlement_lines", "bank_lines")


def lay_tables(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Create a view for each table that the queries read."""
    for name in NAMES:
        table = TABLES[name]
        files = f"{folder / name}/{'*/' * len(table.folders)}*"
        keys = ", ".join(f"'{key}': VARCHAR" for key in table.folders)
        hive = f"hive_partitioning = true, hive_types = {{{keys}}}"
        if table.format.classification == "parquet":
            relation = f"read_parquet('{files}', union_by_name = true, {hive})"
        else:
            columns = ", ".join(f"'{key}': '{_TYPES[kind]}'" for key, kind in table.columns.items())
            text = "auto_detect = false, header = true, delim = '\t', quote = '', escape = ''"
            relation = f"read_csv('{files}', {text}, columns = {{{columns}}}, {hive})"
        database.execute(f"CREATE VIEW {name} AS SELECT * FROM {relation}")  # noqa: S608
