"""Adyen's Settlement details report."""

from __future__ import annotations

import csv
import io

import pytest

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import from_rfc3339, rfc3339
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.settlement import Category, Reject, SettlementLine
from countinghouse.domain.settlement_file import FileSummary
from countinghouse_aws.settlement import adyen
from countinghouse_aws.settlement.layouts import parse_settlement

HEADER = (
    "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,"
    "Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),"
    "Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),"
    "Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,"
    "Modification Merchant Reference,Batch Number,Reserved4,Reserved5,Reserved6,Reserved7,"
    "Reserved8,Reserved9,Reserved10"
)
COLUMNS = HEADER.split(",")
EXTRA = [
    "Booking Date",
    "Booking Date TimeZone",
    "Metadata",
    "DCC Markup (NC)",
    "Payment Fees (NC)",
]
SETTLED = {
    "Company Account": "Shop",
    "Merchant Account": "ShopCOM",
    "Psp Reference": "8835000000000001",
    "Merchant Reference": "ord_1",
    "Payment Method": "visa",
    "Creation Date": "2026-07-21 01:30:00",
    "TimeZone": "CEST",
    "Type": "Settled",
    "Modification Reference": "8835000000000002",
    "Gross Currency": "EUR",
    "Gross Credit (GC)": "5.00",
    "Exchange Rate": "1",
    "Net Currency": "EUR",
    "Net Credit (NC)": "4.88",
    "Markup (NC)": "0.04",
    "Scheme Fees (NC)": "0.01",
    "Interchange (NC)": "0.07",
    "Batch Number": "134",
}
CHARGEBACK = {
    **SETTLED,
    "Type": "Chargeback",
    "Gross Credit (GC)": "",
    "Gross Debit (GC)": "349.99",
    "Net Credit (NC)": "",
    "Net Debit (NC)": "357.49",
    "Commission (NC)": "7.5",
    "Markup (NC)": "",
    "Scheme Fees (NC)": "",
    "Interchange (NC)": "",
}
ROW = {
    "Company Account": "Shop",
    "Merchant Account": "ShopCOM",
    "Creation Date": "2026-07-22 04:05:39",
    "TimeZone": "CEST",
    "Gross Currency": "EUR",
    "Net Currency": "EUR",
    "Batch Number": "134",
}
PAYOUT = {
    **ROW,
    "Type": "MerchantPayout",
    "Modification Reference": "TX1 batch 134, ShopCOM batch 134, ShopCOM",
}


def parsed(*rows: dict[str, str], day: str | None = "2026-07-22") -> list[SettlementLine | Reject]:
    out = io.StringIO()
    columns = [*COLUMNS, *(name for name in EXTRA if any(name in row for row in rows))]
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return list(parse_settlement([out.getvalue().encode()], None, "adyen", "f1", day))


def taken(row: dict[str, str], **changes: str) -> SettlementLine:
    (found,) = parsed({**row, **changes})
    assert isinstance(found, SettlementLine), found
    return found


def amounts(line: SettlementLine) -> tuple[int, int, int]:
    return line.gross, line.fee, line.net


def test_the_golden_settled_line() -> None:
    found = taken(SETTLED)

    assert found == SettlementLine(
        line_hash=found.line_hash,
        file_id="f1",
        line_no=2,
        psp="adyen",
        batch="134",
        category=Category.CAPTURE,
        raw_type="Settled",
        merchant_reference="ord_1",
        psp_reference="8835000000000001",
        modification_reference="8835000000000002",
        currency="EUR",
        gross=500,
        fee=12,
        net=488,
        original_currency="",
        original_gross=0,
        booked_at=from_rfc3339("2026-07-20T23:30:00Z"),
        settlement_day="2026-07-22",
    )


def test_the_golden_chargeback() -> None:
    found = taken(CHARGEBACK)

    assert found.category is Category.CHARGEBACK
    assert amounts(found) == (-34_999, 750, -35_749)


def test_the_columns_stand_in_the_reports_order() -> None:
    assert [name for name in COLUMNS if name in adyen.COLUMNS] == [*adyen.COLUMNS]


def test_the_total_of_the_fees_is_not_added_to_them() -> None:
    found = taken({**SETTLED, "Payment Fees (NC)": "0.12", "DCC Markup (NC)": "0.50"})

    assert amounts(found) == (500, 12, 488)


def test_a_settled_gross_under_debit_is_still_what_we_get() -> None:
    found = taken(SETTLED, **{"Gross Credit (GC)": "", "Gross Debit (GC)": "5.00"})

    assert amounts(found) == (500, 12, 488)


def test_a_fee_above_the_gross_turns_the_net_and_not_the_gross() -> None:
    row = {**SETTLED, "Gross Credit (GC)": "0.05", "Net Credit (NC)": "", "Net Debit (NC)": "0.07"}

    assert amounts(taken(row)) == (5, 12, -7)


