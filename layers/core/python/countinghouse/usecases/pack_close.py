"""Pack a month's close for finance: trial balance, aged clearing accounts, fees by seller."""

from countinghouse.billing_views import aged_csv, canonical_json, fees_csv, pack_view
from countinghouse.domain.close import Month
from countinghouse.domain.close_pack import ClosePack, draw_pack
from countinghouse.domain.errors import Unavailable
from countinghouse.ports.billing import CloseBook, DocumentStore
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import JournalScan
from countinghouse.statements import PACK, pack_key

CSV = "text/csv; charset=utf-8"


def pack_close(
    month: Month,
    book: CloseBook,
    scan: JournalScan,
    documents: DocumentStore,
    clock: Clock,
    settle: int,
) -> ClosePack:
    """Draw the pack from all journals and store it. A repeat stores the same bytes.

    Raises Unavailable before the month is closed and settled.
    """
    closes = book.closes()
    closed_at = closes.closed_at(month)
    if closed_at is None or clock.now() < closed_at + settle:
        raise Unavailable(f"{month} is not closed and settled yet")
    pack = draw_pack(month, scan.all_journals(), closes, closed_at)
    documents.write(pack_key(month, "aged.csv"), aged_csv(pack), CSV)
    documents.write(pack_key(month, "fees.csv"), fees_csv(pack), CSV)
    content = canonical_json(pack_view(pack))
    documents.write(pack_key(month, PACK), content, "application/json")
    return pack
