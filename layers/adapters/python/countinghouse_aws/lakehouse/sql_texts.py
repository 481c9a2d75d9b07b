"""The lake's SQL as it lies here: its parts in place, its comments gone, its values still open."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

SQL: Final = Path(__file__).parent / "sql"
_PART: Final = re.compile(r"\{part:([a-z_]+)\}")
_COMMENT: Final = re.compile(r"^\s*--.*\n", re.MULTILINE)


@cache
def template(folder: str, name: str) -> str:
    """The text `name` of a folder below `sql`; `{part:name}` takes in that folder's parts."""
    home = SQL / folder
    return _PART.sub(lambda found: _read(home / "parts", found[1]), _read(home, name))


def _read(home: Path, name: str) -> str:
    return _COMMENT.sub("", (home / f"{name}.sql").read_text(encoding="utf-8")).strip()
