"""Lines as rows: quotes, and what a broken one may cost."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid
from countinghouse.domain.settlement import Reject
from countinghouse_aws.settlement.reading import lines
from countinghouse_aws.settlement.rows import ROW_LINES_MAX, Row, header_of, rows

plain = st.text("abc ,'\"\n", max_size=8)


def read(text: str, width: int = 3, *, whole: bool = False) -> list[Row | Reject]:
    return list(rows(lines([text.encode()]), width, whole=whole))


@given(st.lists(st.lists(plain, min_size=3, max_size=3), max_size=6))
def test_what_a_csv_writer_writes_is_read_back(table: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(table)

    assert [row.cells for row in read(out.getvalue()) if isinstance(row, Row)] == table


def test_a_row_of_several_lines_counts_from_its_first() -> None:
    found = read('1,2,3\n"a\nb\n\nc",2,3\n4,5,6\n')

    assert found == [
        Row(1, ["1", "2", "3"]),
        Row(2, ["a\nb\n\nc", "2", "3"]),
        Row(6, ["4", "5", "6"]),
    ]


@pytest.mark.parametrize("bad", ['"', '1,"', '1,"2,3', '1,"2"x,3', '1,2"3,4', '"1""2,3,4'])
def test_a_quote_gone_wrong_costs_its_own_line(bad: str) -> None:
    good = [f"{n},b,c" for n in range(2, 60)]

    found = read("\n".join(["1,b,c", bad, *good, ""]))

    rejected = [one for one in found if isinstance(one, Reject)]
    assert [one.line_no for one in rejected] == [2]
    assert [one.cells[0] for one in found if isinstance(one, Row)] == [str(n) for n in range(1, 60)]


def test_a_row_whose_cells_are_too_many_gives_the_lines_it_took_back() -> None:
    found = read('1,"b,c\n2,b,c\n3,b,c","c",5\n4,b,"c"\n5,b,"c\n"\n')

    assert [one.line_no for one in found] == [1, 2, 3, 4, 5]
    assert [one.line_no for one in found if isinstance(one, Row)] == [2, 4, 5]


@pytest.mark.parametrize(("more", "taken"), [(0, True), (1, False)])
def test_a_row_stretches_over_so_many_lines_and_no_more(more: int, taken: bool) -> None:
    inner = "\n" * (ROW_LINES_MAX - 1 + more)

    found = read(f'"a{inner}b",2,3\n4,5,6\n')

    assert isinstance(found[0], Row) is taken
    assert found[-1] == Row(ROW_LINES_MAX + 1 + more, ["4", "5", "6"])


def test_a_row_of_several_lines_is_no_longer_than_a_line_may_be() -> None:
    part = "x" * 30_000

    found = read(f'"{part}\n{part}\n{part}",2,3\n4,5,6\n')

    assert found[0] == Reject(1, "has quotes that do not match")
    assert found[-1] == Row(4, ["4", "5", "6"])


def test_a_faulty_line_within_quotes_is_named_and_ends_them() -> None:
    found = list(rows(lines([b'"a\n\xff\n4,5,6\n']), 3, whole=False))

    assert found == [
        Reject(1, "has quotes that do not match"),
        Reject(2, "is not UTF-8"),
        Row(3, ["4", "5", "6"]),
    ]


def test_a_last_line_that_does_not_end_is_taken_only_where_lines_need_not() -> None:
    assert read("1,2,3\n4,5,6") == [Row(1, ["1", "2", "3"]), Row(2, ["4", "5", "6"])]
    assert read("1,2,3\n4,5,6", whole=True)[1] == Reject(2, "is cut off: no line break follows")
    assert read('1,2,3\n"4\n",5,6', whole=True)[1].line_no == 2
    assert isinstance(read('1,2,3\n"4\n",5,6', whole=True)[1], Reject)


def test_a_header_is_one_line_of_names() -> None:
    assert header_of(lines([b"a, b ,c\r\n1,2,3\n"])) == ["a", "b", "c"]
    assert header_of(lines([b'"a, b", c ,\n'])) == ["a, b", "c", ""]


@pytest.mark.parametrize("text", [b"", b"\xff\n", b'"a\nb"\n', b"a\0\n"])
def test_what_is_no_header_is_refused(text: bytes) -> None:
    with pytest.raises(Invalid):
        header_of(lines([text]))
