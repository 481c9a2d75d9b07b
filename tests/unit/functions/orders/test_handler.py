from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.order import CaptureMode, OrderStatus
from functions.orders import handler
from functions.orders.wiring import Deps
from tests.builders import POLICY, TERMS, an_order
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import GRANTS, Edge
from tests.fakes.screening import FakeScreening

S = OrderStatus
ORDER = "/v1/orders/{order_id}"
O1 = {"order_id": "o1"}
BODY: dict[str, Any] = {
    "payment_details": {"method": "credit_card", "psp_token": "tok_1"},
    "amount": 7_000,
    "currency": "EUR",
    "seller_id": "s1",
}


@dataclass
class Desk:
    payments: FakePaymentBook = field(default_factory=FakePaymentBook)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    screening: FakeScreening = field(default_factory=FakeScreening)
    edge: Edge = field(default_factory=lambda: Edge(handler, role="checkout"))

    def deps(self) -> Deps:
        return Deps(self.payments, self.orders, FakeClock(), POLICY, TERMS, self.screening, GRANTS)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_a_lone_order_is_taken_in_and_read(desk: Desk) -> None:
    answer = desk.edge.post(ORDER, BODY, path=O1)

    assert (answer.status, answer.body["status"]) == (202, "created")
    assert desk.payments.log == ["payment added: processing"]
    assert desk.edge.get(ORDER, path=O1).body == answer.body


def test_the_same_body_again_is_the_order_as_it_stands(desk: Desk) -> None:
    desk.edge.post(ORDER, BODY, path=O1)
    desk.orders.put(an_order(S.CAPTURED, checkout_id="order~o1"))

    again = desk.edge.post(ORDER, BODY, path=O1)

    assert (again.status, again.body["status"], again.is_replay) == (202, "captured", True)


def test_a_category_decides_the_fee_and_is_part_of_the_body(desk: Desk) -> None:
    desk.edge.post(ORDER, {**BODY, "category": "books"}, path=O1)

    assert desk.payments["order~o1"].lines[0].fee.rule_id == "books-v1"
    assert desk.edge.post(ORDER, {**BODY, "category": "books"}, path=O1).is_replay
    assert desk.edge.post(ORDER, BODY, path=O1).code == "idempotency_key_reused"


def test_another_body_is_refused(desk: Desk) -> None:
    desk.edge.post(ORDER, BODY, path=O1)

    again = desk.edge.post(ORDER, {**BODY, "amount": 1}, path=O1)

    assert (again.status, again.code) == (422, "idempotency_key_reused")


def test_an_order_id_of_a_checkout_is_refused(desk: Desk) -> None:
    desk.orders.put(an_order())

    answer = desk.edge.post(ORDER, BODY, path=O1)

    assert (answer.status, answer.code) == (422, "order_id_in_use")
    assert desk.payments.rows == {}


def test_an_order_id_cannot_be_called_like_a_checkout_of_ours(desk: Desk) -> None:
    answer = desk.edge.post(ORDER, BODY, path={"order_id": "order~o1"})

    assert (answer.status, answer.fields) == (422, ["order_id"])
    assert desk.payments.rows == {}


@pytest.mark.parametrize("order_id", ["o 1", "a~o1", "a" * 65, "ö"])
def test_a_bad_order_id_is_refused(desk: Desk, order_id: str) -> None:
    answer = desk.edge.post(ORDER, BODY, path={"order_id": order_id})

    assert (answer.status, answer.code) == (404, "not_found")
    assert desk.payments.rows == {}


def test_an_order_id_like_a_card_number_is_stored_nowhere(desk: Desk) -> None:
    answer = desk.edge.post(ORDER, BODY, path={"order_id": "4242424242424242"})

    assert (answer.status, answer.code) == (422, "card_number_refused")
    assert desk.payments.rows == {}
    assert "4242" not in answer.text


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 0},
        {"amount": "7"},
        {"currency": "XXX"},
        {"seller_id": ""},
        {"capture": "late"},
        {"checkout_id": "c1"},
        {"payment_details": {}},
    ],
)
def test_a_bad_field_is_refused_and_nothing_is_stored(
    desk: Desk, changes: dict[str, object]
) -> None:
    answer = desk.edge.post(ORDER, {**BODY, **changes}, path=O1)

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert desk.payments.rows == {}


@pytest.mark.parametrize("status", sorted(OrderStatus))
def test_an_order_in_any_status_is_shown(desk: Desk, status: OrderStatus) -> None:
    desk.orders.put(an_order(status))

    assert desk.edge.get(ORDER, path=O1, role="support").status == 200


