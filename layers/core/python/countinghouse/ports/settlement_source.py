"""Where a PSP publishes its settlement files, and its bank the statements of our account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file on offer. `name` is the same whenever the file is listed, and no other file's.

    `day` is the settlement date, or for a statement the value date, as `2026-11-22`. `layout`
    names the columns, empty when the file's header has to tell.
    """

    name: str
    kind: Literal["settlement", "bank"]
    day: str
    layout: str


class SettlementSource(Protocol):
    """One PSP's files."""

    def files(self, day: str) -> list[SourceFile]:
        """The files of a day, settlement files first, oldest first. Raises Unavailable."""
        ...

    def read(self, file: SourceFile) -> Iterator[bytes]:
        """A file's bytes in bounded pieces, to their very end.

        Raises Unavailable, perhaps after some pieces: what came by then is no file.
        """
        ...
