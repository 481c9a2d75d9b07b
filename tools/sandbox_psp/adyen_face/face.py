"""The sandbox as Adyen: its paths, key, errors, webhooks and report."""

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from tools.sandbox_psp import settlement
from tools.sandbox_psp.adyen_face import (
    errors,
    events,
    modifications,
    payments,
    references,
    reports,
    sessions,
    transfer_calls,
    transfers,
)
from tools.sandbox_psp.adyen_face.accounts import MERCHANT
from tools.sandbox_psp.adyen_face.keys import HEADER
from tools.sandbox_psp.adyen_face.notifications import notification, payload_signature, sealed
from tools.sandbox_psp.adyen_face.payment_answers import payment_of
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.charges import Charge, Session
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.face import Batch, Noun, SettlementFile, Webhook
from tools.sandbox_psp.orders import order_of
from tools.sandbox_psp.outbox import Event
from tools.sandbox_psp.payouts import PAYOUTS
from tools.sandbox_psp.routing import merchants
from tools.sandbox_psp.wire import JsonValue, Refused, Request, Response, decoded, encoded

_CHECKOUT: Final = "/checkout/v72"
_PAYMENT: Final = f"{_CHECKOUT}/payments/{{payment}}"
_TRANSFERS: Final = "/transfers/v4/transfers"
_REPORTS: Final = "/reports/download/MerchantAccount"
# A key that no receiver has.
_WRONG_KEY: Final = "00" * 32


def read_report(desk: Desk, call: Call) -> Response:
    """A report, as CSV."""
    if call.path["account"] != MERCHANT:
        raise Refused(403, "901", "Invalid Merchant Account")
    body = settlement.content(desk, call.path["name"])
    return Response(200, {"content-type": "text/csv; charset=utf-8"}, body)


ROUTES: Final = (
    merchants("POST", f"{_CHECKOUT}/sessions", sessions.create_session, "session"),
    merchants("POST", f"{_CHECKOUT}/paymentMethods", sessions.list_methods, "query"),
    merchants("GET", f"{_CHECKOUT}/storedPaymentMethods", sessions.list_stored, "query"),
    merchants("POST", f"{_CHECKOUT}/payments", payments.create_payment, "charge"),
    merchants("POST", f"{_CHECKOUT}/payments/details", payments.submit_details, "charge"),
    merchants("POST", f"{_PAYMENT}/captures", modifications.capture, "capture"),
    merchants("POST", f"{_PAYMENT}/cancels", modifications.cancel, "void"),
    merchants("POST", f"{_CHECKOUT}/cancels", modifications.cancel_by_reference, "void"),
    merchants("POST", f"{_PAYMENT}/refunds", modifications.refund, "refund"),
    merchants("POST", f"{_PAYMENT}/reversals", modifications.reverse, "refund"),
    merchants("POST", _TRANSFERS, transfer_calls.create_transfer, "payout"),
    merchants("GET", _TRANSFERS, transfer_calls.list_transfers, "query"),
    merchants("GET", f"{_TRANSFERS}/{{transfer}}", transfer_calls.read_transfer, "query"),
    merchants("GET", "/lem/v4/transferInstruments/{instrument}",
              transfer_calls.read_instrument, "query"),
    merchants("GET", "/lem/v4/legalEntities/{entity}", transfer_calls.read_legal_entity, "query"),
    merchants("GET", f"{_REPORTS}/{{account}}/{{name}}", read_report),
)  # fmt: skip


