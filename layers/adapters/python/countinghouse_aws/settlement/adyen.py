"""Adyen's Settlement details report.

Amounts are in major units and without a sign. Which way money went is read from the net column
that is filled, for net is what is paid; a published sample has a settled gross under debit. A gross
in the same currency has to come to net plus fee whichever way it is written. `Payment Fees (NC)`
is a total of columns that are read already. The report does not name its settlement day: that is
the day it was asked for.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from countinghouse.domain.instants import Instant
from countinghouse.domain.settlement import MOVEMENTS, Category, SettlementLine
from countinghouse_aws.settlement.cells import Cells, Unreadable, bounded, rounded, utc
from countinghouse_aws.settlement.entries import Entry, Origin, settled
from countinghouse_aws.settlement.zones import zone_of

COLUMNS = (
    "Psp Reference",
    "Merchant Reference",
    "Creation Date",
    "TimeZone",
    "Type",
    "Modification Reference",
    "Gross Currency",
    "Gross Debit (GC)",
    "Gross Credit (GC)",
    "Net Currency",
    "Net Debit (NC)",
    "Net Credit (NC)",
    "Commission (NC)",
    "Markup (NC)",
    "Scheme Fees (NC)",
    "Interchange (NC)",
    "Batch Number",
)
_SPLIT_FEES = ("Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)")

CATEGORIES = {
    "settled": Category.CAPTURE,
    "refunded": Category.REFUND,
    "refundedreversed": Category.REFUND_REVERSAL,
    "chargeback": Category.CHARGEBACK,
    "secondchargeback": Category.CHARGEBACK,
    "chargebackreversed": Category.CHARGEBACK_REVERSAL,
    "fee": Category.FEE,
    "misccosts": Category.FEE,
    "invoicededuction": Category.FEE,
    "paymentcost": Category.FEE,
    "matchedstatement": Category.ADJUSTMENT,
    "manualcorrected": Category.ADJUSTMENT,
    "balancetransfer": Category.ADJUSTMENT,
    "paidout": Category.ADJUSTMENT,
    "paidoutreversed": Category.ADJUSTMENT,
    "merchantpayout": Category.PAYOUT,
    "bankinstructionreturned": Category.PAYOUT,
}
_DEPOSIT = "depositcorrection"


def read(cells: Cells, origin: Origin, line_no: int) -> SettlementLine:
    """One line or batch row. Raises Unreadable."""
    currency = cells.currency("Net Currency")
    net = _signed(cells, "Net", "NC", currency) or 0
    fee = _fee(cells, currency)
    category = _category(cells.raw("Type").casefold(), net)
    original_currency, original_gross = _original(cells, category, currency, net + fee)
    moved = category in MOVEMENTS
    entry = Entry(
        batch=cells.needed("Batch Number"),
        category=category,
        raw_type=cells.word("Type"),
        currency=currency,
        gross=net + fee,
        fee=fee,
        net=net,
        booked_at=_booked_at(cells, origin, category),
        settlement_day=origin.day or "",
        merchant_reference=cells.text("Merchant Reference"),
        psp_reference=cells.text("Psp Reference"),
        # A batch row has a sentence there.
        modification_reference=(cells.text if moved else cells.words)("Modification Reference"),
        original_currency=original_currency,
        original_gross=original_gross,
    )
    return settled(entry, origin, line_no)


def _category(kind: str, net: int) -> Category:
    if kind == _DEPOSIT:
        return Category.RESERVE_HELD if net < 0 else Category.RESERVE_RELEASED
    return CATEGORIES.get(kind, Category.UNKNOWN)


def _signed(cells: Cells, what: str, unit: str, currency: str) -> int | None:
    """The amount of a pair of columns, credit positive; None when both are empty."""
    debit = cells.major(f"{what} Debit ({unit})", currency)
    credit = cells.major(f"{what} Credit ({unit})", currency)
    if (debit or 0) < 0 or (credit or 0) < 0:
        raise Unreadable(f"{what} has a sign where its column says the direction")
    if debit and credit:
        raise Unreadable(f"{what} is both debit and credit")
    if debit is None and credit is None:
        return None
    return (credit or 0) - (debit or 0)


def _fee(cells: Cells, currency: str) -> int:
    """The commission, or the parts that it is split into where there are some."""
    fee = cells.decimal("Commission (NC)")
    if not fee:
        fee = sum((cells.decimal(name) or Decimal(0) for name in _SPLIT_FEES), Decimal(0))
    return bounded(rounded(fee, currency), "the fee")


def _original(cells: Cells, category: Category, currency: str, gross: int) -> tuple[str, int]:
    """What the buyer paid when that was another currency, with the sign of what we get.

    A gross in our currency says nothing new: it has to be the one we reckon with.
    """
    if not cells.raw("Gross Debit (GC)") and not cells.raw("Gross Credit (GC)"):
        if category in MOVEMENTS:
            raise Unreadable("Gross is empty")
        if not cells.raw("Net Debit (NC)") and not cells.raw("Net Credit (NC)"):
            raise Unreadable("has no amount")
        return "", 0
    paid_in = cells.currency("Gross Currency")
    paid = _signed(cells, "Gross", "GC", paid_in) or 0
    if paid_in == currency:
        if abs(paid) != abs(gross):
            raise Unreadable("gross, fee and net do not add up")
        return "", 0
    return paid_in, -abs(paid) if gross < 0 else abs(paid)


def _booked_at(cells: Cells, origin: Origin, category: Category) -> Instant:
    local = cells.clock_time("Creation Date")
    _check_not_later(local, origin, category)
    zone = zone_of(cells.raw("TimeZone"))
    if zone is None:
        raise Unreadable("TimeZone is no time zone that is known")
    return utc(local.replace(tzinfo=zone), "Creation Date")


def _check_not_later(local: datetime, origin: Origin, category: Category) -> None:
    # By the account's own clock, which closes the batch; only the payout may follow it.
    later = origin.day is not None and local.date().isoformat() > origin.day
    if later and category is not Category.PAYOUT:
        raise Unreadable("is of a later day than the file")
