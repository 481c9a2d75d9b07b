"""A month is closed: every seller is billed, finance gets its pack, a correction comes later."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.e2e.conftest import Shop
from tools.client import Json

pytestmark = pytest.mark.e2e


def _after(month: str) -> str:
    year, number = map(int, month.split("-"))
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def _first_open(shop: Shop) -> str:
    """The month that is closed next here; whoever ran before may have closed some."""
    month = time.strftime("%Y-%m", time.gmtime())
    while shop.client.get(f"/v1/billing/closes/{month}").body["status"] != "open":
        month = _after(month)
    return month


def _fee(shop: Shop, seller_id: str, reference: str, amount: int, side: str) -> None:
    body = {
        "account": f"seller_available:{seller_id}",
        "counter_account": "platform_fee_revenue",
        "amount": amount,
        "currency": "EUR",
        "transact_type": side,
        "reason": "fee",
        "reference": reference,
    }
    reply = shop.client.post("/v1/ledger", body, Idempotency_Key=shop.new_id("key"))
    assert reply.status == 201, reply


def _seller_with_a_fee(shop: Shop) -> tuple[str, str]:
    """A seller who has 500.00 and was charged 7.00; the order it was for."""
    seller_id, order_id = shop.new_id("sel"), shop.new_id("ord")
    credit = {"seller_id": seller_id, "amount": 50_000, "currency": "EUR", "reason": "sale"}
    credit |= {"transact_type": "credit", "reference": order_id}
    shop.client.post("/v1/wallet", credit, Idempotency_Key=shop.new_id("key"))
    _fee(shop, seller_id, order_id, 700, "debit")
    return seller_id, order_id


def _closed(shop: Shop, month: str) -> Json:
    """The month's close, once the workflow is through."""
    assert shop.client.post("/v1/billing/closes", {"month": month}).status == 202

    def done() -> Json | None:
        close = shop.client.get(f"/v1/billing/closes/{month}").body
        return close if close["status"] == "closed" else None

    return shop.eventually(done, f"month {month} to be closed")


def _statement(shop: Shop, seller_id: str, month: str) -> Json:
    reply = shop.client.get(f"/v1/sellers/{seller_id}/statements/{month}")
    assert reply.status == 200, reply
    (statement,) = reply.body["statements"]
    _ties(statement)
    return {**statement, "listed_as": reply.body["status"]}


def _ties(statement: Json) -> None:
    for bucket, opening in statement["opening"].items():
        moved = sum(line["changes"][bucket] for line in statement["lines"])
        assert opening + moved == statement["closing"][bucket]


def test_a_month_is_closed_billed_and_packed_and_a_correction_is_in_the_next(shop: Shop) -> None:
    seller_id, order_id = _seller_with_a_fee(shop)
    month = _first_open(shop)
    assert _statement(shop, seller_id, month)["status"] == "preliminary"

    close = _closed(shop, month)

    assert close["report"]["unbilled"] == []
    assert {one["total"] for one in close["pack"]["trial_balance"].values()} == {0}
    fees = {(row["owner"], row["currency"]): row["fee"] for row in close["pack"]["fees"]}
    assert fees[f"seller:{seller_id}", "EUR"] == 700
    first = _statement(shop, seller_id, month)
    assert (first["status"], first["listed_as"]) == ("closed", "closed")
    assert [(d["number"], d["kind"]) for d in first["documents"]] == [
        (f"{seller_id}-000001", "invoice")
    ]

    _fee(shop, seller_id, order_id, 300, "credit")
    _closed(shop, _after(month))

    assert _statement(shop, seller_id, month) == first
    second = _statement(shop, seller_id, _after(month))
    assert second["opening"] == first["closing"]
    assert [(d["number"], d["kind"], d["fee"]) for d in second["documents"]] == [
        (f"{seller_id}-000002", "credit_note", 300)
    ]
    _formats(shop, seller_id, month)


def _formats(shop: Shop, seller_id: str, month: str) -> None:
    """What is answered is what is stored, byte for byte, and running again stored the same."""
    s3: Any = shop.client.aws("s3")
    bucket = next(
        b["Name"] for b in s3.list_buckets()["Buckets"] if "ocuments" in b["Name"].lower()
    )
    folder = f"statements/{seller_id}/{month}/EUR/statement"
    for suffix, begins in (("json", b"{"), ("csv", b"record,"), ("pdf", b"%PDF-")):
        stored = s3.get_object(Bucket=bucket, Key=f"{folder}.{suffix}")["Body"].read()
        assert stored.startswith(begins)
        reply = shop.client.get(f"/v1/sellers/{seller_id}/statements/{month}", format=suffix)
        assert reply.status == 200
        if suffix == "csv":
            assert reply.body["text"].encode() == stored
        elif suffix == "json":
            assert reply.body["statements"] == [json.loads(stored)]
        else:
            assert reply.headers["content-type"] == "application/pdf"


def test_what_cannot_be_closed_is_refused(shop: Shop) -> None:
    seller_id, _ = _seller_with_a_fee(shop)
    far = _after(_after(_first_open(shop)))

    pdf = shop.client.get(f"/v1/sellers/{seller_id}/statements/{far}", format="pdf")
    bad = shop.client.post("/v1/billing/closes", {"month": "2026-13"})

    assert (pdf.status, pdf.code) == (409, "not_closed")
    assert (bad.status, bad.code) == (422, "validation_failed")
