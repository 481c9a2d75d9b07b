"""Events: snapshots of v1's objects, thin ones of v2's, as an endpoint that takes them gets them.

Sent are those of PaymentIntents, refunds, disputes and outbound payments.
"""

from collections.abc import Sequence
from typing import Final

from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.disputes import DISPUTES, REINSTATED
from tools.sandbox_psp.face import SETTLEMENT_CLOSED, Webhook
from tools.sandbox_psp.outbox import Event
from tools.sandbox_psp.stripe_face import lists
from tools.sandbox_psp.stripe_face.disputes import dispute_view
from tools.sandbox_psp.stripe_face.errors import missing
from tools.sandbox_psp.stripe_face.intent_views import changed, created_view, intent, intent_view
from tools.sandbox_psp.stripe_face.params import Params
from tools.sandbox_psp.stripe_face.payouts import PAYMENT, PAYMENTS_PATH
from tools.sandbox_psp.stripe_face.refunds import refund_view
from tools.sandbox_psp.stripe_face.times import milliseconds_text, seconds
from tools.sandbox_psp.wire import JsonObject, JsonValue, Response, answer, decoded, encoded

API_VERSION: Final = "2026-10-28.endive"
_INTENT_EVENTS: Final = {
    "requires_action": "requires_action",
    "authorized": "amount_capturable_updated",
    "captured": "succeeded",
    "declined": "payment_failed",
    "voided": "canceled",
    "canceled": "canceled",
}
_PAYOUT_EVENTS: Final = {
    "in_transit": "created",
    "paid": "posted",
    "failed": "failed",
    "returned": "returned",
}


def webhooks(desk: Desk, event: Event) -> Sequence[Webhook]:
    """What is posted of a change of the engine's."""
    noun, _, happened = event.kind.partition(".")
    if event.kind == SETTLEMENT_CLOSED:
        return ()
    if noun == "payout":
        return (_thin(desk, event, f"{PAYMENT}.{_PAYOUT_EVENTS[happened]}"),)
    if noun == "refund":
        shown = refund_view(desk, event.reference)
        return [_snapshot(desk, event, kind, shown) for kind in _refund_kinds(desk, event)]
    if noun == "dispute":
        shown = dispute_view(desk, event.reference)
        return [_snapshot(desk, event, kind, shown) for kind in _dispute_kinds(desk, event)]
    return _intent_webhooks(desk, event, happened)


def _intent_webhooks(desk: Desk, event: Event, happened: str) -> list[Webhook]:
    """The first thing told of a PaymentIntent is that it was made."""
    paper, found = intent(desk, event.reference), []
    if not paper.data["announced"]:
        changed(desk, paper, announced=True)
        key = paper.data["idempotency_key"] or None
        made = created_view(desk, event.reference)
        found.append(_snapshot(desk, event, "payment_intent.created", made, key))
    if happened != "created":
        shown = intent_view(desk, event.reference)
        if happened == "expired":
            ended = shown["status"] == "canceled"
            kind = "canceled" if ended else "payment_failed"
        else:
            kind = _INTENT_EVENTS[happened]
        found.append(_snapshot(desk, event, f"payment_intent.{kind}", shown))
    return found


def _refund_kinds(desk: Desk, event: Event) -> list[str]:
    told = desk.book.rows("SELECT 1 FROM events WHERE psp_reference = ? LIMIT 1", event.reference)
    if not told:
        return ["refund.created"]
    failed = event.kind == "refund.failed"
    return ["refund.updated", "refund.failed"] if failed else ["refund.updated"]


def _dispute_kinds(desk: Desk, event: Event) -> list[str]:
    dispute, happened = DISPUTES.get(desk.book, event.reference), event.kind.partition(".")[2]
    if happened == "opened":
        kinds = ["created" if dispute.sequence == 1 else "updated"]
        kinds += ["funds_withdrawn"] if dispute.withdrawn else []
    else:
        kinds = [happened]
        given_back = dispute.status in REINSTATED and dispute.fee > 0
        kinds += ["funds_reinstated"] if given_back else []
    return [f"charge.dispute.{kind}" for kind in kinds]


def _snapshot(
    desk: Desk, event: Event, kind: str, shown: JsonObject, key: str | None = None
) -> Webhook:
    event_id = _new_id(desk)
    body: dict[str, JsonValue] = {
        "id": event_id,
        "object": "event",
        "api_version": API_VERSION,
        "created": seconds(event.at),
        "data": {"object": shown},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": key},
        "type": kind,
    }
    return Webhook(event_id, kind, encoded(body))


def _thin(desk: Desk, event: Event, kind: str) -> Webhook:
    """It names the object and no more: whoever gets it asks."""
    event_id = _new_id(desk)
    body: dict[str, JsonValue] = {
        "id": event_id,
        "object": "v2.core.event",
        "type": kind,
        "livemode": False,
        "created": milliseconds_text(event.at),
        "context": None,
        "reason": None,
        "related_object": {
            "id": event.reference,
            "type": PAYMENT,
            "url": f"{PAYMENTS_PATH}/{event.reference}",
        },
    }
    return Webhook(event_id, kind, encoded(body))


def _new_id(desk: Desk) -> str:
    return desk.token("event", desk.book.next_number("event"))


def read(desk: Desk, call: Call) -> Response:
    """One event of v1's."""
    lists.asked(call)
    found = desk.book.rows("SELECT body FROM events WHERE event_id = ?", call.path["id"])
    if not found:
        raise missing("event", call.path["id"], "id")
    return answer(200, decoded(bytes(found[0]["body"])))


def list_events(desk: Desk, call: Call) -> Response:
    """v1's events, posted or lost, of all types or of some."""
    params = lists.asked(call, *lists.PAGING, "type", "types")
    wanted = _types(params)
    rows = desk.book.rows(
        "SELECT e.type, e.body FROM events e JOIN deliveries d USING (event_id)"
        " WHERE e.type NOT LIKE 'v2.%' GROUP BY e.event_id ORDER BY min(d.delivery_id) DESC"
    )
    found = [decoded(bytes(row["body"])) for row in rows if not wanted or row["type"] in wanted]
    return lists.page(call, params, found)


def _types(params: Params) -> list[str]:
    one = params.optional("type")
    return params.texts("types") if one is None else [one]
