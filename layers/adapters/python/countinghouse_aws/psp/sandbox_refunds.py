"""Refunds at the sandbox PSP: sent under a key that never changes, asked about by the same key."""

from __future__ import annotations

import json
from dataclasses import field
from urllib.parse import quote

from countinghouse.domain.order import Order
from countinghouse.domain.psp import RefundFact, SettlementKind
from countinghouse.domain.refund import Refund
from countinghouse.records import dataclass
from countinghouse_aws.psp.sandbox import NOT_LOOKED_AT, OK, SERVER_ERROR, UNREADABLE
from countinghouse_aws.psp.sandbox_facts import refund_fact_of
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply, Transport

S = SettlementKind
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class SandboxRefunds:
    """The refund port over the sandbox's HTTP API."""

    transport: Transport
    api_key: str = field(repr=False)

    def refund(self, order: Order, refund: Refund) -> RefundFact:
        """Send a refund of the order's charge under the refund's own key."""
        path = f"/v1/charges/{quote(order.psp_reference or '')}/refunds"
        body = {"amount": refund.amount_minor, "reason": refund.reason}
        headers = {
            **self._headers(),
            "Content-Type": "application/json",
            "Idempotency-Key": refund.key,
        }
        try:
            reply = self.transport("POST", path, headers, json.dumps(body).encode())
            return _read(reply, refund.key)
        except NeverSent:
            return RefundFact(S.NOT_SENT, refund.key)
        except (NoAnswer, *UNREADABLE):
            return RefundFact(S.UNKNOWN, refund.key)

    def find_refund(self, order: Order, refund: Refund) -> RefundFact:
        """Ask what became of a refund, by our own key."""
        path = f"/v1/refunds?idempotency_key={quote(refund.key, safe='')}"
        try:
            reply = self.transport("GET", path, self._headers(), None)
            if reply.status not in OK:
                return RefundFact(S.UNKNOWN, refund.key)
            found = reply.json()["data"]
            if not isinstance(found, list):
                return RefundFact(S.UNKNOWN, refund.key)
            return refund_fact_of(found[0]) if found else RefundFact(S.NOT_FOUND, refund.key)
        except (NeverSent, NoAnswer, *UNREADABLE):
            return RefundFact(S.UNKNOWN, refund.key)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


def _read(reply: Reply, key: str) -> RefundFact:
    """What an answer proves. Raises NoAnswer or UNREADABLE when it proves nothing."""
    if reply.status in OK:
        return refund_fact_of(reply.json())
    if reply.status in NOT_LOOKED_AT:
        return RefundFact(S.NOT_SENT, key)
    if reply.status >= SERVER_ERROR:
        return RefundFact(S.UNKNOWN, key)
    code = str(reply.json().get("error", {}).get("code", "refused"))
    if reply.status == _CONFLICT and code not in _REFUSED:
        # Another call under this key is still at work.
        return RefundFact(S.UNKNOWN, key)
    return RefundFact(S.FAILED, key, failure=f"psp_{code}"[:64])


_REFUSED = frozenset({"charge_not_captured", "charge_disputed"})
