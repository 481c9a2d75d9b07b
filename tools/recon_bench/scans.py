"""What Athena reads for a query: each table as often as its text comes to it.

Trino runs a WITH part again wherever it is named, and reads of Parquet only the columns it needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from infra.lake_tables import TABLES

PRICE_PER_TERABYTE = 5
BYTES_MIN = 10 * 1024 * 1024
"""What a query costs at least."""


def scans(text: str) -> Counter[str]:
    """How often a query reads each table."""
    tree: Any = sqlglot.parse_one(text, read="trino")
    parts = {part.alias: part.this for part in tree.find_all(exp.CTE)}
    known: dict[str, Counter[str]] = {}

    def of(node: exp.Expression) -> Counter[str]:
        found: Counter[str] = Counter()
        for table in node.find_all(exp.Table):
            if table.name not in parts:
                found[table.name] += 1
                continue
            if table.name not in known:
                known[table.name] = of(parts[table.name])
            found += known[table.name]
        return found

    main = tree.copy()
    main.set("with_", None)
    return of(main)


def bytes_scanned(text: str, folder: Path) -> int:
    """At most what Athena bills for: every column that is named at all, at each reading."""
    named = {column.name for column in sqlglot.parse_one(text, read="trino").find_all(exp.Column)}
    sizes = {table: sum(_sizes(table, named, folder)) for table in scans(text)}
    return max(BYTES_MIN, sum(sizes[table] * count for table, count in scans(text).items()))


def _sizes(table: str, named: set[str], folder: Path) -> Iterator[int]:
    files = [path for path in (folder / table).rglob("*") if path.is_file()]
    if TABLES[table].format.classification != "parquet":
        yield from (path.stat().st_size for path in files)
        return
    for path in files:
        rows = duckdb.execute(
            "SELECT path_in_schema, total_compressed_size FROM parquet_metadata(?)", [str(path)]
        ).fetchall()
        yield from (size for column, size in rows if column in named)
