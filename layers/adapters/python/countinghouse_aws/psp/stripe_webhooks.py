"""Stripe's webhooks: verified on their bytes, read as the fact they state.

The library is not imported here: intake would pay for it with every cold start, and its check of a
signature is `signatures.py`'s, which a test says. A snapshot event is read from the object in it.
What names an outbound payment only (a thin event) becomes the fact UNKNOWN under Stripe's own id,
and whoever applies it asks (`StripeOwners.payout_of`).
"""

from __future__ import annotations

from collections.abc import Callable

from countinghouse.domain.instants import Instant
from countinghouse.domain.psp import (
    Fact,
    FactKind,
    PayoutFact,
    PspEvent,
    PspFact,
    SettlementKind,
)
from countinghouse_aws.psp.names import STRIPE
from countinghouse_aws.psp.sandbox import plain_text
from countinghouse_aws.psp.signed_events import SignedEvents, Stated, event_of
from countinghouse_aws.psp.stripe_disputes import dispute_fact_of
from countinghouse_aws.psp.stripe_facts import Body, intent_fact_of, refund_fact_of, seconds

SIGNATURE_HEADER = "stripe-signature"
_THIN_PAYOUT = "v2.money_management.outbound_payment."
_THIN_STEPS = frozenset({"posted", "failed", "returned", "canceled", "updated"})
_NOTHING = PspFact(FactKind.OTHER)


def parse_event(body: bytes, now: Instant) -> PspEvent:
    """A verified webhook as an event. Raises Invalid when it is not readable.

    An object without our metadata was made by somebody else on the same account: OTHER.
    """
    return event_of(STRIPE, body, now, _stated)


def _stated(event: Body) -> Stated:
    event_id, event_type = plain_text(event["id"]), plain_text(event["type"])
    fact, order_id = _said(event_type, event)
    return Stated(event_id, event_type, order_id, fact)


def _said(event_type: str, event: Body) -> tuple[Fact, str | None]:
    """The event's fact, and the order it names."""
    if event_type.startswith(_THIN_PAYOUT):
        return _thin(event_type.removeprefix(_THIN_PAYOUT), event), None
    if event_type in _DISPUTES:
        return _dispute(event), None
    reader = _READERS.get(event_type)
    if reader is None:
        return _NOTHING, None
    said = event["data"]["object"]
    ours = said.get("metadata") or {}
    if "key" not in ours or "order_id" not in ours:
        return _NOTHING, None
    return reader(said, seconds(event["created"])), plain_text(ours["order_id"])


def _thin(step: str, event: Body) -> Fact:
    if step not in _THIN_STEPS:
        return _NOTHING
    named = plain_text(event["related_object"]["id"])
    return PayoutFact(SettlementKind.UNKNOWN, payout_id=named, psp_reference=named)


def _dispute(event: Body) -> Fact:
    said = event["data"]["object"]
    if said.get("payment_intent") is None:
        # Of a charge that was made without an intent, so not by us.
        return _NOTHING
    return dispute_fact_of(said, seconds(event["created"]))


_READERS: dict[str, Callable[[Body, Instant], Fact]] = {
    **dict.fromkeys(
        (
            "payment_intent.amount_capturable_updated",
            "payment_intent.canceled",
            "payment_intent.payment_failed",
            "payment_intent.processing",
            "payment_intent.requires_action",
            "payment_intent.succeeded",
        ),
        intent_fact_of,
    ),
    **dict.fromkeys(("refund.created", "refund.updated", "refund.failed"), refund_fact_of),
}
_DISPUTES = frozenset(
    f"charge.dispute.{step}"
    for step in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
)
EVENT_TYPES = frozenset({*_READERS, *_DISPUTES, *(_THIN_PAYOUT + step for step in _THIN_STEPS)})
"""The events that Stripe has to be told to send here; whatever else comes says nothing."""


class StripeWebhooks(SignedEvents):
    """Stripe's webhooks; `secrets` gives every live signing secret."""

    header = SIGNATURE_HEADER
    event = staticmethod(parse_event)
