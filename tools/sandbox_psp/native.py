"""The sandbox's own face: JSON in and out, a bearer key, one webhook a change."""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from tools.sandbox_psp import settlement_lines
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.charges import Charge, Session
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.face import SETTLEMENT_CLOSED, Batch, Noun, SettlementFile, Webhook
from tools.sandbox_psp.orders import order_of
from tools.sandbox_psp.outbox import Event, signature
from tools.sandbox_psp.routes import NATIVE_ROUTES
from tools.sandbox_psp.times import rfc3339
from tools.sandbox_psp.wire import JsonValue, Refused, Request, Response, decoded, encoded

SIGNATURE_HEADER: Final = "Sandbox-Signature"
_PREFIXES: Final[dict[Noun, str]] = {
    "session": "tok_", "client_secret": "cs_", "charge": "ch_", "refund": "re_",
    "dispute": "dp_", "payout": "pt_", "bank_account": "ba_", "event": "evt_",
}  # fmt: skip


class NativeFace:
    """The sandbox as itself."""

    name = "sandbox"
    routes = NATIVE_ROUTES

    def check_key(self, desk: Desk, request: Request) -> None:
        """``Authorization: Bearer`` and the key."""
        check_bearer(desk, request)

    def read(self, request: Request) -> Mapping[str, JsonValue]:
        """JSON."""
        return decoded(request.body)

    def subject(self, desk: Desk, call: Call) -> str | None:
        """What the path names, or the query, or a key, or the body's reference."""
        book, given = desk.book, call.request.parameters()
        # A path names one thing at most.
        about = next(iter(call.path.values()), given.get("psp_reference"))
        if about is None and "idempotency_key" in given:
            known = book.recall(given["idempotency_key"])
            about = known.reference if known else None
        if about is not None:
            return order_of(book, about)
        reference = given.get("reference", call.body.values.get("reference"))
        return reference if isinstance(reference, str) else None

    def refusal(self, refused: Refused) -> Response:
        """As every call of the sandbox is refused."""
        return refused.response()

    def finished(self, desk: Desk, request: Request, response: Response) -> Response:
        """Nothing is added."""
        del desk, request
        return response

    def token(self, book: Book, noun: Noun, number: int) -> str:
        """A prefix tells what it is."""
        return book.token(_PREFIXES[noun], number)

    def attached(self, desk: Desk, session: Session) -> None:
        """The session says it all."""

    def checkout(self, desk: Desk, charge: Charge) -> str:
        """Its session."""
        del desk
        return charge.session

    def webhooks(self, desk: Desk, event: Event) -> Sequence[Webhook]:
        """One a change, but for a closed day."""
        if event.kind == SETTLEMENT_CLOSED:
            return ()
        event_id = desk.token("event", desk.book.next_number("event"))
        body = encoded({
            "event_id": event_id,
            "type": event.kind,
            "created_at": rfc3339(event.at),
            "data": event.data,
        })  # fmt: skip
        return (Webhook(event_id, event.kind, body),)

    def sealed(
        self, desk: Desk, webhook: Webhook, at: datetime, *, trusted: bool
    ) -> tuple[dict[str, str], bytes]:
        """Time and HMAC in one header."""
        secret = desk.config.webhook_secret + ("" if trusted else "-wrong")
        signed = signature(secret, at, webhook.body)
        headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signed}
        return headers, webhook.body

    def settlement(self, desk: Desk, batch: Batch) -> SettlementFile:
        """The sandbox's columns."""
        del desk
        name = f"settlement-{batch.day.isoformat()}-{batch.number:04d}.csv"
        body = settlement_lines.as_csv(batch.lines, batch.number, batch.day)
        return SettlementFile(name, body)

    def settlement_url(self, desk: Desk, name: str) -> str:
        """With the merchant's key."""
        return f"{desk.config.public_url}/v1/settlements/{name}"


def check_bearer(desk: Desk, request: Request) -> None:
    """Compare ``Authorization: Bearer`` with the key; ``Refused`` 401 unless they are the same."""
    given = (request.header("authorization") or "").encode()
    wanted = f"Bearer {desk.config.api_key}".encode()
    if not hmac.compare_digest(given, wanted):
        raise Refused(401, "unauthorized", "give the API key as Authorization: Bearer")
