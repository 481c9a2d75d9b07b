"""One HTTP exchange with a PSP: what came back, or which way nothing did.

The two failures differ in what they prove. `NeverSent`: no connection stood, so the PSP saw
nothing. `NoAnswer`: the request may have been carried out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from typing import Any, Protocol

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)

from countinghouse.records import dataclass

CONNECT_TIMEOUT_S = 1.0
CHUNK_BYTES = 1 << 16
_OK = 200


class NeverSent(Exception):
    """The PSP provably saw nothing of the request."""


class NoAnswer(Exception):
    """The request went out and nothing readable came back."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A PSP's answer; the names of its headers are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises NoAnswer when it is none."""
        try:
            parsed = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise NoAnswer("the answer is not JSON") from error
        if not isinstance(parsed, dict):
            raise NoAnswer("the answer is not a JSON object")
        return parsed


class Transport(Protocol):
    """Carries one request to a PSP."""

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """The PSP's answer. Raises NeverSent or NoAnswer."""
        ...


class Download(Protocol):
    """Fetches a file from a PSP, however long it is."""

    def __call__(self, path: str, headers: Mapping[str, str]) -> Iterator[bytes]:
        """The body in chunks of at most CHUNK_BYTES.

        Raises NeverSent, or NoAnswer for any answer but 200 and for one that breaks off halfway.
        """
        ...


class HttpTransport:
    """HTTP over one kept-alive pool, without any retry of its own: retrying is a decision."""

    def __init__(self, base_url: str, timeout_s: float) -> None:
        timeout = urllib3.Timeout(connect=min(CONNECT_TIMEOUT_S, timeout_s), read=timeout_s)
        self.base_url = base_url.rstrip("/")
        self._pool = urllib3.PoolManager(maxsize=16, timeout=timeout, retries=False)

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """The PSP's answer. Raises NeverSent or NoAnswer."""
        with _telling_apart():
            answer = self._pool.request(
                method, f"{self.base_url}{path}", headers=dict(headers), body=body, redirect=False
            )
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, answer.data, headers)

    def download(self, path: str, headers: Mapping[str, str]) -> Iterator[bytes]:
        """The body in chunks of at most CHUNK_BYTES.

        Raises NeverSent, or NoAnswer for any answer but 200 and for one that breaks off halfway.
        """
        with _telling_apart():
            answer = self._pool.request(
                "GET",
                f"{self.base_url}{path}",
                headers=dict(headers),
                redirect=False,
                preload_content=False,
            )
            try:
                if answer.status != _OK:
                    raise NoAnswer(f"status {answer.status}")
                yield from answer.stream(CHUNK_BYTES)
            finally:
                # A connection with unread bytes on it can carry no other request.
                answer.close()
                answer.release_conn()


@contextmanager
def _telling_apart() -> Iterator[None]:
    """Which of the two failures a failed request was."""
    try:
        yield
    except (ConnectTimeoutError, NewConnectionError, NameResolutionError) as error:
        raise NeverSent(type(error).__name__) from error
    except HTTPError as error:
        raise NoAnswer(type(error).__name__) from error
