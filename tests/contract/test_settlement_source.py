"""The source of files: the fake, and the adapter against the sandbox itself, mean the same.

The sandbox answers once in process and once through a socket of this machine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import pytest

from countinghouse.domain.errors import Unavailable
from countinghouse.ports.settlement_source import SettlementSource, SourceFile
from countinghouse_aws.psp.sandbox_statements import SandboxStatements
from countinghouse_aws.psp.transport import CHUNK_BYTES, HttpTransport, NoAnswer, Reply
from tests.fakes.settlement_source import FakeSettlementSource
from tests.unit.sandbox_psp.shop import API_KEY, Shop
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.wire import Request, Response

DAY, NEXT_DAY = "2026-11-22", "2026-11-23"


@dataclass
class Rig:
    """A source, and how things come to be at it: a day is settled, the PSP goes down."""

    source: SettlementSource
    settle: Callable[[str], None]
    go_down: Callable[[], None]


@dataclass
class Wire:
    """The way to the sandbox without a socket; a file comes in pieces of the adapter's size."""

    shop: Shop
    is_down: bool = False

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        answer = self._answer(method, path, headers, body)
        return Reply(answer.status, answer.body)

    def download(self, path: str, headers: Mapping[str, str]) -> Iterator[bytes]:
        answer = self._answer("GET", path, headers, None)
        if answer.status != 200:
            raise NoAnswer(str(answer.status))
        for start in range(0, len(answer.body), CHUNK_BYTES):
            yield answer.body[start : start + CHUNK_BYTES]

    def _answer(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Response:
        if self.is_down:
            raise NoAnswer("down")
        url = urlsplit(path)
        return self.shop.psp.handle(Request(method, url.path, url.query, headers, body or b""))


def settle(shop: Shop, day: str) -> None:
    asked = {"date": day, "inject": [{"kind": "extra", "count": 500}]}
    assert shop.call("POST", "/_control/settle", asked).status == 200


def of_the_sandbox() -> Iterator[Rig]:
    with closing(Book()) as book:
        shop = Shop(book)
        wire = Wire(shop)
        source = SandboxStatements(wire, wire.download, API_KEY)
        yield Rig(source, partial(settle, shop), lambda: setattr(wire, "is_down", True))


def of_the_sandbox_by_http() -> Iterator[Rig]:
    with closing(Book()) as book:
        shop = Shop(book)

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                request = Request("GET", url.path, url.query, dict(self.headers))
                answer = shop.psp.handle(request)
                self.send_response(answer.status)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()

        def go_down() -> None:
            server.shutdown()
            thread.join()
            server.server_close()

        http = HttpTransport(f"http://127.0.0.1:{server.server_port}", 5)
        source = SandboxStatements(http, http.download, API_KEY)
        yield Rig(source, partial(settle, shop), go_down)
        go_down()


def of_the_fake() -> Iterator[Rig]:
    source = FakeSettlementSource()

    def settle(day: str) -> None:
        number = len(source.bodies)
        name = f"settlement-{day}-{number}.csv"
        body = b"batch,settlement_date,line\n" * 5_000
        source.publish(SourceFile(name, "settlement", day, "sandbox"), body)
        statement = b"account,value_date\n" + name.encode()
        source.publish(SourceFile(f"bank-{day}.csv", "bank", day, "sandbox_bank"), statement)

    yield Rig(source, settle, lambda: setattr(source, "is_down", True))


@pytest.fixture(params=[of_the_fake, of_the_sandbox, of_the_sandbox_by_http])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from request.param()


def test_a_day_without_files_has_none(rig: Rig) -> None:
    rig.settle(DAY)

    assert rig.source.files("2026-11-21") == []


def test_a_day_has_its_files_and_then_one_statement(rig: Rig) -> None:
    for day in (DAY, DAY, NEXT_DAY):
        rig.settle(day)

    first, second, statement = rig.source.files(DAY)

    assert [one.kind for one in (first, second, statement)] == ["settlement", "settlement", "bank"]
    assert {one.day for one in (first, second, statement)} == {DAY}
    assert [one.layout for one in (first, second, statement)] == [
        "sandbox",
        "sandbox",
        "sandbox_bank",
    ]
    assert first.name < second.name
    others = {one.name for one in rig.source.files(NEXT_DAY)}
    assert len(others) == 2
    assert others.isdisjoint({first.name, second.name, statement.name})
    assert rig.source.files(DAY) == [first, second, statement]


def test_a_file_is_read_to_its_end_in_pieces(rig: Rig) -> None:
    rig.settle(DAY)
    settlement, statement = rig.source.files(DAY)

    pieces = list(rig.source.read(settlement))

    assert len(pieces) > 1
    assert max(map(len, pieces)) <= CHUNK_BYTES
    assert b"".join(pieces).startswith(b"batch,settlement_date,line")
    assert b"".join(pieces).endswith(b"\n")
    assert b"".join(rig.source.read(settlement)) == b"".join(pieces)
    assert b"".join(rig.source.read(statement)).startswith(b"account,value_date")


def test_a_file_that_is_not_there_is_unavailable(rig: Rig) -> None:
    with pytest.raises(Unavailable):
        list(rig.source.read(SourceFile("other.csv", "settlement", DAY, "sandbox")))


def test_a_psp_that_is_down_is_unavailable(rig: Rig) -> None:
    rig.settle(DAY)
    files = rig.source.files(DAY)
    rig.go_down()

    with pytest.raises(Unavailable):
        rig.source.files(DAY)
    for file in files:
        with pytest.raises(Unavailable):
            list(rig.source.read(file))
