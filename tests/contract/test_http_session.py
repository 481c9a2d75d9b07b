"""Calls travel by our session as they do by botocore's, whatever the server does.

Compared are the answers and the failures, whose kinds decide whether botocore tries again.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import URLLib3Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from countinghouse_aws.system.http_session import Body, DirectSession

TIMEOUT_S = 0.3
END = b"-"
"""Hang up now, without being asked."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Amz-Id: 7\r\n\r\n{}"


@dataclass
class Server:
    """Gives each connection its script: what is written after each request; None hangs up."""

    scripts: list[list[bytes | None]]
    context: ssl.SSLContext | None = None
    connections: int = 0
    asked: list[bytes] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def running(self) -> Iterator[Server]:
        """Serve until the context is left."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            thread = Thread(target=self._serve, args=(listener,), daemon=True)
            thread.start()
            yield self
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()

    def _serve(self, listener: socket.socket) -> None:
        kept: list[socket.socket] = []
        with suppress(OSError):
            for script in self.scripts:
                raw, _ = listener.accept()
                self.connections += 1
                with suppress(OSError):
                    kept.append(self._play(raw, script))
            # Where a script has not hung up its connection stays open, and silent.
            listener.accept()
        for connection in kept:
            connection.close()

    def _play(self, raw: socket.socket, script: list[bytes | None]) -> socket.socket:
        connection = self.context.wrap_socket(raw, server_side=True) if self.context else raw
        for said in script:
            if said == END:
                connection.close()
                break
            self.asked.append(_request(connection))
            if said is None:
                connection.close()
                break
            connection.sendall(said)
        return connection


def _request(connection: socket.socket) -> bytes:
    """One request, whole."""
    told = b""
    while b"\r\n\r\n" not in told:
        told += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = told.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0] or 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def _theirs(**more: Any) -> Any:
    timeout: Any = (TIMEOUT_S, TIMEOUT_S)
    return URLLib3Session(timeout=timeout, **more)


def _ours(**more: Any) -> Any:
    return DirectSession(_theirs(**more), TIMEOUT_S, TIMEOUT_S)


SESSIONS: tuple[Callable[[], Any], ...] = (_ours, _theirs)


def _prepared(url: str) -> AWSPreparedRequest:
    headers = {"X-Amz-Target": "DynamoDB_20120810.GetItem", "User-Agent": "countinghouse/1"}
    prepared: AWSPreparedRequest = AWSRequest("POST", url, headers, b'{"a": 1}').prepare()
    return prepared


def _once(session: Any, port: int, scheme: str = "http") -> Any:
    """What the one call of a session comes to."""
    with closing(session):
        return _told(session, port, scheme)


def _told(session: Any, port: int, scheme: str = "http") -> Any:
    """What a call comes to: an answer as plain values, or the kind of its failure."""
    try:
        answer = session.send(_prepared(f"{scheme}://localhost:{port}/"))
    except BotoCoreError as error:
        return type(error)
    return answer.status_code, dict(answer.headers.items()), answer.content


ANSWERS = {
    "an answer": [OK],
    "an error": [OK.replace(b"200 OK", b"400 Bad Request")],
    "no length, then the end": [b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", END],
    "pieces": [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"],
    "nothing to say": [b"HTTP/1.1 204 No Content\r\n\r\n"],
    "a header twice": [b"HTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\nContent-Length: 0\r\n\r\n"],
}


@pytest.mark.parametrize("script", ANSWERS.values(), ids=ANSWERS)
def test_answers_are_the_same(script: list[bytes | None]) -> None:
    told = []
    for session in SESSIONS:
        with Server([script]).running() as server:
            told.append(_once(session(), server.port))
    ours, theirs = told
    assert ours == theirs
    assert isinstance(ours, tuple)


FAILURES = {
    "hangs up": ([None], ConnectionClosedError),
    "says nothing": ([b""], ReadTimeoutError),
    "stops in the headers": ([b"HTTP/1.1 200 OK\r\nContent-"], ReadTimeoutError),
    "stops in the body": ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"], ReadTimeoutError),
    "speaks something else": ([b"SSH-2.0-OpenSSH_9.2\r\n\r\n"], ConnectionClosedError),
}


@pytest.mark.parametrize(("script", "kind"), FAILURES.values(), ids=FAILURES)
def test_failures_are_the_same(script: list[bytes | None], kind: type) -> None:
    for session in SESSIONS:
        with Server([script]).running() as server:
            assert _once(session(), server.port) is kind, session


def test_nobody_there_is_the_same() -> None:
    with socket.socket() as taken:
        # Nobody listens there, nor will anybody else.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert [_once(session(), port) for session in SESSIONS] == [EndpointConnectionError] * 2


def test_no_such_host_is_the_same() -> None:
    for session in SESSIONS:
        with pytest.raises(EndpointConnectionError):
            session().send(_prepared("http://nowhere.invalid/"))


def test_what_is_said_is_the_same() -> None:
    asked = []
    for session in SESSIONS:
        with Server([[OK]]).running() as server:
            _once(session(), server.port)
            head, _, body = server.asked[0].partition(b"\r\n\r\n")
            first, *headers = head.lower().split(b"\r\n")
            others = {line for line in headers if not line.startswith(b"host:")}
            asked.append((first, others, body))
    assert asked[0] == asked[1]


def test_a_connection_is_kept() -> None:
    with Server([[OK, OK]]).running() as server, closing(_ours()) as session:
        assert _told(session, server.port) == _told(session, server.port)
        assert server.connections == 1


def test_a_connection_that_failed_is_not_used_again() -> None:
    with Server([[OK, None], [OK]]).running() as server, closing(_ours()) as session:
        first = _told(session, server.port)
        assert _told(session, server.port) is ConnectionClosedError
        assert _told(session, server.port) == first
        assert server.connections == 2


def test_a_connection_closed_while_idle_is_replaced_unseen() -> None:
    with Server([[OK], [OK]]).running() as server, closing(_ours()) as session:
        first = _told(session, server.port)
        (kept,) = session._idle.values()
        # As a server that is through with it: no more is to come.
        kept[0].sock.shutdown(socket.SHUT_RD)
        assert _told(session, server.port) == first
        assert server.connections == 2
        session.close()
        assert not kept


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key with a certificate for localhost that nobody signed, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    kept = tmp_path_factory.mktemp("tls") / "localhost.pem"
    kept.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return kept


def _tls(certificate: Path) -> Server:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return Server([[OK]], context)


def test_a_server_that_cannot_be_verified_hears_nothing(certificate: Path) -> None:
    for session in SESSIONS:
        with _tls(certificate).running() as server:
            assert _once(session(), server.port, "https") is SSLError
            assert server.asked == []


def test_a_server_is_verified_by_the_bundle_and_by_its_name(certificate: Path) -> None:
    with _tls(certificate).running() as server:
        assert _once(_ours(verify=str(certificate)), server.port, "https")[0] == 200
    with (
        _tls(certificate).running() as server,
        closing(_ours(verify=str(certificate))) as session,
        pytest.raises(SSLError),
    ):
        session.send(_prepared(f"https://127.0.0.1:{server.port}/"))


def test_what_is_out_of_the_ordinary_is_left_to_botocore() -> None:
    with Server([[OK], [OK]]).running() as server:
        here = f"http://localhost:{server.port}"
        with closing(_ours(proxies={"http": here})) as session:
            assert session.send(_prepared("http://aws.invalid/")).status_code == 200
        assert server.asked[0].startswith(b"POST http://aws.invalid/ ")
        streamed = _prepared(here)
        streamed.stream_output = True
        with closing(_ours()) as session:
            answer = session.send(streamed)
            assert not isinstance(answer.raw, Body)
            assert answer.content == b"{}"
