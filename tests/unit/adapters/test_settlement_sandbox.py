"""The sandbox's own settlement file and bank statement."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from countinghouse.domain.instants import from_rfc3339
from countinghouse.domain.settlement import (
    BankCategory,
    BankLine,
    Category,
    Reject,
    SettlementLine,
)
from countinghouse_aws.settlement import bank, sandbox
from countinghouse_aws.settlement.layouts import parse_bank, parse_settlement
from tests.hostile_files import BANK_HEADER, DAY, NOON, PSP, file_of, line
from tools.sandbox_psp import bank as sandbox_bank
from tools.sandbox_psp import settlement_lines as theirs


def one(text: str, day: str | None = DAY) -> SettlementLine | Reject:
    (found,) = parse_settlement([file_of(text)], "sandbox", PSP, "f1", day)
    return found


def taken(text: str) -> SettlementLine:
    found = one(text)
    assert isinstance(found, SettlementLine)
    return found


def bank_lines(
    *lines: str, account: str | None = "sandbox", day: str | None = DAY
) -> list[BankLine | Reject]:
    chunks = [file_of(*lines, header=BANK_HEADER)]
    return list(parse_bank(chunks, None, account, "f1", day))


def test_every_column_finds_its_field() -> None:
    found = taken(line(3, "refund", -500, 20, psp_reference="ch_1", modification="re_1"))

    assert found == SettlementLine(
        line_hash=found.line_hash,
        file_id="f1",
        line_no=2,
        psp="sandbox",
        batch="7",
        category=Category.REFUND,
        raw_type="refund",
        merchant_reference="ord_3",
        psp_reference="ch_1",
        modification_reference="re_1",
        currency="EUR",
        gross=-500,
        fee=20,
        net=-520,
        original_currency="",
        original_gross=0,
        booked_at=from_rfc3339("2026-11-22T12:00:00Z"),
        settlement_day="2026-11-22",
    )


@pytest.mark.parametrize(("kind", "category"), sandbox.CATEGORIES.items())
def test_every_type_has_its_category(kind: str, category: Category) -> None:
    found = taken(line(1, kind, -50, 0))

    assert (found.category, found.raw_type) == (category, kind)
    assert found.net == -50


def test_the_categories_leave_none_out() -> None:
    assert {*sandbox.CATEGORIES.values()} == {*Category} - {Category.UNKNOWN}


@pytest.mark.parametrize(("gross", "fee"), [(0, 30), (-30, 0)])
def test_a_fee_of_the_batch_is_a_fee_in_whichever_column_it_stands(gross: int, fee: int) -> None:
    found = taken(line(1, "fee", gross, fee))

    assert (found.gross, found.fee, found.net) == (0, 30, -30)


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("surcharge", "surcharge"),
        ("=HYPERLINK(1)", "_HYPERLINK(1)"),
        ("--x", "x"),
        ("\u202eetup", "_etup"),
        ("k" * 500, "k" * 64),
        ("Charge", "Charge"),
    ],
)
def test_a_type_that_nobody_mapped_is_taken_under_a_tame_name(kind: str, kept: str) -> None:
    found = taken(line(1, kind, 5, 0))

    assert (found.category, found.raw_type) == (Category.UNKNOWN, kept)


def test_without_a_day_each_line_has_its_own() -> None:
    found = one(line(1, day="2026-11-21"), day=None)

    other = one(line(1, day="2026-11-22"), day=None)

    assert isinstance(found, SettlementLine)
    assert found.settlement_day == "2026-11-21"
    assert isinstance(other, SettlementLine)
    assert other.line_hash != found.line_hash


MEANINGS = [
    line(1),
    line(1, gross=7_001),
    line(1, fee=124),
    line(1, currency="USD"),
    line(1, "refund"),
    line(1, psp_reference="ch_2"),
    line(1, merchant_reference="ord_2"),
    line(1, modification="m"),
    line(1, batch="8"),
    line(1, booked_at="2026-11-22T12:00:00.001Z"),
    # What two fields share must not fall together when it moves from one to the other.
    line(1, merchant_reference="ord", psp_reference="ch_1"),
    line(1, merchant_reference="ordch", psp_reference="_1"),
]


def test_lines_that_mean_different_things_have_different_hashes() -> None:
    hashes = [taken(text).line_hash for text in MEANINGS]

    assert len({*hashes}) == len(hashes)
    assert all(len(found) == 32 and int(found, 16) >= 0 for found in hashes)


def test_the_hash_leaves_out_number_and_file_and_keeps_the_psp() -> None:
    (again,) = parse_settlement([file_of("", line(1).replace(f"{DAY},1,", f"{DAY},77,", 1))],
                                None, PSP, "f2", DAY)  # fmt: skip
    (elsewhere,) = parse_settlement([file_of(line(1))], None, "other", "f1", DAY)

    assert isinstance(again, SettlementLine)
    assert (again.file_id, again.line_no) == ("f2", 3)
    assert again.line_hash == taken(line(1)).line_hash
    assert isinstance(elsewhere, SettlementLine)
    assert elsewhere.line_hash != again.line_hash


def test_what_the_sandbox_writes_is_read() -> None:
    day = date(2026, 11, 22)
    charge = theirs.Line(
        "EUR", 7_000, 123, NOON, psp_reference="ch_1", merchant_reference="ord_1", method="sepa"
    )
    lines = [
        charge,
        replace(charge, repeated=True),
        replace(charge, kind="chargeback", gross=-7_000, fee=1_500, modification_reference="d_1"),
        theirs.batch_row("fee", "EUR", -30, day),
        theirs.batch_row("reserve_held", "EUR", -100, day),
        theirs.batch_row("reserve_released", "EUR", 90, day),
        theirs.batch_row("adjustment", "EUR", 5, day),
    ]
    lines += theirs.payout_rows(lines, day)
    content = theirs.as_csv(lines, 12, day)

    found = list(parse_settlement([content], None, PSP, "f1", DAY))

    assert theirs.COLUMNS == sandbox.COLUMNS
    assert [(line.category, line.net) for line in found if isinstance(line, SettlementLine)] == [
        ("capture", 6_877),
        ("capture", 6_877),
        ("chargeback", -8_500),
        ("fee", -30),
        ("reserve_held", -100),
        ("reserve_released", 90),
        ("adjustment", 5),
        ("payout", 1_658),
    ]


def test_a_bank_line_says_what_came_and_for_what() -> None:
    (found,) = bank_lines("sandbox,2026-11-22,1,settlement,7,EUR,4508")

    assert isinstance(found, BankLine)
    assert found == BankLine(
        line_hash=found.line_hash,
        file_id="f1",
        line_no=2,
        account="sandbox",
        category=BankCategory.SETTLEMENT,
        reference="7",
        currency="EUR",
        amount=4_508,
        value_day="2026-11-22",
    )


def test_every_type_of_a_statement_has_its_category() -> None:
    kinds = ["settlement", "seller_payout", "payout_return", "other", "interest"]

    found = bank_lines(*(f"sandbox,2026-11-22,1,{kind},po_1,EUR,-5" for kind in kinds))

    assert sandbox_bank.COLUMNS == bank.COLUMNS
    assert [one.category for one in found if isinstance(one, BankLine)] == [*kinds[:4], "other"]
    # Two lines of one category and different words are two lines.
    assert len({one.line_hash for one in found if isinstance(one, BankLine)}) == 5


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("main,2026-11-22,1,settlement,7,EUR,1", "another account"),
        (",2026-11-22,1,settlement,7,EUR,1", "account is empty"),
        ("sandbox,2026-11-21,1,settlement,7,EUR,1", "another day"),
        ("sandbox,today,1,settlement,7,EUR,1", "value_date"),
        ("sandbox,2026-11-22,1,settlement,,EUR,1", "reference is empty"),
        ("sandbox,2026-11-22,1,seller_payout,=1,EUR,1", "formula"),
        ("sandbox,2026-11-22,1,,7,EUR,1", "type is empty"),
        ("sandbox,2026-11-22,1,settlement,7,XXX,1", "currency"),
        ("sandbox,2026-11-22,1,settlement,7,EUR,1.0", "amount is no whole number"),
        ("sandbox,2026-11-22,1,settlement,7,EUR", "6 cells"),
    ],
)
def test_a_bad_bank_line_is_named_and_the_others_kept(bad: str, reason: str) -> None:
    good = "sandbox,2026-11-22,1,payout_return,po_1,EUR,10"

    first, rejected, last = bank_lines(good, bad, good)

    assert isinstance(rejected, Reject)
    assert rejected.line_no == 3
    assert reason in rejected.reason
    assert isinstance(first, BankLine)
    assert isinstance(last, BankLine)
    assert first.line_hash == last.line_hash


def test_a_statement_that_is_cut_off_does_not_shorten_a_number() -> None:
    content = file_of("sandbox,2026-11-22,1,settlement,7,EUR,4508", header=BANK_HEADER)[:-2]

    found = list(parse_bank([content], None, None, "f1", None))

    assert found == [Reject(2, "is cut off: no line break follows")]


def test_a_statement_may_be_read_for_any_account_and_day() -> None:
    found = bank_lines("main,2026-11-20,1,other,,EUR,-1", account=None, day=None)

    assert [(one.account, one.value_day) for one in found if isinstance(one, BankLine)] == [
        ("main", "2026-11-20")
    ]
