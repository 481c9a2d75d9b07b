"""A month's close as it stands: open, closing, or closed with its pack."""

import json

from countinghouse.billing_views import View
from countinghouse.domain.close import Month
from countinghouse.domain.instants import rfc3339
from countinghouse.ports.billing import CloseBook, DocumentStore
from countinghouse.statements import PACK, REPORT, pack_key


def read_close(month: Month, book: CloseBook, documents: DocumentStore) -> View:
    """The close; `pack` and `report` are there once the month's workflow is through."""
    closed_at = book.closes().closed_at(month)
    if closed_at is None:
        return {"month": month, "status": "open"}
    view: View = {"month": month, "status": "closing", "closed_at": rfc3339(closed_at)}
    pack, report = (documents.read(pack_key(month, name)) for name in (PACK, REPORT))
    if pack is not None and report is not None:
        view |= {"status": "closed", "pack": json.loads(pack), "report": json.loads(report)}
    return view
