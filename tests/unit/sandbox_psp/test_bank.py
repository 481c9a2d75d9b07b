"""The bank: what it shows of batches, of sellers' payouts and of what came back, day by day."""

import pytest

from tests.unit.sandbox_psp.files import closed, rows_of, sell, statement
from tests.unit.sandbox_psp.shop import Shop


def test_a_batch_arrives_on_its_settlement_day_by_its_number(shop: Shop) -> None:
    sell(shop, 1)
    closed(shop)
    shop.captured(100, "ord-x")
    shop.advance("1d")
    closed(shop, date="2026-11-22")

    assert rows_of(shop, "/v1/bank/statements/2026-11-22") == [
        {"account": "sandbox", "value_date": "2026-11-22", "line": "1", "type": "settlement",
         "reference": "1", "currency": "EUR", "amount": "961"},
        {"account": "sandbox", "value_date": "2026-11-22", "line": "2", "type": "settlement",
         "reference": "2", "currency": "EUR", "amount": "74"},
    ]  # fmt: skip
    assert statement(shop, "2026-11-23") == []


def test_a_batch_that_costs_is_taken_from_the_account(shop: Shop) -> None:
    closed(shop, rows=[{"type": "fee", "currency": "EUR", "amount": -5}])

    assert statement(shop) == [("settlement", "1", "EUR", -5)]


def test_an_empty_batch_is_not_seen(shop: Shop) -> None:
    closed(shop)

    body = shop.call("GET", "/v1/bank/statements/2026-11-22").response.body
    assert body == b"account,value_date,line,type,reference,currency,amount\n"
    assert shop.call("GET", "/v1/bank/statements").json["data"] == []


def test_sellers_are_paid_when_it_arrives_and_it_may_come_back(shop: Shop) -> None:
    account = shop.bank_account()
    shop.fault("payout_returned", order_id="po-1")
    shop.payout(account, "po-1")
    shop.payout(account, "po-2", amount=70)
    shop.fault("payout_fails")
    shop.payout(account, "po-3")
    assert statement(shop) == []

    # However far the clock jumps, each entry is of the day it was due.
    shop.advance("5d")

    assert statement(shop, "2026-11-22") == []
    assert statement(shop, "2026-11-23") == [
        ("seller_payout", "po-1", "EUR", -4_000), ("seller_payout", "po-2", "EUR", -70),
    ]  # fmt: skip
    assert statement(shop, "2026-11-24") == [("payout_return", "po-1", "EUR", 4_000)]


def test_a_payout_moved_by_hand_is_booked_on_that_day(shop: Shop) -> None:
    reference = shop.payout(shop.bank_account("USD"), currency="USD").json["payout_reference"]
    shop.decide("payouts", reference, "pay")
    shop.tick(hours=15)
    shop.decide("payouts", reference, "return")

    assert statement(shop) == [("seller_payout", "po-1", "USD", -4_000)]
    assert statement(shop, "2026-11-23") == [("payout_return", "po-1", "USD", 4_000)]


def test_a_day_that_is_over_stays_as_it_is(shop: Shop) -> None:
    account = shop.bank_account()
    shop.payout(account)
    sell(shop, 2)
    closed(shop)
    shop.advance("1d")
    first = rows_of(shop, "/v1/bank/statements/2026-11-23")
    shop.payout(account, "po-2")
    shop.advance("1d")
    sold = shop.call("GET", "/v1/bank/statements/2026-11-22").response.body
    closed(shop)

    assert rows_of(shop, "/v1/bank/statements/2026-11-23") == first
    assert shop.call("GET", "/v1/bank/statements/2026-11-22").response.body == sold
    assert [row["reference"] for row in first] == ["po-1"]


def test_days_are_listed(shop: Shop) -> None:
    shop.payout(shop.bank_account())
    sell(shop, 1)
    closed(shop)
    shop.advance("1d")

    def days(query: str) -> list[tuple[str, int]]:
        data = shop.call("GET", "/v1/bank/statements", query=query).json["data"]
        assert all(one["url"].endswith(f"/v1/bank/statements/{one['date']}") for one in data)
        return [(one["date"], one["lines"]) for one in data]

    assert days("") == [("2026-11-22", 1), ("2026-11-23", 1)]
    assert days("date=2026-11-23") == [("2026-11-23", 1)]
    assert days("date=2026-11-24") == []


@pytest.mark.parametrize("path", ["/v1/bank/statements", "/v1/bank/statements/2026-11-22"])
def test_the_bank_is_the_merchants_alone(shop: Shop, path: str) -> None:
    assert shop.call("GET", path).status == 200
    assert shop.call("GET", path, headers={"Authorization": ""}).status == 401


@pytest.mark.parametrize("day", ["today", "2026-13-01", "22-11-2026"])
def test_a_statement_is_of_a_day(shop: Shop, day: str) -> None:
    assert shop.call("GET", f"/v1/bank/statements/{day}").status == 422