def test_a_fee_that_takes_all_leaves_no_net() -> None:
    row = {**SETTLED, "Gross Credit (GC)": "0.12", "Net Credit (NC)": ""}

    assert amounts(taken(row)) == (12, 12, 0)


def test_a_commission_of_nothing_leaves_the_parts() -> None:
    assert amounts(taken({**SETTLED, "Commission (NC)": "0"})) == (500, 12, 488)


def test_parts_of_a_fee_below_the_minor_unit_are_summed_before_they_are_rounded() -> None:
    row = {**SETTLED, "Markup (NC)": ".0404", "Scheme Fees (NC)": "0.0096"}

    assert amounts(taken(row)) == (500, 12, 488)


def test_another_currency_is_kept_as_the_buyer_paid_it() -> None:
    row = {
        **SETTLED,
        "Gross Currency": "INR",
        "Gross Credit (GC)": "10",
        "Exchange Rate": "0.011",
        "Net Currency": "USD",
        "Net Credit (NC)": "",
        "Net Debit (NC)": "0.03",
        "Markup (NC)": "0",
        "Scheme Fees (NC)": "0.04",
        "Interchange (NC)": "0.1",
        "Metadata": '{"note": "a, ""b""\n=c"}',
    }

    found = taken(row)

    assert amounts(found) == (11, 14, -3)
    assert (found.currency, found.original_currency, found.original_gross) == ("USD", "INR", 1_000)


def test_what_the_buyer_paid_has_our_sign_whichever_way_it_is_written() -> None:
    row = {**SETTLED, "Gross Currency": "USD", "Markup (NC)": "0.045"}

    credit = taken(row, **{"Gross Credit (GC)": "5.50"})
    debit = taken(row, **{"Gross Credit (GC)": "", "Gross Debit (GC)": "5.50"})
    back = taken({**CHARGEBACK, "Gross Currency": "USD", "Gross Debit (GC)": "370.00"})

    # A fee of 0.125 is rounded half up.
    assert amounts(credit) == (501, 13, 488)
    assert (credit.original_gross, debit.original_gross, back.original_gross) == (550, 550, -37_000)


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        ("2026-07-21 01:30:00", "CEST", "2026-07-20T23:30:00.000Z"),
        ("2026-01-21 01:30:00", "CET", "2026-01-21T00:30:00.000Z"),
        ("2025-10-26 02:30:00", "CEST", "2025-10-26T00:30:00.000Z"),
        ("2025-10-26 02:30:00", "CET", "2025-10-26T01:30:00.000Z"),
        ("2026-07-21 01:30:00", "PDT", "2026-07-21T08:30:00.000Z"),
        ("2026-02-18 16:10:51", "PST", "2026-02-19T00:10:51.000Z"),
        ("2026-07-21 01:30:00", "BST", "2026-07-21T00:30:00.000Z"),
        ("2026-07-21 01:30:00", "GMT", "2026-07-21T01:30:00.000Z"),
        ("2026-07-21 01:30:00", "Europe/Amsterdam", "2026-07-20T23:30:00.000Z"),
        ("2026-01-21 01:30:00", "Europe/Amsterdam", "2026-01-21T00:30:00.000Z"),
        ("2026-01-21 01:30:00", "America/Sao_Paulo", "2026-01-21T04:30:00.000Z"),
    ],
)
def test_local_times_become_utc(local: str, zone: str, instant: str) -> None:
    found = taken(SETTLED, **{"Creation Date": local, "TimeZone": zone})

    assert rfc3339(found.booked_at) == instant


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"TimeZone": ""}, "no time zone"),
        ({"TimeZone": "XST"}, "no time zone"),
        ({"TimeZone": "../../etc/passwd"}, "no time zone"),
        ({"TimeZone": "Mars/Olympus"}, "no time zone"),
        ({"TimeZone": "Europe"}, "no time zone"),
        ({"TimeZone": "."}, "no time zone"),
        ({"TimeZone": "Europe/" + "A" * 400}, "no time zone"),
        ({"TimeZone": "tzdata.zi"}, "no time zone"),
        ({"Creation Date": "21/07/2026 01:30"}, "no time"),
        ({"Creation Date": "2026-07-23 00:00:01"}, "later day"),
        ({"Net Credit (NC)": "4.87"}, "do not add up"),
        ({"Net Credit (NC)": "", "Net Debit (NC)": "4.88"}, "do not add up"),
        ({"Net Debit (NC)": "4.88"}, "both debit and credit"),
        ({"Gross Debit (GC)": "5.00"}, "both debit and credit"),
        ({"Gross Credit (GC)": "-5.00"}, "sign"),
        ({"Gross Credit (GC)": ""}, "Gross is empty"),
        ({"Gross Currency": ""}, "Gross Currency"),
        ({"Net Currency": "EURO"}, "Net Currency"),
        ({"Net Credit (NC)": "4.881"}, "more decimals"),
        ({"Interchange (NC)": "seven"}, "Interchange (NC) is no number"),
        ({"Psp Reference": ""}, "names no charge"),
        ({"Merchant Reference": "+1"}, "formula"),
        ({"Modification Reference": "-1"}, "formula"),
        ({"Batch Number": ""}, "Batch Number is empty"),
        ({"Type": ""}, "Type is empty"),
        ({"Commission (NC)": "9" * 15}, "beyond any amount"),
    ],
)
def test_what_cannot_be_read_is_named(bad: dict[str, str], reason: str) -> None:
    (found,) = parsed({**SETTLED, **bad})

    assert isinstance(found, Reject)
    assert reason in found.reason


