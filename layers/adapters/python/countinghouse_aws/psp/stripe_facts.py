"""Stripe's objects, read as the facts they state: pure, from plain maps, library or none.

Every function raises one of UNREADABLE for an object that is not as documented, or is none of ours:
ours carry their key and order in `metadata`. Amounts and currencies are what Stripe says; whether
they are ours is for the domain to compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from countinghouse.domain.instants import HOUR, SECOND, Instant, from_rfc3339
from countinghouse.domain.psp import (
    Action,
    Decline,
    DeclineType,
    FactKind,
    PayoutFact,
    PspFact,
    RefundFact,
    SettlementKind,
)
from countinghouse_aws.psp.sandbox import plain_text, whole
from countinghouse_aws.psp.stripe_profile import STRIPE_PROFILE

Body = Mapping[str, Any]
K = FactKind
S = SettlementKind

ACTION_LIFETIME = HOUR
"""How long an action of which Stripe names no end is taken to stand; the intent itself stays."""
MESSAGE_MAX = 200
_URL_MAX = 2_000
_QR_MAX = 4_000

_INTENTS: dict[str, FactKind] = {
    "requires_action": K.REQUIRES_ACTION,
    "requires_capture": K.AUTHORIZED,
    "succeeded": K.CAPTURED,
    "processing": K.PENDING,
    # Between its creation and its confirmation, which are one call of ours.
    "requires_confirmation": K.PENDING,
}
_EXPIRED = frozenset({"automatic", "expired"})
"""Why Stripe itself cancels an intent; any other reason was somebody's wish."""
_ATTEMPT_EXPIRED = "payment_intent_payment_attempt_expired"
_NEVER_AGAIN = "do_not_try_again"
_REFUNDS = {
    "pending": S.PENDING,
    "requires_action": S.PENDING,
    "succeeded": S.SUCCEEDED,
    "failed": S.FAILED,
    "canceled": S.FAILED,
}
_PAYOUTS = {
    "processing": S.PENDING,
    "posted": S.SUCCEEDED,
    "failed": S.FAILED,
    "canceled": S.FAILED,
    "returned": S.FAILED,
}


def intent_fact_of(intent: Body, at: Instant | None = None) -> PspFact:
    """A PaymentIntent as a fact; `at` is when it became so, where the caller knows."""
    kind, decline = _standing(intent)
    currency = currency_of(intent["currency"])
    return PspFact(
        kind=kind,
        key=plain_text(intent["metadata"]["key"]),
        psp_reference=plain_text(intent["id"]),
        amount_minor=STRIPE_PROFILE.from_wire(whole(intent["amount"]), currency),
        captured_minor=_captured(intent, kind, currency),
        currency=currency,
        occurred_at=_ended(intent) if at is None else at,
        action=_action(intent) if kind is K.REQUIRES_ACTION else None,
        decline=decline,
    )


def _standing(intent: Body) -> tuple[FactKind, Decline | None]:
    status = intent["status"]
    if status == "requires_payment_method":
        error = intent.get("last_payment_error")
        if not error:
            # Made, and not yet tried: its confirmation is under way.
            return K.PENDING, None
        if _code(error) == _ATTEMPT_EXPIRED:
            return K.EXPIRED, None
        return K.DECLINED, decline_of(error)
    if status == "canceled":
        return (K.EXPIRED if intent.get("cancellation_reason") in _EXPIRED else K.VOIDED), None
    return _INTENTS.get(status, K.OTHER), None


def _captured(intent: Body, kind: FactKind, currency: str) -> int:
    if kind is not K.CAPTURED:
        return 0
    return STRIPE_PROFILE.from_wire(whole(intent["amount_received"]), currency)


def _ended(intent: Body) -> Instant | None:
    canceled_at = intent.get("canceled_at")
    return None if canceled_at is None else seconds(canceled_at)


def _code(error: Body) -> str:
    return str(error.get("decline_code") or error.get("code") or "")


def decline_of(error: Body) -> Decline:
    """A payment error as a decline; the issuer's advice never to try again overrules the code."""
    message = str(error.get("message") or "")[:MESSAGE_MAX]
    decline = STRIPE_PROFILE.decline(_code(error), message)
    if error.get("advice_code") == _NEVER_AGAIN:
        return Decline(decline.code, DeclineType.HARD, message)
    return decline


def _action(intent: Body) -> Action:
    """What the buyer has to do: scan a code, else follow a link; of a card that is 3-D Secure."""
    wanted = intent["next_action"]
    kind = plain_text(wanted["type"])
    detail = wanted.get(kind) or {}
    code = detail.get("qr_code") or detail
    expires_at = code.get("expires_at") or detail.get("expires_at")
    end = seconds(expires_at) if expires_at else seconds(intent["created"]) + ACTION_LIFETIME
    url = _link(detail)
    payload = code.get("data")
    if payload:
        return Action("qr_code", url, end, _bounded(payload, _QR_MAX))
    is_card = list(intent.get("payment_method_types") or ()) == ["card"]
    return Action("three_ds" if is_card else "redirect", url, end)


def _link(detail: Body) -> str | None:
    """The first of the places where Stripe puts a link; http or https only, for it is shown."""
    named = ("url", "stripe_js", "hosted_instructions_url", "mobile_auth_url")
    for url in (detail.get(name) for name in named):
        if isinstance(url, str) and urlsplit(url).scheme in ("http", "https"):
            return _bounded(url, _URL_MAX)
    return None


def _bounded(value: object, length_max: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= length_max:
        raise ValueError("a text is too long, or none")
    return value


def refund_fact_of(refund: Body, at: Instant | None = None) -> RefundFact:
    """A refund object as a fact."""
    kind = _REFUNDS[refund["status"]]
    currency = currency_of(refund["currency"])
    return RefundFact(
        kind=kind,
        key=plain_text(refund["metadata"]["key"]),
        psp_reference=plain_text(refund["id"]),
        amount_minor=STRIPE_PROFILE.from_wire(whole(refund["amount"]), currency),
        currency=currency,
        occurred_at=at,
        failure=_failure(refund.get("failure_reason"), "refund") if kind is S.FAILED else None,
    )


def payout_fact_of(payment: Body) -> PayoutFact:
    """An outbound payment as a fact; Stripe knows our payout by its metadata."""
    status = plain_text(payment["status"])
    amount = payment["amount"]
    currency = currency_of(amount["currency"])
    moved = (payment.get("status_transitions") or {}).get(f"{status}_at")
    kind = _PAYOUTS[status]
    details = (payment.get("status_details") or {}).get(status) or {}
    return PayoutFact(
        kind=kind,
        payout_id=plain_text(payment["metadata"]["payout_id"]),
        psp_reference=plain_text(payment["id"]),
        amount_minor=STRIPE_PROFILE.payout_from_wire(whole(amount["value"]), currency),
        currency=currency,
        occurred_at=from_rfc3339(moved or payment["created"]),
        failure=_failure(details.get("reason"), status) if kind is S.FAILED else None,
        returned=status == "returned",
    )


def _failure(reason: object, what: str) -> str:
    return plain_text(reason)[:64] if reason else f"psp_{what}"


def currency_of(text: object) -> str:
    """An ISO 4217 code from Stripe's lower case."""
    return plain_text(text).upper()


def seconds(value: object) -> Instant:
    """The instant that a count of seconds names."""
    return whole(value) * SECOND
