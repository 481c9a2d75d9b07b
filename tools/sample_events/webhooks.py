"""Webhooks as the sandbox PSP words and signs them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from countinghouse.domain.instants import SECOND
from countinghouse_aws.psp.sandbox_webhooks import SIGNATURE_HEADER
from countinghouse_aws.psp.signatures import TOLERANCE_S, sign
from tools.sample_events.gateway import Call, Calls
from tools.sample_events.world import NOW, PSP
from tools.sandbox_psp.charges import Charge, Session, Status, charge_json
from tools.sandbox_psp.wire import encoded

SECRET = "whsec_sample"  # noqa: S105 - signs nothing but these samples
FORGED = "whsec_of_somebody_else"
AT = datetime.fromtimestamp(NOW // SECOND, tz=UTC)
NOW_S = NOW // SECOND


def body(event_id: str, order_id: str, amount: int, status: Status, method: str) -> str:
    """The event of a charge that came to `status`, as the PSP renders it."""
    token = f"tok_{order_id.replace('ord', 'chk').removesuffix('_a').removesuffix('_b')}"
    session = Session(
        psp_token=token,
        reference=token.removeprefix("tok_"),
        amount=amount,
        currency="EUR",
        method=method,
        return_url=None,
        client_secret="cs_sample",  # noqa: S106 - opens nothing
        created_at=AT,
        expires_at=AT + timedelta(hours=1),
        action_expires_at=AT + timedelta(minutes=10),
    )
    charge = Charge(
        psp_reference=f"ch_{order_id}",
        number=1,
        session=token,
        order_id=order_id,
        idempotency_key=f"{order_id}:charge:1",
        requested=amount,
        amount=amount,
        currency="EUR",
        capture="automatic",
        method=method,
        created_at=AT,
        updated_at=AT + timedelta(seconds=1),
        status=status,
        captured=amount if status == "captured" else 0,
        action_type="qr_code" if status == "requires_action" else None,
        decline_code="card_declined" if status == "declined" else None,
    )
    event = {
        "event_id": event_id,
        "type": f"charge.{status}",
        "created_at": charge_json(charge, session, PSP)["updated_at"],
        "data": charge_json(charge, session, PSP),
    }
    return encoded(event).decode()


CAPTURED = body("evt_1", "ord_1000", 4200, "captured", "credit_card")
REQUIRES_ACTION = body("evt_2", "ord_1001_a", 7000, "requires_action", "qr")
DECLINED = body("evt_3", "ord_1001_b", 5500, "declined", "credit_card")
UNKNOWN_ORDER = body("evt_4", "ord_9999", 100, "captured", "credit_card")


def delivery(
    text: str, *, signed_at_s: int = NOW_S, secret: str = SECRET, base64_encoded: bool = False
) -> Call:
    """A delivery of these bytes."""
    signature = f"t={signed_at_s},v1={sign(secret, signed_at_s, text.encode())}"
    return Call(
        path={"psp": "sandbox"},
        headers={SIGNATURE_HEADER: signature},
        body=text,
        base64_encoded=base64_encoded,
    )


CALLS = Calls(
    minimal=delivery(CAPTURED),
    full=delivery(REQUIRES_ACTION, base64_encoded=True),
    malformed=delivery(json.dumps({"event_id": "evt_5", "type": "charge.captured"})),
    extra={
        "forged": delivery(CAPTURED, secret=FORGED),
        "stale": delivery(CAPTURED, signed_at_s=NOW_S - TOLERANCE_S - 1),
    },
)
