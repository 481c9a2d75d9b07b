"""Refunds: within what was captured, never of money in dispute, and each ending there is."""

import json

import pytest

from tests.unit.sandbox_psp.shop import OK, Shop


def refunded(shop: Shop) -> int:
    (charge,) = shop.ledger("ord-1")
    return int(charge["refunded"])


def test_a_card_is_refunded_at_once(shop: Shop) -> None:
    charge = shop.captured(7_000, key="c1")

    answer = shop.refund(charge, 3_000, key="r1", reason="too small")

    assert answer.status == 201
    refund = answer.json
    assert refund.pop("refund_reference").startswith("re_")
    assert refund == {
        "psp_reference": charge, "order_id": "ord-1", "amount": 3_000, "currency": "EUR",
        "status": "succeeded", "idempotency_key": "r1", "failure": None,
        "created_at": "2026-11-22T09:00:00.000000Z", "updated_at": "2026-11-22T09:00:00.000000Z",
    }  # fmt: skip
    assert shop.call("GET", f"/v1/charges/{charge}").json["refunded"] == refunded(shop) == 3_000
    assert shop.book_of("refunds")[0]["reason"] == "too small"


@pytest.mark.parametrize("method", ["wallet", "qr"])
def test_a_wallet_or_qr_is_refunded_two_seconds_later(shop: Shop, method: str) -> None:
    refund = shop.refund(shop.captured(method=method)).json
    assert (refund["status"], refunded(shop), shop.events()) == ("pending", 0, ["refund.pending"])
    shop.tick(seconds=1)
    assert shop.psp.sweep() == 0

    shop.tick(seconds=1)

    assert shop.psp.sweep() == 1
    assert (refunded(shop), shop.events()) == (3_000, ["refund.succeeded"])
    (now,) = shop.book_of("refunds")
    assert (now["status"], now["updated_at"]) == ("succeeded", "2026-11-22T09:00:02.000000Z")


def test_a_refunds_event_holds_the_refund(shop: Shop) -> None:
    refund = shop.refund(shop.captured()).json

    (delivery,) = shop.webhooks()

    assert (delivery.order_id, delivery.psp_reference) == ("ord-1", refund["refund_reference"])
    event = json.loads(delivery.body)
    assert (event["type"], event["data"]) == ("refund.succeeded", refund)


def test_the_same_key_refunds_once_and_answers_the_refund_as_it_is(shop: Shop) -> None:
    charge = shop.captured(method="wallet")
    first = shop.refund(charge, key="r1")
    shop.advance("2s")

    again, other = shop.refund(charge, key="r1"), shop.refund(charge, 3_001, key="r1")

    assert (first.is_replay, again.is_replay, again.status) == (False, True, 201)
    assert (first.json["status"], again.json["status"]) == ("pending", "succeeded")
    assert (other.status, other.code) == (422, "idempotency_key_reused")
    assert len(shop.book_of("refunds")) == 1
    assert shop.call("POST", f"/v1/charges/{charge}/refunds", {"amount": 1}).status == 400


@pytest.mark.parametrize("method", ["credit_card", "wallet"])
def test_refunds_stay_within_what_was_captured(shop: Shop, method: str) -> None:
    charge = shop.captured(7_000, method=method)
    shop.refund(charge, 3_000)

    answer = shop.refund(charge, 4_001)

    assert (answer.status, answer.code) == (422, "refund_exceeds_captured")
    assert shop.refund(charge, 4_000).status == 201


def test_a_failed_refund_leaves_room_for_another(shop: Shop) -> None:
    shop.fault("refund_fails")
    charge = shop.captured(7_000)
    shop.refund(charge, 7_000)
    shop.advance("2s")

    assert shop.refund(charge, 7_000).json["status"] == "succeeded"


@pytest.mark.parametrize("amount", [0, -1, "5", 1.5, None])
def test_a_refund_is_of_a_positive_integer(shop: Shop, amount: object) -> None:
    path = f"/v1/charges/{shop.captured()}/refunds"

    assert shop.call("POST", path, {"amount": amount}, key="r1").code == "invalid_request"


def test_only_a_captured_charge_is_refunded(shop: Shop) -> None:
    charge = shop.charge(shop.session(card=OK), capture="manual").json["psp_reference"]

    answer = shop.refund(charge, 1)

    assert (answer.status, answer.code) == (409, "charge_not_captured")
    assert shop.refund("ch_unknown").status == 404


