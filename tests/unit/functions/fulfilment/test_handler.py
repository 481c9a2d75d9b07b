from dataclasses import dataclass, field
from typing import Any

import pytest

from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.market_rules import ReserveRules
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.order_delivery import refunded_minor
from functions.fulfilment import handler
from functions.fulfilment.wiring import Deps
from tests.builders import (
    NOW,
    RESERVE,
    a_delivered_order,
    a_dispute_fact,
    an_order,
    disputed,
    refunded,
)
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import GRANTS, Edge, Response

S = OrderStatus
ORDER = {"order_id": "o1"}
DELIVERIES = "/v1/orders/{order_id}/deliveries"
REFUNDS = "/v1/orders/{order_id}/refunds"
REFUND = "/v1/orders/{order_id}/refunds/{refund_id}"
START = "2026-11-18T11:06:40.000Z"
CARD = "4242424242424242"


@dataclass
class Desk:
    orders: FakeOrderBook = field(default_factory=lambda: FakeOrderBook().put(an_order(S.CAPTURED)))
    clock: FakeClock = field(default_factory=FakeClock)
    edge: Edge = field(default_factory=lambda: Edge(handler, role="fulfilment"))

    def deps(self) -> Deps:
        return Deps(self.orders, self.clock, ReserveRules(RESERVE, {}), GRANTS)

    def deliver(self, body: object = None, order_id: str = "o1") -> Response:
        return self.edge.post(DELIVERIES, body, path={"order_id": order_id})

    def refund(
        self, body: object = None, key: str | None = "k1", order_id: str = "o1", **more: Any
    ) -> Response:
        headers = {} if key is None else {"Idempotency-Key": key}
        body = {"amount": 3_000, "reason": "returned"} if body is None else body
        return self.edge.post(REFUNDS, body, path={"order_id": order_id}, headers=headers, **more)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_a_delivery_releases_the_money(desk: Desk) -> None:
    answer = desk.deliver()

    assert (answer.status, answer.is_replay) == (202, False)
    assert answer.body["delivered_at"] == START
    assert [booking.kind for booking in desk.orders["o1"].bookings] == ["release"]


def test_a_delivery_may_say_when_it_was(desk: Desk) -> None:
    answer = desk.deliver({"delivered_at": "2026-11-17T10:00:00+02:00"})

    assert answer.body["delivered_at"] == "2026-11-17T08:00:00.000Z"


def test_a_repeat_gets_the_first_delivery(desk: Desk) -> None:
    first = desk.deliver()
    desk.clock.advance(5_000)

    again = desk.deliver({"delivered_at": "2026-11-17T10:00:00Z"})

    assert (again.status, again.is_replay) == (202, True)
    assert again.body == first.body


@pytest.mark.parametrize(
    "body",
    [
        {"delivered_at": "yesterday"},
        {"delivered_at": "2026-11-17T10:00:00"},
        {"delivered_at": 5},
        {"delivered_at": "2026-11-19T11:06:40Z"},
        {"delivered_at": "9999-12-31T23:59:59-23:59"},
        {"delivered_at": "0001-01-01T00:00:00+14:00"},
        {"delivered_at": "1969-12-31T23:59:59Z"},
        {"delivered": "2026-11-17T10:00:00Z"},
    ],
)
def test_a_delivery_that_makes_no_sense_is_refused(desk: Desk, body: dict[str, Any]) -> None:
    answer = desk.deliver(body)

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.fields == list(body)
    assert desk.orders.log == []


@pytest.mark.parametrize("status", [S.AUTHORIZED, S.SENT, S.FAILED, S.VOIDED])
def test_an_order_that_is_not_paid_is_not_delivered(desk: Desk, status: OrderStatus) -> None:
    desk.orders.put(an_order(status))

    answer = desk.deliver()

    assert (answer.status, answer.code) == (409, "illegal_transition")
    assert desk.orders.log == []


def test_an_order_that_was_refunded_is_not_delivered(desk: Desk) -> None:
    desk.orders.put(refunded(an_order(S.CAPTURED), amount_minor=None))

    assert (desk.deliver().status, desk.deliver().code) == (409, "illegal_transition")


def test_a_refund_is_taken_in(desk: Desk) -> None:
    answer = desk.refund()

    assert (answer.status, answer.is_replay) == (202, False)
    assert answer.body["refund_id"].startswith("rfd_")
    assert answer.body == {
        "refund_id": answer.body["refund_id"],
        "order_id": "o1",
        "amount": 3_000,
        "currency": "EUR",
        "status": "processing",
        "reason": "returned",
        "psp_reference": None,
        "created_at": START,
        "updated_at": START,
    }


