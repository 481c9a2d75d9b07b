"""Damage to the books stops the payouts of its currency until somebody acknowledges it."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Shop
from tools.client import Json

pytestmark = pytest.mark.e2e

CURRENCY = "SEK"
"""Nobody else pays out in it, for nobody could while this test runs."""


def forged(shop: Shop) -> Json:
    """A journal that nobody booked: its digest is wrong, and its legs do not balance."""
    leg = {
        "account": {"S": "rounding"},
        "amount": {"N": "1"},
        "currency": {"S": CURRENCY},
        "transact_type": {"S": "debit"},
    }
    return {
        "book": {"S": shop.new_id("forged")},
        "entry": {"S": "0"},
        "ledger_id": {"S": "jrn_forged"},
        "kind": {"S": "capture"},
        "reference": {"S": "forged"},
        "legs": {"L": [{"M": leg}, {"M": leg}]},
        "event_at": {"N": "1"},
        "created_at": {"N": "1"},
        "cause": {"S": "nobody"},
        "digest": {"S": "0"},
        "links": {"L": []},
    }


def test_damage_stops_its_currencys_payouts_until_it_is_acknowledged(shop: Shop) -> None:
    client, approver = shop.client, shop.client.colleague("e2e-approver")
    seller = shop.new_id("sel")
    entry = {
        "seller_id": seller,
        "amount": 50_000,
        "currency": CURRENCY,
        "transact_type": "credit",
        "reason": "e2e",
        "reference": seller,
    }
    # The market names no limit for this currency, so nobody books in it alone.
    proposed = client.post("/v1/wallet", entry, idempotency_key=seller)
    assert proposed.status == 202, proposed
    booked = approver.post(f"/v1/ledger/proposals/{proposed.body['proposal_id']}/approve", {})
    assert booked.status == 200, booked
    dynamodb, table = client.aws("dynamodb"), client.endpoints.table_names["Ledger"]
    row = forged(shop)
    dynamodb.put_item(TableName=table, Item=row)

    def asked() -> Json:
        body = {"seller_id": seller, "currency": CURRENCY}
        return client.post("/v1/payouts", body, idempotency_key=shop.new_id("key")).body

    try:
        refused = shop.eventually(
            lambda: found if (found := asked())["code"] == "payouts_stopped" else None,
            "payouts to be stopped",
        )
    finally:
        dynamodb.delete_item(TableName=table, Key={name: row[name] for name in ("book", "entry")})
    assert refused["status"] == 409

    def stopping() -> list[Json]:
        found = client.pages("/v1/audit/findings")
        return [f for f in found if CURRENCY in f["stops"] and f["status"] == "open"]

    def released() -> Json | None:
        # Taking the row away again is damage as well, which is heard of a moment later.
        for finding in stopping():
            path = f"/v1/audit/findings/{finding['finding_id']}/acknowledge"
            reply = approver.post(path, {"reason": "e2e: forged by a test, and gone"})
            assert reply.status in (200, 202), reply
        return found if (found := asked())["code"] != "payouts_stopped" else None

    assert shop.eventually(released, "payouts to go on")["code"] == "no_bank_account"
