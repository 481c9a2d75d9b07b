from dataclasses import fields, replace

import pytest

from countinghouse.domain.settlement import (
    MOVEMENTS,
    BankCategory,
    BankLine,
    BatchTotal,
    Category,
    SettlementLine,
)

TOTAL = BatchTotal("7", "EUR", 3, gross=7_000, fee=123, expected_fee=123, net=6_877, paid_out=6_877)


def test_the_fields_stand_in_the_order_of_the_lakes_columns() -> None:
    assert [field.name for field in fields(SettlementLine)] == [
        "line_hash",
        "file_id",
        "line_no",
        "psp",
        "batch",
        "category",
        "raw_type",
        "merchant_reference",
        "psp_reference",
        "modification_reference",
        "currency",
        "gross",
        "fee",
        "net",
        "original_currency",
        "original_gross",
        "booked_at",
        "settlement_day",
    ]
    assert [field.name for field in fields(BankLine)] == [
        "line_hash",
        "file_id",
        "line_no",
        "account",
        "category",
        "reference",
        "currency",
        "amount",
        "value_day",
    ]


def test_the_categories_go_by_the_names_that_queries_use() -> None:
    assert [*map(str, Category)] == [
        "capture",
        "refund",
        "refund_reversal",
        "chargeback",
        "chargeback_reversal",
        "fee",
        "reserve_held",
        "reserve_released",
        "adjustment",
        "payout",
        "unknown",
    ]
    assert [*map(str, BankCategory)] == ["settlement", "seller_payout", "payout_return", "other"]
    assert {*map(str, MOVEMENTS)} == {
        "capture",
        "refund",
        "refund_reversal",
        "chargeback",
        "chargeback_reversal",
    }


@pytest.mark.parametrize(
    ("net", "paid_out", "adds_up"),
    [(6_877, 6_877, True), (6_877, 6_876, False), (-10, -10, True), (0, 0, True), (10, 0, False)],
)
def test_a_batch_adds_up_when_its_net_is_what_was_paid_out(
    net: int, paid_out: int, adds_up: bool
) -> None:
    assert replace(TOTAL, net=net, paid_out=paid_out).adds_up is adds_up
