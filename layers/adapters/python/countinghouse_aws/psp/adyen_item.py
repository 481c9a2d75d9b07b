"""One item of a standard webhook of Adyen's, its plain fields checked. Pure.

Adyen signs eight fields of an item. What stands in `additionalData` is not among them, so our key
there counts only if it is a key of the order that the signed reference names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from countinghouse.domain.instants import Instant, from_rfc3339
from countinghouse.records import dataclass
from countinghouse_aws.psp.adyen_facts import money_of
from countinghouse_aws.psp.sandbox import plain_text

_ORDER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OPERATION = re.compile(r"([A-Za-z0-9_-]{1,64}):(capture|void|refund):([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Item:
    """A NotificationRequestItem. `ours` is the reference that we gave, `original` the payment's."""

    code: str
    success: bool
    reference: str
    original: str | None
    ours: str
    at: Instant
    fields: Mapping[str, Any]

    @property
    def additional(self) -> Mapping[str, Any]:
        """What Adyen adds to some kinds of item; not signed."""
        found = self.fields.get("additionalData", {})
        return found if isinstance(found, Mapping) else {}

    @property
    def reason(self) -> str:
        """Why, in Adyen's words; not signed."""
        return str(self.fields.get("reason") or "")

    @property
    def order_id(self) -> str | None:
        """The order that our reference is, or is an operation of; None when it is neither."""
        operation = _OPERATION.fullmatch(self.ours)
        if operation is not None:
            return operation[1]
        return self.ours if _ORDER.fullmatch(self.ours) else None

    @property
    def is_of_operation(self) -> bool:
        """Whether our reference is the key of a capture, void or refund."""
        return _OPERATION.fullmatch(self.ours) is not None

    @property
    def money(self) -> tuple[int, str]:
        """The item's amount in minor units, and its currency."""
        return money_of(self.fields["amount"])

    @property
    def is_bare(self) -> bool:
        """Whether it lacks what we gave a charge to bring back: its key, how it is captured."""
        wanted = ("metadata.key", "metadata.capture")
        return any(self.additional.get(name) is None for name in wanted)

    def charge_key(self) -> str | None:
        """Our key of the charge, where Adyen brings it back. Raises ValueError for another's."""
        key = self.additional.get("metadata.key")
        if key is None:
            return None
        if not plain_text(key).startswith(f"{self.order_id}:charge:"):
            raise ValueError("the key is not one of that order's charges")
        return str(key)


def item_of(fields: Mapping[str, Any]) -> Item:
    """The item of these fields. Raises one of UNREADABLE."""
    success = fields["success"]
    if success not in ("true", "false"):
        raise ValueError("success is true or false")
    original = fields.get("originalReference")
    return Item(
        code=plain_text(fields["eventCode"]),
        success=success == "true",
        reference=plain_text(fields["pspReference"]),
        original=plain_text(original) if original else None,
        ours=str(fields.get("merchantReference") or ""),
        at=from_rfc3339(fields["eventDate"]),
        fields=fields,
    )
