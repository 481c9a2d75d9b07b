"""The Settlement details report, read back by the reader of Adyen's own layout."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from countinghouse.domain.settlement import Category, Reject, SettlementLine
from countinghouse_aws.settlement.layouts import parse_settlement
from tests.unit.sandbox_psp.adyen_shop import URL, AdyenShop
from tests.unit.sandbox_psp.shop import OK, Answer
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.injections import KINDS

DAY = "2026-11-22"


@pytest.fixture
def shop() -> Iterator[AdyenShop]:
    book = Book()
    yield AdyenShop(book)
    book.close()


def settled(shop: AdyenShop, **body: Any) -> dict[str, Any]:
    answer = shop.call("POST", "/_control/settle", {"date": DAY, **body})
    assert answer.status == 200, answer.json
    return dict(answer.json)


def fetched(shop: AdyenShop, name: str, account: str = "CountinghouseCOM") -> Answer:
    return shop.send("GET", f"/reports/download/MerchantAccount/{account}/{name}")


def lines(shop: AdyenShop, name: str) -> list[SettlementLine]:
    body = fetched(shop, name).response.body
    found = list(parse_settlement([body], "adyen", "adyen", "f1", DAY))
    assert all(isinstance(one, SettlementLine) for one in found), found
    return [one for one in found if isinstance(one, SettlementLine)]


def test_a_day_is_told_by_its_report(shop: AdyenShop) -> None:
    shop.paid(OK)
    shop.items()

    name = settled(shop)["file"]

    (item,) = shop.items()
    assert name == item["pspReference"] == "settlement_detail_report_batch_1.csv"
    assert item["eventCode"] == "REPORT_AVAILABLE"
    assert item["reason"] == f"{URL}/reports/download/MerchantAccount/CountinghouseCOM/{name}"


def test_a_report_is_nobody_elses(shop: AdyenShop) -> None:
    name = settled(shop)["file"]

    assert fetched(shop, name).response.headers["content-type"].startswith("text/csv")
    assert fetched(shop, name, "SomebodyECOM").status == 403
    assert fetched(shop, "settlement_detail_report_batch_9.csv").status == 404


def test_all_that_moved_comes_to_the_payout(shop: AdyenShop) -> None:
    card = shop.paid(OK)
    manual = shop.pay(order="ord-2", additionalData={"manualCapture": "true"}).json["pspReference"]
    capture = shop.modify(manual, "captures", 2_000, "ord-2:capture:1").json["pspReference"]
    wallet = shop.pay(order="ord-3", kind="gcash").json["pspReference"]
    shop.act(wallet, "approve")
    refund = shop.modify(manual, "refunds", 500, "ord-2:refund:1").json["pspReference"]
    dispute = shop.dispute(card).json["dispute_reference"]

    found = lines(shop, settled(shop)["file"])

    told = {(one.category, one.psp_reference): one for one in found}
    first = told[Category.CAPTURE, card]
    assert (first.gross, first.fee, first.net) == (2_500, 60, 2_440)
    second = told[Category.CAPTURE, manual]
    assert (second.gross, second.modification_reference) == (2_000, capture)
    assert told[Category.CAPTURE, wallet].fee == 60
    assert told[Category.REFUND, manual].modification_reference == refund
    assert told[Category.REFUND, manual].gross == -500
    back = told[Category.CHARGEBACK, card]
    assert (back.gross, back.fee, back.modification_reference) == (-2_500, 1_500, dispute)
    payout = told[Category.PAYOUT, ""]
    assert payout.net == -sum(one.net for one in found if one is not payout)


FEES = ("Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)")


def cells(shop: AdyenShop, name: str) -> list[dict[str, str]]:
    text = fetched(shop, name).response.body.decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_a_cards_fee_is_split_and_a_wallets_is_commission(shop: AdyenShop) -> None:
    shop.paid(OK)
    shop.act(shop.pay(order="ord-2", kind="gcash").json["pspReference"], "approve")

    card, wallet, payout = cells(shop, settled(shop)["file"])

    assert [card[name] for name in FEES] == ["", "0.18", "0.12", "0.30"]
    assert [wallet[name] for name in FEES] == ["0.60", "", "", ""]
    assert (card["Payment Method"], wallet["Payment Method"]) == ("visa", "gcash")
    assert (payout["Type"], payout["Net Debit (NC)"]) == ("MerchantPayout", "48.80")


def test_what_goes_back_stands_under_debit_and_its_fee_is_commission(shop: AdyenShop) -> None:
    payment = shop.paid(OK)
    shop.modify(payment, "refunds", 500, "ord-1:refund:1")
    shop.dispute(payment)

    _, refund, chargeback, payout = cells(shop, settled(shop)["file"])

    assert (refund["Gross Debit (GC)"], refund["Gross Credit (GC)"]) == ("5.00", "")
    assert refund["Modification Merchant Reference"] == "ord-1:refund:1"
    assert (chargeback["Net Debit (NC)"], chargeback["Commission (NC)"]) == ("35.00", "15.00")
    assert payout["Net Credit (NC)"] == "15.60"


def test_a_capture_keeps_its_reference_when_a_later_cancel_fails(shop: AdyenShop) -> None:
    payment = shop.paid(OK, additionalData={"manualCapture": "true"})
    capture = shop.modify(payment, "captures", 2_500, "ord-1:capture:1").json["pspReference"]
    shop.modify(payment, "cancels", reference="ord-1:void:1")

    (row, _) = cells(shop, settled(shop)["file"])

    assert row["Modification Reference"] == capture
    assert row["Modification Merchant Reference"] == "ord-1:capture:1"


@pytest.mark.parametrize(("currency", "value"), [("ISK", 150_000), ("CLP", 150_000)])
def test_a_report_has_the_major_units_of_iso(shop: AdyenShop, currency: str, value: int) -> None:
    shop.paid(OK, currency=currency, value=value)

    found = lines(shop, settled(shop)["file"])

    assert (found[0].gross, found[0].currency) == (1_500, currency)


def test_rows_of_the_batch_are_told_apart(shop: AdyenShop) -> None:
    shop.paid(OK)
    row = {"type": "fee", "currency": "EUR", "amount": -180}
    kinds = ("reserve_held", "reserve_released", "adjustment")
    more = [{**row, "type": kind, "amount": -7 if kind == "reserve_held" else 7} for kind in kinds]

    found = lines(shop, settled(shop, rows=[row, row, *more])["file"])

    assert Counter(one.category for one in found) == {
        Category.CAPTURE: 1, Category.FEE: 2, Category.RESERVE_HELD: 1,
        Category.RESERVE_RELEASED: 1, Category.ADJUSTMENT: 1, Category.PAYOUT: 1,
    }  # fmt: skip
    assert len({one.line_hash for one in found}) == len(found)
    assert sum(one.net for one in found) == 0


def test_a_batch_that_owes_the_psp_is_paid_in(shop: AdyenShop) -> None:
    rows = [{"type": "fee", "currency": "EUR", "amount": -180}]

    found = lines(shop, settled(shop, rows=rows)["file"])

    assert [one.net for one in found] == [-180, 180]


def test_every_discrepancy_can_be_planted(shop: AdyenShop) -> None:
    shop.opened(card=OK)
    for number in range(40):
        shop.pay(order=f"ord-{number}", value=10_000 + number)
    # They are about one payout each, and there is one.
    kinds = [kind for kind in KINDS if kind != "bank_short"]

    answer = settled(shop, inject=[{"kind": kind} for kind in kinds])

    body = fetched(shop, answer["file"]).response.body
    found = list(parse_settlement([body], "adyen", "adyen", "f1", DAY))
    rejects = [one for one in found if isinstance(one, Reject)]
    told = [one for one in found if isinstance(one, SettlementLine)]
    planted = {one["kind"] for one in answer["planted"]}
    assert planted == set(kinds)
    assert len(rejects) == 1
    assert max(Counter(one.line_hash for one in told).values()) == 2
    assert {one.category for one in told} >= {
        Category.UNKNOWN, Category.RESERVE_HELD, Category.REFUND, Category.CHARGEBACK,
    }  # fmt: skip
    known = {charge["psp_reference"] for charge in shop.ledger()}
    strangers = {one.psp_reference for one in told if one.psp_reference} - known
    # One extra, one orphaned refund, one second capture.
    assert len(strangers) == 3
    assert all(len(one) == 16 for one in strangers)
