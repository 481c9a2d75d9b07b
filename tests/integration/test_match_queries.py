"""The queries' texts: one for both engines, within Athena's limits, nothing unchecked in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from countinghouse.domain.errors import Invalid
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.ports.lakehouse import LakeQuery
from countinghouse_aws.lakehouse.queries import query_text
from tests.lakes import columns_of
from tests.matching_days import WINDOW
from tools.recon_bench.scans import scans

QUERIES = list(LakeQuery)
SCANS_MAX = 4
"""Trino runs a WITH part again wherever it is named: unwatched, that grows to thousands."""
TEXT_MAX = 262_144
"""Bytes of a query that Athena takes."""
RESERVED = """
    alter and as at between by case cast constraint create cross cube current_catalog current_date
    current_path current_role current_schema current_time current_timestamp current_user deallocate
    delete describe distinct drop else end escape except execute exists extract false for from full
    group grouping having in inner insert intersect into is join json_array json_exists json_object
    json_query json_table json_value left like listagg localtime localtimestamp natural normalize
    not null on or order outer prepare qualify recursive right rollup select skip table then trim
    true uescape union unnest using values when where window with
"""
"""What neither engine takes for a name."""


def tree(query: LakeQuery, dialect: str) -> exp.Expression:
    parsed: Any = sqlglot.parse_one(query_text(query, WINDOW), read=dialect)
    # Where the engines differ is not in what these texts do with them: nothing joined is NULL, and
    # the one division leaves no remainder (checked below).
    for node in parsed.find_all(exp.DPipe):
        node.set("safe", None)
    for node in parsed.find_all(exp.Div):
        node.set("typed", None)
        node.set("safe", None)
    found: exp.Expression = parsed
    return found


@pytest.fixture(scope="module")
def trees() -> dict[tuple[LakeQuery, str], exp.Expression]:
    return {(query, name): tree(query, name) for query in QUERIES for name in ("trino", "duckdb")}


Trees = dict[tuple[LakeQuery, str], exp.Expression]


@pytest.mark.parametrize("query", QUERIES)
def test_both_engines_read_the_same(query: LakeQuery, trees: Trees) -> None:
    assert trees[query, "trino"] == trees[query, "duckdb"]


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_divided_leaves_no_remainder(query: LakeQuery, trees: Trees) -> None:
    for division in trees[query, "trino"].find_all(exp.Div):
        above, below = division.this.unnest(), division.expression
        assert isinstance(above, exp.Sub)
        assert isinstance(above.expression, exp.Mod)
        assert above.expression.this.unnest() == above.this
        assert above.expression.expression == below


@pytest.mark.parametrize("query", QUERIES)
def test_a_table_is_read_a_few_times(query: LakeQuery) -> None:
    assert max(scans(query_text(query, WINDOW)).values()) <= SCANS_MAX


@pytest.mark.parametrize("query", QUERIES)
def test_every_column_is_there_and_no_name_is_reserved(query: LakeQuery, trees: Trees) -> None:
    schema: dict[str, object] = {
        name: columns_of(name) for name in ("postings", "settlement_lines", "bank_lines")
    }

    # Raises for a column that no table has, or more than one.
    qualify(trees[query, "trino"].copy(), schema=schema, dialect="trino")

    names = {name.name for name in trees[query, "trino"].find_all(exp.Identifier)}
    assert {name for name in names if name != name.lower()} == set()
    assert names & {*RESERVED.split()} == set()


@pytest.mark.parametrize("query", QUERIES)
def test_a_text_is_filled_and_not_too_long(query: LakeQuery) -> None:
    text = query_text(query, WINDOW)

    assert text.startswith("WITH")
    assert "{" not in text
    assert "--" not in text
    assert len(text.encode()) < TEXT_MAX // 4
    assert "'2026-10-13'" in text


@pytest.mark.parametrize(
    "changes",
    [
        {"psp": ""},
        {"psp": "Sandbox"},
        {"psp": "a' OR '1' = '1"},
        {"psp": "sandbox\n"},
        {"psp": "a-b"},
        {"first_day": "2026-11-31"},
        {"first_day": "20261113"},
        {"last_day": "2026-11-22' --"},
        {"last_day": ""},
        {"first_day": "2026-11-23"},
        {"fee": ContractFee(14, 10**10)},
        {"fee": ContractFee(True, 25)},
    ],
)
def test_nothing_but_plain_values_gets_into_a_text(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        query_text(LakeQuery.MATCH, replace(WINDOW, **changes))
