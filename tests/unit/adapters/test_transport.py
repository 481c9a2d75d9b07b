import io
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

from countinghouse_aws.psp.transport import (
    CHUNK_BYTES,
    HttpTransport,
    NeverSent,
    NoAnswer,
    Reply,
)

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


FILE = bytes(range(256)) * 1_000


def downloading(
    monkeypatch: pytest.MonkeyPatch, body: bytes, status: int = 200, length: int | None = None
) -> HttpTransport:
    """A PSP that answers with this body, and promises so many bytes."""

    def request(*_: object, **asked: Any) -> urllib3.HTTPResponse:
        assert asked["preload_content"] is False
        assert asked["redirect"] is False
        return urllib3.HTTPResponse(
            body=io.BytesIO(body),
            headers={"content-length": str(len(body) if length is None else length)},
            status=status,
            preload_content=False,
            request_method="GET",
        )

    monkeypatch.setattr(urllib3.PoolManager, "request", request)
    return HttpTransport("http://psp.example/", 5)


def test_a_file_comes_in_bounded_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = list(downloading(monkeypatch, FILE).download("/f", {}))

    assert b"".join(chunks) == FILE
    assert len(chunks) == 4
    assert max(map(len, chunks)) <= CHUNK_BYTES


def test_a_file_that_breaks_off_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks = downloading(monkeypatch, FILE, length=len(FILE) + 1).download("/f", {})

    assert next(chunks)
    with pytest.raises(NoAnswer):
        list(chunks)


@pytest.mark.parametrize("status", [204, 302, 404, 500])
def test_what_is_no_file_gives_nothing(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    with pytest.raises(NoAnswer):
        next(downloading(monkeypatch, b"{}", status).download("/f", {}))


@pytest.mark.parametrize(
    ("error", "meant"),
    [(NewConnectionError(POOL, "x"), NeverSent), (ReadTimeoutError(POOL, "/", "x"), NoAnswer)],
)
def test_a_file_that_cannot_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, error: Exception, meant: type[Exception]
) -> None:
    with pytest.raises(meant):
        next(failing(monkeypatch, error).download("/f", {}))
