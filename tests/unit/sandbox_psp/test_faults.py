"""Every fault on demand: what the caller sees, and what the PSP's book says."""

from collections.abc import Callable

import pytest

from tests.unit.sandbox_psp.shop import OK, Answer, Shop
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


# name -> (operation, method, path), about a charge with a refund and an inquiry, and a payout
LATER_CALLS = {
    "refund": ("refund", "POST", "/v1/charges/{charge}/refunds"),
    "challenge": ("dispute", "POST", "/v1/disputes/{dispute}/challenge"),
    "accept": ("dispute", "POST", "/v1/disputes/{dispute}/accept"),
    "payout": ("payout", "POST", "/v1/payouts"),
    "one refund": ("query", "GET", "/v1/refunds/{refund}"),
    "refunds of a charge": ("query", "GET", "/v1/refunds?psp_reference={charge}"),
    "refunds of a key": ("query", "GET", "/v1/refunds?idempotency_key=r1"),
    "one dispute": ("query", "GET", "/v1/disputes/{dispute}"),
    "disputes": ("query", "GET", "/v1/disputes?psp_reference={charge}"),
    "one payout": ("query", "GET", "/v1/payouts/{payout}"),
    "payouts": ("query", "GET", "/v1/payouts?reference=po-1"),
    "payouts of a key": ("query", "GET", "/v1/payouts?idempotency_key=p1"),
    "bank account": ("query", "GET", "/v1/bank_accounts/{account}"),
}
POSTS = [name for name, (_, method, _) in LATER_CALLS.items() if method == "POST"]


def later_call(shop: Shop, name: str) -> Callable[[], Answer]:
    """The call of this name, in a shop where all that it is about exists."""
    charge, account = shop.captured(), shop.bank_account()
    references = {
        "charge": charge,
        "account": account,
        "refund": shop.refund(charge, 1, key="r1").json["refund_reference"],
        # An inquiry, so that the charge can still be refunded.
        "dispute": shop.dispute(charge, stage="pre_dispute").json["dispute_reference"],
        "payout": shop.payout(account, "po-1", key="p1").json["payout_reference"],
    }
    _, method, path = LATER_CALLS[name]
    where, _, query = path.format(**references).partition("?")
    body: dict[str, object] = {}
    if name == "refund":
        body = {"amount": 1}
    elif name == "payout":
        body = {"reference": "po-2", "bank_account": account, "amount": 1, "currency": "EUR"}
    return lambda: shop.call(method, where, body, key="later", query=query)


@pytest.mark.parametrize("name", LATER_CALLS)
@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("timeout_before", "hang"), ("timeout_after_success", "hang"), ("connection_drop", "drop"),
        ("http_500", 500), ("http_429", 429),
    ],
)  # fmt: skip
def test_a_request_fault_meets_every_later_operation(
    shop: Shop, name: str, kind: str, seen: str | int
) -> None:
    call = later_call(shop, name)
    shop.fault(kind, operation=LATER_CALLS[name][0])

    faulty, next_ = call(), call()

    assert seen in (faulty.status, faulty.response.transport)
    assert next_.status in (200, 201)
    is_done = kind == "timeout_after_success" and name in POSTS
    assert next_.is_replay == is_done


@pytest.mark.parametrize("name", [name for name in LATER_CALLS if name != "bank account"])
def test_a_fault_meets_the_later_calls_of_its_order_only(shop: Shop, name: str) -> None:
    call = later_call(shop, name)
    operation = LATER_CALLS[name][0]
    about = "ord-1"
    if "payout" in name:
        about = "po-2" if name == "payout" else "po-1"
    shop.fault("http_500", operation=operation, order_id="ord-other")
    shop.fault("http_429", operation=operation, order_id=about)

    assert call().status == 429
    assert call().status in (200, 201)


def test_a_fault_meets_the_sessions_of_its_checkout_only(shop: Shop) -> None:
    path = f"/v1/sessions/{shop.session('chk-1')}"
    shop.fault("http_500", operation="query", order_id="chk-2")
    shop.fault("http_429", operation="query", order_id="chk-1")

    assert [shop.call("GET", path).status for _ in range(2)] == [429, 200]


@pytest.mark.parametrize("name", POSTS)
def test_a_stored_500_is_replayed_by_every_later_operation(shop: Shop, name: str) -> None:
    call = later_call(shop, name)
    before = [shop.book_of(kind) for kind in ("refunds", "disputes", "payouts")]
    shop.fault("http_500", operation=LATER_CALLS[name][0], stored=True)

    first, again = call(), call()

    assert (first.status, again.status, again.is_replay) == (500, 500, True)
    assert [shop.book_of(kind) for kind in ("refunds", "disputes", "payouts")] == before


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
        {"kind": "refund_fails", "operation": "payout"},
        {"kind": "payout_fails", "operation": "refund"},
    ],
)  # fmt: skip
def test_a_fault_that_could_not_fire_is_refused(shop: Shop, body: dict[str, object]) -> None:
    answer = shop.call("POST", "/_control/faults", body)

    assert (answer.status, answer.code) == (422, "invalid_request")
    assert shop.call("GET", "/_control/faults").json == {"data": []}
