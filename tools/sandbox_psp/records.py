"""Keeps dataclasses in the book: a field a column, a table a shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from tools.sandbox_psp.book import Book
from tools.sandbox_psp.times import instant
from tools.sandbox_psp.wire import Refused

Shape = TypeVar("Shape")


@dataclass(frozen=True)
class Table(Generic[Shape]):
    """A table of the book and the dataclass that its rows are.

    Columns are called like the fields; those that end in ``_at`` hold instants. ``number`` is the
    order in which the rows came to be. ``noun`` is what a refusal calls a row.
    """

    name: str
    key: str
    noun: str
    shape: type[Shape]

    def save(self, book: Book, item: Shape) -> None:
        """Write an item, new or changed."""
        book.put(self.name, vars(item))

    def get(self, book: Book, reference: str) -> Shape:
        """The item with this reference, or ``Refused`` 404."""
        found = self.where(book, **{self.key: reference})
        if not found:
            raise Refused(404, "not_found", f"no such {self.noun}")
        return found[0]

    def where(self, book: Book, **wanted: str) -> list[Shape]:
        """Items whose columns have these values, oldest first; no column means all of them."""
        # Names come from this code's own dataclasses, never from a caller.
        match = " AND ".join(f"{column} = ?" for column in wanted) or "TRUE"
        sql = f"SELECT * FROM {self.name} WHERE {match} ORDER BY number"  # noqa: S608
        return [self._item(dict(row)) for row in book.rows(sql, *wanted.values())]

    def _item(self, row: Mapping[str, Any]) -> Shape:
        return self.shape(**{column: _value(column, stored) for column, stored in row.items()})


def _value(column: str, stored: str | int | None) -> str | int | datetime | None:
    return instant(stored) if column.endswith("_at") and isinstance(stored, str) else stored
