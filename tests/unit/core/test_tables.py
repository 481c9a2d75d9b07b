"""No cell computes, and every cell comes back as it was."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.tables import csv_table

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline="")))


def test_a_table_is_its_columns_and_its_rows() -> None:
    content = csv_table(("a", "b"), [{"b": 2, "a": "x,y"}, {"a": 'q"'}])

    assert content == b'a,b\r\n"x,y",2\r\n"q""",\r\n'


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_formula_is_disarmed(start: str) -> None:
    assert read(csv_table(("a",), [{"a": f"{start}1+1"}]))[1] == [f"'{start}1+1"]


def test_a_negative_number_stays_a_number() -> None:
    assert csv_table(("a",), [{"a": -5}]) == b"a\r\n-5\r\n"


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_every_cell_comes_back(rows: list[tuple[str, str]]) -> None:
    content = csv_table(("a", "b"), [{"a": a, "b": b} for a, b in rows])

    found = read(content)[1:]
    assert len(found) == len(rows)
    for cells, texts in zip(found, rows, strict=True):
        for cell, text in zip(cells, texts, strict=True):
            assert cell in (text, f"'{text}")
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
