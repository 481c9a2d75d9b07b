"""Items of Adyen's standard webhooks as the facts they state. Pure.

Every function raises one of UNREADABLE for an item that is not as documented. Source: the OpenAPI
document of Webhooks v1.
"""

from __future__ import annotations

from collections.abc import Callable

from countinghouse.domain.psp import (
    Decline,
    DeclineType,
    Fact,
    FactKind,
    PspFact,
    RefundFact,
    SettlementKind,
)
from countinghouse_aws.psp.adyen_disputes import CODES, dispute_fact
from countinghouse_aws.psp.adyen_facts import decline_for
from countinghouse_aws.psp.adyen_item import Item

K = FactKind
S = SettlementKind

NOTHING = PspFact(K.OTHER)


_REFUND_FAILURES = {
    "REFUND": "refund_refused",
    "REFUND_FAILED": "refund_failed",
    "REFUNDED_REVERSED": "refund_returned",
}


def fact_of(item: Item) -> Fact:
    """What the item states of an order of ours; nothing for a kind that we do not act on."""
    reader = _READERS.get(item.code)
    if reader is None or item.order_id is None:
        return NOTHING
    return reader(item)


def _authorisation(item: Item) -> Fact:
    key = item.charge_key()
    if item.success:
        return _approved(item, key)
    if key is None:
        # A try of the buyer's that failed, perhaps not the only one.
        return NOTHING
    decline = decline_for(None, item.reason)
    return PspFact(K.DECLINED, key, item.reference, occurred_at=item.at, decline=decline)


def _approved(item: Item, key: str | None) -> Fact:
    amount, currency = item.money
    if item.is_bare:
        # All of it is signed but the key. Of no money: a card that was only stored.
        is_charge = amount > 0 and not item.is_of_operation
        bare = PspFact(K.APPROVED, key, item.reference, amount, 0, currency, item.at)
        return bare if is_charge else NOTHING
    mode = item.additional["metadata.capture"]
    if mode == "manual":
        return PspFact(K.AUTHORIZED, key, item.reference, amount, 0, currency, item.at)
    if mode != "automatic":
        raise ValueError("a charge of ours says how it is captured")
    return PspFact(K.CAPTURED, key, item.reference, amount, amount, currency, item.at)


def _capture(item: Item) -> Fact:
    if not item.success:
        return _uncaptured(item)
    amount, currency = item.money
    # How much had been authorised is not said.
    return PspFact(K.CAPTURED, None, item.original, None, amount, currency, occurred_at=item.at)


def _uncaptured(item: Item) -> Fact:
    """The money does not come: nothing to wait for, and a person's to settle."""
    decline = Decline("capture_failed", DeclineType.HARD, item.reason[:200])
    return PspFact(K.DECLINED, None, item.original, occurred_at=item.at, decline=decline)


def _cancelled(item: Item) -> Fact:
    """Cancelled; a cancel that fails says nothing of the charge."""
    return PspFact(K.VOIDED, None, item.original, occurred_at=item.at) if item.success else NOTHING


def _expired(item: Item) -> Fact:
    return PspFact(
        K.EXPIRED, item.charge_key(), item.original or item.reference, occurred_at=item.at
    )


def _refund(item: Item) -> Fact:
    return _refund_fact(item, S.SUCCEEDED if item.success else S.FAILED)


def _refund_undone(item: Item) -> Fact:
    return _refund_fact(item, S.FAILED)


def _refund_fact(item: Item, kind: SettlementKind) -> Fact:
    if not item.is_of_operation:
        # Made by hand at Adyen: it is nobody's refund here, the settlement file will show it.
        return NOTHING
    amount, currency = item.money
    failure = _REFUND_FAILURES[item.code] if kind is S.FAILED else None
    return RefundFact(kind, item.ours, item.reference, amount, currency, item.at, failure)


def _dispute(item: Item) -> Fact:
    return dispute_fact(item) or NOTHING


_READERS: dict[str, Callable[[Item], Fact]] = {
    "AUTHORISATION": _authorisation,
    "CAPTURE": _capture,
    "CAPTURE_FAILED": _uncaptured,
    "CANCELLATION": _cancelled,
    "TECHNICAL_CANCEL": _cancelled,
    "EXPIRE": _expired,
    "OFFER_CLOSED": _expired,
    "REFUND": _refund,
    "REFUND_FAILED": _refund_undone,
    "REFUNDED_REVERSED": _refund_undone,
    **dict.fromkeys(CODES, _dispute),
}
