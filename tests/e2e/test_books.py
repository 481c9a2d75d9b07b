"""Manual bookings, wallets, and what is raised when somebody touches the books."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Shop, assert_books_balance
from tools.client import Client

pytestmark = pytest.mark.e2e


def _entry(seller_id: str, amount: int, side: str, reference: str) -> dict[str, Any]:
    return {
        "seller_id": seller_id,
        "amount": amount,
        "currency": "EUR",
        "transact_type": side,
        "reason": "goodwill",
        "reference": reference,
    }


def test_a_wallet_entry_is_booked_once_per_key(shop: Shop) -> None:
    seller_id, key = shop.new_id("sel"), shop.new_id("key")
    credit = _entry(seller_id, 500, "credit", shop.new_id("ref"))

    first = shop.client.post("/v1/wallet", credit, Idempotency_Key=key)
    second = shop.client.post("/v1/wallet", credit, Idempotency_Key=key)
    other = shop.client.post("/v1/wallet", {**credit, "amount": 501}, Idempotency_Key=key)
    missing = shop.client.post("/v1/wallet", credit)

    assert (first.status, second.status) == (201, 201)
    assert first.body["ledger_id"] == second.body["ledger_id"]
    assert second.headers["idempotent-replayed"] == "true"
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert (missing.status, missing.code) == (400, "idempotency_key_missing")
    balances = shop.client.get(f"/v1/wallets/{seller_id}").body["balances"]
    assert balances["EUR"]["available"] == 500
    assert_books_balance(shop.client)


def test_a_debit_beyond_what_is_available_writes_nothing(shop: Shop) -> None:
    seller_id = shop.new_id("sel")
    credit = _entry(seller_id, 500, "credit", shop.new_id("ref"))
    shop.client.post("/v1/wallet", credit, Idempotency_Key=shop.new_id("key"))
    debit = _entry(seller_id, 501, "debit", shop.new_id("ref"))

    reply = shop.client.post("/v1/wallet", debit, Idempotency_Key=shop.new_id("key"))

    assert (reply.status, reply.code) == (422, "insufficient_funds")
    assert shop.journals(debit["reference"]) == []
    entries = shop.client.get(f"/v1/wallets/{seller_id}/entries").body["data"]
    assert [entry["reference"] for entry in entries] == [credit["reference"]]


def test_entries_come_newest_first_and_in_pages(shop: Shop) -> None:
    seller_id = shop.new_id("sel")
    references = [shop.new_id("ref") for _ in range(5)]
    for reference in references:
        body = _entry(seller_id, 10, "credit", reference)
        shop.client.post("/v1/wallet", body, Idempotency_Key=shop.new_id("key"))

    seen: list[str] = []
    query = {"limit": "2"}
    while True:
        page = shop.client.get(f"/v1/wallets/{seller_id}/entries", **query).body
        seen += [entry["reference"] for entry in page["data"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert seen == references[::-1]


def test_a_ledger_booking_moves_both_sides(shop: Shop) -> None:
    body = {
        "user_id": shop.new_id("buyer"),
        "amount": 700,
        "currency": "USD",
        "transact_type": "credit",
        "reason": "gift",
        "reference": shop.new_id("ref"),
    }

    reply = shop.client.post("/v1/ledger", body, Idempotency_Key=shop.new_id("key"))
    journal = shop.client.get(f"/v1/ledger/journals/{reply.body['ledger_id']}")
    unknown = shop.client.post(
        "/v1/ledger",
        {**body, "counter_account": "petty_cash"},
        Idempotency_Key=shop.new_id("key"),
    )

    assert reply.status == 201
    assert journal.body == reply.body
    wallet, counter = reply.body["legs"]
    # Under a pseudonym: whose wallet it is, the books do not say (test_erasure.py).
    assert wallet["account"].startswith("buyer_wallet:bw_")
    assert wallet["transact_type"] == "credit"
    assert (counter["account"], counter["transact_type"]) == ("adjustments", "debit")
    assert (unknown.status, unknown.code) == (422, "validation_failed")
    assert_books_balance(shop.client)


@pytest.fixture
def published(client: Client, shop: Shop) -> Iterator[Any]:
    """Every event published from now on, as a function that reads what came so far."""
    # A name of its own: tests run beside each other.
    name = shop.new_id("published")
    events, sqs = client.aws("events"), client.aws("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    bus = client.endpoints.event_bus_name
    events.put_rule(
        Name=name,
        EventBusName=bus,
        EventPattern=json.dumps({"source": ["countinghouse"]}),
    )
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    found: list[dict[str, Any]] = []

    def read() -> list[dict[str, Any]]:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        for message in answer.get("Messages", []):
            found.append(json.loads(message["Body"])["detail"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    yield read
    events.remove_targets(Rule=name, EventBusName=bus, Ids=["queue"])
    events.delete_rule(Name=name, EventBusName=bus)
    sqs.delete_queue(QueueUrl=url)


def test_what_happens_is_published(shop: Shop, published: Any) -> None:
    payment = shop.pay(1600)
    wanted = {
        ("payment.succeeded", payment["checkout_id"]),
        ("order.captured", payment["orders"][0]["order_id"]),
    }

    def both() -> list[dict[str, Any]] | None:
        events = [e for e in published() if (e["type"], e["subject"]) in wanted]
        return events if {(e["type"], e["subject"]) for e in events} == wanted else None

    events = shop.eventually(both, "both events")

    succeeded = next(event for event in events if event["type"] == "payment.succeeded")
    assert succeeded["data"]["status"] == "succeeded"
    assert succeeded["version"] == succeeded["data"]["version"]


def test_an_unbalanced_journal_raises_the_alarm(shop: Shop, published: Any) -> None:
    table = shop.client.endpoints.table_names["Ledger"]
    dynamodb = shop.client.aws("dynamodb")
    key = {"book": {"S": shop.new_id("forged")}, "entry": {"S": "0"}}
    leg = {
        "account": {"S": "adjustments"},
        "amount": {"N": "1"},
        # Nobody else's: a finding stops the payouts of its currency.
        "currency": {"S": "ISK"},
        "transact_type": {"S": "debit"},
    }
    forged = {
        **key,
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
    dynamodb.put_item(TableName=table, Item=forged)

    def raised() -> bool | None:
        names = {(e["type"], e["data"]["code"]) for e in published() if "code" in e["data"]}
        return True if ("audit.raised", "book_damaged") in names else None

    try:
        assert shop.eventually(raised, "audit.raised")
        findings = shop.client.invoke("audit")["findings"]
        assert any(finding["code"] == "unsound" for finding in findings)
    finally:
        dynamodb.delete_item(TableName=table, Key=key)


def test_the_audit_finds_nothing_in_sound_books(shop: Shop) -> None:
    shop.pay(1000, 500)

    findings = shop.client.invoke("audit")["findings"]
    # Another test plants a forged row of its own.
    assert [finding for finding in findings if "forged" not in finding["detail"]] == []
    rolled = shop.client.invoke("rollup")
    assert set(rolled["totals"].values()) == {0}
