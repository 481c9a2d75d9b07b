import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.ports.settlement_source import SourceFile
from countinghouse_aws.psp.sandbox_statements import SandboxStatements
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply

DAY = "2026-11-22"
NAME = "settlement-2026-11-22-0007.csv"
SETTLEMENT = SourceFile(NAME, "settlement", DAY, "sandbox")
STATEMENT = SourceFile(f"bank-{DAY}.csv", "bank", DAY, "sandbox_bank")
LISTS: dict[str, list[dict[str, Any]]] = {
    f"/v1/settlements?date={DAY}": [{"name": NAME, "date": DAY}],
    f"/v1/bank/statements?date={DAY}": [{"date": DAY, "lines": 2}],
}


@dataclass
class Line:
    """Both ways to the PSP: lists by path, one file in pieces, and what was asked."""

    lists: Mapping[str, object] = field(default_factory=lambda: LISTS)
    status: int = 200
    failure: Exception | None = None
    pieces: tuple[bytes, ...] = (b"batch", b",line\n")
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        assert (method, body) == ("GET", None)
        self.asked.append((path, headers))
        if self.failure is not None:
            raise self.failure
        return Reply(self.status, json.dumps({"data": self.lists[path]}).encode())

    def download(self, path: str, headers: Mapping[str, str]) -> Iterator[bytes]:
        self.asked.append((path, headers))
        yield from self.pieces
        if self.failure is not None:
            raise self.failure


def psp(line: Line) -> SandboxStatements:
    return SandboxStatements(line, line.download, "sk_test")


def test_a_day_has_its_files_and_its_statement() -> None:
    line = Line()

    assert psp(line).files(DAY) == [SETTLEMENT, STATEMENT]
    assert [path for path, _ in line.asked] == list(LISTS)
    assert {headers["Authorization"] for _, headers in line.asked} == {"Bearer sk_test"}


def test_files_of_other_days_are_not_its_own() -> None:
    """A PSP that does not heed the question lists everything."""
    other = {path: [*rows, {**rows[0], "date": "2026-11-21"}] for path, rows in LISTS.items()}

    assert psp(Line(other)).files(DAY) == [SETTLEMENT, STATEMENT]


@pytest.mark.parametrize(
    ("file", "path"),
    [(SETTLEMENT, f"/v1/settlements/{NAME}"), (STATEMENT, f"/v1/bank/statements/{DAY}")],
)
def test_a_file_is_handed_on_piece_by_piece(file: SourceFile, path: str) -> None:
    line = Line()

    assert list(psp(line).read(file)) == [b"batch", b",line\n"]
    ((asked, headers),) = line.asked
    assert (asked, headers["Authorization"]) == (path, "Bearer sk_test")


@pytest.mark.parametrize("failure", [NeverSent("refused"), NoAnswer("broke off")])
def test_a_file_not_delivered_to_its_end_is_unavailable(failure: Exception) -> None:
    pieces = psp(Line(failure=failure)).read(SETTLEMENT)

    assert next(pieces) == b"batch"
    with pytest.raises(Unavailable):
        list(pieces)


@pytest.mark.parametrize(
    "line",
    [
        Line(failure=NeverSent("refused")),
        Line(failure=NoAnswer("timed out")),
        Line(status=500),
        Line(status=401),
        Line(status=404),
        Line({path: None for path in LISTS}),
        Line({path: [{"name": NAME}] for path in LISTS}),
        Line({path: ["x"] for path in LISTS}),
        Line({path: [{"date": DAY}] for path in LISTS}),
        *(
            Line({path: [{"date": DAY, "name": name}] for path in LISTS})
            for name in ("", "../secret", "a/b.csv", ".hidden", "a b", "x" * 81, 7)
        ),
    ],
)
def test_a_list_that_cannot_be_read_is_unavailable(line: Line) -> None:
    with pytest.raises(Unavailable):
        psp(line).files(DAY)
