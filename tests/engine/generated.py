"""Items and values for a shape: attributes there or not, of every type, at the edges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.contract import tables
from tests.engine.shapes import Shape

Attribute = dict[str, Any]
Item = dict[str, Attribute]

INDEXES = {
    name: (partition, sort)
    for name, partition, sort in (
        tables.DUE,
        tables.BY_SELLER,
        tables.BY_ORDER,
        tables.BY_FOUND,
        tables.BY_RUN,
        tables.OPEN,
        tables.BY_STATUS,
    )
}
FUNCTIONS = frozenset(
    {"attribute_exists", "attribute_not_exists", "begins_with", "if_not_exists", "list_append"}
)
_PATH = re.compile(r"(?<![:\w.])[a-z_][\w.]*")
PARTITIONS = ("p", "q")
SORTS = ("", "A", "a", "a#1", "a#10", "a#2", "b", "é", "￿", "😀")
# Sums of the largest stay below 28 digits, beyond which ministack rounds (number.long-addition).
NUMBERS = ("0", "1", "2", "-1", "10", "9007199254740993", "9" * 26)

texts = st.sampled_from(SORTS).map(lambda text: {"S": text})
numbers = st.sampled_from(NUMBERS).map(lambda number: {"N": number})
lists = st.lists(texts, max_size=2).map(lambda parts: {"L": parts})
maps = st.fixed_dictionaries({}, optional={"psp_token": texts}).map(lambda parts: {"M": parts})
others: st.SearchStrategy[Attribute] = st.sampled_from(({"BOOL": True}, {"NULL": True}))
attributes: st.SearchStrategy[Attribute] = st.one_of(numbers, texts, maps, lists, others)
OF_TYPE: dict[str, st.SearchStrategy[Attribute]] = {
    "N": numbers,
    "S": texts,
    "L": lists,
    "M": maps,
    "ANY": attributes,
}


def paths_of(shape: Shape) -> list[str]:
    """The attributes that a shape's expressions name, with the path into them."""
    found = {path for _, text in shape.expressions for path in _PATH.findall(text)}
    return sorted(found - FUNCTIONS)


def index_of(shape: Shape) -> tuple[str, tuple[str, ...]]:
    """The index a shape reads and its keys; the table's own when it reads none."""
    name = shape.index.removeprefix(" by ")
    return name, INDEXES.get(name, shape.keys)


def keys_of(shape: Shape) -> st.SearchStrategy[Item]:
    """Keys of a row, of two partitions. A table's keys are never empty."""
    first = st.sampled_from(PARTITIONS).map(lambda text: {"S": text})
    second = st.sampled_from(SORTS[1:]).map(lambda text: {"S": text})
    return st.fixed_dictionaries(dict(zip(shape.keys, (first, second), strict=False)))


def compared(shape: Shape) -> list[tuple[str, str]]:
    """The attributes that a shape's condition compares, each with its value's placeholder."""
    condition = dict(shape.expressions).get("ConditionExpression", "")
    return re.findall(r"([\w.]+) (?:=|<|<=) (:\w+)", condition)


@dataclass(frozen=True)
class Write:
    """A write's case: the row that is there, if one is, the one that is put, and the values."""

    key: Item
    before: Item | None
    put: Item
    values: Item


@cache
def writes_of(shape: Shape) -> st.SearchStrategy[Write]:
    """Cases of a write."""
    named = {path.partition(".")[0] for path in paths_of(shape)} - set(shape.keys)
    kinds: dict[str, st.SearchStrategy[Attribute]] = dict.fromkeys(named, attributes)
    # Compared attributes mostly have the type that they have with us.
    for path, value in compared(shape):
        own = OF_TYPE[dict(shape.values)[value]]
        if "." not in path:
            kinds[path] = st.one_of(own, own, own, attributes)
    # An index takes no row with a key of another type: such a row is never there.
    kinds |= {name: OF_TYPE[kind] for name, kind in _INDEXED.items() if name in named}
    row = st.fixed_dictionaries({}, optional=kinds)
    values = {name: OF_TYPE[kind] for name, kind in shape.values}
    return st.builds(
        Write,
        keys_of(shape),
        st.one_of(st.none(), row, row, row),
        row,
        st.fixed_dictionaries(values),
    )


_INDEXED = {name: kind for pair in INDEXES.values() for name, kind in zip(pair, "SN", strict=True)}


@dataclass(frozen=True)
class Read:
    """A read's case: the rows that are there, the keys asked for, and the values."""

    rows: list[Item]
    asked: list[Item]
    values: Item


@cache
def reads_of(shape: Shape) -> st.SearchStrategy[Read]:
    """Cases of a read. No two rows share a place in the index: their order would be open."""
    _, index = index_of(shape)
    parts = [st.sampled_from(PARTITIONS).map(lambda text: {"S": text})]
    if shape.index:
        parts.append(numbers)
    inside = dict(zip(index, parts, strict=False)) if shape.index else {}
    row = st.builds(
        lambda key, more: {**more, **key},
        keys_of(shape),
        st.fixed_dictionaries({}, optional={**inside, "status": texts, "n": attributes}),
    )
    rows = st.lists(row, max_size=6, unique_by=_places(shape, index))
    asked = st.lists(
        keys_of(shape), min_size=1, max_size=3, unique_by=lambda key: str(sorted(key.items()))
    )
    values = {
        name: parts[0] if kind == "S" and place == 0 else OF_TYPE[kind]
        for place, (name, kind) in enumerate(_by_use(shape))
    }
    return st.builds(Read, rows, asked, st.fixed_dictionaries(values))


def _spelled(key: Item) -> str:
    return str(sorted(key.items()))


def _places(shape: Shape, index: tuple[str, ...]) -> Any:
    def by_key(row: Item) -> str:
        return str([row[name] for name in shape.keys])

    def by_place(row: Item) -> str:
        place = [row.get(name) for name in index]
        return str(place) if None not in place else by_key(row)

    return (by_key, by_place)


def _by_use(shape: Shape) -> list[tuple[str, str]]:
    """A shape's values in the order in which its expressions name them: the partition's first."""
    text = " ".join(text for _, text in shape.expressions)
    return sorted(shape.values, key=lambda one: re.search(rf"{one[0]}\b", text).start())  # type: ignore[union-attr]
