"""The Settlement details report: a batch as ``settlement_detail_report_batch_N.csv``.

Its columns and its journal types are those of docs.adyen.com, "Settlement detail report structure".
Amounts are in major units without a sign: the column says which way money went. A card's fee is
split into interchange, scheme fees and markup; any other is commission. Rows that say the same are
told apart by what their Modification Reference says in words, for times have whole seconds.
"""

import csv
import hashlib
import io
from base64 import b32encode
from typing import Final

from tools.sandbox_psp.adyen_face import modifications
from tools.sandbox_psp.adyen_face.accounts import COMPANY, MERCHANT
from tools.sandbox_psp.adyen_face.amounts import major
from tools.sandbox_psp.adyen_face.methods import SCHEME
from tools.sandbox_psp.adyen_face.payment_answers import payment_of
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.face import Batch, SettlementFile
from tools.sandbox_psp.refunds import REFUNDS
from tools.sandbox_psp.settlement_lines import PAYOUT, UNREADABLE, Line
from tools.sandbox_psp.times import instant

COLUMNS: Final = (
    "Company Account", "Merchant Account", "Psp Reference", "Merchant Reference",
    "Payment Method", "Creation Date", "TimeZone", "Type", "Modification Reference",
    "Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)", "Exchange Rate", "Net Currency",
    "Net Debit (NC)", "Net Credit (NC)", "Commission (NC)", "Markup (NC)", "Scheme Fees (NC)",
    "Interchange (NC)", "Payment Method Variant", "Modification Merchant Reference",
    "Batch Number", "Reserved4", "Reserved5", "Reserved6", "Reserved7", "Reserved8", "Reserved9",
    "Reserved10",
)  # fmt: skip
TYPES: Final = {
    "charge": "Settled",
    "refund": "Refunded",
    "refund_reversal": "RefundedReversed",
    "chargeback": "Chargeback",
    "chargeback_reversal": "ChargebackReversed",
    "fee": "Fee",
    "reserve_held": "DepositCorrection",
    "reserve_released": "DepositCorrection",
    "adjustment": "ManualCorrected",
    PAYOUT: "MerchantPayout",
}
_ZONE: Final = "UTC"


def report(book: Book, batch: Batch) -> SettlementFile:
    """The batch as a file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for place, line in enumerate(batch.lines, start=1):
        told = _of_payment(book, line) if line.psp_reference else _of_batch(line, batch, place)
        writer.writerow({**_common(line, batch), **told})
    return SettlementFile(file_name(batch.number), out.getvalue().encode())


def file_name(number: int) -> str:
    """What Adyen calls a batch's report."""
    return f"settlement_detail_report_batch_{number}.csv"


def _common(line: Line, batch: Batch) -> dict[str, str]:
    net = "Net Debit (NC)" if line.net < 0 else "Net Credit (NC)"
    return {
        "Company Account": COMPANY,
        "Merchant Account": MERCHANT,
        "Creation Date": instant(line.booked_at).strftime("%Y-%m-%d %H:%M:%S"),
        "TimeZone": _ZONE,
        "Type": TYPES.get(line.kind, line.kind.capitalize()),
        "Gross Currency": line.currency,
        "Exchange Rate": "1",
        "Net Currency": line.currency,
        net: major(line.net, line.currency),
        "Batch Number": str(batch.number),
    }


def _of_payment(book: Book, line: Line) -> dict[str, str]:
    payment = payment_of(book, line.psp_reference)
    variant = payment.variant if payment else "visa"
    gross = "Gross Debit (GC)" if line.gross < 0 else "Gross Credit (GC)"
    reference, merchants = _modification(book, line)
    return {
        "Psp Reference": line.psp_reference,
        "Merchant Reference": line.merchant_reference,
        "Payment Method": variant,
        "Payment Method Variant": variant,
        "Modification Reference": reference,
        "Modification Merchant Reference": merchants,
        gross: UNREADABLE if line.unreadable else major(line.gross, line.currency),
        **_fees(line, is_card=payment is None or payment.kind == SCHEME),
    }


def _modification(book: Book, line: Line) -> tuple[str, str]:
    """What was done to the payment: Adyen's reference of it, and the merchant's."""
    if line.kind == "charge":
        paper = modifications.done_to(book, line.psp_reference)
        if paper is not None:
            return paper.reference, str(paper.data["reference"])
        return _own_capture(line.psp_reference), ""
    found = REFUNDS.where(book, refund_reference=line.modification_reference)
    merchants = modifications.split_reason(found[0].reason)[0] if found else ""
    return line.modification_reference, merchants


def _own_capture(payment: str) -> str:
    """The reference of the capture that Adyen makes by itself."""
    return b32encode(hashlib.sha256(payment.encode()).digest()).decode()[:16]


def _fees(line: Line, *, is_card: bool) -> dict[str, str]:
    if not line.fee:
        return {}
    if line.kind != "charge" or not is_card:
        return {"Commission (NC)": major(line.fee, line.currency)}
    interchange, scheme = line.fee // 2, line.fee // 5
    return {
        "Markup (NC)": major(line.fee - interchange - scheme, line.currency),
        "Scheme Fees (NC)": major(scheme, line.currency),
        "Interchange (NC)": major(interchange, line.currency),
    }


def _of_batch(line: Line, batch: Batch, place: int) -> dict[str, str]:
    if line.kind == PAYOUT:
        words = f"TX{batch.number:08d}{place:04d}XT batch {batch.number} {MERCHANT}"
    else:
        words = f"{line.kind.replace('_', ' ')} {place} of {batch.day.isoformat()}"
    return {"Modification Reference": words}
