"""`countinghouse docs`: the API document with Swagger UI, on this machine and from it alone.

Swagger UI comes from node_modules and the page's security policy allows no other origin. "Try it
out" reaches the system that `make up` started: calls to `/v1/` are signed here and passed on.
"""

from __future__ import annotations

import json
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated

import typer

from tools.local.failure import LocalFailure
from tools.local.places import ROOT

HOST = "127.0.0.1"
DOCUMENT = ROOT / "docs" / "openapi.json"
SWAGGER = ROOT / "node_modules" / "swagger-ui-dist"
API_PREFIX = "/v1/"
BODY_MAX = 1_000_000

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Countinghouse API</title>
<link rel="icon" href="favicon-32x32.png">
<link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
<main id="api"></main>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</body>
</html>
"""
_START = """\
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#api",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  persistAuthorization: false,
  validatorUrl: null,
});
"""
_POLICY = (
    "default-src 'none'; connect-src 'self'; font-src 'self' data:; img-src 'self' data:; "
    "script-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
}
_FROM_SWAGGER = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")


@dataclass(frozen=True, slots=True)
class Page:
    """What goes back to the browser."""

    status: int
    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


def page(path: str) -> Page:
    """What stands at a path of ours; 404 for anything that was not chosen to be served."""
    name = path.removeprefix("/") or "index.html"
    made = {"index.html": _PAGE, "start.js": _START}
    if name in made:
        return Page(200, made[name].encode(), _TYPES[Path(name).suffix])
    files = {"openapi.json": DOCUMENT} | {each: SWAGGER / each for each in _FROM_SWAGGER}
    if name not in files:
        return _refusal(404, "there is no such page")
    return Page(200, files[name].read_bytes(), _TYPES[Path(name).suffix])


def is_ours(headers: Mapping[str, str], port: int) -> bool:
    """Whether a request comes from our own page and not from another site open in the browser."""
    own = f"{HOST}:{port}"
    return headers.get("host") == own and headers.get("origin", f"http://{own}") == f"http://{own}"


def passed_on(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Page:
    """The running system's answer to a call, which is signed on the way."""
    from urllib3.exceptions import HTTPError

    from tools.client import Client

    kept = ("content-type", "idempotency-key", "prefer", "sandbox-signature")
    sent = {name: headers[name] for name in kept if name in headers}
    try:
        reply = Client.of_running_system().call(method, path, headers=sent, raw=body or None)
    except (LocalFailure, HTTPError):
        return _refusal(503, "the system is not up: start it with make up")
    media_type = reply.headers.get("content-type", _TYPES[".json"])
    shown = ("x-request-id", "idempotent-replayed", "retry-after", "preference-applied")
    back = {name: reply.headers[name] for name in shown if name in reply.headers}
    return Page(reply.status, json.dumps(reply.body, indent=2).encode(), media_type, back)


def _refusal(status: int, message: str) -> Page:
    return Page(status, json.dumps({"message": message}).encode(), _TYPES[".json"])


class _Handler(BaseHTTPRequestHandler):
    """One browser request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > BODY_MAX:
            self.close_connection = True
            return self._send(_refusal(413, "that is more than the API takes"))
        body = self.rfile.read(int(length))
        if not is_ours(headers, self.connection.getsockname()[1]):
            return self._send(_refusal(403, "open the page under the address that was printed"))
        if self.path.startswith(API_PREFIX):
            return self._send(passed_on(self.command, self.path, body, headers))
        return self._send(page(self.path.partition("?")[0]))

    def _send(self, found: Page) -> None:
        self.send_response(found.status)
        own = {
            "content-type": found.media_type,
            "content-length": str(len(found.body)),
            "content-security-policy": _POLICY,
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "cache-control": "no-store",
        }
        for name, value in {**own, **found.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(found.body)

    def log_message(self, *_: object) -> None:
        """Nothing: the terminal shows the address and stays readable."""


def server(port: int = 0) -> ThreadingHTTPServer:
    """A server that listens and does not serve yet. Raises LocalFailure when a part is missing."""
    for needed, remedy in ((DOCUMENT, "make openapi"), (SWAGGER, "make setup")):
        if not needed.exists():
            raise LocalFailure(f"{needed.relative_to(ROOT)} is missing: run {remedy}")
    return ThreadingHTTPServer((HOST, port), _Handler)


app = typer.Typer(add_completion=False)


@app.command()
def docs(
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
    open_browser: Annotated[bool, typer.Option("--open", help="Show it at once.")] = False,
) -> None:
    """Serve the API document with Swagger UI until Ctrl-C."""
    with server(port) as listening:
        url = f"http://{HOST}:{listening.server_address[1]}/"
        typer.echo(f"API document: {url}    stop with: Ctrl-C")
        if open_browser:
            webbrowser.open(url)
        listening.serve_forever()


if __name__ == "__main__":
    app()