def test_an_order_nobody_knows_is_404(desk: Desk) -> None:
    for route in (f"GET {ORDER}", f"POST {ORDER}/capture", f"POST {ORDER}/cancel"):
        answer = desk.edge.call(route, path=O1, role="fulfilment")
        assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "amount"), [(None, 7_000), ("", 7_000), ({}, 7_000), ({"amount": 3_000}, 3_000)]
)
def test_a_capture_is_wanted_for_all_or_a_part(desk: Desk, body: object, amount: int) -> None:
    desk.orders.put(an_order(S.AUTHORIZED))

    answers = [
        desk.edge.post(f"{ORDER}/capture", body, path=O1, role="fulfilment") for _ in range(2)
    ]

    assert [answer.status for answer in answers] == [202, 202]
    operation = desk.orders["o1"].operation
    assert operation is not None
    assert operation.amount_minor == amount
    assert len(desk.orders.log) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"amount": 7_001}, 422),
        ({"amount": 0}, 422),
        ({"amount": 1.5}, 422),
        ({"all": True}, 422),
        ("[]", 400),
    ],
)
def test_a_capture_out_of_bounds_is_refused(desk: Desk, body: object, status: int) -> None:
    desk.orders.put(an_order(S.AUTHORIZED))

    assert desk.edge.post(f"{ORDER}/capture", body, path=O1, role="fulfilment").status == status
    assert desk.orders.log == []


def test_what_is_captured_by_itself_is_not_captured_by_hand(desk: Desk) -> None:
    desk.orders.put(an_order(S.AUTHORIZED, capture_mode=CaptureMode.AUTOMATIC))

    answer = desk.edge.post(f"{ORDER}/capture", path=O1, role="fulfilment")

    assert (answer.status, answer.code) == (409, "illegal_transition")


def test_an_order_is_cancelled_once(desk: Desk) -> None:
    desk.orders.put(an_order(S.AUTHORIZED))

    answers = [desk.edge.post(f"{ORDER}/cancel", path=O1, role="fulfilment") for _ in range(2)]

    assert [(a.status, a.body["status"]) for a in answers] == [(202, "processing")] * 2
    assert desk.orders.log == ["order replaced: void_pending"]


@pytest.mark.parametrize("status", [S.SENT, S.UNKNOWN, S.CAPTURED, S.FAILED])
def test_what_may_have_taken_money_is_not_cancelled(desk: Desk, status: OrderStatus) -> None:
    desk.orders.put(an_order(status))

    answer = desk.edge.post(f"{ORDER}/cancel", path=O1, role="fulfilment")

    assert (answer.status, answer.code) == (409, "illegal_transition")


@pytest.mark.parametrize("route", handler.ROUTES, ids=lambda route: route.key)
@pytest.mark.parametrize("role", [arn.rpartition("/")[2] for arn in GRANTS])
def test_only_the_routes_roles_may_call_it(desk: Desk, route: Any, role: str) -> None:
    answer = desk.edge.call(route.key, BODY, path=O1, role=role)

    assert (answer.status == 403) == (role not in route.roles)


def test_an_order_shows_both_countries(desk: Desk) -> None:
    body = {**BODY, "seller_country": "FR", "user_info": {"user_id": "u1", "country": "JP"}}

    answer = desk.edge.post(ORDER, body, path=O1)

    assert (answer.body["buyer_country"], answer.body["seller_country"]) == ("JP", "FR")
    assert desk.edge.post(ORDER, BODY, path={"order_id": "o2"}).body["seller_country"] is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"seller_country": "XX"}, "seller_country"),
        ({"user_info": {"user_id": "u1", "country": "UK"}}, "user_info.country"),
    ],
)
def test_a_country_that_is_none_is_refused(desk: Desk, change: dict[str, Any], field: str) -> None:
    answer = desk.edge.post(ORDER, {**BODY, **change}, path=O1)

    assert (answer.status, answer.body["errors"][0]["field"]) == (422, field)


def test_the_buyers_name_is_screened_and_kept_nowhere(desk: Desk) -> None:
    named = {**BODY, "user_info": {"user_id": "u1", "name": "Ada Lovelace"}}
    first = desk.edge.post(ORDER, named, path=O1)
    again = desk.edge.post(ORDER, {**BODY, "user_info": {"user_id": "u1"}}, path=O1)

    assert desk.screening.asked[0].name == "Ada Lovelace"
    assert "Ada" not in repr(desk.payments.rows) + first.text
    # The name is in no fingerprint, so the same order without it is the same order.
    assert again.is_replay


def test_an_order_of_a_listed_party_is_refused(desk: Desk) -> None:
    desk.screening.refused.add("s1")

    answer = desk.edge.post(ORDER, BODY, path=O1)

    assert (answer.status, answer.code) == (422, "party_screened")
    assert desk.payments.rows == {}


def test_an_exemption_is_kept(desk: Desk) -> None:
    details = {**BODY["payment_details"], "sca_exemption": "secure_corporate"}
    desk.edge.post(ORDER, {**BODY, "payment_details": details}, path=O1)

    submission = desk.payments["order~o1"].submission
    assert submission is not None
    assert submission.payment_info.sca_exemption == "secure_corporate"