@pytest.mark.parametrize(
    ("stage", "results", "status"),
    [
        ("dispute", [], 409), ("dispute", ["challenge"], 409), ("dispute", ["lose"], 409),
        ("dispute", ["accept"], 409), ("dispute", ["expire"], 409),
        ("dispute", ["win", "escalate"], 409), ("dispute", ["win"], 201),
        ("dispute", ["cancel"], 201), ("dispute", ["win", "escalate", "win"], 201),
        ("pre_dispute", [], 201), ("pre_dispute", ["lose"], 201),
        ("pre_dispute", ["escalate"], 409),
    ],
)  # fmt: skip
def test_money_in_dispute_is_not_refunded(
    shop: Shop, stage: str, results: list[str], status: int
) -> None:
    charge = shop.captured()
    reference = shop.dispute(charge, stage=stage).json["dispute_reference"]
    for result in results:
        assert shop.decide("disputes", reference, result).status == 200

    answer = shop.refund(charge)

    assert answer.status == status
    assert status == 201 or answer.code == "charge_disputed"


def test_refunds_are_found_by_charge_key_and_reference(shop: Shop) -> None:
    charge, other = shop.captured(), shop.captured(order="ord-2")
    one, two = shop.refund(charge, 1, key="r1").json, shop.refund(charge, 2, key="r2").json
    shop.refund(other, key="r3")

    def listed(query: str) -> object:
        return shop.call("GET", "/v1/refunds", query=query).json["data"]

    assert listed(f"psp_reference={charge}") == [one, two]
    assert listed("idempotency_key=r2") == [two]
    assert listed(f"psp_reference={charge}&idempotency_key=r3") == []
    assert shop.call("GET", f"/v1/refunds/{one['refund_reference']}").json == one
    assert shop.call("GET", "/v1/refunds/re_none").status == 404
    assert shop.call("GET", "/v1/refunds").status == 422
    assert [r["order_id"] for r in shop.book_of("refunds", "order_id=ord-2")] == ["ord-2"]
    assert len(shop.book_of("refunds")) == 3


@pytest.mark.parametrize("method", ["credit_card", "qr"])
def test_a_refund_that_fails_is_pending_first(shop: Shop, method: str) -> None:
    shop.fault("refund_fails", order_id="ord-1")
    charge = shop.captured(method=method)
    assert shop.refund(charge, key="r1").json["status"] == "pending"

    shop.advance("2s")

    refund = shop.refund(charge, key="r1").json
    assert (refund["status"], refund["failure"]["code"]) == ("failed", "refund_rejected")
    assert refund["failure"]["message"]
    assert (refunded(shop), shop.events()) == (0, ["refund.pending", "refund.failed"])


@pytest.mark.parametrize(("method", "pending"), [("credit_card", 0), ("wallet", 1)])
def test_a_refund_may_be_taken_back_after_it_succeeded(
    shop: Shop, method: str, pending: int
) -> None:
    shop.fault("refund_reversed")
    refund = shop.refund(shop.captured(method=method)).json
    for _ in range(pending):
        shop.advance("2s")
    assert refunded(shop) == 3_000

    shop.advance("2s")

    (now,) = shop.book_of("refunds")
    assert (now["status"], now["failure"]["code"]) == ("failed", "refund_returned")
    assert refunded(shop) == 0
    told = ["refund.pending"] * pending + ["refund.succeeded", "refund.failed"]
    assert shop.events() == told
    assert refund["failure"] is None


def test_a_refused_refund_leaves_its_fault_planted(shop: Shop) -> None:
    shop.fault("refund_fails")
    charge = shop.captured(7_000)

    assert shop.refund(charge, 7_001).status == 422
    assert shop.refund(charge, 7_000).json["status"] == "pending"


def test_a_refund_is_moved_by_hand(shop: Shop) -> None:
    charge = shop.captured(method="wallet")
    first, second = (shop.refund(charge, 1).json["refund_reference"] for _ in range(2))
    shop.events()

    assert shop.decide("refunds", first, "succeed").json["status"] == "succeeded"
    assert shop.decide("refunds", second, "fail").json["failure"]["code"] == "refund_rejected"
    assert refunded(shop) == 1
    assert shop.decide("refunds", first, "fail").json["failure"]["code"] == "refund_returned"
    assert refunded(shop) == 0
    shop.advance("1d")
    assert shop.events() == ["refund.succeeded", "refund.failed", "refund.failed"]


@pytest.mark.parametrize(("done", "result"), [("succeed", "succeed"), ("fail", "succeed"),
                                              ("fail", "fail")])  # fmt: skip
def test_a_refund_makes_no_illegal_move(shop: Shop, done: str, result: str) -> None:
    reference = shop.refund(shop.captured(method="wallet")).json["refund_reference"]
    settled = shop.decide("refunds", reference, done).json
    shop.events()

    answer = shop.decide("refunds", reference, result)

    assert (answer.status, answer.code) == (409, "illegal_transition")
    assert answer.json["refund"] == settled
    assert shop.events() == []
    assert shop.decide("refunds", reference, "vanish").status == 422
    assert shop.decide("refunds", "re_none", "fail").status == 404
