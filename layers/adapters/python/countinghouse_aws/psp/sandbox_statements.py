"""The sandbox PSP's settlement files, and the statements of its bank."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any
from urllib.parse import quote

from countinghouse.domain.errors import Unavailable
from countinghouse.ports.settlement_source import SourceFile
from countinghouse.records import dataclass
from countinghouse_aws.psp.sandbox import OK, UNREADABLE
from countinghouse_aws.psp.transport import Download, NeverSent, NoAnswer, Transport

SETTLEMENT_LAYOUT = "sandbox"
BANK_LAYOUT = "sandbox_bank"
_SETTLEMENTS = "/v1/settlements"
_STATEMENTS = "/v1/bank/statements"
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True, slots=True)
class SandboxStatements:
    """The source of files over the sandbox's HTTP API."""

    transport: Transport
    download: Download
    api_key: str = field(repr=False)

    def files(self, day: str) -> list[SourceFile]:
        """The files of a day, settlement files first, oldest first. Raises Unavailable."""
        try:
            settlements = [
                SourceFile(_file_name(one["name"]), "settlement", day, SETTLEMENT_LAYOUT)
                for one in self._listed(_SETTLEMENTS, day)
            ]
            statements = [
                SourceFile(f"bank-{day}.csv", "bank", day, BANK_LAYOUT)
                for _ in self._listed(_STATEMENTS, day)
            ]
        except (NeverSent, NoAnswer, *UNREADABLE) as error:
            raise Unavailable("the PSP does not say which files it has") from error
        return [*settlements, *statements]

    def read(self, file: SourceFile) -> Iterator[bytes]:
        """A file's bytes in bounded pieces, to their very end. Raises Unavailable."""
        place = (
            f"{_STATEMENTS}/{quote(file.day, safe='')}"
            if file.kind == "bank"
            else f"{_SETTLEMENTS}/{quote(file.name, safe='')}"
        )
        try:
            yield from self.download(place, self._headers())
        except (NeverSent, NoAnswer) as error:
            raise Unavailable("the PSP did not deliver the file to its end") from error

    def _listed(self, path: str, day: str) -> list[Mapping[str, Any]]:
        """What the PSP lists of that day. Raises as the transport does, or one of UNREADABLE."""
        reply = self.transport("GET", f"{path}?date={quote(day, safe='')}", self._headers(), None)
        if reply.status not in OK:
            raise NoAnswer(f"status {reply.status}")
        return [one for one in reply.json()["data"] if one["date"] == day]

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


def _file_name(value: object) -> str:
    """A file's name; it becomes part of a key, so it is bounded and plain."""
    if not isinstance(value, str) or not _FILE_NAME.fullmatch(value):
        raise ValueError("a file's name must be short and plain")
    return value
