"""Every fault on demand: what the caller sees, and what the PSP's book says."""

import pytest

from tests.unit.sandbox_psp.shop import OK, Shop
from tools.sandbox_psp.faults import KINDS


def test_a_timeout_before_does_nothing(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.fault("timeout_before", times=1)

    assert shop.charge(token, key="k1").response.transport == "hang"
    assert shop.ledger() == []
    assert shop.charge(token, key="k1").json["status"] == "captured"


def test_a_timeout_after_success_did_the_work(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.fault("timeout_after_success", times=1)

    lost = shop.charge(token, key="k1")

    assert (lost.response.transport, lost.response.body) == ("hang", b"")
    assert shop.status() == "captured"
    again = shop.charge(token, key="k1")
    assert (again.is_replay, again.json["status"]) == (True, "captured")
    assert len(shop.ledger()) == 1


def test_a_dropped_connection_does_nothing(shop: Shop) -> None:
    shop.fault("connection_drop", times=1)

    assert shop.charge(shop.session(card=OK)).response.transport == "drop"
    assert shop.ledger() == []


def test_a_500_happens_before_anything_is_stored(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.fault("http_500", times=2)

    assert [shop.charge(token, key="k1").status for _ in range(3)] == [500, 500, 201]


def test_a_stored_500_is_replayed(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.fault("http_500", times=1, stored=True)

    first, again = (shop.charge(token, key="k1") for _ in range(2))

    assert (first.status, again.status, again.is_replay) == (500, 500, True)
    assert shop.ledger() == []
    assert shop.charge(token, key="k2").status == 201


def test_a_429_says_when_to_come_back(shop: Shop) -> None:
    shop.fault("http_429", times=1)

    answer = shop.charge(shop.session(card=OK))

    assert (answer.status, answer.response.headers["retry-after"]) == (429, "1")


def test_an_amount_drifts_in_the_psps_book(shop: Shop) -> None:
    token = shop.session(amount=2_500, card=OK)
    shop.fault("amount_drift", times=1)

    charge = shop.charge(token, key="k1").json

    assert (charge["amount"], charge["captured"]) == (2_501, 2_501)
    assert shop.ledger()[0]["amount"] == 2_501
    assert shop.charge(token, key="k1").json == charge


@pytest.mark.parametrize(
    ("operation", "method", "path"),
    [
        ("session", "POST", "/v1/sessions"),
        ("query", "GET", "/v1/charges/{reference}"),
        ("capture", "POST", "/v1/charges/{reference}/capture"),
        ("void", "POST", "/v1/charges/{reference}/void"),
    ],
)
def test_a_fault_meets_its_operation_only(
    shop: Shop, operation: str, method: str, path: str
) -> None:
    token = shop.session(card=OK)
    shop.fault("http_500", operation=operation)
    charge = shop.charge(token, capture="manual").json
    body = {"reference": "chk-2", "amount": 5, "currency": "EUR"} if operation == "session" else {}

    def call() -> int:
        where = path.format(reference=charge["psp_reference"])
        return shop.call(method, where, body or None, key="x").status

    assert call() == 500
    assert call() in (200, 201)


def test_a_fault_meets_its_order_only(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.fault("http_500", order_id="ord-2", times=1)

    assert shop.charge(token, "ord-1").status == 201
    assert shop.charge(token, "ord-2").status == 500
    assert shop.charge(token, "ord-2").status == 201


def test_faults_are_listed_counted_down_and_cleared(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.fault("http_500", times=3)
    shop.charge(token)

    (fault,) = shop.call("GET", "/_control/faults").json["data"]
    assert (fault["kind"], fault["operation"], fault["times"]) == ("http_500", "charge", 2)

    assert shop.call("DELETE", "/_control/faults").json == {"cleared": 1}
    assert shop.charge(token).status == 201


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_accepted(shop: Shop, kind: str) -> None:
    answer = shop.fault(kind, times=2)

    assert (answer.status, answer.json["kind"], answer.json["times"]) == (201, kind, 2)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "gremlins"}, {}, {"kind": "http_500", "times": 0},
        {"kind": "http_500", "times": "2"}, {"kind": "http_500", "times": 1.5},
        {"kind": "http_500", "operation": "lunch"}, {"kind": "amount_drift", "operation": "void"},
        {"kind": "http_500", "operation": "webhook"}, {"kind": "http_429", "stored": True},
    ],
)  # fmt: skip
def test_a_fault_that_could_not_fire_is_refused(shop: Shop, body: dict[str, object]) -> None:
    answer = shop.call("POST", "/_control/faults", body)

    assert (answer.status, answer.code) == (422, "invalid_request")
    assert shop.call("GET", "/_control/faults").json == {"data": []}
