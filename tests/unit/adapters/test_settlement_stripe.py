"""Stripe's itemised payout reconciliation."""

from __future__ import annotations

import csv
import io

import pytest

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import from_rfc3339
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.settlement import Category, Reject, SettlementLine
from countinghouse.domain.settlement_file import FileSummary
from countinghouse_aws.settlement.layouts import parse_settlement
from countinghouse_aws.settlement.stripe import CATEGORIES

# The report's columns in their order, with the metadata key that we ask for.
HEADER = (
    "automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,"
    "available_on_utc,currency,gross,fee,net,reporting_category,source_id,description,"
    "customer_facing_amount,customer_facing_currency,regulatory_tag,charge_id,payment_intent_id,"
    "charge_created_utc,payment_method_type,card_brand,card_country,card_funding,"
    "connected_account_id,connected_account_name,dispute_reason,statement_descriptor,"
    "payment_metadata[order_id],trace_id,trace_id_status"
)
COLUMNS = HEADER.split(",")
CHARGE = {
    "automatic_payout_id": "po_1",
    "automatic_payout_effective_at_utc": "2026-11-22 00:00:00",
    "balance_transaction_id": "txn_1",
    "created_utc": "2026-11-19 23:59:58",
    "available_on_utc": "2026-11-21 00:00:00",
    "currency": "eur",
    "gross": "70.00",
    "fee": "1.23",
    "net": "68.77",
    "reporting_category": "charge",
    "source_id": "ch_1",
    "description": 'Order "one", with\na note, =1+1',
    "customer_facing_amount": "70.00",
    "customer_facing_currency": "eur",
    "charge_id": "ch_1",
    "payment_metadata[order_id]": "ord_1",
}


def parsed(*rows: dict[str, str]) -> list[SettlementLine | Reject]:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    chunks = [out.getvalue().encode()]
    return list(parse_settlement(chunks, None, "stripe", "f1", "2026-11-22"))


def taken(**changes: str) -> SettlementLine:
    (found,) = parsed({**CHARGE, **changes})
    assert isinstance(found, SettlementLine)
    return found


def rejected(**changes: str) -> str:
    (found,) = parsed({**CHARGE, **changes})
    assert isinstance(found, Reject)
    return found.reason


def test_a_charge_in_our_words() -> None:
    found = taken()

    assert found == SettlementLine(
        line_hash=found.line_hash,
        file_id="f1",
        line_no=2,
        psp="stripe",
        batch="po_1",
        category=Category.CAPTURE,
        raw_type="charge",
        merchant_reference="ord_1",
        psp_reference="ch_1",
        modification_reference="",
        currency="EUR",
        gross=7_000,
        fee=123,
        net=6_877,
        original_currency="",
        original_gross=0,
        booked_at=from_rfc3339("2026-11-19T23:59:58Z"),
        settlement_day="2026-11-22",
    )


@pytest.mark.parametrize(
    ("currency", "gross", "minor"),
    [
        ("eur", "70", 7_000),
        ("eur", "0.1", 10),
        ("eur", "-0.01", -1),
        ("jpy", "7000", 7_000),
        ("jpy", "7000.00", 7_000),
        ("kwd", "7.001", 7_001),
        ("eur", "8.29", 829),
        ("eur", "1234567890123.45", 123_456_789_012_345),
    ],
)
def test_major_units_become_minor_units_by_the_currencys_exponent(
    currency: str, gross: str, minor: int
) -> None:
    found = taken(currency=currency, gross=gross, fee="0", net=gross)

    assert (found.gross, found.fee, found.net) == (minor, 0, minor)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"gross": "70.001", "net": "68.771"}, "more decimals"),
        ({"currency": "jpy"}, "more decimals"),
        ({"gross": "70,00"}, "gross is no number"),
        ({"gross": "1e3"}, "gross is no number"),
        ({"gross": "NaN"}, "gross is no number"),
        ({"gross": "."}, "gross is no number"),
        ({"gross": ""}, "gross is empty"),
        ({"net": "99999999999999.99"}, "beyond any amount"),
        ({"net": "68.76"}, "do not add up"),
        ({"fee": "-1.23"}, "do not add up"),
        ({"currency": "usdx"}, "no ISO 4217"),
        ({"automatic_payout_id": ""}, "automatic_payout_id is empty"),
        ({"automatic_payout_effective_at_utc": "2026-11-23 00:00:00"}, "another day"),
        ({"automatic_payout_effective_at_utc": ""}, "no time"),
        ({"created_utc": "19/11/2026"}, "no time"),
        ({"created_utc": "2026-11-19T23:00:00+01:00"}, "offset"),
        ({"balance_transaction_id": ""}, "balance_transaction_id is empty"),
        ({"payment_metadata[order_id]": "@ord"}, "formula"),
        ({"reporting_category": ""}, "reporting_category is empty"),
        ({"reporting_category": "refund", "charge_id": ""}, "names no charge"),
    ],
)
def test_what_cannot_be_read_is_named(bad: dict[str, str], reason: str) -> None:
    assert reason in rejected(**bad)


def test_a_charge_without_its_column_is_known_by_its_source() -> None:
    found = taken(charge_id="")

    assert (found.psp_reference, found.modification_reference) == ("ch_1", "")


