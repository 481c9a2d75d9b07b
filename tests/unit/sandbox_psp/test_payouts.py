"""Payouts: one a reference whatever the key, and each ending by the clock or by hand."""

import json
from datetime import timedelta

import pytest

from tests.unit.sandbox_psp.shop import API_KEY, Shop
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.desk import Config


def status(shop: Shop) -> str:
    (payout,) = shop.book_of("payouts")
    return str(payout["status"])


def test_a_bank_account_is_opened_and_read(shop: Shop) -> None:
    body = {"holder": "A. Seller", "currency": "JPY"}

    answer = shop.call("POST", "/_control/bank_accounts", body)

    account = answer.json
    assert (answer.status, account["holder"], account["currency"]) == (201, "A. Seller", "JPY")
    assert account["bank_account"].startswith("ba_")
    assert len(account["last4"]) == 4
    assert account["last4"].isdigit()
    assert shop.call("GET", f"/v1/bank_accounts/{account['bank_account']}").json == account
    assert shop.call("GET", "/v1/bank_accounts/ba_none").status == 404
    assert shop.bank_account() != account["bank_account"]


@pytest.mark.parametrize("body", [{}, {"holder": "x"}, {"holder": "", "currency": "EUR"},
                                  {"holder": "x", "currency": "eur"}])  # fmt: skip
def test_a_bank_account_has_a_holder_and_a_currency(shop: Shop, body: dict[str, str]) -> None:
    assert shop.call("POST", "/_control/bank_accounts", body).status == 422


def test_a_payout_is_on_its_way_for_a_day(shop: Shop) -> None:
    account = shop.bank_account()

    answer = shop.payout(account, "po-1", key="p1")

    assert answer.status == 201
    payout = answer.json
    reference = payout["payout_reference"]
    assert reference.startswith("pt_")
    assert payout == {
        "payout_reference": reference, "reference": "po-1", "bank_account": account,
        "amount": 4_000, "currency": "EUR", "status": "in_transit", "idempotency_key": "p1",
        "failure": None, "arrives_at": "2026-11-23T09:00:00.000000Z",
        "created_at": "2026-11-22T09:00:00.000000Z", "updated_at": "2026-11-22T09:00:00.000000Z",
    }  # fmt: skip
    (delivery,) = shop.webhooks()
    shop.psp.mark_delivered(delivery.delivery_id, 200, shop.now)
    event = json.loads(delivery.body)
    assert (event["type"], event["data"]) == ("payout.in_transit", payout)
    assert (delivery.order_id, delivery.psp_reference) == ("po-1", reference)

    shop.tick(days=1, seconds=-1)
    assert shop.psp.sweep() == 0
    shop.tick(seconds=1)
    assert shop.psp.sweep() == 1

    assert (status(shop), shop.events()) == ("paid", ["payout.paid"])
    shop.advance("9d")
    assert status(shop) == "paid"


def test_the_same_key_pays_once_and_answers_the_payout_as_it_is(shop: Shop) -> None:
    account = shop.bank_account()
    first = shop.payout(account, key="p1")
    shop.advance("1d")

    again = shop.payout(account, key="p1")

    assert (again.status, again.is_replay, first.is_replay) == (201, True, False)
    assert again.json["status"] == "paid"
    assert shop.payout(account, key="p1", amount=1).code == "idempotency_key_reused"
    body = {"reference": "po-2", "bank_account": account, "amount": 1, "currency": "EUR"}
    assert shop.call("POST", "/v1/payouts", body).code == "idempotency_key_missing"
    assert len(shop.book_of("payouts")) == 1


def test_a_reference_is_paid_once_whatever_the_key(shop: Shop) -> None:
    account = shop.bank_account()
    first = shop.payout(account, key="p1")
    shop.events()

    second = shop.payout(account, key="p2")
    replay = shop.payout(account, key="p2")

    assert (first.status, second.status) == (201, 200)
    assert second.json == first.json
    assert (replay.status, replay.is_replay, replay.json) == (200, True, first.json)
    assert shop.events() == []
    assert len(shop.book_of("payouts")) == 1


@pytest.mark.parametrize("change", ["amount", "currency", "account"])
def test_a_reference_is_not_used_for_other_money(shop: Shop, change: str) -> None:
    account, other = shop.bank_account(), shop.bank_account()
    shop.payout(account)

    answer = shop.payout(
        other if change == "account" else account,
        amount=4_001 if change == "amount" else 4_000,
        currency="USD" if change == "currency" else "EUR",
    )

    assert (answer.status, answer.code) == (409, "reference_in_use")


def test_a_payout_needs_an_account_of_its_currency(shop: Shop) -> None:
    account = shop.bank_account("USD")

    assert shop.payout("ba_none").code == "unknown_bank_account"
    assert shop.payout(account).code == "currency_mismatch"
    assert shop.payout(account, amount=0, currency="USD").code == "invalid_request"
    assert shop.book_of("payouts") == []
    assert shop.payout(account, currency="USD").status == 201


