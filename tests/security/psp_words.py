"""PSPs' webhooks that say why in words of their own: declines, failures, disputes."""

from __future__ import annotations

import json
from collections.abc import Mapping

_AT = "2026-11-22T08:00:00Z"
_AT_S = 1_795_334_400


def _sandbox(kind: str, **data: object) -> str:
    common = {"order_id": "o1", "currency": "EUR", "amount": 500, "updated_at": _AT}
    return json.dumps({"event_id": "evt_1", "type": kind, "data": {**common, **data}})


SANDBOX_SAMPLES = (
    _sandbox(
        "refund.failed",
        status="failed",
        idempotency_key="o1:refund:1",
        refund_reference="re_1",
        failure={"code": "refund_refused", "message": "no"},
    ),
    _sandbox(
        "dispute.opened",
        dispute_reference="dp_1",
        psp_reference="ch_1",
        stage="chargeback",
        status="needs_response",
        reason="fraudulent",
        sequence=1,
        withdrawn=500,
        fee=0,
    ),
    _sandbox(
        "payout.failed",
        status="failed",
        reference="po_1",
        payout_reference="pay_1",
        failure={"code": "account_closed", "message": "no"},
    ),
)


def _stripe(kind: str, **about: object) -> str:
    said = {"currency": "eur", "amount": 500, "metadata": {"order_id": "o1", "key": "o1:charge:1"}}
    event = {"id": "evt_1", "type": kind, "created": _AT_S, "data": {"object": {**said, **about}}}
    return json.dumps(event)


STRIPE_SAMPLES = (
    _stripe(
        "payment_intent.payment_failed",
        id="pi_1",
        status="requires_payment_method",
        last_payment_error={"code": "card_declined", "decline_code": "lost_card", "message": "no"},
    ),
    _stripe(
        "refund.failed",
        id="re_1",
        status="failed",
        failure_reason="lost_or_stolen_card",
    ),
    _stripe(
        "charge.dispute.created",
        id="dp_1",
        payment_intent="pi_1",
        charge="ch_1",
        reason="fraudulent",
        status="needs_response",
        balance_transactions=[],
        evidence_details={"due_by": _AT_S},
    ),
)


def _adyen(code: str, success: str, more: Mapping[str, str]) -> str:
    item = {
        "pspReference": "P1",
        "originalReference": "P0",
        "merchantAccountCode": "M",
        "merchantReference": "o1",
        "amount": {"value": 500, "currency": "EUR"},
        "eventCode": code,
        "success": success,
        "eventDate": "2026-11-22T08:00:00+01:00",
        "reason": "Refused by the issuer",
        "additionalData": {"metadata.key": "o1:charge:1", **more},
    }
    return json.dumps({"live": "false", "notificationItems": [{"NotificationRequestItem": item}]})


ADYEN_SAMPLES = (
    _adyen("AUTHORISATION", "false", {}),
    _adyen("CAPTURE_FAILED", "true", {}),
    _adyen("NOTIFICATION_OF_CHARGEBACK", "true", {"chargebackReasonCode": "10.4"}),
    _adyen("CHARGEBACK", "true", {"chargebackReasonCode": "10.4", "disputeStatus": "Undefended"}),
)
