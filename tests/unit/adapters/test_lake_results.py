from __future__ import annotations

from dataclasses import fields

import pytest

from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.errors import Invalid
from countinghouse.domain.settlement import BatchTotal
from countinghouse.ports.lakehouse import BatchStanding, Fact, Residual
from countinghouse_aws.lakehouse.results import difference_rows, residual_rows, standing_rows

NAMES = [field.name for field in fields(Difference)]
CELLS = dict.fromkeys(NAMES, "") | {
    "anchor": "line:1f",
    "sides": "theirs",
    "line_no": "7",
    "their_amount": "-500",
    "raw_type": 'a "b", c',
}


def row(**cells: str) -> list[str]:
    return list((CELLS | cells).values())


@pytest.mark.parametrize(
    ("cell", "truth"),
    [("true", True), ("True", True), ("false", False), ("False", False), ("", False)],
)
def test_either_engines_words_are_read(cell: str, truth: bool) -> None:
    [found] = difference_rows([NAMES, row(parent_known=cell)])

    assert found.parent_known is truth
    assert (found.sides, found.line_no, found.their_amount) == (Sides.THEIRS, 7, -500)
    assert (found.our_amount, found.our_currency, found.raw_type) == (0, "", 'a "b", c')


def test_a_sum_and_a_batch_are_read() -> None:
    names = ["fact", "currency", "day", "batch", "found", "amount"]
    [left] = residual_rows([names, ["balance", "EUR", "", "", "2", "-12"]])
    assert left == Residual(Fact.BALANCE, "EUR", "", "", 2, -12)

    whole = ["lines", "gross", "fee", "expected_fee", "net", "paid_out", "arrived", "matched"]
    names = ["day", "batch", "currency", *whole]
    [standing] = standing_rows([names, ["2026-11-22", "4", "EUR", *"12345678"]])
    total = BatchTotal("4", "EUR", 1, 2, 3, 4, 5, 6)
    assert standing == BatchStanding("2026-11-22", total, 7, 8)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [NAMES[:-1]],
        [[NAMES[1], NAMES[0], *NAMES[2:]]],
        [NAMES, row(line_no="x")],
        [NAMES, row(sides="nobody")],
        [NAMES, row(parent_known="yes")],
        [NAMES, row()[:-1]],
        [NAMES, [*row(), ""]],
    ],
)
def test_anything_else_is_no_result(rows: list[list[str]]) -> None:
    with pytest.raises(Invalid):
        list(difference_rows(rows))
