"""Standard webhooks: their items, and the signature that goes inside each.

An item is signed over eight of its fields, joined by colons; the key is written in hexadecimal
digits and the signature in base 64. That is what ``Adyen.util.is_valid_hmac_notification`` checks.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, cast

from tools.sandbox_psp.adyen_face.accounts import MERCHANT
from tools.sandbox_psp.adyen_face.amounts import amount_json
from tools.sandbox_psp.wire import JsonObject, JsonValue, encoded

_WRAPPED: Final = "NotificationRequestItem"


@dataclass(frozen=True)
class Item:
    """One thing that happened. The amount is in ISO minor units; ``reason`` explains a failure."""

    code: str
    psp_reference: str
    merchant_reference: str
    amount: int
    currency: str
    at: datetime
    success: bool = True
    original: str = ""
    method: str = ""
    reason: str = ""
    operations: Sequence[str] = ()
    data: Mapping[str, str] = field(default_factory=dict)


def date_text(at: datetime) -> str:
    """An instant as Adyen writes it: whole seconds and an offset."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def item_json(item: Item) -> dict[str, JsonValue]:
    """The item, not signed yet."""
    told: dict[str, JsonValue] = {
        "additionalData": dict(item.data),
        "amount": amount_json(item.amount, item.currency),
        "eventCode": item.code,
        "eventDate": date_text(item.at),
        "merchantAccountCode": MERCHANT,
        "merchantReference": item.merchant_reference,
        "pspReference": item.psp_reference,
        "reason": item.reason,
        "success": "true" if item.success else "false",
    }
    if item.original:
        told["originalReference"] = item.original
    if item.method:
        told["paymentMethod"] = item.method
    if item.operations:
        told["operations"] = list(item.operations)
    return told


def notification(item: Item) -> JsonObject:
    """The whole body."""
    return {"live": "false", "notificationItems": [{_WRAPPED: item_json(item)}]}


def signature(item: JsonObject, hex_key: str) -> str:
    """The item's signature."""
    amount = cast(JsonObject, item["amount"])
    signed = (
        item["pspReference"],
        item.get("originalReference", ""),
        item["merchantAccountCode"],
        item["merchantReference"],
        amount["value"],
        amount["currency"],
        item["eventCode"],
        item["success"],
    )
    return payload_signature(":".join(map(str, signed)).encode(), hex_key)


def payload_signature(payload: bytes, hex_key: str) -> str:
    """The signature of bytes, as the webhooks of Transfers carry it in a header."""
    mac = hmac.new(binascii.unhexlify(hex_key), payload, hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


def sealed(body: JsonObject, hex_key: str) -> bytes:
    """The body's bytes with every item signed."""
    wrapped = cast(Sequence[JsonObject], body["notificationItems"])
    items = [_signed(cast(JsonObject, one[_WRAPPED]), hex_key) for one in wrapped]
    return encoded({**body, "notificationItems": [{_WRAPPED: item} for item in items]})


def _signed(item: JsonObject, hex_key: str) -> JsonObject:
    data = cast(JsonObject, item["additionalData"])
    return {**item, "additionalData": {**data, "hmacSignature": signature(item, hex_key)}}
