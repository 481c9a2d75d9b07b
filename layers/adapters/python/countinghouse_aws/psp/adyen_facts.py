"""Adyen's answers, read as the facts they state. Pure.

Every function raises one of UNREADABLE for an answer that is not as documented. Sources: the
OpenAPI documents of Checkout v72 and Transfers v4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from countinghouse.domain.instants import HOUR, Instant, from_rfc3339
from countinghouse.domain.order import CaptureMode, Order
from countinghouse.domain.psp import (
    Action,
    Decline,
    FactKind,
    PayoutFact,
    PspFact,
    PspSession,
    RefundFact,
    SettlementKind,
)
from countinghouse.domain.refund import Refund
from countinghouse_aws.psp.adyen_profile import ADYEN_PROFILE, REFUSALS
from countinghouse_aws.psp.names import ADYEN
from countinghouse_aws.psp.sandbox import plain_text, whole

K = FactKind
S = SettlementKind
OFFER_KEPT = 12 * HOUR
"""How long the buyer has where Adyen names no end (docs: OFFER_CLOSED, 12 hours for cards)."""

_PAID = frozenset({"Authorised", "PartiallyAuthorised"})
_REFUSED = frozenset({"Refused", "Error", "Cancelled"})
_WAITING = frozenset(
    {"Pending", "Received", "AuthenticationFinished", "AuthenticationNotRequired", "Success"}
)
_ACTING = frozenset({"RedirectShopper", "ChallengeShopper", "IdentifyShopper", "PresentToShopper"})
_ACTIONS = {"redirect": "redirect", "threeDS2": "three_ds", "qrCode": "qr_code"}
_URL = re.compile(r"https?://[\x21-\x7e]{1,2000}")
_QR_MAX = 2_000

TRANSFERS = {
    "received": S.PENDING,
    "pending": S.PENDING,
    "pendingApproval": S.PENDING,
    "approvalPending": S.PENDING,
    "pendingExecution": S.PENDING,
    "authorised": S.PENDING,
    "bookingPending": S.PENDING,
    "bankTransferPending": S.PENDING,
    "booked": S.SUCCEEDED,
    "bankTransfer": S.SUCCEEDED,
    "credited": S.SUCCEEDED,
    "refused": S.FAILED,
    "rejected": S.FAILED,
    "cancelled": S.FAILED,
    "error": S.FAILED,
    "expired": S.FAILED,
    "failed": S.FAILED,
    "returned": S.FAILED,
}
_HAD_LEFT = frozenset({"booked", "bankTransfer", "credited"})


def session_of(said: Mapping[str, Any]) -> PspSession:
    """A session as Adyen opened it."""
    return PspSession(
        psp=ADYEN,
        psp_token=plain_text(said["id"]),
        expires_at=from_rfc3339(said["expiresAt"]),
        client_secret=str(said["sessionData"]),
        hosted_url=_url(said.get("url")),
    )


def newest_card(said: Mapping[str, Any], before: Instant | None = None) -> str | None:
    """The id of the card that was stored last, or None when none is stored.

    With `before`, the last that was there then, where Adyen says when they were stored.
    """
    stored = said.get("storedPaymentMethods", [])
    if not isinstance(stored, list):
        raise ValueError("stored payment methods are a list")
    cards = [one for one in stored if one.get("type", "scheme") == "scheme"]
    known = [one for one in cards if before is not None and _stored_at(one) <= before]
    # Adyen lists them newest first, and says when each was stored where that is switched on.
    newest = max(known or cards, key=_stored_at, default=None)
    return plain_text(newest["id"]) if newest is not None else None


def charge_fact(said: Mapping[str, Any], order: Order) -> PspFact:
    """What /payments or /payments/details says of the order's newest attempt."""
    if said.get("merchantReference", order.order_id) != order.order_id:
        raise ValueError("this is another order's payment")
    result, key = said["resultCode"], order.attempts[-1].key
    named = plain_text(said["pspReference"]) if "pspReference" in said else None
    if result in _REFUSED:
        return PspFact(K.DECLINED, key, named, decline=_decline(said))
    if result in _WAITING and "action" not in said:
        return PspFact(K.PENDING, key, named)
    amount, currency = _amount_of(said, order, must_say=result == "PartiallyAuthorised")
    if result in _ACTING or result in _WAITING:
        # A code to scan is pending, and has an action all the same.
        action = _action(said["action"], order.attempts[-1].first_sent_at)
        return PspFact(K.REQUIRES_ACTION, key, named, amount, 0, currency, action=action)
    if result not in _PAID:
        raise ValueError("a result code that is not known")
    reference = plain_text(said["pspReference"])
    if order.capture_mode is CaptureMode.MANUAL:
        return PspFact(K.AUTHORIZED, key, reference, amount, 0, currency)
    # Adyen captures by itself and says nothing more of it: authorised is captured.
    return PspFact(K.CAPTURED, key, reference, amount, amount, currency)


