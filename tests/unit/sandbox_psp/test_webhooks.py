"""Webhooks: one for every change, at least once, signed when sent, and each of their faults."""

import json

import pytest

from tests.unit.sandbox_psp.shop import DECLINED, OK, SECRET, Shop, is_signed


@pytest.mark.parametrize(
    ("card", "capture", "kind"),
    [
        (OK, "automatic", "charge.captured"),
        (OK, "manual", "charge.authorized"),
        (DECLINED, "automatic", "charge.declined"),
    ],
)
def test_a_synchronous_answer_has_its_webhook_too(
    shop: Shop, card: str, capture: str, kind: str
) -> None:
    charge = shop.charge(shop.session(card=card), capture=capture).json

    (delivery,) = shop.webhooks()

    event = json.loads(delivery.body)
    assert event["event_id"].startswith("evt_")
    assert event["type"] == kind
    assert event["data"] == charge
    assert delivery.headers["Content-Type"] == "application/json"
    assert is_signed(delivery, int(shop.now.timestamp()))


def test_a_replayed_charge_emits_nothing_more(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.charge(token, key="k1")
    shop.charge(token, key="k1")

    assert shop.events() == ["charge.captured"]


def test_captures_and_voids_are_told(shop: Shop) -> None:
    token = shop.session(card=OK)
    for order, verb in (("ord-1", "capture"), ("ord-2", "void")):
        reference = shop.charge(token, order, capture="manual").json["psp_reference"]
        shop.call("POST", f"/v1/charges/{reference}/{verb}", {}, key=verb)

    assert shop.events()[1::2] == ["charge.captured", "charge.voided"]


def test_a_taken_webhook_is_not_handed_out_twice(shop: Shop) -> None:
    shop.charge(shop.session(card=OK))

    assert [len(shop.webhooks()) for _ in range(2)] == [1, 0]


def test_a_webhook_nobody_reports_on_comes_again(shop: Shop) -> None:
    shop.charge(shop.session(card=OK))
    shop.webhooks()
    shop.tick(seconds=60)

    assert len(shop.webhooks()) == 1


def test_an_unaccepted_webhook_is_retried_with_the_same_bytes(shop: Shop) -> None:
    shop.charge(shop.session(card=OK))
    bodies = []
    for wait_s in (1, 2, 5, 15, 60, 60):
        (delivery,) = shop.webhooks()
        bodies.append(delivery.body)
        assert is_signed(delivery, int(shop.now.timestamp()))
        shop.psp.mark_delivered(delivery.delivery_id, 503, shop.now)
        shop.tick(seconds=wait_s - 1)
        assert shop.webhooks() == []
        shop.tick(seconds=1)

    assert shop.events() == ["charge.captured"]
    assert len(set(bodies)) == 1
    assert shop.psp.next_webhook_at() is None


def test_moving_the_psps_clock_leaves_signatures_fresh(shop: Shop) -> None:
    shop.call("POST", "/_control/clock", {"advance": "1d"})
    shop.charge(shop.session(card=OK))

    (delivery,) = shop.webhooks()

    assert is_signed(delivery, int(shop.now.timestamp()))
    assert json.loads(delivery.body)["created_at"].startswith("2026-11-23")


def test_a_lost_webhook_is_never_sent_and_can_be_resent(shop: Shop) -> None:
    shop.fault("webhook_lost", times=1)
    shop.charge(shop.session(card=OK))
    shop.tick(hours=1)
    assert shop.webhooks() == []
    (lost,) = shop.call("GET", "/_control/webhooks").json["data"]
    assert (lost["state"], lost["attempts"]) == ("lost", 0)

    answer = shop.call("POST", "/_control/webhooks/resend", {"event_id": lost["event_id"]})

    assert answer.status == 202
    assert shop.events() == ["charge.captured"]
    unknown = shop.call("POST", "/_control/webhooks/resend", {"event_id": "evt_no"})
    assert unknown.status == 404


def test_a_duplicated_webhook_is_the_same_event_twice(shop: Shop) -> None:
    shop.fault("webhook_duplicate", times=1)
    shop.charge(shop.session(card=OK))

    first, second = shop.webhooks()

    assert (first.event_id, first.body) == (second.event_id, second.body)


@pytest.mark.parametrize(("more", "delay_s"), [({}, 8), ({"delay_s": 20}, 20)])
def test_a_delayed_webhook_comes_late(shop: Shop, more: dict[str, int], delay_s: int) -> None:
    shop.fault("webhook_delayed", times=1, **more)
    shop.charge(shop.session(card=OK))
    shop.tick(seconds=delay_s - 1)
    assert shop.webhooks() == []

    shop.tick(seconds=1)

    assert shop.events() == ["charge.captured"]


def test_a_webhook_out_of_order_is_overtaken(shop: Shop) -> None:
    shop.fault("webhook_out_of_order", times=1)
    reference = shop.charge(shop.session(), method="wallet").json["psp_reference"]
    assert shop.webhooks() == []
    shop.act(reference, "approve")

    assert shop.events() == ["charge.captured"]
    shop.tick(seconds=1)
    assert shop.events() == ["charge.requires_action"]


def test_a_webhook_nothing_overtakes_waits_three_seconds(shop: Shop) -> None:
    shop.fault("webhook_out_of_order", times=1)
    shop.charge(shop.session(card=OK))
    shop.tick(seconds=3)

    assert shop.events() == ["charge.captured"]


def test_a_bad_signature_is_put_right_by_the_retry(shop: Shop) -> None:
    shop.fault("webhook_bad_signature", times=1)
    shop.charge(shop.session(card=OK))
    (bad,) = shop.webhooks()
    shop.psp.mark_delivered(bad.delivery_id, 400, shop.now)
    shop.tick(seconds=1)
    (good,) = shop.webhooks()

    now_s = int(shop.now.timestamp())
    assert (is_signed(bad, now_s), is_signed(good, now_s)) == (False, True)


def test_a_webhook_fault_meets_its_order_only(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.fault("webhook_lost", order_id="ord-2", times=1)
    shop.charge(token, "ord-1")
    shop.charge(token, "ord-2")

    assert [delivery.order_id for delivery in shop.webhooks()] == ["ord-1"]


def test_deliveries_are_listed_without_secrets(shop: Shop) -> None:
    shop.charge(shop.session(card=OK))
    shop.events()

    answer = shop.call("GET", "/_control/webhooks")

    (delivery,) = answer.json["data"]
    assert (delivery["state"], delivery["attempts"], delivery["last_status"]) == (
        "delivered", 1, 200,
    )  # fmt: skip
    assert SECRET.encode() not in answer.response.body


def test_the_target_is_set_and_health_says_so(shop: Shop) -> None:
    url = "http://127.0.0.1:9/hook"

    assert shop.call("POST", "/_control/webhook_target", {"url": url}).status == 200
    assert shop.call("GET", "/_control/health").json["webhook_target"] == url
    assert shop.psp.webhook_target() == url
    assert shop.call("POST", "/_control/webhook_target", {"url": "file:///etc"}).status == 422