TYPES = {
    "Settled": Category.CAPTURE,
    "Refunded": Category.REFUND,
    "RefundedReversed": Category.REFUND_REVERSAL,
    "Chargeback": Category.CHARGEBACK,
    "SecondChargeback": Category.CHARGEBACK,
    "ChargebackReversed": Category.CHARGEBACK_REVERSAL,
    "Fee": Category.FEE,
    "MiscCosts": Category.FEE,
    "InvoiceDeduction": Category.FEE,
    "PaymentCost": Category.FEE,
    "MatchedStatement": Category.ADJUSTMENT,
    "ManualCorrected": Category.ADJUSTMENT,
    "Balancetransfer": Category.ADJUSTMENT,
    "PaidOut": Category.ADJUSTMENT,
    "PaidOutReversed": Category.ADJUSTMENT,
    "MerchantPayout": Category.PAYOUT,
    "BankInstructionReturned": Category.PAYOUT,
    "DepositCorrection": Category.RESERVE_RELEASED,
    "SentForSettle": Category.UNKNOWN,
}


@pytest.mark.parametrize(("kind", "category"), TYPES.items())
def test_types_and_their_categories(kind: str, category: Category) -> None:
    assert taken(SETTLED, Type=kind).category is category


@pytest.mark.parametrize(
    ("kind", "column", "category", "expected"),
    [
        ("Fee", "Net Debit (NC)", Category.FEE, (0, 180, -180)),
        ("MiscCosts", "Net Credit (NC)", Category.FEE, (0, -180, 180)),
        ("DepositCorrection", "Net Debit (NC)", Category.RESERVE_HELD, (-180, 0, -180)),
        ("DepositCorrection", "Net Credit (NC)", Category.RESERVE_RELEASED, (180, 0, 180)),
        ("MerchantPayout", "Net Debit (NC)", Category.PAYOUT, (-180, 0, -180)),
        ("Balancetransfer", "Net Credit (NC)", Category.ADJUSTMENT, (180, 0, 180)),
    ],
)
def test_batch_rows_have_a_net_and_no_charge(
    kind: str, column: str, category: Category, expected: tuple[int, int, int]
) -> None:
    found = taken({**ROW, "Type": kind, "Gross Currency": "", column: "1.80"})

    assert found.category is category
    assert amounts(found) == expected
    assert (found.psp_reference, found.merchant_reference, found.original_currency) == ("", "", "")


def test_what_a_batch_row_says_in_words_is_tamed_and_tells_rows_apart() -> None:
    row = {**ROW, "Type": "Fee", "Net Debit (NC)": "1.80"}

    found = taken(row, **{"Modification Reference": '=Fees "July" \t2026' + "x" * 99})
    other = taken(row, **{"Modification Reference": "Fees August"})

    assert found.modification_reference == "_Fees _July_ _2026" + "x" * 46
    assert other.line_hash != found.line_hash


def test_a_row_of_no_amount_is_rejected() -> None:
    (found,) = parsed({**ROW, "Type": "Fee"})

    assert found == Reject(2, "has no amount")


def test_only_the_payout_may_follow_its_day() -> None:
    row = {**PAYOUT, "Net Debit (NC)": "1.00", "Creation Date": "2026-07-23 02:00:00"}

    assert taken(row).settlement_day == "2026-07-22"


def test_lines_and_batch_rows_come_to_the_payout() -> None:
    rows = [
        {**SETTLED, "Gross Credit (GC)": "500.00", "Net Credit (NC)": "499.88"},
        CHARGEBACK,
        {**ROW, "Type": "Fee", "Net Debit (NC)": "1.80"},
        {**ROW, "Type": "DepositCorrection", "Net Credit (NC)": "3.00"},
        {**PAYOUT, "Gross Currency": "USD", "Net Debit (NC)": "143.59"},
    ]
    summary = FileSummary(ContractFee(0, 12))

    for one in parsed(*rows):
        summary.take(one)

    (total,) = summary.result().totals
    assert (total.net, total.paid_out, total.expected_fee) == (14_359, 14_359, 192)
    assert summary.result().reasons == ()


def test_the_report_needs_a_day_to_be_for() -> None:
    with pytest.raises(Invalid, match="does not say its day"):
        parsed(SETTLED, day=None)
