"""The bills: which journeys a million payments are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from tools.cost.bill import GB, MILLION, MONTH_DAYS, Amounts, Share, amounts, dollars
from tools.cost.counted import SESSION, Counted
from tools.cost.tables import Assumptions, prices

Journeys = Mapping[str, Counted]
THOUSAND = Decimal(1_000)


def shared(journeys: Journeys, assumed: Assumptions) -> list[Share]:
    """What every million payments take beside themselves: payouts, and reconciliations."""
    payouts_a_day = assumed["sellers"] / MONTH_DAYS
    runs = THOUSAND * assumed["reconciled_psps"] / assumed["payments_a_day"]
    return [
        Share(journeys["payout"], THOUSAND * payouts_a_day / assumed["payments_a_day"]),
        Share(journeys["reconciliation"], runs),
    ]


def from_intake(journeys: Journeys, assumed: Assumptions) -> Amounts:
    """What is targeted: one order each, from its intake to the wallet, with its webhook."""
    shares = [Share(journeys["payment"], but=SESSION), *shared(journeys, assumed)]
    return _scanned(amounts(shares, assumed), assumed)


def with_session(journeys: Journeys, assumed: Assumptions) -> Amounts:
    """The same from the moment the buyer's page is opened, which waits for the PSP by itself."""
    shares = [Share(journeys["payment"]), *shared(journeys, assumed)]
    return _scanned(amounts(shares, assumed), assumed)


def whole_life(journeys: Journeys, assumed: Assumptions) -> Amounts:
    """With the session, and deliveries, reserves, refunds, disputes and second attempts."""
    retried = assumed["retried_per_mille"]
    a_month = THOUSAND * assumed["sellers"] / assumed["payments_a_day"]
    shares = [
        Share(journeys["payment"], THOUSAND - retried),
        Share(journeys["retry"], retried),
        Share(journeys["delivery"], assumed["delivered_per_mille"]),
        Share(journeys["refund"], assumed["refunded_per_mille"]),
        Share(journeys["dispute"], assumed["disputed_per_mille"]),
        # A seller's reserves of a day are free on one day.
        Share(journeys["reserve"], a_month),
        *shared(journeys, assumed),
    ]
    return _scanned(amounts(shares, assumed), assumed)


def _scanned(found: Amounts, assumed: Assumptions) -> Amounts:
    """With what is not of single steps: queries, and metrics that processes tell now and then."""
    found["logs"] += assumed["metric_bytes_payment"] * MILLION / GB
    found["athena_tb"] += assumed["athena_nano_tb_order"] * MILLION / 1_000_000_000
    return found


def cents(found: Amounts, assumed: Assumptions, *, provisioned: bool = False) -> int:
    """A million payments in whole cents."""
    total = sum(dollars(found, assumed, provisioned=provisioned).values(), Decimal(0))
    return int((total * 100).to_integral_value(ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored once everything has been running for long, in GB and dollars a day."""

    what: str
    gb: Decimal
    usd_a_day: Decimal


def kept(journeys: Journeys, assumed: Assumptions) -> list[Kept]:
    """Rows, their continuous backup, and the archive."""
    payment = journeys["payment"]
    life = {**payment.stored}
    for table, size in journeys["delivery"].stored.items():
        life[table] = life.get(table, 0) + size
    a_day = assumed["payments_a_day"]
    events = life.pop("psp_event", 0)
    rows_gb = sum(life.values()) * a_day / payment.many / GB
    events_gb = events * a_day / payment.many / GB * 35
    filed = sum(sum(step.firehose) for step in payment.steps) * a_day / payment.many / GB
    sizes = [("rows of 35 days", rows_gb * 35 + events_gb)]
    months = assumed["hot_months"]
    sizes.append((f"rows of {months} months", rows_gb * MONTH_DAYS * months + events_gb))
    found = []
    for what, gb in sizes:
        for name, price in (("", "dynamodb_storage"), (", their backup", "dynamodb_pitr")):
            found.append(Kept(what + name, gb, prices()[price].of(gb) / MONTH_DAYS))
    archived = filed * assumed["parquet_percent"] / 100 * 365 * assumed["archive_years"]
    says = f"the lake of {assumed['archive_years']} years, in S3"
    found.append(Kept(f"{says}, Standard", archived, prices()["s3_storage"].of(archived) / 30))
    found.append(Kept(f"{says}, Glacier", archived, prices()["s3_archive"].of(archived) / 30))
    return found
