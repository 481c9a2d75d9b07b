"""Which finding becomes of each event that the bus hands over, and whose payouts it stops."""

from __future__ import annotations

CASES: dict[str, tuple[str, tuple[str, ...]]] = {
    # Nobody can say in which currency a removed journal was.
    "audit_events/minimal": ("book_damaged", ("*",)),
    "audit_events/full": ("wallet_unbalanced", ("EUR",)),
    "audit_events/duplicate": ("wallet_unbalanced", ("EUR",)),
}
REFUSED = ("audit_events/malformed",)
PATHS = (*CASES, *REFUSED)
