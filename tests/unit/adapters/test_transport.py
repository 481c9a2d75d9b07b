from typing import Any

import pytest
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from countinghouse_aws.psp.transport import HttpTransport, NeverSent, NoAnswer, Reply

POOL: Any = urllib3.HTTPConnectionPool("psp.example")


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> HttpTransport:
    def request(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(urllib3.PoolManager, "request", request)
    return HttpTransport("http://psp.example/", 5)


@pytest.mark.parametrize(
    "error",
    [
        ConnectTimeoutError(POOL, "x"),
        NewConnectionError(POOL, "x"),
        NameResolutionError("psp.example", POOL, OSError()),  # type: ignore[arg-type]
    ],
)
def test_without_a_connection_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with pytest.raises(NeverSent):
        failing(monkeypatch, error)("POST", "/v1/charges", {}, b"{}")


@pytest.mark.parametrize(
    "error",
    [ReadTimeoutError(POOL, "/", "x"), ProtocolError("reset"), SSLError("x"), HTTPError("x")],
)
def test_after_that_anything_may_have_happened(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with pytest.raises(NoAnswer):
        failing(monkeypatch, error)("POST", "/v1/charges", {}, b"{}")


def test_one_request_is_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[tuple[object, ...], dict[str, Any]]] = []

    def request(_: object, *args: object, **kwargs: Any) -> Any:
        calls.append((args, kwargs))
        return urllib3.HTTPResponse(body=b"{}", status=302, preload_content=True)

    monkeypatch.setattr(urllib3.PoolManager, "request", request)

    reply = HttpTransport("http://psp.example/", 5)("POST", "/v1/charges", {"A": "b"}, b"{}")

    ((args, kwargs),) = calls
    assert args == ("POST", "http://psp.example/v1/charges")
    assert kwargs["redirect"] is False
    assert reply.status == 302


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"1", b"\xff", b"[" * 100_000])
def test_an_answer_that_is_no_object_is_none(body: bytes) -> None:
    with pytest.raises(NoAnswer):
        Reply(200, body).json()
    assert Reply(200, b'{"a":1}').json() == {"a": 1}