def test_a_refund_is_known_by_its_charge_and_its_own_id() -> None:
    found = taken(
        reporting_category="refund", source_id="re_1", gross="-10.00", fee="0.00", net="-10.00"
    )

    assert found.category is Category.REFUND
    assert (found.psp_reference, found.modification_reference) == ("ch_1", "re_1")
    assert found.net == -1_000


def test_what_is_taken_back_of_a_capture_is_of_the_capture() -> None:
    found = taken(
        reporting_category="partial_capture_reversal",
        source_id="re_2",
        gross="-30.00",
        fee="-0.42",
        net="-29.58",
    )

    assert (found.category, found.gross, found.fee) == (Category.CAPTURE, -3_000, -42)


def test_a_charge_in_another_currency_keeps_what_the_buyer_paid() -> None:
    found = taken(customer_facing_currency="jpy", customer_facing_amount="11000")
    back = taken(
        reporting_category="refund",
        source_id="re_1",
        gross="-70.00",
        fee="0",
        net="-70.00",
        customer_facing_currency="jpy",
        customer_facing_amount="11000",
    )

    assert (found.original_currency, found.original_gross) == ("JPY", 11_000)
    assert (back.original_currency, back.original_gross) == ("JPY", -11_000)


# What has to be known at least, by the report's word or the balance transaction's.
TYPES = (
    "charge payment refund refund_failure payment_refund payment_failure_refund adjustment "
    "application_fee application_fee_refund transfer transfer_refund transfer_failure payout "
    "payout_cancel payout_failure payout_minimum_balance_hold payout_minimum_balance_release "
    "reserve_hold reserve_release reserved_funds stripe_fee stripe_fx_fee tax_fee topup "
    "dispute dispute_reversal fee partial_capture_reversal"
)


@pytest.mark.parametrize("name", TYPES.split())
def test_no_known_type_is_unknown(name: str) -> None:
    assert taken(reporting_category=name).category is not Category.UNKNOWN


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("dispute", Category.CHARGEBACK),
        ("dispute_reversal", Category.CHARGEBACK_REVERSAL),
        ("refund_failure", Category.REFUND_REVERSAL),
        ("payment_refund", Category.REFUND),
        ("stripe_fee", Category.FEE),
        ("reserve_hold", Category.RESERVE_HELD),
        ("reserve_release", Category.RESERVE_RELEASED),
        ("transfer", Category.ADJUSTMENT),
        ("payout", Category.PAYOUT),
        ("payout_failure", Category.PAYOUT),
        ("climate_order_purchase", Category.UNKNOWN),
    ],
)
def test_types_and_their_categories(name: str, category: Category) -> None:
    found = taken(reporting_category=name)

    assert (found.category, found.raw_type) == (category, name)
    assert CATEGORIES.get(name, Category.UNKNOWN) is category


@pytest.mark.parametrize(
    ("gross", "category"),
    [("-5.00", Category.RESERVE_HELD), ("5.00", Category.RESERVE_RELEASED)],
)
@pytest.mark.parametrize(
    "name", ["reserved_funds", "risk_reserved_funds", "connect_reserved_funds"]
)
def test_reserved_funds_go_by_their_sign(name: str, gross: str, category: Category) -> None:
    found = taken(reporting_category=name, gross=gross, fee="0", net=gross)

    assert found.category is category


def test_lines_that_are_equal_but_for_stripes_own_id_are_two() -> None:
    assert taken().line_hash != taken(balance_transaction_id="txn_2").line_hash
    assert taken().line_hash == taken(description="other", currency="EUR").line_hash


def test_a_payout_closes_the_batch_of_its_lines() -> None:
    payout = {
        **CHARGE,
        "balance_transaction_id": "txn_9",
        "reporting_category": "payout",
        "source_id": "po_1",
        "charge_id": "",
        "gross": "-66.77",
        "fee": "0.00",
        "net": "-66.77",
    }
    fee = {
        **payout,
        "balance_transaction_id": "txn_3",
        "reporting_category": "fee",
        "source_id": "",
        "gross": "-2.00",
        "net": "-2.00",
    }
    summary = FileSummary(ContractFee(14, 25))

    for one in parsed(CHARGE, fee, payout):
        summary.take(one)

    (total,) = summary.result().totals
    assert (total.batch, total.currency) == ("po_1", "EUR")
    assert (total.net, total.paid_out, total.expected_fee) == (6_677, 6_677, 323)
    assert summary.result().reasons == ()


def test_the_local_times_are_no_substitute_for_utc() -> None:
    header = HEADER.replace("created_utc", "created")

    found = parse_settlement([f"{header}\n".encode()], "stripe", "stripe", "f1", None)
    with pytest.raises(Invalid, match="created_utc is missing"):
        next(found)


@pytest.mark.parametrize(
    ("changes", "modification"),
    [
        ({}, ""),
        ({"reporting_category": "refund", "source_id": "re_1", "gross": "-70.00",
          "fee": "0", "net": "-70.00"}, "re_1"),
    ],
)  # fmt: skip
def test_a_charge_is_known_by_its_payment_intent(
    changes: dict[str, str], modification: str
) -> None:
    found = taken(**{"payment_intent_id": "pi_1", **changes})

    assert (found.psp_reference, found.modification_reference) == ("pi_1", modification)
