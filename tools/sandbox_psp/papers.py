"""What a face keeps of its own objects: each a JSON object under its id, of one kind.

``parent`` is what its lists are asked by. A kind's papers are numbered in the order they came.
"""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from tools.sandbox_psp.book import Book
from tools.sandbox_psp.wire import JsonObject


@dataclass(frozen=True)
class Paper:
    """One object of a face's."""

    reference: str
    kind: str
    number: int
    parent: str
    data: dict[str, Any]


def keep(book: Book, kind: str, reference: str, data: JsonObject, parent: str = "") -> None:
    """Write an object, new or changed; a changed one keeps its number."""
    known = find(book, reference)
    number = known.number if known else book.next_number(f"paper {kind}")
    book.put("papers", {
        "reference": reference, "kind": kind, "number": number, "parent": parent,
        "data": json.dumps(data),
    })  # fmt: skip


def find(book: Book, reference: str, kind: str | None = None) -> Paper | None:
    """The object with this id, if there is one, and of this kind."""
    found = book.rows("SELECT * FROM papers WHERE reference = ?", reference)
    paper = _paper(found[0]) if found else None
    return paper if paper and kind in (None, paper.kind) else None


def listed(book: Book, kind: str, parent: str | None = None) -> list[Paper]:
    """The objects of a kind, or those of one parent, oldest first."""
    found = book.rows(
        "SELECT * FROM papers WHERE kind = ? AND parent = ifnull(?, parent) ORDER BY number",
        kind, parent,
    )  # fmt: skip
    return [_paper(row) for row in found]


def _paper(row: sqlite3.Row) -> Paper:
    return Paper(
        reference=row["reference"],
        kind=row["kind"],
        number=row["number"],
        parent=row["parent"],
        data=json.loads(row["data"]),
    )
