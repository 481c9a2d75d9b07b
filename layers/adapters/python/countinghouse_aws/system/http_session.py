"""How calls to AWS travel: HTTP/1.1 over kept-alive connections, by the standard library.

botocore's own session goes through urllib3's pools, retries and answers, none of which a call here
makes use of: botocore itself tries again, and an answer is a few kilobytes of JSON. That was a
quarter of a call. What is out of the ordinary (a proxy, an answer that is streamed, a client's
certificate) still goes there; `tests/contract/test_http_session.py` holds the two against each
other, answers and failures alike.
"""

from __future__ import annotations

import select
import socket
import ssl
from collections import defaultdict, deque
from collections.abc import Iterator
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.httpsession import URLLib3Session, get_cert_path

from countinghouse.records import dataclass


@lru_cache(maxsize=2)
def trusting(bundle: str) -> ssl.SSLContext:
    """What verifies a server by the certificates in this file, and its name with them."""
    return ssl.create_default_context(cafile=bundle)


@dataclass(frozen=True, slots=True)
class Body:
    """An answer's bytes, as botocore reads them."""

    content: bytes

    def stream(self) -> Iterator[bytes]:
        yield self.content


Place = tuple[str, str]
"""Scheme, and host with port: what connections are kept by."""


class DirectSession:
    """Sends a client's requests. Threads may share it; each call has a connection to itself.

    `other` is botocore's session, for what is out of the ordinary; time-outs are in seconds.
    """

    def __init__(self, other: URLLib3Session, connect_timeout: float, read_timeout: float) -> None:
        self._other: Any = other
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._idle: dict[Place, deque[HTTPConnection]] = defaultdict(deque)
        self._detours: dict[Place, bool] = {}

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        """The answer. Raises what botocore's session raises, so that it is tried again alike."""
        where = urlsplit(request.url)
        place = where.scheme, where.netloc
        if request.stream_output or self._is_detour(place, request.url):
            answer: AWSResponse = self._other.send(request)
            return answer
        connection = self._connected(place, where, request.url)
        try:
            return self._exchanged(connection, place, where, request)
        except ssl.SSLError as error:
            connection.close()
            raise SSLError(endpoint_url=request.url, error=error) from error
        except TimeoutError as error:
            connection.close()
            raise ReadTimeoutError(endpoint_url=request.url, error=error) from error
        except (HTTPException, OSError) as error:
            connection.close()
            raise ConnectionClosedError(
                error=error, request=request, endpoint_url=request.url
            ) from error

    def close(self) -> None:
        """Close what is idle."""
        for kept in self._idle.values():
            while kept:
                kept.pop().close()
        self._other.close()

    def _is_detour(self, place: Place, url: str) -> bool:
        """Whether the way there is out of the ordinary: by a proxy, unverified, with a certificate
        of ours."""
        if place not in self._detours:
            other = self._other
            proxy = other._proxy_config.proxy_url_for(url)
            self._detours[place] = bool(proxy or other._verify is False or other._cert_file)
        return self._detours[place]

    def _connected(self, place: Place, where: SplitResult, url: str) -> HTTPConnection:
        kept = self._idle[place]
        while kept:
            connection = kept.pop()
            if not _has_been_closed(connection):
                return connection
            connection.close()
        return self._new(where, url)

    def _new(self, where: SplitResult, url: str) -> HTTPConnection:
        timeout, host = self._connect_timeout, where.hostname or ""
        connection: HTTPConnection
        if where.scheme == "https":
            context = trusting(get_cert_path(self._other._verify))
            connection = HTTPSConnection(host, where.port, timeout=timeout, context=context)
        else:
            connection = HTTPConnection(host, where.port, timeout=timeout)
        try:
            connection.connect()
        except ssl.SSLError as error:
            raise SSLError(endpoint_url=url, error=error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=url, error=error) from error
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.sock.settimeout(self._read_timeout)
        return connection

    def _exchanged(
        self, connection: HTTPConnection, place: Place, where: SplitResult, request: Any
    ) -> AWSResponse:
        path = where.path or "/"
        target = f"{path}?{where.query}" if where.query else path
        connection.request(request.method, target, request.body, dict(request.headers.items()))
        answer = connection.getresponse()
        content = answer.read()
        if answer.will_close:
            connection.close()
        else:
            self._idle[place].append(connection)
        return AWSResponse(request.url, answer.status, _headers(answer), Body(content))


def _headers(answer: HTTPResponse) -> Any:
    """The headers by name; what came twice is one, as RFC 9110 (5.3) has it."""
    found: dict[str, str] = {}
    for name, value in answer.headers.items():
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _has_been_closed(connection: HTTPConnection) -> bool:
    """Whether the other side has said something unasked: that it is through, or worse."""
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return bool(poll.poll(0))
