"""The sandbox PSP: our own test provider, spoken to as to any other."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any
from urllib.parse import quote

from countinghouse.domain.errors import Invalid, KeyReused, Unavailable
from countinghouse.domain.instants import from_rfc3339
from countinghouse.domain.order import Order
from countinghouse.domain.psp import (
    Action,
    Decline,
    DeclineType,
    Doubt,
    FactKind,
    PspFact,
    PspSession,
)
from countinghouse.records import dataclass
from countinghouse_aws.card_numbers import is_card_number
from countinghouse_aws.psp.names import SANDBOX
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply, Transport

K = FactKind
KINDS: dict[str, FactKind] = {
    "requires_action": K.REQUIRES_ACTION,
    "authorized": K.AUTHORIZED,
    "captured": K.CAPTURED,
    "declined": K.DECLINED,
    "voided": K.VOIDED,
    "expired": K.EXPIRED,
    "processing": K.PENDING,
}
OK = range(200, 300)
_RATE_LIMITED = 429
_CONFLICT = 409
SERVER_ERROR = 500
_AMOUNT_MAX = 10**15
_PLAIN = re.compile(r"[\x21-\x7e]{1,200}")
NOT_LOOKED_AT = frozenset({401, 403, _RATE_LIMITED})
"""Refused before the PSP looked at the request: our key is being rotated, or we are too fast."""

UNREADABLE = (KeyError, ValueError, TypeError, AttributeError, RecursionError)
"""What reading an answer that is not as documented may raise."""


@dataclass(frozen=True, slots=True)
class SandboxGateway:
    """The gateway port over the sandbox's HTTP API."""

    transport: Transport
    api_key: str = field(repr=False)

    def open_session(
        self, checkout_id: str, amount_minor: int, currency: str, return_url: str | None
    ) -> PspSession:
        """Register a checkout; the sandbox's key is the checkout id itself.

        Raises Unavailable when it cannot be reached, KeyReused when it knows another amount.
        """
        wanted = {
            "reference": checkout_id,
            "amount": amount_minor,
            "currency": currency,
            "return_url": return_url,
        }
        body = {name: value for name, value in wanted.items() if value is not None}
        try:
            reply = self._post("/v1/sessions", body, key=f"session:{checkout_id}")
            if reply.status == _CONFLICT:
                raise KeyReused(f"the PSP knows checkout {checkout_id} with another amount")
            if reply.status in NOT_LOOKED_AT or reply.status >= SERVER_ERROR:
                raise Unavailable("the PSP cannot open a session now")
            if reply.status not in OK:
                raise Invalid("the PSP refused this checkout", code="psp_refused")
            return _session(reply.json())
        except (NeverSent, NoAnswer) as error:
            raise Unavailable("the PSP did not answer") from error

    def charge(self, order: Order) -> PspFact:
        """Send the order's newest attempt under its own key."""
        info = order.payment_info
        body = {
            "session": info.psp_token,
            "reference": order.order_id,
            "amount": order.amount_minor,
            "currency": order.currency,
            "capture": str(order.capture_mode),
            "method": info.method,
        }
        if info.wallet_provider is not None:
            body["wallet_provider"] = info.wallet_provider
        if info.return_url is not None:
            body["return_url"] = info.return_url
        key = order.attempts[-1].key
        return self._fact("/v1/charges", body, key, charge_key=key)

    def capture(self, order: Order) -> PspFact:
        """Send the order's wanted capture under its own key."""
        if order.operation is None:
            raise Invalid(f"order {order.order_id} wants no capture")
        path = f"/v1/charges/{quote(order.psp_reference or '')}/capture"
        body = {"amount": order.operation.amount_minor}
        return self._changed(path, body, order.operation.key, order.attempts[-1].key)

    def void(self, order: Order) -> PspFact:
        """Send the order's wanted void under its own key."""
        if order.operation is None:
            raise Invalid(f"order {order.order_id} wants no void")
        path = f"/v1/charges/{quote(order.psp_reference or '')}/void"
        return self._changed(path, {}, order.operation.key, order.attempts[-1].key)

    def find(self, order: Order) -> PspFact:
        """Ask what became of the order's newest attempt, by our own key."""
        key = order.attempts[-1].key
        path = f"/v1/charges?idempotency_key={quote(key, safe='')}"
        try:
            reply = self.transport("GET", path, self._headers(), None)
            if reply.status not in OK:
                return PspFact(K.UNKNOWN, key=key, doubt=_doubt(reply))
            charges = reply.json()["data"]
            if not isinstance(charges, list):
                return PspFact(K.UNKNOWN, key=key)
            return fact_of(charges[0]) if charges else PspFact(K.NOT_FOUND, key=key)
        except (NeverSent, NoAnswer, *UNREADABLE):
            return PspFact(K.UNKNOWN, key=key)

    def _fact(self, path: str, body: Mapping[str, object], key: str, charge_key: str) -> PspFact:
        try:
            reply = self._post(path, body, key)
            return _read(reply, charge_key)
        except NeverSent:
            return PspFact(K.NOT_SENT, key=charge_key)
        except (NoAnswer, *UNREADABLE):
            return PspFact(K.UNKNOWN, key=charge_key)

    def _changed(self, path: str, body: Mapping[str, object], key: str, charge_key: str) -> PspFact:
        """What a capture or void came to. A refusal of it says nothing of the charge itself."""
        fact = self._fact(path, body, key, charge_key)
        refused = fact.kind is K.DECLINED and fact.psp_reference is None
        return PspFact(K.UNKNOWN, key=charge_key, doubt=Doubt.ANSWER) if refused else fact

    def _post(self, path: str, body: Mapping[str, object], key: str) -> Reply:
        headers = {
            **self._headers(),
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        return self.transport("POST", path, headers, json.dumps(body).encode())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"}


def _read(reply: Reply, charge_key: str) -> PspFact:
    """What an answer to a request proves. Raises NoAnswer when it proves nothing."""
    if reply.status in OK:
        return fact_of(reply.json())
    if reply.status in NOT_LOOKED_AT:
        return PspFact(K.NOT_SENT, key=charge_key)
    if reply.status >= SERVER_ERROR:
        return PspFact(K.UNKNOWN, key=charge_key)
    answer = reply.json()
    if "charge" in answer:
        # The charge is past what we asked for: its state is the answer.
        return fact_of(answer["charge"])
    if reply.status == _CONFLICT:
        return PspFact(K.UNKNOWN, key=charge_key, doubt=Doubt.ANSWER)
    code = str(answer.get("error", {}).get("code", "refused"))
    decline = Decline(f"psp_{code}", DeclineType.HARD, "the PSP refused the request")
    return PspFact(K.DECLINED, key=charge_key, decline=decline)


def _doubt(reply: Reply) -> Doubt:
    """Why a reply that is no success leaves a fact UNKNOWN."""
    is_refusal = 400 <= reply.status < SERVER_ERROR and reply.status not in NOT_LOOKED_AT
    return Doubt.ANSWER if is_refusal else Doubt.SILENCE


def _session(answer: Mapping[str, Any]) -> PspSession:
    try:
        return PspSession(
            psp=SANDBOX,
            psp_token=plain_text(answer["psp_token"]),
            expires_at=from_rfc3339(answer["expires_at"]),
            client_secret=_plain_or_none(answer.get("client_secret")),
            hosted_url=_plain_or_none(answer.get("hosted_url")),
        )
    except UNREADABLE as error:
        raise NoAnswer("the session cannot be read") from error


def fact_of(charge: Mapping[str, Any]) -> PspFact:
    """A charge object as a fact. Raises KeyError or ValueError when it is not one."""
    action, decline = charge.get("action"), charge.get("decline")
    return PspFact(
        kind=KINDS.get(charge["status"], K.OTHER),
        key=plain_text(charge["idempotency_key"]),
        psp_reference=plain_text(charge["psp_reference"]),
        amount_minor=whole(charge["amount"]),
        captured_minor=whole(charge["captured"]),
        currency=plain_text(charge["currency"]),
        occurred_at=from_rfc3339(charge["updated_at"]),
        action=_action(action) if action else None,
        decline=_decline(decline) if decline else None,
    )


def whole(value: object) -> int:
    """An amount or a count: an integer, not below zero and not absurd."""
    if type(value) is not int or not 0 <= value <= _AMOUNT_MAX:
        raise ValueError("an amount must be an integer, and no PSP moves more than this")
    return value


def plain_text(value: object) -> str:
    """An id or a word; it becomes part of a key, so it is bounded and plain, and no card's."""
    if not isinstance(value, str) or not _PLAIN.fullmatch(value) or is_card_number(value):
        raise ValueError("an id must be a short plain text")
    return value


def _plain_or_none(value: object) -> str | None:
    return None if value is None else plain_text(value)


def _action(action: Mapping[str, Any]) -> Action:
    expires_at = from_rfc3339(action["expires_at"])
    kind, url = plain_text(action["type"]), _plain_or_none(action.get("url"))
    return Action(kind, url, expires_at, action.get("qr_payload"))


def _decline(decline: Mapping[str, Any]) -> Decline:
    return Decline(decline["code"], DeclineType(decline["type"]), decline.get("message", ""))
