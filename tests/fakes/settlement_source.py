"""A PSP whose files the test writes down.

    source.publish(SourceFile("s-1.csv", "settlement", "2026-11-22", "sandbox"), b"...")

`reads` lists the names that were read. With `is_down` every call is Unavailable, with `breaks_off`
every read after its first piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from countinghouse.domain.errors import Unavailable
from countinghouse.ports.settlement_source import SourceFile

PIECE_BYTES = 1 << 16


@dataclass
class FakeSettlementSource:
    """The files in memory; a name published again has the newer bytes."""

    bodies: dict[SourceFile, bytes] = field(default_factory=dict)
    reads: list[str] = field(default_factory=list)
    is_down: bool = False
    breaks_off: bool = False

    def publish(self, file: SourceFile, body: bytes) -> None:
        self.bodies[file] = body

    def files(self, day: str) -> list[SourceFile]:
        self._look()
        found = [file for file in self.bodies if file.day == day]
        return sorted(found, key=lambda file: file.kind == "bank")

    def read(self, file: SourceFile) -> Iterator[bytes]:
        self._look()
        if file not in self.bodies:
            raise Unavailable("there is no such file")
        self.reads.append(file.name)
        body = self.bodies[file]
        for start in range(0, len(body), PIECE_BYTES):
            yield body[start : start + PIECE_BYTES]
            if self.breaks_off:
                raise Unavailable("the file broke off")

    def _look(self) -> None:
        if self.is_down:
            raise Unavailable("the PSP is down")
