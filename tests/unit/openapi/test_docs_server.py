"""The page that shows the document: whole, from this machine alone, and for its own page only."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse

import pytest

from tools import docs_server
from tools.local import endpoints
from tools.local.failure import LocalFailure
from tools.local.places import ROOT

pytestmark = pytest.mark.skipif(
    not docs_server.SWAGGER.is_dir(), reason="node_modules is not there: make setup"
)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a running server."""
    with docs_server.server() as listening:
        thread = threading.Thread(target=listening.serve_forever, daemon=True)
        thread.start()
        yield listening.server_port
        listening.shutdown()
        thread.join()


def _get(port: int, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection(docs_server.HOST, port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=named)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/start.js", "text/javascript; charset=utf-8"),
        ("/openapi.json", "application/json"),
        ("/swagger-ui.css", "text/css; charset=utf-8"),
        ("/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
        ("/favicon-32x32.png", "image/png"),
    ],
)
def test_page_and_its_parts_are_served(port: int, path: str, media_type: str) -> None:
    answer, body = _get(port, path)

    assert (answer.status, answer.headers["content-type"]) == (200, media_type)
    assert body


def test_page_states_its_encoding_and_asks_nobody_else(port: int) -> None:
    answer, body = _get(port, "/")
    policy = answer.headers["content-security-policy"]

    assert b'<meta charset="utf-8">' in body
    assert b"://" not in body
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_served_document_is_the_committed_one(port: int) -> None:
    _, body = _get(port, "/openapi.json")

    assert body == (ROOT / "docs" / "openapi.json").read_bytes()


@pytest.mark.parametrize("path", ["/../pyproject.toml", "/package.json", "/index.js", "/x"])
def test_nothing_else_is_served(port: int, path: str) -> None:
    answer, _ = _get(port, path)

    assert answer.status == 404


@pytest.mark.parametrize(
    "headers", [{"origin": "https://evil.example"}, {"host": "evil.example"}, {"origin": "null"}]
)
def test_other_sites_may_not_call_through_it(port: int, headers: dict[str, str]) -> None:
    answer, _ = _get(port, "/v1/payments/chk_1/cancel", "POST", **headers)

    assert answer.status == 403


def test_try_it_out_says_when_nothing_runs(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> endpoints.Endpoints:
        raise LocalFailure("not up")

    monkeypatch.setattr("tools.client.read", nothing)

    answer, body = _get(port, "/v1/health")

    assert answer.status == 503
    assert "make up" in json.loads(body)["message"]


def test_missing_swagger_ui_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docs_server, "SWAGGER", ROOT / "node_modules" / "nowhere")

    with pytest.raises(LocalFailure, match="run make setup"):
        docs_server.server()
