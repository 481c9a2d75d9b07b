"""Render a stored statement as a PDF, and store that beside it."""

import json
from collections.abc import Callable

from countinghouse.billing_views import View
from countinghouse.domain.close import Month
from countinghouse.domain.errors import NotFound
from countinghouse.ports.billing import DocumentStore
from countinghouse.statements import document_key


def render_statement(
    seller_id: str,
    month: Month,
    currency: str,
    documents: DocumentStore,
    render: Callable[[View], bytes],
) -> str:
    """Render from the stored JSON and return the PDF's key. A repeat stores the same bytes.

    Raises NotFound when the statement is not stored.
    """
    stored = documents.read(document_key(seller_id, month, currency, "json"))
    if stored is None:
        raise NotFound(f"no statement of {seller_id} for {month} {currency} is stored")
    key = document_key(seller_id, month, currency, "pdf")
    documents.write(key, render(json.loads(stored)), "application/pdf")
    return key
