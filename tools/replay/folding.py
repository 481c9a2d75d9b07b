"""A seller's balances added up from single journals, apart from the system's own adding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tools.client import Json

Balances = Mapping[str, Mapping[str, int]]

# The seller's accounts by the balance they show as; what the seller owes is an asset of ours.
_BUCKETS = {
    "seller_pending": "pending",
    "seller_available": "available",
    "seller_reserve": "reserved",
    "seller_in_payout": "in_payout",
    "seller_dispute_hold": "disputed",
    "seller_receivable": "debt",
}
_DEBT = "debt"


def folded(seller_id: str, journals: Iterable[Json]) -> Balances:
    """The seller's balances by currency and bucket; a journal seen twice counts once."""
    balances: dict[str, dict[str, int]] = {}
    seen: set[str] = set()
    for journal in journals:
        if journal["ledger_id"] in seen:
            continue
        seen.add(journal["ledger_id"])
        for leg in journal["legs"]:
            kind, _, owned = leg["account"].partition(":")
            # A reserve also names the day that frees it: `seller_reserve:s1@2026-12-22`.
            owner = owned.partition("@")[0]
            if owner == seller_id and kind in _BUCKETS:
                bucket = _BUCKETS[kind]
                is_more = (leg["transact_type"] == "debit") == (bucket == _DEBT)
                held = balances.setdefault(leg["currency"], {})
                held[bucket] = held.get(bucket, 0) + (leg["amount"] if is_more else -leg["amount"])
    return balances