def test_a_payout_to_a_closed_account_fails_when_it_should_arrive(shop: Shop) -> None:
    account = shop.bank_account()
    shop.fault("payout_fails", order_id="po-2")
    shop.payout(account, "po-1")
    shop.payout(account, "po-2")
    shop.events()

    shop.advance("1d")

    paid, failed = shop.book_of("payouts")
    assert (paid["status"], paid["failure"]) == ("paid", None)
    assert (failed["status"], failed["failure"]["code"]) == ("failed", "account_closed")
    assert failed["failure"]["message"]
    assert shop.events() == ["payout.paid", "payout.failed"]


@pytest.mark.parametrize("jumps", [["1d", "1d"], ["2d"]])
def test_a_payout_may_come_back_a_day_after_it_was_paid(shop: Shop, jumps: list[str]) -> None:
    shop.fault("payout_returned")
    shop.payout(shop.bank_account())
    shop.events()
    seen = []
    for jump in jumps:
        shop.advance(jump)
        seen.append(status(shop))

    assert seen == ["paid", "returned"][-len(jumps) :]
    (payout,) = shop.book_of("payouts")
    assert payout["failure"]["code"] == "returned_by_bank"
    assert payout["updated_at"].startswith("2026-11-24")
    assert shop.events() == ["payout.paid", "payout.returned"]


def test_a_fault_is_taken_by_the_payout_and_not_by_its_repetition(shop: Shop) -> None:
    account = shop.bank_account()
    shop.payout(account, "po-1", key="p1")
    shop.fault("payout_fails")

    shop.payout(account, "po-1", key="p2")
    shop.payout("ba_none", "po-2")
    shop.payout(account, "po-3")

    assert [p["fault"] for p in shop.book_of("payouts")] == [None, "payout_fails"]


@pytest.mark.parametrize(
    ("results", "ending"),
    [(["pay"], "paid"), (["fail"], "failed"), (["pay", "return"], "returned")],
)
def test_a_payout_is_moved_by_hand(shop: Shop, results: list[str], ending: str) -> None:
    reference = shop.payout(shop.bank_account()).json["payout_reference"]
    shop.events()
    for result in results:
        answer = shop.decide("payouts", reference, result)
        assert answer.status == 200

    shop.advance("9d")

    assert status(shop) == ending
    told = {"pay": "payout.paid", "fail": "payout.failed", "return": "payout.returned"}
    assert shop.events() == [told[result] for result in results]
    code = {"paid": None, "failed": "account_closed", "returned": "returned_by_bank"}[ending]
    failure = shop.book_of("payouts")[0]["failure"]
    assert (failure["code"] if failure else None) == code


@pytest.mark.parametrize(
    ("done", "result"),
    [
        ([], "return"), (["pay"], "pay"), (["pay"], "fail"), (["fail"], "pay"), (["fail"], "fail"),
        (["fail"], "return"), (["pay", "return"], "pay"), (["pay", "return"], "return"),
    ],
)  # fmt: skip
def test_a_payout_makes_no_illegal_move(shop: Shop, done: list[str], result: str) -> None:
    reference = shop.payout(shop.bank_account()).json["payout_reference"]
    for step in done:
        shop.decide("payouts", reference, step)
    before, _ = shop.book_of("payouts"), shop.events()

    answer = shop.decide("payouts", reference, result)

    assert (answer.status, answer.code) == (409, "illegal_transition")
    assert answer.json["payout"]["status"] == before[0]["status"]
    assert (shop.book_of("payouts"), shop.events()) == (before, [])
    assert shop.decide("payouts", reference, "eat").status == 422
    assert shop.decide("payouts", "pt_none", "pay").status == 404


def test_payouts_are_found_by_reference_and_by_every_key(shop: Shop) -> None:
    account = shop.bank_account()
    one = shop.payout(account, "po-1", key="p1").json
    shop.payout(account, "po-1", key="p2")
    two = shop.payout(account, "po-2", key="p3").json
    shop.captured(key="a-charge's")

    def listed(query: str) -> object:
        return shop.call("GET", "/v1/payouts", query=query).json["data"]

    assert listed("reference=po-1") == listed("idempotency_key=p1") == [one]
    assert listed("idempotency_key=p2") == [one]
    assert listed("idempotency_key=p3&reference=po-2") == [two]
    assert listed("idempotency_key=p3&reference=po-1") == []
    assert listed("idempotency_key=unused") == listed("idempotency_key=a-charge's") == []
    assert shop.call("GET", "/v1/payouts").status == 422
    assert shop.call("GET", f"/v1/payouts/{two['payout_reference']}").json == two
    assert shop.call("GET", "/v1/payouts/pt_none").status == 404
    assert [p["reference"] for p in shop.book_of("payouts", "reference=po-2")] == ["po-2"]


def test_how_long_a_payout_takes_is_configured() -> None:
    book = Book()
    shop = Shop(book, Config(api_key=API_KEY, payout_arrival=timedelta(seconds=5)))
    shop.payout(shop.bank_account())
    shop.tick(seconds=5)

    assert shop.psp.sweep() == 1
    assert status(shop) == "paid"
    book.close()