class AdyenFace:
    """The sandbox as Adyen."""

    name = "adyen"
    routes = ROUTES

    def check_key(self, desk: Desk, request: Request) -> None:
        """``X-API-Key``."""
        given = (request.header("x-api-key") or "").encode()
        if not hmac.compare_digest(given, desk.config.api_key.encode()):
            raise Refused(401, "unauthorized", "give the API key as X-API-Key")

    def read(self, request: Request) -> Mapping[str, JsonValue]:
        """JSON."""
        return decoded(request.body)

    def subject(self, desk: Desk, call: Call) -> str | None:
        """What the path names, or the body's or the query's references."""
        if call.path:
            return order_of(desk.book, next(iter(call.path.values())))
        charge = payments.charge_of_result(desk, call.body)
        if charge is not None:
            return charge.order_id
        given = {**call.body.values, **call.request.parameters()}
        names = ("paymentReference", "reference", "shopperReference")
        reference = next((given[name] for name in names if name in given), None)
        return reference if isinstance(reference, str) else None

    def refusal(self, refused: Refused) -> Response:
        """A ``ServiceError``, or a problem of the Transfers API."""
        return errors.refusal(refused)

    def finished(self, desk: Desk, request: Request, response: Response) -> Response:
        """The key that was heeded comes back, and an error has a reference of its own."""
        headers = {k: v for k, v in response.headers.items() if k != "idempotent-replayed"}
        key = request.header(HEADER)
        if key:
            headers[HEADER] = key
        if response.transport != "ok" or response.status < 400:
            return replace(response, headers=headers)
        reference = references.of_request(desk.book, request)
        told = json.loads(response.body)
        if "errorType" in told:
            told.setdefault("pspReference", reference)
        return replace(response, headers={**headers, "pspreference": reference}, body=encoded(told))

    def token(self, book: Book, noun: Noun, number: int) -> str:
        """Sixteen capitals and digits; what is neither payment nor modification has a prefix."""
        return references.reference(book, noun, number)

    def attached(self, desk: Desk, session: Session) -> None:
        """A card left in a session is the shopper's stored payment method."""
        sessions.store(desk, session)

    def checkout(self, desk: Desk, charge: Charge) -> str:
        """The shopper, who is the merchant's checkout."""
        payment = payment_of(desk.book, charge.psp_reference)
        return payment.shopper if payment else charge.session

    def webhooks(self, desk: Desk, event: Event) -> Sequence[Webhook]:
        """Standard webhooks of payments and reports, transfer webhooks of payouts."""
        if event.kind.startswith("payout."):
            return _of_transfer(desk, event)
        return tuple(
            _webhook(desk, item.code, notification(item)) for item in events.items_of(desk, event)
        )

    def sealed(
        self, desk: Desk, webhook: Webhook, at: datetime, *, trusted: bool
    ) -> tuple[dict[str, str], bytes]:
        """A transfer's signature is a header, any other's is inside."""
        del at
        key = desk.config.webhook_secret if trusted else _WRONG_KEY
        headers = {"Content-Type": "application/json"}
        if webhook.kind in (transfers.CREATED, transfers.UPDATED):
            signed = payload_signature(webhook.body, key)
            return {**headers, "hmacsignature": signed, "protocol": "HmacSHA256"}, webhook.body
        return headers, sealed(json.loads(webhook.body), key)

    def settlement(self, desk: Desk, batch: Batch) -> SettlementFile:
        """The Settlement details report."""
        return reports.report(desk.book, batch)

    def settlement_url(self, desk: Desk, name: str) -> str:
        """With the key of the merchant's report user, which is the merchant's here."""
        return f"{desk.config.public_url}{_REPORTS}/{MERCHANT}/{name}"


def _of_transfer(desk: Desk, event: Event) -> tuple[Webhook, ...]:
    """One for each step; a transfer that is sent has taken two of them."""
    payout = PAYOUTS.get(desk.book, event.reference)
    priority, steps = transfer_calls.priority_of(desk, payout), transfers.STEPS[payout.status]
    told = (1, 2) if payout.status == "in_transit" else (len(steps),)
    bodies = [transfers.webhook_json(payout, priority, steps[:count]) for count in told]
    return tuple(_webhook(desk, str(body["type"]), body) for body in bodies)


def _webhook(desk: Desk, kind: str, body: Mapping[str, JsonValue]) -> Webhook:
    event_id = desk.token("event", desk.book.next_number("event"))
    return Webhook(event_id, kind, encoded(body))
