"""Bytes as lines, in the memory of one line."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse_aws.settlement import reading
from countinghouse_aws.settlement.reading import LINE_BYTES_MAX, Line, lines

TEXT = "a,b\nç,ü\n\n𝄞,€\r\nlast"
LINES = [
    Line(1, "a,b"),
    Line(2, "ç,ü"),
    Line(3, ""),
    Line(4, "𝄞,€"),
    Line(5, "last", ended=False),
]


def cut(content: bytes, places: list[int]) -> list[bytes]:
    """The content in pieces, cut at these places."""
    ends = sorted({place % (len(content) + 1) for place in places})
    return [content[a:b] for a, b in zip([0, *ends], [*ends, len(content)], strict=True)]


@given(st.lists(st.integers(0, 200), max_size=12), st.booleans(), st.booleans())
def test_lines_are_the_same_however_the_bytes_come(
    places: list[int], packed: bool, marked: bool
) -> None:
    content = (b"\xef\xbb\xbf" if marked else b"") + TEXT.encode()

    assert list(lines(cut(gzip.compress(content) if packed else content, places))) == LINES


def test_only_the_first_line_may_bear_the_mark() -> None:
    assert [line.text for line in lines(["\ufeffa\n\ufeffb\n".encode()])] == ["a", "\ufeffb"]


@pytest.mark.parametrize("over", [0, 1])
def test_a_line_may_have_so_many_bytes_and_no_more(over: int) -> None:
    content = b"a\n" + b"x" * (LINE_BYTES_MAX + over) + b"\nb\n"

    found = list(lines([content]))

    assert [line.number for line in found] == [1, 2, 3]
    assert (found[1].fault != "") == (over == 1)
    assert len(found[1].text) == (0 if over else LINE_BYTES_MAX)
    assert found[2] == Line(3, "b")


def test_a_line_of_any_length_is_never_held() -> None:
    def endless() -> Iterator[bytes]:
        yield b"a\n"
        piece = b"x" * 65_536
        for _ in range(400):
            yield piece
        yield b"\nb\n"

    tracemalloc.start()
    try:
        found = list(lines(endless()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert [line.number for line in found] == [1, 2, 3]
    assert peak < 1_000_000


def test_a_bomb_is_never_unpacked_whole() -> None:
    bomb = gzip.compress(b"a\n" + b"x" * 20_000_000)

    tracemalloc.start()
    try:
        found = list(lines([bomb]))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert found[0] == Line(1, "a")
    assert "unpacks to more than 100 times" in found[1].fault
    assert len(found) == 2
    assert peak < 1_000_000


def test_a_small_file_may_be_packed_as_tight_as_it_likes() -> None:
    content = b"same,same,same\n" * 50_000

    found = list(lines([gzip.compress(content)]))

    assert len(found) == 50_000
    assert len(content) > 100 * len(gzip.compress(content))


def test_a_file_beyond_the_bound_ends_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "UNPACKED_BYTES_MAX", 10)

    found = list(lines([b"1234\n", b"1234\n", b"1\n"]))

    assert [line.number for line in found] == [1, 2, 3]
    assert "more than 10 bytes" in found[2].fault


def test_what_the_source_raises_goes_through() -> None:
    def failing() -> Iterator[bytes]:
        yield b"whole\nhalf a li"
        raise ConnectionError

    found = lines(failing())

    assert next(found) == Line(1, "whole")
    with pytest.raises(ConnectionError):
        next(found)


@given(st.binary(max_size=400), st.integers(1, 50))
def test_any_bytes_are_lines_or_faults(content: bytes, size: int) -> None:
    chunks = [content[at : at + size] for at in range(0, len(content), size)]

    found = list(lines(chunks))

    assert [line.number for line in found] == [*range(1, len(found) + 1)]
    assert all("\n" not in line.text and "\0" not in line.text for line in found)
