"""Samples of the audits' edge, and of what the bus hands to whoever records damage."""

from __future__ import annotations

import json
import uuid

from countinghouse.domain.finding import Finding
from countinghouse.domain.instants import SECOND, rfc3339
from countinghouse.domain.trial_balance import unbalanced
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.messages import Published
from countinghouse.routing import BookDamaged, Change, WalletMoved, route
from countinghouse_aws.messaging.bus import SOURCE, envelope
from tools.local.places import ACCOUNT, REGION
from tools.sample_events.gateway import Call, Calls, thorough
from tools.sample_events.world import NOW, Json, capture_journal

_BENT = Wallet(WalletAddress("seller:s_amber", "EUR"), {"adjustments": 5}, sequence=2)


def finding() -> Finding:
    """What the samples acknowledge: a wallet that does not sum to zero."""
    return unbalanced(_BENT, NOW)


_ID = {"finding_id": finding().finding_id}
_WHY = {"reason": "entered twice by hand, put right by jrn_..."}

CALLS = {
    "GET /v1/audit/findings": Calls(
        Call("support"),
        thorough(Call("approver", query={"limit": "1"})),
        Call("support", query={"limit": "1000"}),
    ),
    "POST /v1/audit/findings/{finding_id}/acknowledge": Calls(
        Call("approver", _ID, body={"reason": "known"}),
        thorough(Call("approver", _ID, body=_WHY)),
        Call("approver", _ID, body={"reason": ""}),
    ),
}


def bus_events() -> dict[str, Json]:
    """What the rule on the bus lets through, by path. The duplicate is the full one once more."""
    journal = capture_journal()
    removed = BookDamaged(f"{journal.key.book}{journal.key.entry}", "a journal was removed")
    full = _delivered(WalletMoved(_BENT))
    broken = _delivered(WalletMoved(_BENT))
    broken["detail"]["data"]["code"] = "order_conflicted"
    found = {"minimal": _delivered(removed), "full": full, "duplicate": full, "malformed": broken}
    return {f"audit_events/{name}": sample for name, sample in found.items()}


def _delivered(change: Change) -> Json:
    """What EventBridge hands over of what the relay publishes about a change."""
    (raised,) = [output for output in route(change, NOW) if isinstance(output, Published)]
    shown: Json = json.loads(json.dumps(envelope(raised, NOW)))
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, shown["id"])),
        "detail-type": raised.name,
        "source": SOURCE,
        "account": ACCOUNT,
        "time": rfc3339(NOW // SECOND * SECOND).replace(".000Z", "Z"),
        "region": REGION,
        "resources": [],
        "detail": shown,
    }
