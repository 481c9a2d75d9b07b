"""One HTTP exchange with a PSP: what came back, or which way nothing did.

The two failures differ in what they prove. `NeverSent`: no connection stood, so the PSP saw
nothing. `NoAnswer`: the request may have been carried out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
)

CONNECT_TIMEOUT_S = 1.0


class NeverSent(Exception):
    """The PSP provably saw nothing of the request."""


class NoAnswer(Exception):
    """The request went out and nothing readable came back."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A PSP's answer."""

    status: int
    body: bytes

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


class HttpTransport:
    """HTTP over one kept-alive pool, without any retry of its own: retrying is a decision."""

    def __init__(self, base_url: str, timeout_s: float) -> None:
        timeout = urllib3.Timeout(connect=min(CONNECT_TIMEOUT_S, timeout_s), read=timeout_s)
        self._base_url = base_url.rstrip("/")
        self._pool = urllib3.PoolManager(maxsize=16, timeout=timeout, retries=False)

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        """The PSP's answer. Raises NeverSent or NoAnswer."""
        try:
            answer = self._pool.request(
                method, f"{self._base_url}{path}", headers=dict(headers), body=body, redirect=False
            )
        except (ConnectTimeoutError, NewConnectionError, NameResolutionError) as error:
            raise NeverSent(type(error).__name__) from error
        except HTTPError as error:
            raise NoAnswer(type(error).__name__) from error
        return Reply(answer.status, answer.data)
