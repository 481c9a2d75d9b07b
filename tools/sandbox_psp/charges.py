"""Sessions and charges: their shape, how a charge changes, and how both look to the merchant."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, TypeAlias

from tools.sandbox_psp.instruments import DECLINES, ActionType, Instrument, Outcome, Resolution
from tools.sandbox_psp.qr import payload
from tools.sandbox_psp.times import rfc3339
from tools.sandbox_psp.wire import JsonValue

Status: TypeAlias = Literal[
    "requires_action", "authorized", "captured", "declined", "voided", "expired"
]

# A charge in one of these holds no money and leaves room in its session for another.
RELEASED: Final = ("declined", "voided", "expired")


@dataclass(frozen=True)
class Session:
    """A checkout known to the PSP. The buyer's answer to a challenge belongs to it."""

    psp_token: str
    reference: str
    amount: int
    currency: str
    method: str | None
    return_url: str | None
    client_secret: str
    created_at: datetime
    expires_at: datetime
    instrument: Instrument | None = None
    resolution: Resolution | None = None
    action_expires_at: datetime | None = None


@dataclass(frozen=True)
class Charge:
    """Money asked of a session's buyer for one order. Amounts are minor units.

    ``requested`` is what the merchant asked and ``amount`` what the PSP booked; they differ only by
    the fault ``amount_drift``.
    """

    psp_reference: str
    number: int
    session: str
    order_id: str
    idempotency_key: str
    requested: int
    amount: int
    currency: str
    capture: str
    method: str
    created_at: datetime
    updated_at: datetime
    status: Status = "requires_action"
    captured: int = 0
    refunded: int = 0
    decline_code: str | None = None
    action_type: ActionType | None = None
    dispute_later: bool = False
    captured_at: datetime | None = None
    settled_in: str | None = None


def with_outcome(charge: Charge, outcome: Outcome, now: datetime) -> Charge:
    """The charge after the outcome."""
    changed = replace(charge, updated_at=now, action_type=outcome.action_type)
    if outcome.verdict == "approved":
        if charge.capture == "manual":
            return replace(changed, status="authorized")
        return with_capture(changed, charge.amount, now)
    if outcome.verdict == "declined":
        return replace(changed, status="declined", decline_code=outcome.decline_code)
    return replace(changed, status=outcome.verdict)


def with_capture(charge: Charge, amount: int, now: datetime) -> Charge:
    """The charge captured once; what is left of the authorisation is gone."""
    return replace(charge, status="captured", captured=amount, captured_at=now, updated_at=now)


def hosted_url(public_url: str, psp_token: str) -> str:
    """Where the buyer goes."""
    return f"{public_url}/pay/{psp_token}"


def charge_json(charge: Charge, session: Session, public_url: str) -> dict[str, JsonValue]:
    """The charge as the merchant sees it."""
    return {
        "psp_reference": charge.psp_reference,
        "session": charge.session,
        "reference": charge.order_id,
        "order_id": charge.order_id,
        "idempotency_key": charge.idempotency_key,
        "amount": charge.amount,
        "currency": charge.currency,
        "status": charge.status,
        "captured": charge.captured,
        "refunded": charge.refunded,
        "capture": charge.capture,
        "method": charge.method,
        "decline": _decline_json(charge.decline_code),
        "action": _action_json(charge, session, public_url),
        "created_at": rfc3339(charge.created_at),
        "updated_at": rfc3339(charge.updated_at),
    }


def _decline_json(code: str | None) -> JsonValue:
    if code is None:
        return None
    kind, message = DECLINES[code]
    return {"code": code, "type": kind, "message": message}


def _action_json(charge: Charge, session: Session, public_url: str) -> JsonValue:
    """What the buyer has to do; the code covers the session, so one scan pays all its charges."""
    if charge.status != "requires_action" or charge.action_type is None:
        return None
    expires_at = session.action_expires_at or session.expires_at
    action: dict[str, JsonValue] = {
        "type": charge.action_type,
        "url": hosted_url(public_url, session.psp_token),
        "expires_at": rfc3339(expires_at),
    }
    if charge.action_type == "qr_code":
        action["qr_payload"] = payload(
            session.psp_token, session.reference, session.amount, session.currency
        )
    return action


def session_json(session: Session, status: str, public_url: str) -> dict[str, JsonValue]:
    """The session as the merchant sees it."""
    return {
        "psp_token": session.psp_token,
        "reference": session.reference,
        "amount": session.amount,
        "currency": session.currency,
        "method": session.method,
        "client_secret": session.client_secret,
        "hosted_url": hosted_url(public_url, session.psp_token),
        "return_url": session.return_url,
        "expires_at": rfc3339(session.expires_at),
        "created_at": rfc3339(session.created_at),
        "payment_method": instrument_json(session.instrument),
        "status": status,
    }


def instrument_json(instrument: Instrument | None) -> JsonValue:
    """The attached payment method, as anybody may see it."""
    if instrument is None:
        return None
    return {
        "type": instrument.kind,
        "brand": instrument.brand,
        "funding": instrument.funding,
        "last4": instrument.last4,
        "wallet_provider": instrument.wallet_provider,
    }
