"""Disputes: every move there is and none there is not, and the money each of them moves."""

import json

import pytest

from tests.unit.sandbox_psp.shop import DECLINED, OK, Shop
from tools.sandbox_psp.dispute_lifecycle import FEE, RESULTS

CLOSED = {"win": "won", "lose": "lost", "accept": "accepted", "expire": "expired",
           "cancel": "cancelled"}  # fmt: skip
# Legal only while nobody has answered.
UNANSWERED = ("accept", "expire")


def opened(shop: Shop, **more: object) -> str:
    reference = str(shop.dispute(shop.captured(), **more).json["dispute_reference"])
    shop.events()
    return reference


def moved(shop: Shop, reference: str, *results: str) -> dict[str, object]:
    answers = [shop.decide("disputes", reference, result) for result in results]
    assert [answer.status for answer in answers] == [200] * len(results)
    return dict(answers[-1].json)


def test_a_dispute_takes_the_money_and_a_fee(shop: Shop) -> None:
    charge = shop.captured(7_000, key="c1")
    shop.refund(charge, 2_000)
    shop.events()

    answer = shop.dispute(charge)

    assert answer.status == 201
    dispute = answer.json
    reference = dispute["dispute_reference"]
    assert reference.startswith("dp_")
    assert dispute == {
        "dispute_reference": reference, "psp_reference": charge, "order_id": "ord-1",
        "idempotency_key": "c1", "amount": 5_000, "currency": "EUR", "stage": "dispute",
        "status": "opened", "reason": "fraudulent",
        "evidence_due_at": "2026-11-29T09:00:00.000000Z", "withdrawn": 5_000, "fee": 1_500,
        "sequence": 1, "created_at": "2026-11-22T09:00:00.000000Z",
        "updated_at": "2026-11-22T09:00:00.000000Z",
    }  # fmt: skip
    (delivery,) = shop.webhooks()
    event = json.loads(delivery.body)
    assert (event["type"], event["data"]) == ("dispute.opened", dispute)
    assert (delivery.order_id, delivery.psp_reference) == ("ord-1", reference)


def test_an_inquiry_takes_nothing(shop: Shop) -> None:
    dispute = shop.dispute(shop.captured(), stage="pre_dispute", amount=100, reason="unknown").json

    assert (dispute["withdrawn"], dispute["fee"], dispute["amount"]) == (0, 0, 100)
    assert (dispute["stage"], dispute["reason"]) == ("pre_dispute", "unknown")


@pytest.mark.parametrize("stage", ["pre_dispute", "dispute"])
@pytest.mark.parametrize("before", [[], ["challenge"]])
@pytest.mark.parametrize("result", [r for r in RESULTS if r not in ("challenge", "escalate")])
def test_a_dispute_is_closed_and_its_money_is_somewhere(
    shop: Shop, stage: str, before: list[str], result: str
) -> None:
    reference = opened(shop, stage=stage)
    for step in before:
        moved(shop, reference, step)

    answer = shop.decide("disputes", reference, result)

    if before and result in UNANSWERED:
        assert (answer.status, answer.code) == (409, "illegal_transition")
        assert answer.json["dispute"]["status"] == "challenged"
        return
    dispute, held = answer.json, 7_000 if stage == "dispute" else 0
    assert dispute["status"] == CLOSED[result]
    assert dispute["withdrawn"] == (0 if result in ("win", "cancel") else held)
    assert dispute["fee"] == (FEE if stage == "dispute" else 0)
    assert dispute["sequence"] == 2 + len(before)
    assert shop.events() == ["dispute.updated"] * len(before) + ["dispute.closed"]


@pytest.mark.parametrize("closing", CLOSED)
@pytest.mark.parametrize("result", [r for r in RESULTS if r != "escalate"])
def test_what_is_closed_stays_closed(shop: Shop, closing: str, result: str) -> None:
    reference = opened(shop)
    moved(shop, reference, closing)
    shop.events()

    assert shop.decide("disputes", reference, result).code == "illegal_transition"
    assert shop.events() == []
    assert shop.book_of("disputes")[0]["sequence"] == 2


def test_an_inquiry_becomes_a_dispute(shop: Shop) -> None:
    reference = opened(shop, stage="pre_dispute")
    moved(shop, reference, "challenge")
    shop.tick(days=2)

    dispute = moved(shop, reference, "escalate")

    assert (dispute["stage"], dispute["status"]) == ("dispute", "opened")
    assert (dispute["withdrawn"], dispute["fee"], dispute["sequence"]) == (7_000, FEE, 3)
    assert str(dispute["evidence_due_at"]).startswith("2026-12-01")
    assert shop.events() == ["dispute.updated", "dispute.opened"]


def test_a_dispute_that_was_won_goes_to_arbitration_once(shop: Shop) -> None:
    reference = opened(shop)
    assert moved(shop, reference, "win")["withdrawn"] == 0

    dispute = moved(shop, reference, "escalate")

    assert (dispute["stage"], dispute["status"]) == ("pre_arbitration", "opened")
    assert (dispute["withdrawn"], dispute["fee"], dispute["sequence"]) == (7_000, 2 * FEE, 3)
    final = moved(shop, reference, "challenge", "win")
    assert (final["withdrawn"], final["fee"]) == (0, 2 * FEE)
    assert shop.decide("disputes", reference, "escalate").code == "illegal_transition"
    told = ["dispute.closed", "dispute.opened", "dispute.updated", "dispute.closed"]
    assert shop.events() == told


