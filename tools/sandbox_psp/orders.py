"""Which order a reference is about, whatever it names; faults are aimed by it."""

from typing import Final

from tools.sandbox_psp.book import Book

# A session's is the checkout, a payout's the merchant's own id.
_WAYS: Final = (
    "SELECT order_id FROM charges WHERE psp_reference = ?",
    "SELECT reference FROM sessions WHERE psp_token = ?",
    "SELECT order_id FROM refunds WHERE refund_reference = ?",
    "SELECT order_id FROM disputes WHERE dispute_reference = ?",
    "SELECT reference FROM payouts WHERE payout_reference = ?",
)


def order_of(book: Book, reference: str) -> str | None:
    """The order, or None when the reference is unknown or about none."""
    for way in _WAYS:
        found = book.rows(way, reference)
        if found:
            return str(found[0][0])
    return None