def refund_fact(said: Mapping[str, Any], refund: Refund) -> RefundFact:
    """What /refunds answers: that it has the request. What becomes of it, a webhook tells."""
    if said["status"] != "received":
        raise ValueError("a refund is received, or refused")
    amount, currency = money_of(said["amount"])
    return RefundFact(S.PENDING, refund.key, plain_text(said["pspReference"]), amount, currency)


def payout_fact(said: Mapping[str, Any]) -> PayoutFact:
    """A transfer as a fact; one that failed after it had left is one that was returned."""
    status = said["status"]
    kind = TRANSFERS[status]
    events = said.get("events") or []
    had_left = any(one.get("status") in _HAD_LEFT for one in events)
    amount = said["amount"]
    currency = plain_text(amount["currency"])
    is_failure = kind is S.FAILED
    return PayoutFact(
        kind=kind,
        payout_id=plain_text(said["reference"]),
        psp_reference=plain_text(said["id"]),
        amount_minor=ADYEN_PROFILE.payout_from_wire(whole(amount["value"]), currency),
        currency=currency,
        occurred_at=_moment(said),
        failure=slug(said.get("reason"), status) if is_failure else None,
        returned=status == "returned" or (is_failure and had_left),
    )


def money_of(amount: Mapping[str, Any]) -> tuple[int, str]:
    """An amount of a payment in minor units, and its currency."""
    currency = plain_text(amount["currency"])
    return ADYEN_PROFILE.from_wire(whole(amount["value"]), currency), currency


def decline_for(code: object, reason: object) -> Decline:
    """A refusal by its code, or by its reason where that is all that is said."""
    known = REFUSALS.get(str(code))
    if known is None:
        known = _REASONS.get(slug(reason, ""), "Refused")
    return ADYEN_PROFILE.decline(slug(known, "refused"), known)


def slug(text: object, otherwise: str) -> str:
    """Words as a code: `Not enough balance` is `not_enough_balance`."""
    found = re.sub(r"[^a-z0-9]+", "_", _spaced(text).lower()).strip("_")[:60]
    return found or otherwise


def _spaced(text: object) -> str:
    """`counterpartyAccountClosed` in words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text) if isinstance(text, str) else ""


_REASONS = {slug(reason, ""): reason for reason in REFUSALS.values()}


def _decline(said: Mapping[str, Any]) -> Decline:
    return decline_for(said.get("refusalReasonCode"), said.get("refusalReason"))


def _stored_at(card: Mapping[str, Any]) -> Instant:
    return from_rfc3339(card["createdAt"]) if card.get("createdAt") else 0


def _amount_of(said: Mapping[str, Any], order: Order, *, must_say: bool) -> tuple[int, str]:
    """What the answer names, or what was asked for: a part of it has a result code of its own."""
    if must_say or "amount" in said:
        return money_of(said["amount"])
    return order.amount_minor, order.currency


def _action(action: Mapping[str, Any], since: Instant) -> Action:
    kind = str(action["type"])
    payload = action.get("qrCodeData")
    if kind == "qrCode" and not (isinstance(payload, str) and 0 < len(payload) <= _QR_MAX):
        raise ValueError("a code to scan has no content")
    ends = action.get("expiresAt")
    return Action(
        type=_ACTIONS.get(kind, "redirect"),
        url=_url(action.get("url")),
        expires_at=from_rfc3339(ends) if ends else since + OFFER_KEPT,
        qr_payload=payload if kind == "qrCode" else None,
    )


def _url(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _URL.fullmatch(value):
        raise ValueError("a URL must be one")
    return value


def _moment(said: Mapping[str, Any]) -> Instant | None:
    """When the transfer last changed, where it says."""
    if said.get("updatedAt"):
        return from_rfc3339(said["updatedAt"])
    booked = [from_rfc3339(one["bookingDate"]) for one in said.get("events") or []]
    return max(booked, default=None)
