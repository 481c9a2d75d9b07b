"""The whole PSP with no socket and a clock of the caller's: requests in, answers and webhooks out.

A caller, be it the HTTP face or a simulation, gives each request to ``handle`` and acts on the
answer's ``transport``; and it takes the webhooks that are due, posts them, and reports back.
"""

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from tools.sandbox_psp import clockwork, control, faults, outbox, routes
from tools.sandbox_psp.book import Book, StoredAnswer
from tools.sandbox_psp.desk import Call, Config, Desk
from tools.sandbox_psp.faults import Fault
from tools.sandbox_psp.fields import Fields
from tools.sandbox_psp.idempotency import fingerprint, idempotency_key
from tools.sandbox_psp.orders import order_of
from tools.sandbox_psp.outbox import Delivery
from tools.sandbox_psp.wire import Refused, Request, Response, answer, decoded

_FORM: Final = "application/x-www-form-urlencoded"


class Sandbox:
    """A payment service provider.

    ``now`` gives the caller's time, aware of its zone. The PSP's own clock is ahead of it by what
    ``/_control/clock`` has added. Every method may be called from any thread.
    """

    def __init__(
        self, book: Book, now: Callable[[], datetime], config: Config | None = None
    ) -> None:
        self._desk = Desk(book=book, config=config or Config(), wall_now=now)

    def handle(self, request: Request) -> Response:
        """Answer one request. It never raises for what the caller sent."""
        try:
            route, path = routes.find(request.method, request.path)
            if route.needs_key:
                self._check_key(request)
            call = _call(request, path)
            clockwork.sweep(self._desk)
            fault = self._fault(route, call)
            if fault is not None and fault.kind != "timeout_after_success":
                return self._failed(fault, call)
            response = self._answered(route, call)
            return _hung() if fault else response
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

    def _check_key(self, request: Request) -> None:
        given = (request.header("authorization") or "").encode()
        wanted = f"Bearer {self._desk.config.api_key}".encode()
        if not hmac.compare_digest(given, wanted):
            raise Refused(401, "unauthorized", "give the API key as Authorization: Bearer")

    def _answered(self, route: routes.Route, call: Call) -> Response:
        try:
            with self._desk.book.transaction():
                return route.handler(self._desk, call)
        except Refused as refused:
            return refused.response()

    def _fault(self, route: routes.Route, call: Call) -> Fault | None:
        """Take the fault that meets this call, in a transaction of its own so that it counts."""
        if route.operation is None or not faults.listed(self._desk.book):
            return None
        with self._desk.book.transaction():
            order_id = self._order_id(call)
            return faults.take(self._desk.book, faults.REQUEST_KINDS, route.operation, order_id)

    def _order_id(self, call: Call) -> str | None:
        """The order a call is about; for a session the checkout, for a payout its reference."""
        book, given = self._desk.book, call.request.parameters()
        # A path names one thing at most.
        about = next(iter(call.path.values()), given.get("psp_reference"))
        if about is None and "idempotency_key" in given:
            known = book.recall(given["idempotency_key"])
            about = known.reference if known else None
        if about is not None:
            return order_of(book, about)
        reference = given.get("reference", call.body.values.get("reference"))
        return reference if isinstance(reference, str) else None

    def _failed(self, fault: Fault, call: Call) -> Response:
        """The answer of a fault that strikes before any work is done."""
        if fault.kind == "timeout_before":
            return _hung()
        if fault.kind == "connection_drop":
            return Response(0, {}, b"", transport="drop")
        if fault.kind == "http_429":
            error = {"code": "rate_limited", "message": "too many requests"}
            return answer(429, {"error": error}, retry_after="1")
        error = {"code": "internal_error", "message": "something went wrong"}
        response = answer(500, {"error": error})
        key = idempotency_key(call)
        if fault.stored and key is not None:
            stored = StoredAnswer(fingerprint(call), 500, None, response.body)
            with self._desk.book.transaction():
                self._desk.book.remember(key, stored)
        return response


def _hung() -> Response:
    return Response(0, {}, b"", transport="hang")


def _call(request: Request, path: dict[str, str]) -> Call:
    """Read the body: JSON, or a form from a hosted page."""
    content_type = (request.header("content-type") or "").split(";")[0].strip().lower()
    if content_type != _FORM:
        return Call(request, path, Fields(decoded(request.body)))
    fields = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    return Call(request, path, Fields(fields), is_form=True)
