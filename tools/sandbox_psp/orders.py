"""Which order a reference is about, whatever it names; faults are aimed by it."""

from typing import Final

from tools.sandbox_psp.book import Book

# prefix -> what finds the order. A session's is the checkout, a payout's the merchant's own id.
_BY_PREFIX: Final = {
    "tok": "SELECT reference FROM sessions WHERE psp_token = ?",
    "ch": "SELECT order_id FROM charges WHERE psp_reference = ?",
    "re": "SELECT order_id FROM refunds WHERE refund_reference = ?",
    "dp": "SELECT order_id FROM disputes WHERE dispute_reference = ?",
    "pt": "SELECT reference FROM payouts WHERE payout_reference = ?",
}


def order_of(book: Book, reference: str) -> str | None:
    """The order, or None when the reference is unknown or about none."""
    sql = _BY_PREFIX.get(reference.partition("_")[0])
    found = book.rows(sql, reference) if sql else []
    return str(found[0][0]) if found else None
