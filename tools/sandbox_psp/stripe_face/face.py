"""The sandbox as Stripe: its routes, its key, its forms, its errors, its events."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from tools.sandbox_psp import papers
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.charges import Charge, Session
from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.face import Batch, Noun, SettlementFile, Webhook
from tools.sandbox_psp.native import check_bearer
from tools.sandbox_psp.orders import order_of
from tools.sandbox_psp.outbox import Event, signature
from tools.sandbox_psp.routing import merchants, opened
from tools.sandbox_psp.stripe_face import (
    charge_views,
    disputes,
    events,
    intents,
    payment_methods,
    payouts,
    recipients,
    refunds,
    reports,
    setups,
)
from tools.sandbox_psp.stripe_face.errors import rendered
from tools.sandbox_psp.stripe_face.intent_views import CHARGE, INTENT, intent
from tools.sandbox_psp.stripe_face.methods import picture
from tools.sandbox_psp.stripe_face.params import from_form
from tools.sandbox_psp.stripe_face.settlement_csv import settlement_file
from tools.sandbox_psp.wire import BODY_BYTES_MAX, JsonValue, Refused, Request, Response, decoded

SIGNATURE_HEADER: Final = "Stripe-Signature"
_PREFIXES: Final[dict[Noun, str]] = {
    "session": "seti_", "client_secret": "", "charge": "pi_", "refund": "re_", "dispute": "du_",
    "payout": "obp_", "bank_account": "acct_", "event": "evt_",
}  # fmt: skip
_OURS: Final = ("order_id", "checkout_id", "payout_id")
_INTENT: Final = "/v1/payment_intents/{id}"
_DISPUTE: Final = "/v1/disputes/{id}"
_PAYMENTS: Final = payouts.PAYMENTS_PATH
_METHODS: Final = "/v2/money_management/payout_methods"


ROUTES: Final = (
    merchants("POST", "/v1/customers", setups.create_customer, "session"),
    merchants("GET", "/v1/customers/{id}", setups.read_customer, "query"),
    merchants("POST", "/v1/setup_intents", setups.create_setup, "session"),
    merchants("GET", "/v1/setup_intents/{id}", setups.read_setup, "query"),
    merchants("GET", "/v1/payment_methods/{id}", payment_methods.read_method, "query"),
    merchants("POST", "/v1/payment_intents", intents.create, "charge"),
    merchants("GET", "/v1/payment_intents", intents.list_intents, "query"),
    merchants("GET", _INTENT, intents.read, "query"),
    merchants("POST", f"{_INTENT}/confirm", intents.confirm, "charge"),
    merchants("POST", f"{_INTENT}/capture", intents.capture, "capture"),
    merchants("POST", f"{_INTENT}/cancel", intents.cancel, "void"),
    merchants("GET", "/v1/charges", charge_views.list_charges, "query"),
    merchants("GET", "/v1/charges/{id}", charge_views.read_charge, "query"),
    merchants("GET", "/v1/balance_transactions", charge_views.list_transactions, "query"),
    merchants("GET", "/v1/balance_transactions/{id}", charge_views.read_transaction, "query"),
    merchants("POST", "/v1/refunds", refunds.create, "refund"),
    merchants("GET", "/v1/refunds", refunds.list_refunds, "query"),
    merchants("GET", "/v1/refunds/{id}", refunds.read, "query"),
    merchants("GET", "/v1/disputes", disputes.list_disputes, "query"),
    merchants("GET", _DISPUTE, disputes.read, "query"),
    merchants("POST", _DISPUTE, disputes.update, "dispute"),
    merchants("POST", f"{_DISPUTE}/close", disputes.close, "dispute"),
    merchants("GET", "/v1/events", events.list_events, "query"),
    merchants("GET", "/v1/events/{id}", events.read, "query"),
    merchants("POST", "/v1/reporting/report_runs", reports.create_run),
    merchants("GET", "/v1/reporting/report_runs", reports.list_runs),
    merchants("GET", "/v1/reporting/report_runs/{id}", reports.read_run),
    merchants("GET", "/v1/files/{id}", reports.read_file),
    merchants("GET", "/v1/files/{id}/contents", reports.read_contents),
    merchants("POST", _PAYMENTS, payouts.create, "payout"),
    merchants("GET", _PAYMENTS, payouts.list_payments, "query"),
    merchants("GET", f"{_PAYMENTS}/{{id}}", payouts.read, "query"),
    merchants("GET", _METHODS, recipients.list_payout_methods, "query"),
    merchants("GET", f"{_METHODS}/{{id}}", recipients.read_payout_method, "query"),
    merchants("GET", "/v2/core/accounts/{id}", recipients.read_account, "query"),
    opened("GET", "/qr/{name}", picture),
)


class StripeFace:
    """The sandbox as Stripe."""

    name = "stripe"
    routes = ROUTES

    def check_key(self, desk: Desk, request: Request) -> None:
        """``Authorization: Bearer`` and the secret key."""
        check_bearer(desk, request)

    def read(self, request: Request) -> Mapping[str, JsonValue]:
        """JSON of v2, a form of v1."""
        if request.path.startswith("/v2/"):
            return decoded(request.body)
        if len(request.body) > BODY_BYTES_MAX:
            raise Refused(413, "body_too_large", f"a body has at most {BODY_BYTES_MAX} bytes")
        return from_form(request.body.decode("utf-8", "replace"))

    def subject(self, desk: Desk, call: Call) -> str | None:
        """The metadata's order, checkout or payout, or whose the named object is."""
        metadata = call.body.values.get("metadata")
        given = metadata if isinstance(metadata, Mapping) else {}
        named = next((given[name] for name in _OURS if name in given), None)
        if isinstance(named, str):
            return named
        about = call.path.get("id") or call.body.values.get("payment_intent")
        if about is None:
            query = call.request.parameters()
            about = query.get("payment_intent") or query.get("customer")
        return self._known(desk, about) if isinstance(about, str) else None

    def _known(self, desk: Desk, reference: str) -> str | None:
        paper = papers.find(desk.book, reference)
        if paper is not None and paper.kind == CHARGE:
            paper = papers.find(desk.book, paper.parent)
        if paper is None or paper.kind == refunds.REFUND:
            return order_of(desk.book, reference)
        if paper.kind == INTENT:
            return str(paper.data["order_id"])
        found = paper.data.get("metadata", {})
        return next((str(found[name]) for name in _OURS if name in found), None)

    def refusal(self, refused: Refused) -> Response:
        """``{"error": {...}}`` with a type."""
        return rendered(refused)

    def finished(self, desk: Desk, request: Request, response: Response) -> Response:
        """A request id, the API's version, and the key that came with the call."""
        key = request.header("idempotency-key")
        headers = {
            **response.headers,
            "request-id": desk.book.token("req_", desk.book.next_number("request")),
            "stripe-version": events.API_VERSION,
            **({"idempotency-key": key} if key else {}),
        }
        return Response(response.status, headers, response.body, response.transport)

    def token(self, book: Book, noun: Noun, number: int) -> str:
        """Stripe's prefixes; a session is a SetupIntent and a charge a PaymentIntent."""
        return book.token(_PREFIXES[noun], number)

    def attached(self, desk: Desk, session: Session) -> None:
        """A card of a SetupIntent becomes its customer's."""
        setups.card_attached(desk, session)

    def checkout(self, desk: Desk, charge: Charge) -> str:
        """The transfer group, which the merchant gives all PaymentIntents of a checkout."""
        return str(intent(desk, charge.psp_reference).data["transfer_group"] or charge.session)

    def webhooks(self, desk: Desk, event: Event) -> Sequence[Webhook]:
        """Snapshot events, or a thin one."""
        return events.webhooks(desk, event)

    def sealed(
        self, desk: Desk, webhook: Webhook, at: datetime, *, trusted: bool
    ) -> tuple[dict[str, str], bytes]:
        """Time and HMAC in ``Stripe-Signature``."""
        secret = desk.config.webhook_secret + ("" if trusted else "-wrong")
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            SIGNATURE_HEADER: signature(secret, at, webhook.body),
        }
        return headers, webhook.body

    def settlement(self, desk: Desk, batch: Batch) -> SettlementFile:
        """The itemised payout reconciliation."""
        return settlement_file(desk, batch)

    def settlement_url(self, desk: Desk, name: str) -> str:
        """As any file of Stripe's."""
        return reports.contents_url(desk, name)
