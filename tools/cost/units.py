"""What one DynamoDB call consumes, from its request and from the rows as they were and are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation import cloud
from tools.cost.sizes import Item, item_size, read_halves, write_units

TRANSACTIONAL = 2
"""What a write in a transaction costs more: it is prepared, then committed. Of an index it is not,
which follows afterwards by itself."""
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
LOOKS = frozenset({"Query", "Scan"})


@dataclass(frozen=True, slots=True)
class Units:
    """Write units and half read units, by table or `table/index`."""

    writes: Counter[str] = field(default_factory=Counter)
    halves: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that a call is about to write: its table, its key, and how it was before."""

    table: str
    key: tuple[str, ...]
    factor: int
    before: Item | None

    def now(self) -> Item | None:
        """The row as it is."""
        return cloud.item(self.table, *self.key)


def rows_of(operation: str, asked: Mapping[str, Any]) -> list[Row]:
    """The rows that a call is about to write or to check; none when it only reads."""
    if operation in WRITES:
        return [_row(asked, 1)]
    if operation == "TransactWriteItems":
        parts = [next(iter(item.values())) for item in asked["TransactItems"]]
        return [_row(part, TRANSACTIONAL) for part in parts]
    return []


def _row(asked: Mapping[str, Any], factor: int) -> Row:
    table = asked["TableName"]
    key = _key(table, asked.get("Item") or asked["Key"])
    found = cloud.item(table, *key)
    return Row(table, key, factor, None if found is None else dict(found))


def _key(table: str, item: Item) -> tuple[str, ...]:
    return tuple(item[name]["S"] for name in cloud.TABLES[table][0])


def consumed(
    operation: str, asked: Mapping[str, Any], rows: list[Row], answer: Mapping[str, Any]
) -> Units:
    """What a call consumed. Raises ValueError for an operation that nothing here does."""
    if rows:
        return _written(rows)
    units = Units()
    for place, size, consistent in _read(operation, asked, answer):
        units.halves[place] += read_halves(size, consistent=consistent)
    return units


def _written(rows: list[Row]) -> Units:
    """A refused write costs as one that is done: it was looked at. It moves no index."""
    units = Units()
    for row in rows:
        now = row.now()
        size = max(item_size(row.before), item_size(now))
        units.writes[row.table] += row.factor * write_units(size)
        units.writes.update(_index_writes(row.table, row.before, now))
    return units


def _index_writes(table: str, before: Item | None, now: Item | None) -> dict[str, int]:
    """Entries of a keys-only index change when their keys do: the old one goes, the new one comes.

    An entry is its keys, far below a kilobyte.
    """
    found = {}
    for name, partition, sort, _ in cloud.TABLES[table][1]:
        old, new = (_entry(item, partition, sort) for item in (before, now))
        if old != new:
            found[f"{table}/{name}"] = (old is not None) + (new is not None)
    return found


def _entry(item: Item | None, partition: str, sort: str | None) -> tuple[Any, ...] | None:
    names = (partition,) if sort is None else (partition, sort)
    if item is None or not all(name in item for name in names):
        return None
    return tuple(item[name] for name in names)


def _read(
    operation: str, asked: Mapping[str, Any], answer: Mapping[str, Any]
) -> Iterator[tuple[str, int, bool]]:
    """Where was read, how many bytes, and whether consistently."""
    if operation == "GetItem":
        table = asked["TableName"]
        found = cloud.item(table, *_key(table, asked["Key"]))
        yield table, item_size(found), bool(asked.get("ConsistentRead"))
    elif operation == "BatchGetItem":
        for table, wanted in asked["RequestItems"].items():
            for key in wanted["Keys"]:
                found = cloud.item(table, *_key(table, key))
                yield table, item_size(found), bool(wanted.get("ConsistentRead"))
    elif operation in LOOKS:
        # All of a page together, before it is rounded.
        index = asked.get("IndexName")
        place = f"{asked['TableName']}/{index}" if index else asked["TableName"]
        size = sum(map(item_size, answer.get("Items", [])))
        yield place, size, bool(asked.get("ConsistentRead"))
    else:
        raise ValueError(f"{operation} of a table")
