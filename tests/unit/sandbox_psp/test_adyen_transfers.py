"""Transfers at the Adyen face: sent, found, booked, failed, returned; the accounts they go to."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.sandbox_psp.adyen_shop import AdyenShop
from tools.sandbox_psp.adyen_face.accounts import BALANCE_ACCOUNT, BALANCE_PLATFORM
from tools.sandbox_psp.book import Book

SPAN = "createdSince=2026-11-22T00:00:00Z&createdUntil=2026-11-23T00:00:00Z"
TRANSFERS = "/transfers/v4/transfers"


@pytest.fixture
def shop() -> Iterator[AdyenShop]:
    book = Book()
    yield AdyenShop(book)
    book.close()


def told(shop: AdyenShop) -> list[tuple[str, str, int, str]]:
    """Type, status, sequence and reason of the webhooks due now."""
    return [
        (body["type"], body["data"]["status"], body["data"]["sequenceNumber"],
         body["data"]["reason"])
        for body in shop.bodies()
    ]  # fmt: skip


def found(shop: AdyenShop, query: str) -> list[dict[str, Any]]:
    return list(shop.send("GET", TRANSFERS, query=query).json["data"])


def test_a_transfer_is_received_then_authorised_then_booked(shop: AdyenShop) -> None:
    account = shop.bank_account()

    answer = shop.transfer(account, key="t1")

    assert (answer.status, answer.json["status"], answer.json["reason"]) == (
        202, "received", "pending",
    )  # fmt: skip
    assert answer.json["counterparty"] == {"transferInstrumentId": account}
    assert told(shop) == [
        ("balancePlatform.transfer.created", "received", 1, "approved"),
        ("balancePlatform.transfer.updated", "authorised", 2, "approved"),
    ]
    path = f"{TRANSFERS}/{answer.json['id']}"
    assert shop.send("GET", path).json["status"] == "authorised"
    shop.advance("1d")
    assert told(shop) == [("balancePlatform.transfer.updated", "booked", 3, "approved")]
    booked = shop.send("GET", path).json
    assert [event["status"] for event in booked["events"]] == ["received", "authorised", "booked"]
    assert booked["balances"] == [
        {"balance": -4_000, "currency": "EUR", "received": 0, "reserved": 0},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        ("payout_fails", [("failed", 3, "counterpartyAccountClosed")]),
        ("payout_returned",
         [("booked", 3, "approved"), ("returned", 4, "refusedByCounterpartyBank")]),
    ],
)  # fmt: skip
def test_a_transfer_that_goes_wrong_says_why(
    shop: AdyenShop, fault: str, ends: list[tuple[str, int, str]]
) -> None:
    shop.fault(fault)
    transfer = shop.transfer(shop.bank_account()).json["id"]
    shop.bodies()

    shop.advance("3d")

    assert [one[1:] for one in told(shop)] == ends
    shown = shop.send("GET", f"{TRANSFERS}/{transfer}").json
    assert (shown["status"], shown["reason"]) == (ends[-1][0], ends[-1][2])
    assert shown["balances"][0].get("balance", 0) == 0
    assert shown["balances"][0]["reserved"] == 0


def test_a_key_sends_once_and_another_sends_again(shop: AdyenShop) -> None:
    account = shop.bank_account()

    first, again, other = (shop.transfer(account, key=key) for key in ("t1", "t1", "t2"))

    assert again.response.body == first.response.body
    assert other.json["id"] != first.json["id"]
    assert other.json["reference"] == first.json["reference"] == "po-1"
    assert len(shop.book_of("payouts")) == 2


def test_transfers_are_found_by_reference_within_a_span(shop: AdyenShop) -> None:
    account = shop.bank_account()
    for reference, key in (("po-1", "a"), ("po-1", "b"), ("po-2", "c")):
        shop.transfer(account, key=key, reference=reference)
    owner = f"balanceAccountId={BALANCE_ACCOUNT}"

    assert len(found(shop, f"{SPAN}&{owner}")) == 3
    assert len(found(shop, f"{SPAN}&{owner}&reference=po-1")) == 2
    late = "createdSince=2026-11-23T00:00:00Z&createdUntil=2026-11-24T00:00:00Z"
    assert found(shop, f"{late}&balancePlatform={BALANCE_PLATFORM}") == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (f"balanceAccountId={BALANCE_ACCOUNT}", 422),
        (f"{SPAN.replace('Z', '')}&balanceAccountId={BALANCE_ACCOUNT}", 422),
        (SPAN, 422),
        (f"{SPAN}&balanceAccountId=BA_OTHER", 403),
    ],
)
def test_a_list_is_asked_for_as_adyen_wants_it(shop: AdyenShop, query: str, status: int) -> None:
    answer = shop.send("GET", TRANSFERS, query=query)

    assert (answer.status, answer.json["status"]) == (status, status)
    assert answer.json["title"]


@pytest.mark.parametrize(
    "change",
    [
        {"category": "card"},
        {"balanceAccountId": "BA_OTHER"},
        {"counterparty": {"transferInstrumentId": "SE_NONE"}},
        {"amount": {"value": 0, "currency": "EUR"}},
        {"amount": {"value": 100, "currency": "USD"}},
        {"priority": "now"},
        {"reference": None},
    ],
)
def test_a_transfer_that_cannot_be_is_a_problem(shop: AdyenShop, change: dict[str, Any]) -> None:
    answer = shop.transfer(shop.bank_account(), **change)

    assert answer.status == 422
    assert answer.json["detail"]
    assert shop.book_of("payouts") == []


def test_the_priority_asked_for_is_told(shop: AdyenShop) -> None:
    answer = shop.transfer(shop.bank_account(), priority="instant")

    assert answer.json["categoryData"] == {"priority": "instant", "type": "bank"}
    assert {body["data"]["categoryData"]["priority"] for body in shop.bodies()} == {"instant"}


def test_a_fault_is_aimed_by_the_merchants_reference(shop: AdyenShop) -> None:
    account = shop.bank_account()
    shop.fault("http_500", operation="payout", order_id="po-1")

    assert shop.transfer(account, reference="po-2").status == 202
    assert shop.transfer(account).status == 500


def test_a_bank_account_leads_to_its_holder(shop: AdyenShop) -> None:
    account = shop.bank_account("GBP")
    assert account.startswith("SE")

    shown = shop.send("GET", f"/lem/v4/transferInstruments/{account}").json
    entity = shop.send("GET", f"/lem/v4/legalEntities/{shown['legalEntityId']}").json

    assert shown["bankAccount"]["countryCode"] == "GB"
    assert entity["organization"]["legalName"] == "A. Seller"
    (reference,) = entity["transferInstruments"]
    number = shown["bankAccount"]["accountIdentification"]["accountNumber"]
    assert (reference["id"], reference["realLastFour"]) == (account, number[-4:])


def test_nobodys_account_is_not_found(shop: AdyenShop) -> None:
    for path in ("transferInstruments/SE1", "legalEntities/LE1"):
        assert shop.send("GET", f"/lem/v4/{path}").status == 404
