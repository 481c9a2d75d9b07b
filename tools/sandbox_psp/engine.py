"""The whole PSP with no socket and a clock of the caller's: requests in, answers and webhooks out.

What it looks like is its face's; without one it is the sandbox itself.

A caller, be it the HTTP face or a simulation, gives each request to ``handle`` and acts on the
answer's ``transport``; and it takes the webhooks that are due, posts them, and reports back.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from tools.sandbox_psp import clockwork, control, faults, outbox
from tools.sandbox_psp.book import Book, StoredAnswer
from tools.sandbox_psp.desk import Call, Config, Desk
from tools.sandbox_psp.face import Face
from tools.sandbox_psp.faults import Fault
from tools.sandbox_psp.fields import Fields
from tools.sandbox_psp.idempotency import fingerprint, idempotency_key
from tools.sandbox_psp.native import NativeFace
from tools.sandbox_psp.outbox import Delivery
from tools.sandbox_psp.routes import SHARED_ROUTES, is_shared
from tools.sandbox_psp.routing import Route, find
from tools.sandbox_psp.wire import Refused, Request, Response, decoded

_FORM: Final = "application/x-www-form-urlencoded"
_TOO_MANY: Final = Refused(429, "rate_limited", "too many requests")
_UNDER_WAY: Final = Refused(409, "idempotency_key_in_use", "this key's first call is under way")
_BROKEN: Final = Refused(500, "internal_error", "something went wrong")


class Sandbox:
    """A payment service provider.

    ``now`` gives the caller's time, aware of its zone. The PSP's own clock is ahead of it by what
    ``/_control/clock`` has added. Every method may be called from any thread.
    """

    def __init__(
        self,
        book: Book,
        now: Callable[[], datetime],
        config: Config | None = None,
        face: Face | None = None,
    ) -> None:
        worn: Face = face or NativeFace()
        self._desk = Desk(book=book, config=config or Config(), wall_now=now, face=worn)
        self._routes = (*worn.routes, *SHARED_ROUTES)

    def handle(self, request: Request) -> Response:
        """Answer one request. It never raises for what the caller sent."""
        face = self._desk.face
        try:
            route, path = find(self._routes, request.method, request.path)
        except Refused as refused:
            return refused.response() if is_shared(request.path) else face.refusal(refused)
        if route.needs_key:
            return self._merchants(route, request, path)
        try:
            return self._run(route, Call(request, path, *_form_or_json(request)))
        except Refused as refused:
            return refused.response()

    def sweep(self) -> int:
        """Do what the PSP's clock has made due; answers how many things that were."""
        return clockwork.sweep(self._desk)

    def due_webhooks(self, now: datetime | None = None, limit: int = 100) -> list[Delivery]:
        """Take the deliveries due by the caller's time, signed and in order of being due.

        A taken one is not handed out again until it is marked or a minute has passed.
        """
        return outbox.take_due(self._desk, now or self._desk.wall_now(), limit)

    def mark_delivered(
        self, delivery_id: int, status: int | None, now: datetime | None = None
    ) -> None:
        """Report the status a webhook was answered with, None for no answer.

        Anything but 2xx is retried after 1, 2, 5, 15 and then every 60 seconds.
        """
        outbox.mark(self._desk, delivery_id, status, now or self._desk.wall_now())

    def next_webhook_at(self) -> datetime | None:
        """When the next delivery is due, by the caller's clock; None when there is none."""
        return outbox.next_due_at(self._desk.book)

    def webhook_target(self) -> str | None:
        """Where webhooks are to be posted, if anywhere."""
        return self._desk.book.setting(control.WEBHOOK_TARGET)

    def send_webhooks_to(self, target: str) -> None:
        """Post webhooks there from now on."""
        self._desk.book.set_setting(control.WEBHOOK_TARGET, target)

    def _merchants(self, route: Route, request: Request, path: dict[str, str]) -> Response:
        """A merchant's call, in the face's shape whatever comes of it."""
        desk = self._desk
        down = control.outage(desk)
        if down == "drop":
            return _dropped()
        try:
            if down:
                raise Refused(503, "unavailable", "the service is down")
            desk.face.check_key(desk, request)
            response = self._run(route, Call(request, path, Fields(desk.face.read(request))))
        except Refused as refused:
            response = desk.face.refusal(refused)
        return desk.face.finished(desk, request, response)

    def _run(self, route: Route, call: Call) -> Response:
        clockwork.sweep(self._desk)
        fault = self._fault(route, call)
        if fault is not None and fault.kind != "timeout_after_success":
            return self._failed(fault, call)
        try:
            with self._desk.book.transaction():
                response = route.handler(self._desk, call)
        except Refused:
            if fault:
                return _hung()
            raise
        return _hung() if fault else response

    def _fault(self, route: Route, call: Call) -> Fault | None:
        """Take the fault that meets this call, in a transaction of its own so that it counts."""
        if route.operation is None or not faults.listed(self._desk.book):
            return None
        with self._desk.book.transaction():
            order_id = self._desk.face.subject(self._desk, call)
            return faults.take(self._desk.book, faults.REQUEST_KINDS, route.operation, order_id)

    def _failed(self, fault: Fault, call: Call) -> Response:
        """The answer of a fault that strikes before any work is done."""
        if fault.kind == "timeout_before":
            return _hung()
        if fault.kind == "connection_drop":
            return _dropped()
        if fault.kind == "http_429":
            response = self._desk.face.refusal(_TOO_MANY)
            return replace(response, headers={**response.headers, "retry-after": "1"})
        if fault.kind == "key_in_use":
            return self._desk.face.refusal(_UNDER_WAY)
        response = self._desk.face.refusal(_BROKEN)
        key = idempotency_key(call)
        if fault.stored and key is not None:
            stored = StoredAnswer(fingerprint(call), 500, None, response.body)
            with self._desk.book.transaction():
                self._desk.book.remember(key, stored)
        return response


def _hung() -> Response:
    return Response(0, {}, b"", transport="hang")


def _dropped() -> Response:
    return Response(0, {}, b"", transport="drop")


def _form_or_json(request: Request) -> tuple[Fields, bool]:
    """The body of a buyer's or a test's call: JSON, or a form from a hosted page."""
    content_type = (request.header("content-type") or "").split(";")[0].strip().lower()
    if content_type != _FORM:
        return Fields(decoded(request.body)), False
    return Fields(dict(parse_qsl(request.body.decode("utf-8", "replace")))), True
