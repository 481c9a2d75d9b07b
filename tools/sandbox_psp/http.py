"""The sandbox on a socket: a Starlette application, and a thread a PSP that delivers webhooks.

A fault on the transport is played here: a hung call stays silent and is then cut, a dropped
one is cut at once. Both close the connection with no answer at all.
"""

import asyncio
import http.client
import logging
import threading
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ClassVar, Final, cast
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response as HttpResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.mounts import under
from tools.sandbox_psp.outbox import Delivery
from tools.sandbox_psp.wire import BODY_BYTES_MAX, Refused, Request, Response

_log = logging.getLogger(__name__)

_WORKERS: Final = 8
_POST_TIMEOUT_S: Final = 10
_IDLE_MS: Final = 50
_METHODS: Final = ["GET", "POST", "DELETE", "OPTIONS", "PUT", "PATCH"]


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose connections can be cut by the peer's address.

    ASGI has no way to close a connection without an answer, so the protocol keeps hold of each.
    """

    open_connections: ClassVar[dict[tuple[str, int], asyncio.BaseTransport]] = {}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep the connection under the address ASGI knows it by."""
        super().connection_made(transport)
        if self.client is not None:
            self.open_connections[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self.client is not None:
            self.open_connections.pop(self.client, None)
        super().connection_lost(exc)

    @classmethod
    def cut(cls, client: tuple[str, int]) -> None:
        """Close the connection at once, whatever is in flight on it."""
        transport = cls.open_connections.get(client)
        if transport is not None:
            cast(asyncio.WriteTransport, transport).abort()


class Silence(HttpResponse):
    """No answer: wait, then cut the connection."""

    def __init__(self, wait_s: int) -> None:
        super().__init__()
        self._wait_s = wait_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Play the fault; return only when the server knows that the peer is gone."""
        del send
        gone = asyncio.ensure_future(_disconnected(receive))
        await asyncio.wait({gone}, timeout=self._wait_s)
        CuttableProtocol.cut(tuple(scope["client"]))
        await gone


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class WebhookCourier:
    """Posts webhooks as they fall due, several at once, so one slow answer holds up no other."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._wake = threading.Event()
        self._stopping = False
        self._free = threading.Semaphore(_WORKERS)
        self._thread = threading.Thread(target=self._run, name="webhook-courier", daemon=True)
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="webhook")

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def nudge(self) -> None:
        """Look now: something may have fallen due."""
        self._wake.set()

    def stop(self) -> None:
        """Finish what is being posted and end."""
        self._stopping = True
        self._wake.set()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self) -> None:
        while not self._stopping:
            self._sandbox.sweep()
            if not self._send_one_batch():
                self._wake.wait(_IDLE_MS / 1_000)
                self._wake.clear()

    def _send_one_batch(self) -> bool:
        """Hand the due deliveries to idle workers; whether there was any."""
        target = self._sandbox.webhook_target()
        if target is None or not self._free.acquire(timeout=1):
            return False
        due = self._sandbox.due_webhooks(limit=1)
        if not due:
            self._free.release()
            return False
        self._pool.submit(self._deliver, target, due[0])
        return True

    def _deliver(self, target: str, delivery: Delivery) -> None:
        try:
            self._sandbox.mark_delivered(delivery.delivery_id, post(target, delivery))
        finally:
            self._free.release()
            self._wake.set()


def post(target: str, delivery: Delivery) -> int | None:
    """Post one webhook; answers the status, None when there was no answer. Follows no redirect."""
    parts = urlsplit(target)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = kind(parts.hostname or "", parts.port, timeout=_POST_TIMEOUT_S)
        try:
            connection.request("POST", path, delivery.body, delivery.headers)
            return connection.getresponse().status
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException) as problem:
        _log.warning("webhook %s not delivered: %s", delivery.event_id, type(problem).__name__)
        return None


async def _read(request: HttpRequest, path: str) -> Request:
    """The request as the engine takes it; a longer body than allowed is not read to its end."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise Refused(413, "body_too_large", f"a body has at most {BODY_BYTES_MAX} bytes")
    return Request(
        method=request.method,
        path=path,
        query=request.url.query,
        headers=dict(request.headers),
        body=bytes(body),
    )


def application(sandboxes: Mapping[str, Sandbox], hang_s: int = 10) -> Starlette:
    """The ASGI application of PSPs by the path each stands under, one of them perhaps under none.

    It is to be served with ``CuttableProtocol``.
    """
    couriers = {prefix: WebhookCourier(sandbox) for prefix, sandbox in sandboxes.items()}

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        for courier in couriers.values():
            courier.start()
        yield
        for courier in couriers.values():
            await run_in_threadpool(courier.stop)

    async def endpoint(request: HttpRequest) -> HttpResponse:
        prefix, path = under(request.url.path, sandboxes)
        try:
            if prefix not in sandboxes:
                raise Refused(404, "not_found", "no such path")
            given = await _read(request, path)
            response = await run_in_threadpool(sandboxes[prefix].handle, given)
            couriers[prefix].nudge()
        except Refused as refused:
            response = refused.response()
        return _played(response, hang_s)

    routes = [Route("/{path:path}", endpoint, methods=_METHODS)]
    return Starlette(routes=routes, lifespan=lifespan)


def _played(response: Response, hang_s: int) -> HttpResponse:
    if response.transport == "hang":
        return Silence(hang_s)
    if response.transport == "drop":
        return Silence(0)
    return HttpResponse(response.body, response.status, dict(response.headers))
