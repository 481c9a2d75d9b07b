"""What the PSP does wrong, and what must come out right all the same."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

import pytest

from tests.e2e.conftest import Shop, assert_books_balance

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    "kind",
    [
        "timeout_before",
        "timeout_after_success",
        "http_500",
        "http_429",
        "connection_drop",
        "webhook_duplicate",
        "webhook_delayed",
        "webhook_out_of_order",
        "webhook_bad_signature",
    ],
)
def test_a_fault_at_the_psp_charges_exactly_once(shop: Shop, kind: str) -> None:
    body = shop.basket(2100)
    shop.enter_card(body["payment_details"]["psp_token"])
    (order,) = body["orders"]
    shop.fault(kind, order["order_id"])

    shop.submit(body)
    payment = shop.final(body["checkout_id"])

    assert payment["status"] == "succeeded"
    assert shop.taken(order["order_id"]) == 2100
    assert len([c for c in shop.charges(order["order_id"]) if c["captured"]]) == 1
    assert len(shop.journals(order["order_id"])) == 1
    assert_books_balance(shop.client)


def test_a_lost_webhook_is_made_up_for_by_asking(shop: Shop) -> None:
    body = shop.basket(1300, method="qr")
    (order,) = body["orders"]
    shop.fault("webhook_lost", order["order_id"], times=10)
    shop.submit(body)
    shop.waiting(body["checkout_id"])

    shop.act(body["payment_details"]["psp_token"], "approve")
    payment = shop.final(body["checkout_id"])

    assert payment["status"] == "succeeded"
    assert shop.taken(order["order_id"]) == 1300


def test_another_amount_at_the_psp_is_a_conflict_and_books_nothing(shop: Shop) -> None:
    body = shop.basket(1900)
    shop.enter_card(body["payment_details"]["psp_token"])
    (order,) = body["orders"]
    shop.fault("amount_drift", order["order_id"])

    shop.submit(body)

    def conflicted() -> bool | None:
        status = shop.client.get(f"/v1/orders/{order['order_id']}").body.get("status")
        return True if status == "conflicted" else None

    assert shop.eventually(conflicted, "the conflict")
    assert shop.journals(order["order_id"]) == []
    assert shop.pending(order["seller_id"]) == 0


def _webhook(shop: Shop, secret: str, body: bytes, at: int) -> tuple[int, str]:
    digest = hmac.new(secret.encode(), b"%d.%s" % (at, body), hashlib.sha256).hexdigest()
    header = {"Sandbox-Signature": f"t={at},v1={digest}"}
    reply = shop.client.call("POST", "/v1/webhooks/sandbox", headers=header, raw=body, signed=False)
    return reply.status, reply.code


def _secret(shop: Shop) -> str:
    arn = shop.client.endpoints.psp_secret_arns["sandbox"]
    value = shop.client.aws("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    return str(json.loads(value)["webhook_secret"])


def _claim(shop: Shop, event_id: str, order: dict[str, object], charge: dict[str, object]) -> bytes:
    data = {**charge, "status": "captured", "captured": order["amount"]}
    return json.dumps({"event_id": event_id, "type": "charge.captured", "data": data}).encode()


def test_forged_and_stale_webhooks_change_nothing(shop: Shop) -> None:
    body = shop.basket(2200, method="wallet")
    shop.submit(body)
    shop.waiting(body["checkout_id"])
    (order,) = body["orders"]
    (charge,) = shop.charges(order["order_id"])
    event = _claim(shop, shop.new_id("evt"), order, charge)
    now = int(time.time())

    forged = _webhook(shop, "not-the-secret", event, now)
    stale = _webhook(shop, _secret(shop), event, now - 301)
    early = _webhook(shop, _secret(shop), event, now + 400)
    nobody = shop.client.call("POST", "/v1/webhooks/sandbox", raw=event, signed=False)

    assert forged == (400, "bad_signature")
    assert stale == (400, "stale_timestamp")
    assert early == (400, "stale_timestamp")
    assert (nobody.status, nobody.code) == (400, "bad_signature")
    assert shop.payment(body["checkout_id"])["status"] == "requires_action"
    assert shop.journals(order["order_id"]) == []


def test_a_replayed_event_with_another_body_is_not_applied(shop: Shop) -> None:
    payment = shop.pay(1000)
    (order,) = payment["orders"]
    (charge,) = shop.charges(order["order_id"])
    event_id = shop.new_id("evt")
    first = _claim(shop, event_id, order, charge)
    second = _claim(shop, event_id, {"amount": 1}, charge)
    now = int(time.time())

    answers = [_webhook(shop, _secret(shop), body, now)[0] for body in (first, first, second)]

    assert answers == [200, 200, 200]
    assert len(shop.journals(order["order_id"])) == 1
    assert shop.payment(payment["checkout_id"])["amount_captured"] == 1000


@pytest.mark.alone  # rotates the secret that every webhook of the sandbox is signed with
def test_the_previous_webhook_secret_still_verifies_after_a_rotation(shop: Shop) -> None:
    secrets = shop.client.aws("secretsmanager")
    arn = shop.client.endpoints.psp_secret_arns["sandbox"]
    old = json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])
    new = {**old, "webhook_secret": f"{old['webhook_secret']}-rotated"}
    secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(new))
    body = shop.basket(1234, method="qr")
    shop.submit(body)
    shop.waiting(body["checkout_id"])

    shop.act(body["payment_details"]["psp_token"], "approve")
    payment = shop.final(body["checkout_id"])

    # The sandbox still signs with the old secret, now the previous version.
    assert payment["status"] == "succeeded"
    secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(old))
