"""Bookings by hand that are too large for one person, on the deployed system."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Shop, assert_books_balance
from tools.client import Client, Json, Reply

pytestmark = pytest.mark.e2e

LARGE = 250_000
"""Above what one person books alone (`adjustments` of the market's rules)."""


def entry(seller_id: str, amount: int = LARGE, side: str = "credit") -> Json:
    return {
        "seller_id": seller_id,
        "amount": amount,
        "currency": "EUR",
        "transact_type": side,
        "reason": "paid for a lost parcel",
        "reference": seller_id,
    }


def journal(reference: str, **whose: str) -> Json:
    body = {**entry(reference), **whose}
    del body["seller_id"]
    return body


def proposed(shop: Shop, path: str, body: Json) -> str:
    """Propose it, twice under one key: it is one proposal, and nothing is booked."""
    key = shop.new_id("key")
    first = shop.client.post(path, body, idempotency_key=key)
    again = shop.client.post(path, body, idempotency_key=key)
    assert (first.status, first.body["status"]) == (202, "awaiting_approval"), first
    assert (again.status, again.body) == (202, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert shop.journals(body["reference"]) == []
    return str(first.body["proposal_id"])


def decide(client: Client, proposal_id: str, step: str = "approve") -> Reply:
    return client.call("POST", f"/v1/ledger/proposals/{proposal_id}/{step}")


def available(shop: Shop, seller_id: str) -> int:
    balances = shop.client.get(f"/v1/wallets/{seller_id}").body["balances"]
    return int(balances.get("EUR", {}).get("available", 0))


def listed(client: Client, status: str, proposal_id: str) -> bool:
    found = client.pages("/v1/ledger/proposals", status=status, limit="100")
    return any(one["proposal_id"] == proposal_id for one in found)


def test_a_large_entry_is_booked_when_somebody_else_agrees(shop: Shop) -> None:
    seller, second = shop.new_id("sel"), shop.client.colleague("e2e-approver")
    proposal_id = proposed(shop, "/v1/wallet", entry(seller))
    assert listed(second, "awaiting_approval", proposal_id)

    own = decide(shop.client, proposal_id)
    booked = decide(second, proposal_id)
    again = decide(second, proposal_id)

    assert (own.status, own.code) == (403, "forbidden")
    assert (booked.status, booked.body["status"]) == (200, "booked")
    assert booked.body["approved_by"] != booked.body["requested_by"]
    assert again.body == booked.body
    (found,) = shop.journals(seller)
    assert found["ledger_id"] == booked.body["ledger_id"]
    assert available(shop, seller) == LARGE
    assert second.get(f"/v1/ledger/proposals/{proposal_id}").body == booked.body
    shop.eventually(lambda: listed(second, "booked", proposal_id) or None, "it to be listed")
    assert_books_balance(shop.client)


def test_a_buyer_is_credited_much_by_two(shop: Shop) -> None:
    buyer, reference = shop.new_id("buyer"), shop.new_id("ref")
    proposal_id = proposed(shop, "/v1/ledger", journal(reference, user_id=buyer))

    booked = decide(shop.client.colleague("e2e-approver"), proposal_id)

    assert (booked.status, booked.body["status"]) == (200, "booked")
    (found,) = shop.journals(reference)
    assert found["legs"][0]["account"] == booked.body["account"]
    assert found["legs"][0]["amount"] == LARGE


def test_a_large_journal_that_is_called_off_is_never_booked(shop: Shop) -> None:
    reference = shop.new_id("ref")
    body = journal(reference, account=f"seller_available:{reference}")
    proposal_id = proposed(shop, "/v1/ledger", body)

    cancelled = decide(shop.client, proposal_id, "cancel")
    late = decide(shop.client.colleague("e2e-approver"), proposal_id)

    assert (cancelled.status, cancelled.body["status"]) == (200, "cancelled")
    assert (late.status, late.code) == (409, "illegal_transition")
    assert shop.journals(reference) == []


def test_money_that_is_gone_meanwhile_is_not_taken(shop: Shop) -> None:
    seller, second = shop.new_id("sel"), shop.client.colleague("e2e-approver")
    decide(second, proposed(shop, "/v1/wallet", entry(seller)))
    key, debit = shop.new_id("key"), entry(seller, LARGE, "debit")
    asked = shop.client.post("/v1/wallet", debit, idempotency_key=key)
    spent = shop.client.post("/v1/wallet", entry(seller, 1, "debit"), idempotency_key=f"{key}-1")
    assert (asked.status, spent.status) == (202, 201)

    refused = decide(second, str(asked.body["proposal_id"]))

    assert (refused.status, refused.code) == (422, "insufficient_funds")
    shown = second.get(f"/v1/ledger/proposals/{asked.body['proposal_id']}").body
    assert shown["status"] == "awaiting_approval"
    assert available(shop, seller) == LARGE - 1
