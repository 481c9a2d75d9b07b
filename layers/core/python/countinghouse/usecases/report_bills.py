"""Report on a month's bills: who was billed, and who was left out."""

import json

from countinghouse.billing_views import canonical_json
from countinghouse.domain.close import Month
from countinghouse.domain.errors import NotFound
from countinghouse.ports.billing import BillRegister, DocumentStore
from countinghouse.records import dataclass
from countinghouse.statements import REPORT, SELLERS, pack_key


@dataclass(frozen=True, slots=True)
class BillReport:
    """How many sellers there are, and which of them have no bill."""

    sellers: int
    unbilled: tuple[str, ...]


def report_bills(month: Month, register: BillRegister, documents: DocumentStore) -> BillReport:
    """Count from what is registered, not from what the workflow remembers, and store the report.

    Raises NotFound when nobody listed the month's sellers.
    """
    listed = documents.read(pack_key(month, SELLERS))
    if listed is None:
        raise NotFound(f"the sellers of {month} were not listed")
    sellers: list[str] = json.loads(listed)
    billed = register.billed(sellers, month)
    report = BillReport(len(sellers), tuple(one for one in sellers if one not in billed))
    view = {"month": month, "sellers": report.sellers, "unbilled": list(report.unbilled)}
    documents.write(pack_key(month, REPORT), canonical_json(view), "application/json")
    return report