def test_a_refund_without_an_amount_is_of_all_that_is_left(desk: Desk) -> None:
    desk.refund()

    assert desk.refund({"reason": "the rest"}, "k2").body["amount"] == 4_000


def test_a_repeat_gets_the_refund_as_it_stands(desk: Desk) -> None:
    first = desk.refund()
    desk.clock.advance(5_000)

    again = desk.refund()

    assert (again.status, again.is_replay, again.body) == (202, True, first.body)
    assert refunded_minor(desk.orders["o1"]) == 3_000


def test_a_key_is_its_callers_its_routes_and_its_orders(desk: Desk) -> None:
    desk.orders.put(an_order(S.CAPTURED, "o2"))

    first, other = desk.refund(), desk.refund(order_id="o2")

    assert first.body["refund_id"] != other.body["refund_id"]
    assert not other.is_replay


def test_the_same_key_with_another_body_is_refused(desk: Desk) -> None:
    desk.refund()

    for body in ({"amount": 1, "reason": "returned"}, {"amount": 3_000, "reason": "other"}):
        answer = desk.refund(body)
        assert (answer.status, answer.code) == (422, "idempotency_key_reused")


def test_a_refund_needs_a_key(desk: Desk) -> None:
    answer = desk.refund(key=None)

    assert (answer.status, answer.code) == (400, "idempotency_key_missing")
    assert desk.orders.log == []


def test_more_than_is_left_is_refused(desk: Desk) -> None:
    desk.refund()

    for body in ({"amount": 4_001, "reason": "r"}, {"amount": 7_000, "reason": "r"}):
        answer = desk.refund(body, "k2")
        assert (answer.status, answer.code) == (422, "refund_exceeds_captured")
        assert answer.fields == ["amount"]


@pytest.mark.parametrize(
    ("field_", "value"),
    [
        ("amount", 0),
        ("amount", -1),
        ("amount", "30.00"),
        ("currency", "USD"),
        ("currency", "XXX"),
        ("reason", ""),
        ("reason", None),
        ("refund_id", "rfd_1"),
    ],
)
def test_a_refund_that_breaks_a_rule_is_refused(desk: Desk, field_: str, value: object) -> None:
    answer = desk.refund({"amount": 3_000, "reason": "returned", field_: value})

    assert (answer.status, answer.fields) == (422, [field_])
    assert desk.orders.log == []


def test_a_card_number_is_not_kept(desk: Desk) -> None:
    answer = desk.refund({"reason": f"paid with {CARD}"})

    assert (answer.status, answer.code) == (422, "card_number_refused")
    assert CARD not in answer.text
    assert desk.orders.log == []


@pytest.mark.parametrize("status", [DisputeStatus.OPENED, DisputeStatus.LOST])
def test_disputed_money_is_not_refunded(desk: Desk, status: DisputeStatus) -> None:
    desk.orders.put(disputed(a_delivered_order(), a_dispute_fact(status=status)))

    answer = desk.refund()

    assert (answer.status, answer.code) == (409, "illegal_transition")


def test_a_refund_is_read(desk: Desk) -> None:
    refund = desk.refund().body

    path = {**ORDER, "refund_id": refund["refund_id"]}
    for role in ("fulfilment", "support", "finance", "operator"):
        assert desk.edge.get(REFUND, path=path, role=role).body == refund


@pytest.mark.parametrize(("order_id", "refund_id"), [("o9", "r1"), ("o1", "r9")])
def test_a_refund_nobody_knows_is_404(desk: Desk, order_id: str, refund_id: str) -> None:
    desk.orders.put(refunded(an_order(S.CAPTURED), now=NOW))
    path = {"order_id": order_id, "refund_id": refund_id}

    answer = desk.edge.get(REFUND, path=path)

    assert (answer.status, answer.code) == (404, "not_found")


def test_an_order_nobody_knows_is_404(desk: Desk) -> None:
    for answer in (desk.deliver(order_id="o9"), desk.refund(order_id="o9")):
        assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize("role", ["checkout", "support", "finance", "operator"])
def test_only_the_fulfilment_service_delivers_and_refunds(desk: Desk, role: str) -> None:
    for answer in (
        desk.edge.post(DELIVERIES, path=ORDER, role=role),
        desk.refund(role=role),
    ):
        assert (answer.status, answer.code) == (403, "forbidden")
    assert desk.orders.log == []
