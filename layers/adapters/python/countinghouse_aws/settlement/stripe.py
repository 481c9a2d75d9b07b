"""Stripe's itemised payout reconciliation (`payout_reconciliation.itemized.5`).

Amounts are in major units. The batch is the automatic payout, the day the one it takes effect on.
Times are read from the `_utc` columns alone: the others are in whatever zone the report was run.
Our order's id comes back as metadata of the payment. What we know a charge by is its PaymentIntent.
"""

from __future__ import annotations

from datetime import UTC

from countinghouse.domain.instants import Instant, day_of
from countinghouse.domain.settlement import Category, SettlementLine
from countinghouse_aws import stripe_report
from countinghouse_aws.settlement.cells import Cells, utc
from countinghouse_aws.settlement.entries import Entry, Origin, settled

COLUMNS = stripe_report.NEEDED

# Categories of the report, and the types of balance transactions that go by another name.
_NAMES = {
    Category.CAPTURE: "charge payment partial_capture_reversal",
    Category.REFUND: "refund payment_refund payment_failure_refund charge_failure",
    Category.REFUND_REVERSAL: "refund_failure",
    Category.CHARGEBACK: "dispute",
    Category.CHARGEBACK_REVERSAL: "dispute_reversal",
    Category.FEE: "fee stripe_fee stripe_fx_fee tax_fee network_cost tax",
    Category.RESERVE_HELD: "reserve_hold payout_minimum_balance_hold",
    Category.RESERVE_RELEASED: "reserve_release payout_minimum_balance_release",
    Category.ADJUSTMENT: (
        "adjustment other_adjustment topup topup_reversal transfer transfer_reversal "
        "transfer_refund transfer_failure application_fee application_fee_refund "
        "platform_earning platform_earning_refund"
    ),
    Category.PAYOUT: "payout payout_reversal payout_cancel payout_failure",
}
CATEGORIES = {name: category for category, names in _NAMES.items() for name in names.split()}
_EITHER_WAY = frozenset({"reserved_funds", "risk_reserved_funds", "connect_reserved_funds"})
"""Reserves whose sign says whether they are held or released."""


def read(cells: Cells, origin: Origin, line_no: int) -> SettlementLine:
    """One balance transaction. Raises Unreadable."""
    currency = cells.currency("currency")
    gross = cells.amount("gross", currency)
    category = _category(cells.raw("reporting_category").lower(), gross)
    source = cells.text("source_id")
    charge = cells.text("charge_id") or (source if category is Category.CAPTURE else "")
    original_currency, original_gross = _original(cells, currency, gross)
    entry = Entry(
        batch=cells.needed("automatic_payout_id"),
        category=category,
        raw_type=cells.word("reporting_category"),
        currency=currency,
        gross=gross,
        fee=cells.amount("fee", currency),
        net=cells.amount("net", currency),
        booked_at=_utc(cells, "created_utc"),
        settlement_day=day_of(_utc(cells, "automatic_payout_effective_at_utc")),
        merchant_reference=cells.text(stripe_report.ORDER_ID),
        psp_reference=cells.text("payment_intent_id") or charge,
        modification_reference="" if source == charge else source,
        original_currency=original_currency,
        original_gross=original_gross,
        identity=cells.needed("balance_transaction_id"),
    )
    return settled(entry, origin, line_no)


def _category(name: str, gross: int) -> Category:
    if name in _EITHER_WAY:
        return Category.RESERVE_HELD if gross < 0 else Category.RESERVE_RELEASED
    return CATEGORIES.get(name, Category.UNKNOWN)


def _original(cells: Cells, currency: str, gross: int) -> tuple[str, int]:
    """What the buyer saw, when it was another currency; with the sign of what we get."""
    if not cells.raw("customer_facing_currency"):
        return "", 0
    seen = cells.currency("customer_facing_currency")
    if seen == currency:
        return "", 0
    units = abs(cells.amount("customer_facing_amount", seen))
    return seen, -units if gross < 0 else units


def _utc(cells: Cells, name: str) -> Instant:
    return utc(cells.clock_time(name).replace(tzinfo=UTC), name)