@pytest.mark.parametrize(
    ("stage", "results"),
    [
        ("dispute", []), ("dispute", ["challenge"]), ("dispute", ["lose"]),
        ("dispute", ["cancel"]), ("dispute", ["accept"]), ("pre_dispute", ["win"]),
        ("pre_dispute", ["lose"]), ("pre_dispute", ["cancel"]),
    ],
)  # fmt: skip
def test_nothing_else_escalates(shop: Shop, stage: str, results: list[str]) -> None:
    reference = opened(shop, stage=stage)
    for result in results:
        moved(shop, reference, result)

    assert shop.decide("disputes", reference, "escalate").code == "illegal_transition"


def test_a_charge_has_one_open_dispute_at_a_time(shop: Shop) -> None:
    charge = shop.captured(7_000)
    first = shop.dispute(charge, amount=3_000).json["dispute_reference"]

    refused = shop.dispute(charge, amount=1, stage="pre_dispute")
    assert (refused.status, refused.code) == (409, "dispute_already_open")
    moved(shop, first, "win")
    second = shop.dispute(charge, amount=1_000).json
    again = shop.decide("disputes", first, "escalate")

    assert second["status"] == "opened"
    assert (again.status, again.code) == (409, "dispute_already_open")
    listed = shop.call("GET", "/v1/disputes", query=f"psp_reference={charge}").json["data"]
    assert [dispute["status"] for dispute in listed] == ["won", "opened"]


def test_disputes_never_take_more_than_was_captured(shop: Shop) -> None:
    charge = shop.captured(7_000)
    first = shop.dispute(charge, amount=3_000).json["dispute_reference"]
    moved(shop, first, "lose")

    refused = shop.dispute(charge, amount=4_001)
    rest = shop.dispute(charge).json

    assert (refused.status, refused.code) == (422, "dispute_exceeds_captured")
    assert rest["amount"] == 4_000
    moved(shop, rest["dispute_reference"], "win")
    moved(shop, str(shop.dispute(charge, amount=1).json["dispute_reference"]), "lose")
    again = shop.decide("disputes", rest["dispute_reference"], "escalate")
    assert (again.status, again.code) == (422, "dispute_exceeds_captured")


def test_an_issuer_may_dispute_what_was_refunded(shop: Shop) -> None:
    charge = shop.captured(7_000)
    shop.refund(charge, 7_000)

    nothing_left = shop.dispute(charge)
    twice = shop.dispute(charge, amount=7_000)

    assert (nothing_left.status, nothing_left.code) == (422, "dispute_exceeds_captured")
    assert (twice.status, twice.json["withdrawn"]) == (201, 7_000)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422), ({"order_id": "nobody"}, 404), ({"psp_reference": "ch_none"}, 404),
        ({"order_id": "ord-1", "amount": 0}, 422), ({"order_id": "ord-1", "amount": 1.5}, 422),
        ({"order_id": "ord-1", "stage": "pre_arbitration"}, 422),
    ],
)  # fmt: skip
def test_what_cannot_be_disputed_is_refused(
    shop: Shop, body: dict[str, object], status: int
) -> None:
    shop.captured()

    assert shop.call("POST", "/_control/disputes", body).status == status
    assert shop.book_of("disputes") == []


def test_only_captured_money_is_disputed(shop: Shop) -> None:
    charge = shop.charge(shop.session(card=OK), capture="manual").json["psp_reference"]

    assert shop.dispute(charge).code == "charge_not_captured"


def test_an_orders_dispute_is_of_its_captured_charge(shop: Shop) -> None:
    token = shop.session(card=DECLINED)
    shop.charge(token)
    shop.attach(token, OK)
    captured = shop.charge(token).json["psp_reference"]
    shop.attach(token, DECLINED)
    shop.charge(token)

    answer = shop.call("POST", "/_control/disputes", {"order_id": "ord-1"})

    assert (answer.status, answer.json["psp_reference"]) == (201, captured)
    assert shop.decide("disputes", "dp_none", "win").status == 404
    assert shop.decide("disputes", answer.json["dispute_reference"], "shrug").status == 422


@pytest.mark.parametrize(("verb", "status", "told"), [
    ("challenge", "challenged", "dispute.updated"), ("accept", "accepted", "dispute.closed")
])  # fmt: skip
def test_the_merchant_answers_a_dispute_once(shop: Shop, verb: str, status: str, told: str) -> None:
    reference = opened(shop)
    path = f"/v1/disputes/{reference}/{verb}"

    first = shop.call("POST", path, {"evidence": "a receipt"}, key="d1")
    again = shop.call("POST", path, {"evidence": "a receipt"}, key="d1")

    assert (first.status, first.json["status"], first.is_replay) == (200, status, False)
    assert (first.json["withdrawn"], first.json["sequence"]) == (7_000, 2)
    assert (again.status, again.json, again.is_replay) == (200, first.json, True)
    assert shop.call("POST", path, {}, key="d1").code == "idempotency_key_reused"
    assert shop.call("POST", path, {}).code == "idempotency_key_missing"
    assert shop.call("POST", path, {}, key="d2").code == "illegal_transition"
    assert shop.events() == [told]
    assert shop.call("GET", f"/v1/disputes/{reference}").json == first.json


def test_disputes_are_found_by_charge_and_order(shop: Shop) -> None:
    one = shop.dispute(shop.captured(order="ord-1")).json
    shop.dispute(shop.captured(order="ord-2"))

    query = f"psp_reference={one['psp_reference']}"
    assert shop.call("GET", "/v1/disputes", query=query).json["data"] == [one]
    assert shop.call("GET", "/v1/disputes").status == 422
    assert shop.call("GET", "/v1/disputes/dp_none").status == 404
    assert shop.book_of("disputes", "order_id=ord-1") == [one]
    assert len(shop.book_of("disputes")) == 2
