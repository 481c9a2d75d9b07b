"""The sandbox as Stripe: what a closed day says, read as the merchant reads it."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from countinghouse.domain.settlement import Category, SettlementLine
from countinghouse_aws.settlement.layouts import parse_settlement
from tests.unit.sandbox_psp.stripe_shop import PUBLIC_URL, StripeShop
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.injections import KINDS

DAY = "2026-11-22"
START = 1_795_305_600
REPORT = "payout_reconciliation.itemized.5"
RUNS = "/v1/reporting/report_runs"


@pytest.fixture
def shop() -> Iterator[StripeShop]:
    book = Book()
    yield StripeShop(book)
    book.close()


def closed(shop: StripeShop, *kinds: str) -> tuple[Any, bytes]:
    """What closing the day answers, and the file."""
    settled = shop.control("settle", date=DAY, inject=[{"kind": kind} for kind in kinds])
    path = settled["url"].removeprefix(PUBLIC_URL)
    return settled, shop.call("GET", path).response.body


@pytest.fixture(scope="module")
def right() -> bytes:
    """The file of a day with no discrepancy."""
    found = StripeShop(Book())
    sold(found)
    return closed(found)[1]


def sold(shop: StripeShop) -> dict[str, Any]:
    """A day of several orders of one checkout, a refund, a dispute and another currency."""
    setup = shop.checkout()
    orders = {f"ord-{n}": shop.charge(setup, f"ord-{n}", amount=2_500 + n)["id"] for n in range(8)}
    shop.post("/v1/refunds", payment_intent=orders["ord-0"], amount=700)
    shop.control("disputes", psp_reference=orders["ord-1"])
    orders["ord-kwd"] = shop.charge(setup, "ord-kwd", currency="kwd", amount=12_340)["id"]
    return orders


def test_the_merchants_reader_takes_every_line(shop: StripeShop) -> None:
    orders = sold(shop)

    _, body = closed(shop)

    lines = list(parse_settlement([body], None, "stripe", "f1", DAY))
    assert all(isinstance(line, SettlementLine) for line in lines)
    taken = [line for line in lines if isinstance(line, SettlementLine)]
    kinds = Counter(line.category for line in taken)
    assert kinds == {
        Category.CAPTURE: 9, Category.REFUND: 1, Category.CHARGEBACK: 1, Category.PAYOUT: 2,
    }  # fmt: skip
    captures = {
        line.merchant_reference: line for line in taken if line.category is Category.CAPTURE
    }
    assert set(captures) == set(orders)
    assert (captures["ord-kwd"].gross, captures["ord-kwd"].currency) == (12_340, "KWD")
    nets: Counter[str] = Counter()
    for line in taken:
        nets[line.batch] += line.net
    assert set(nets.values()) == {0}


def test_the_bank_shows_each_payout_by_its_id(shop: StripeShop) -> None:
    sold(shop)

    _, body = closed(shop)

    rows = list(csv.DictReader(io.StringIO(body.decode())))
    payouts = {row["automatic_payout_id"] for row in rows}
    entries = shop.call("GET", "/_control/bank").json["data"]
    assert {entry["reference"] for entry in entries} == payouts
    statement = shop.call("GET", f"/v1/bank/statements/{DAY}").response.body.decode()
    assert {row["account"] for row in csv.DictReader(io.StringIO(statement))} == {"stripe"}


def test_a_lines_ids_lead_to_its_objects(shop: StripeShop) -> None:
    orders = sold(shop)

    _, body = closed(shop)

    rows = list(csv.DictReader(io.StringIO(body.decode())))
    about = [row for row in rows if row["payment_intent_id"] == orders["ord-1"]]
    for row in about:
        found = shop.get(f"/v1/balance_transactions/{row['balance_transaction_id']}")
        assert found["source"] == row["source_id"]
        assert found["reporting_category"] == row["reporting_category"]
    assert [row["reporting_category"] for row in about] == ["charge", "dispute"]
    assert len({row["balance_transaction_id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("kind", KINDS)
def test_every_discrepancy_can_be_planted(shop: StripeShop, right: bytes, kind: str) -> None:
    sold(shop)

    settled, body = closed(shop, kind)

    assert {planted["kind"] for planted in settled["planted"]} == {kind}
    assert (body == right) == kind.startswith("bank_")


def test_a_report_is_of_the_days_and_columns_asked_for(shop: StripeShop) -> None:
    sold(shop)
    columns = ["net", "payment_metadata[key]", "payment_metadata[other]", "charge_id"]
    parameters = {"interval_start": START, "interval_end": START + 86_400}
    asked = {**parameters, "columns[]": columns}
    too_early = shop.post(RUNS, "run-1", report_type=REPORT, parameters=parameters)
    assert too_early["error"]["param"] == "parameters[interval_end]"
    closed(shop)

    run = shop.post(RUNS, "run-2", report_type=REPORT, parameters=asked)

    assert (run["status"], run["result"]) == ("pending", None)
    done = shop.get(f"{RUNS}/{run['id']}")
    assert done["status"] == "succeeded"
    body = shop.call("GET", f"/v1/files/{done['result']['id']}/contents").response.body
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert list(rows[0]) == columns
    assert len(body) == done["result"]["size"]
    assert rows[0]["payment_metadata[key]"] == "ord-0:charge:1"
    assert {row["payment_metadata[other]"] for row in rows} == {""}
    assert len(rows) == 13


@pytest.mark.parametrize(
    "asked",
    [
        {"report_type": "balance.summary.1"},
        {"parameters": {"interval_start": START, "interval_end": START}},
        {"parameters": {"interval_start": START}},
        {"parameters": {"interval_start": START, "interval_end": START + 1, "columns[]": "colour"}},
        {"parameters": {"interval_start": START, "interval_end": START + 1, "timezone": "Mars"}},
    ],
)
def test_no_other_report_is_made(shop: StripeShop, asked: dict[str, object]) -> None:
    closed(shop)
    good = {"interval_start": START, "interval_end": START + 86_400}

    refused = shop.post(RUNS, "", **{"report_type": REPORT, "parameters": good, **asked})

    assert refused["error"]["type"] == "invalid_request_error"
    assert shop.get(RUNS)["data"] == []
