"""A server on the loopback that answers each call as it was answered when it was recorded.

Run in a process of its own, so that what it takes is in nobody's count. Both sides of a comparison
ask it, over sockets of the same kind. A call that was never recorded is refused and remembered:
what is measured must be what was played.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle
from multiprocessing import get_context
from threading import Lock
from typing import Any

from tools.bench.exchanges import Exchange, key_of

Said = tuple[int, str]
Exchanges = dict[str, list[Exchange]]
CHOOSE = "/_work/"
MISSED = "/_missed"


@dataclass(slots=True)
class Answers:
    """What is answered: first as in the work that is measured, else as in all of its journey.

    Where one call was made several times, its answers come in turn.
    """

    works: Exchanges
    journeys: Exchanges
    missed: list[str] = field(default_factory=list)
    _own: dict[str, Iterator[Said]] = field(default_factory=dict)
    _other: dict[str, Iterator[Said]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def choose(self, work: str) -> None:
        """From here on this work is measured."""
        self._own = _in_turn(self.works[work])
        self._other = _in_turn(self.journeys[work])

    def to(self, operation: str, body: str) -> Said:
        """The answer to this call."""
        key = key_of(operation, body)
        with self._lock:
            answers = self._own.get(key) or self._other.get(key)
            if answers is None:
                self.missed.append(key)
                return 400, '{"__type": "NotRecorded", "message": "nobody recorded this call"}'
            return next(answers)


def _in_turn(exchanges: list[Exchange]) -> dict[str, Iterator[Said]]:
    found = defaultdict[str, list[Said]](list)
    for one in exchanges:
        found[one.key].append((one.status, one.said))
    return {key: cycle(answers) for key, answers in found.items()}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # A body behind its headers would otherwise wait for the other side's acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    answers: Answers

    def do_GET(self) -> None:
        if self.path.startswith(CHOOSE):
            self.answers.choose(self.path.removeprefix(CHOOSE))
            self._say(200, "{}")
        elif self.path == MISSED:
            self._say(200, json.dumps(self.answers.missed))
        else:
            self._say(*self.answers.to(f"GET {self.path}", ""))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        target = self.headers.get("x-amz-target")
        operation = target.rpartition(".")[2] if target else f"POST {self.path}"
        self._say(*self.answers.to(operation, body))

    def _say(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def _serve(works: Exchanges, journeys: Exchanges, told: Any) -> None:
    handler = type("Handler", (_Handler,), {"answers": Answers(works, journeys)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        told.send(server.server_port)
        server.serve_forever()


@contextmanager
def served(works: Exchanges, journeys: Exchanges) -> Iterator[str]:
    """The server's address. Raises RuntimeError at the end if a call was not a recorded one."""
    spawn = get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(works, journeys, theirs), daemon=True)
    process.start()
    port = ours.recv()
    try:
        yield f"http://127.0.0.1:{port}"
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("GET", MISSED)
        missed = json.loads(connection.getresponse().read())
        connection.close()
    finally:
        process.terminate()
        process.join()
    if missed:
        raise RuntimeError(f"{len(missed)} calls were not recorded, as {missed[0][:300]}")
