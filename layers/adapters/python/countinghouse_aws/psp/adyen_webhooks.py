"""Adyen's webhooks: verified, then read as the events they state. Adyen's library is not needed.

A standard webhook brings items, each with a signature over eight of its fields; a webhook of the
balance platform is signed as a whole, in a header. HMAC keys are in hexadecimal digits, signatures
in base64. Neither has a time that is signed: a replay is known by the event's key.
Source: docs.adyen.com/development-resources/webhooks/verify-hmac-signatures.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import MINUTE, Instant
from countinghouse.domain.psp import Fact, PspEvent, PspFact
from countinghouse.records import dataclass
from countinghouse_aws.psp.adyen_facts import TRANSFERS, payout_fact
from countinghouse_aws.psp.adyen_item import Item, item_of
from countinghouse_aws.psp.adyen_items import NOTHING, fact_of
from countinghouse_aws.psp.names import ADYEN
from countinghouse_aws.psp.sandbox import UNREADABLE, plain_text
from countinghouse_aws.psp.signatures import BadSignature

SIGNATURE_HEADER = "hmacsignature"
AUTHORISATION = "AUTHORISATION"
REPORT_AVAILABLE = "REPORT_AVAILABLE"
ITEMS_MAX = 100
_REPEATED = frozenset({"DISPUTE_DEFENSE_PERIOD_ENDED", "INFORMATION_SUPPLIED", "ISSUER_COMMENTS"})
"""What a dispute may bring more than once: told apart by what it says."""

BARE = "bare"
"""What the key of an authorisation without our metadata ends in: one with it is another event."""

LOOKED_AT_AFTER = MINUTE
"""How soon the sweep takes an event of a charge up: a question brings nothing after the first."""

_DIGITS = 16

_SIGNED = ("pspReference", "originalReference", "merchantAccountCode", "merchantReference")
_SIGNED_LAST = ("eventCode", "success")
_TRANSFERS = frozenset({"balancePlatform.transfer.created", "balancePlatform.transfer.updated"})


_KEY = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def reports_of(day: str) -> str:
    """What a day's reports are filed under in the inbox; no order's id, which has no colon."""
    return f"{ADYEN}:reports:{day}"


def event_key_of(reference: str, code: str, success: str) -> str:
    """The key of an item's event (domain rules W3)."""
    return f"{ADYEN}#{reference}#{code}#{success}"


def signature(signed: bytes, key: str) -> str:
    """The signature of these bytes. Raises ValueError for a key that is none."""
    mac = hmac.new(binascii.unhexlify(key), signed, hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


def signed_text(item: Mapping[str, Any]) -> bytes:
    """What is signed of an item. Raises one of UNREADABLE."""
    amount = item["amount"]
    values = [*(item.get(name) for name in _SIGNED), amount["value"], amount["currency"]]
    values += [item.get(name) for name in _SIGNED_LAST]
    return ":".join("" if value is None else str(value) for value in values).encode()


@dataclass(frozen=True, slots=True)
class AdyenWebhooks:
    """`secrets` gives every live HMAC key; a value may hold those of several endpoints, with
    commas between them."""

    secrets: Callable[[], Sequence[str]]

    def verify(self, headers: Mapping[str, str], body: bytes, now: Instant) -> None:
        """Raise BadSignature unless a live key signed every item, or else the whole body."""
        try:
            items = list(_items(json.loads(body)))
            pairs = [(signed_text(one), one["additionalData"]["hmacSignature"]) for one in items]
        except UNREADABLE:
            raise BadSignature("the items have no signatures") from None
        given = pairs if items else [(body, headers.get(SIGNATURE_HEADER))]
        said_keys = [key.strip() for secret in self.secrets() for key in secret.split(",")]
        # A secret starts with a value that nobody signs with and that is no key.
        keys = [key for key in said_keys if _KEY.fullmatch(key)]
        if not all(_is_signed(signed, said, keys) for signed, said in given):
            raise BadSignature("the signature does not fit")

    def parse(self, body: bytes, now: Instant) -> tuple[PspEvent, ...]:
        """The events the bytes state. Raises Invalid when one of them cannot be read."""
        try:
            told = json.loads(body)
            items = list(_items(told))
            if items:
                return tuple(_item_event(item, now) for item in items)
            return (_platform_event(told, body, now),)
        except UNREADABLE as error:
            raise Invalid("the event cannot be read", code="malformed_request") from error


def _is_signed(signed: bytes, said: object, keys: Sequence[str]) -> bool:
    """Whether one of the keys signed it. Every key is tried, in constant time."""
    if not isinstance(said, str) or not said.isascii():
        return False
    return any([hmac.compare_digest(signature(signed, key), said) for key in keys])


def _items(told: Any) -> Iterator[Mapping[str, Any]]:
    """A standard webhook's items; none for any other body."""
    if "notificationItems" not in told:
        return
    wrapped = told["notificationItems"]
    if not 0 < len(wrapped) <= ITEMS_MAX:
        raise ValueError("a standard webhook has items, and not very many")
    for one in wrapped:
        yield one["NotificationRequestItem"]


def _item_event(fields: Mapping[str, Any], now: Instant) -> PspEvent:
    item = item_of(fields)
    is_report = item.code == REPORT_AVAILABLE
    # By Adyen's own clock: the day that the report was made.
    day = reports_of(str(fields["eventDate"])[:10]) if is_report else None
    key = event_key_of(item.reference, item.code, fields["success"])
    # Of the item alone: sent again it may come in other company.
    digest = _sha256(json.dumps(fields, sort_keys=True).encode())
    fact = fact_of(item)
    is_news = isinstance(fact, PspFact) and fact != NOTHING
    return PspEvent(
        event_key="#".join((key, *_told_apart_by(item, digest))),
        psp=ADYEN,
        event_type=item.code,
        order_id=day if is_report else item.order_id,
        fact=fact,
        body_sha256=digest,
        received_at=now,
        due_at=now + LOOKED_AT_AFTER if is_news else None,
    )


def _told_apart_by(item: Item, digest: str) -> tuple[str, ...]:
    """What an event's key has beyond what Adyen tells its events apart by."""
    if item.code in _REPEATED:
        return (digest[:_DIGITS],)
    return (BARE,) if item.code == AUTHORISATION and item.is_bare else ()


def _platform_event(told: Mapping[str, Any], body: bytes, now: Instant) -> PspEvent:
    kind, digest = plain_text(told["type"]), _sha256(body)
    fact, of = _transfer(told) if kind in _TRANSFERS else (NOTHING, digest)
    return PspEvent(
        event_key=f"{ADYEN}#{of}#{kind}",
        psp=ADYEN,
        event_type=kind,
        order_id=None,
        fact=fact,
        body_sha256=digest,
        received_at=now,
    )


def _transfer(told: Mapping[str, Any]) -> tuple[Fact, str]:
    """What a transfer's webhook states, and which of its changes it is."""
    data = told["data"]
    step = plain_text(str(data.get("sequenceNumber", data["status"])))
    of = f"{plain_text(data['id'])}#{step}"
    is_payout = data.get("category") == "bank" and data.get("direction", "outgoing") == "outgoing"
    if not is_payout or data["status"] not in TRANSFERS or not data.get("reference"):
        return NOTHING, of
    return payout_fact({**data, "updatedAt": data.get("updatedAt") or told.get("timestamp")}), of


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
