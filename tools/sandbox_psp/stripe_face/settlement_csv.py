"""A closed day as ``payout_reconciliation.itemized.5`` tells of it: amounts in major units.

Each currency of a batch is an automatic payout of its own, which the bank shows under its id and
which is its last row.
"""

import csv
import io
import re
from datetime import datetime, timedelta
from typing import Final

from tools.sandbox_psp import papers
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.face import Batch, SettlementFile
from tools.sandbox_psp.papers import Paper
from tools.sandbox_psp.qr import decimal_text
from tools.sandbox_psp.settlement_lines import UNREADABLE, Line
from tools.sandbox_psp.stripe_face.balance import KINDS, txn_id
from tools.sandbox_psp.stripe_face.intent_views import INTENT

_METADATA: Final = re.compile(r"(payment|refund)_metadata\[[^\[\]]{1,40}\]")
_KEPT: Final = ("payment_metadata[order_id]", "payment_metadata[key]")
COLUMNS: Final = (
    "automatic_payout_id", "automatic_payout_effective_at_utc", "balance_transaction_id",
    "created_utc", "available_on_utc", "currency", "gross", "fee", "net", "reporting_category",
    "source_id", "description", "customer_facing_amount", "customer_facing_currency",
    "regulatory_tag", "customer_id", "charge_id", "payment_intent_id", "charge_created_utc",
    "payment_method_type", "card_brand", "card_country", "card_funding", "dispute_reason",
    "statement_descriptor",
)  # fmt: skip
_ROWS: Final = {"reserve_held": "reserve_hold", "reserve_released": "reserve_release"}
_AVAILABLE_AFTER: Final = timedelta(days=2)


def is_column(name: str) -> bool:
    """Whether the report has such a column; those of metadata are there when asked for."""
    return name in COLUMNS or _METADATA.fullmatch(name) is not None


def settlement_file(desk: Desk, batch: Batch) -> SettlementFile:
    """The file of a closed day, with every column that can be asked for."""
    currencies = sorted({line.currency for line in batch.lines})
    # Numbers of a batch's own, whatever currencies the other batches have.
    payouts = {
        currency: desk.book.token("po_", batch.number * 1_000 + place)
        for place, currency in enumerate(currencies)
    }
    out = io.StringIO()
    writer = csv.DictWriter(out, (*COLUMNS, *_KEPT), restval="", lineterminator="\n")
    writer.writeheader()
    for line in batch.lines:
        taken = {
            "automatic_payout_id": payouts[line.currency],
            "automatic_payout_effective_at_utc": f"{batch.day.isoformat()} 00:00:00",
        }
        writer.writerow(taken | _row(desk, line, payouts[line.currency]))
    name = desk.book.token("file_", batch.number)
    return SettlementFile(name, out.getvalue().encode(), payouts)


def _row(desk: Desk, line: Line, payout: str) -> dict[str, str]:
    """What is told of a line of a charge, or of a row of the batch."""
    amounts = {"gross": line.gross, "fee": line.fee, "net": line.net}
    told = {name: _major(minor, line.currency) for name, minor in amounts.items()}
    if line.unreadable:
        told["gross"] = UNREADABLE
    about = line.modification_reference or line.psp_reference
    source = payout if line.kind == "payout" else about
    row = {
        "balance_transaction_id": _transaction_id(line, about),
        "created_utc": _utc(line.booked_at),
        "available_on_utc": _utc(line.booked_at, _AVAILABLE_AFTER),
        "currency": line.currency.lower(),
        **told,
        "reporting_category": KINDS[line.kind][1] if line.kind in KINDS else _row_kind(line),
        "source_id": source,
    }
    return row | _of_charge(desk, line) if line.psp_reference else row


def _row_kind(line: Line) -> str:
    return _ROWS.get(line.kind, line.kind)


def _transaction_id(line: Line, about: str) -> str:
    """The movement's own id; what stands in the file twice has the same."""
    at = datetime.fromisoformat(line.booked_at).isoformat()
    # Rows of a batch have no object that tells those of one instant apart.
    return txn_id(line.kind, about or f"{line.currency} {line.net}", at)


def _of_charge(desk: Desk, line: Line) -> dict[str, str]:
    paper = papers.find(desk.book, line.psp_reference, INTENT)
    charge_id = f"ch_{line.psp_reference.removeprefix('pi_')}"
    if paper is not None and paper.data["charge"]:
        charge_id = str(paper.data["charge"])
    source = line.modification_reference or charge_id
    return {
        "source_id": source,
        "customer_facing_amount": _major(abs(line.gross), line.currency),
        "customer_facing_currency": line.currency.lower(),
        "charge_id": charge_id,
        "payment_intent_id": line.psp_reference,
        "charge_created_utc": _utc(line.captured_at),
        "payment_method_type": "card" if line.method.endswith("_card") else line.method,
        "payment_metadata[order_id]": line.merchant_reference,
        **_kept_metadata(paper),
    }


def _kept_metadata(paper: Paper | None) -> dict[str, str]:
    if paper is None:
        return {}
    return {
        "customer_id": paper.data["customer"] or "",
        "payment_metadata[key]": paper.data["metadata"].get("key", ""),
    }


def _major(minor: int, currency: str) -> str:
    return f"{'-' if minor < 0 else ''}{decimal_text(abs(minor), currency)}"


def _utc(text: str, later: timedelta = timedelta()) -> str:
    return (datetime.fromisoformat(text) + later).strftime("%Y-%m-%d %H:%M:%S")
