"""Adyen's webhooks: their signatures, by Adyen's own checks, and what disputes and days tell."""

import json
from collections.abc import Iterator

import pytest
from Adyen.util import is_valid_hmac_notification, is_valid_hmac_payload

from tests.unit.sandbox_psp.adyen_shop import HMAC_KEY, AdyenShop
from tests.unit.sandbox_psp.shop import DECLINED, DISPUTED_LATER, OK
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.outbox import Delivery


@pytest.fixture
def shop() -> Iterator[AdyenShop]:
    book = Book()
    yield AdyenShop(book)
    book.close()


def is_signed(delivery: Delivery) -> bool:
    if "hmacsignature" in delivery.headers:
        return bool(
            is_valid_hmac_payload(delivery.headers["hmacsignature"], HMAC_KEY, delivery.body)
        )
    return bool(is_valid_hmac_notification(json.loads(delivery.body), HMAC_KEY))


def test_an_authorisation_is_signed_and_carries_what_the_merchant_said(shop: AdyenShop) -> None:
    payment = shop.paid(OK, metadata={"key": "ord-1:charge:1", "seller": "s1"})

    (delivery,) = shop.webhooks()

    assert is_signed(delivery)
    body = json.loads(delivery.body)
    (item,) = (one["NotificationRequestItem"] for one in body["notificationItems"])
    assert (body["live"], item["eventCode"], item["pspReference"]) == (
        "false", "AUTHORISATION", payment,
    )  # fmt: skip
    assert (item["merchantReference"], item["paymentMethod"]) == ("ord-1", "visa")
    assert item["operations"] == ["CANCEL", "CAPTURE", "REFUND"]
    data = item["additionalData"]
    assert (data["metadata.key"], data["metadata.seller"]) == ("ord-1:charge:1", "s1")
    assert data["shopperReference"] == "chk-1"


def test_a_refusal_is_told_with_its_reason_and_no_operations(shop: AdyenShop) -> None:
    shop.paid(DECLINED)

    (item,) = shop.items()

    assert (item["success"], item["reason"]) == ("false", "Refused")
    assert "operations" not in item


def test_a_payment_that_waits_is_not_told(shop: AdyenShop) -> None:
    shop.opened()
    shop.pay(kind="gcash")

    assert shop.webhooks() == []


def test_modifications_disputes_and_reports_are_signed_too(shop: AdyenShop) -> None:
    payment = shop.paid(OK)
    shop.modify(payment, "refunds", 100)
    shop.dispute(payment)
    shop.transfer(shop.bank_account())
    shop.call("POST", "/_control/settle", {})

    found = shop.webhooks()

    assert len(found) == 7
    assert all(is_signed(delivery) for delivery in found)
    assert sum("hmacsignature" in delivery.headers for delivery in found) == 2


@pytest.mark.parametrize("what", ["payment", "transfer"])
def test_a_wrong_signature_is_wrong_once(shop: AdyenShop, what: str) -> None:
    shop.fault("webhook_bad_signature")
    if what == "payment":
        shop.paid(OK)
    else:
        shop.transfer(shop.bank_account())

    first = shop.webhooks()[0]
    assert not is_signed(first)

    shop.psp.mark_delivered(first.delivery_id, 401, shop.now)
    shop.tick(seconds=2)
    assert is_signed(shop.webhooks()[0])


def test_a_webhook_sent_again_has_the_same_bytes(shop: AdyenShop) -> None:
    shop.paid(OK)
    (first,) = shop.webhooks()
    shop.psp.mark_delivered(first.delivery_id, 500, shop.now)
    shop.tick(seconds=2)

    (again,) = shop.webhooks()

    assert (again.body, again.event_id) == (first.body, first.event_id)


def test_webhooks_are_lost_and_doubled_as_the_fault_says(shop: AdyenShop) -> None:
    shop.opened(card=OK)
    shop.fault("webhook_lost", order_id="ord-1")
    shop.fault("webhook_duplicate", order_id="ord-2")
    for order in ("ord-1", "ord-2"):
        shop.pay(order=order)

    assert [item["merchantReference"] for item in shop.items()] == ["ord-2", "ord-2"]


def test_a_chargeback_is_notified_and_taken_under_one_reference(shop: AdyenShop) -> None:
    payment = shop.paid(DISPUTED_LATER)
    shop.items()
    shop.advance("1d")

    notified, taken = shop.items()

    assert [one["eventCode"] for one in (notified, taken)] == [
        "NOTIFICATION_OF_CHARGEBACK", "CHARGEBACK",
    ]  # fmt: skip
    assert notified["pspReference"] == taken["pspReference"]
    assert notified["originalReference"] == payment
    assert (taken["merchantReference"], taken["amount"]["value"]) == ("ord-1", 2_500)
    data = taken["additionalData"]
    assert (data["disputeStatus"], data["chargebackReasonCode"]) == ("Undefended", "10.4")
    assert data["defensePeriodEndsAt"] == "2026-11-30T09:00:00+00:00"


def test_a_dispute_goes_through_all_its_stages(shop: AdyenShop) -> None:
    dispute = shop.dispute(shop.paid(OK), stage="pre_dispute").json["dispute_reference"]
    moves = ("escalate", "challenge", "win", "escalate", "challenge", "lose")
    for move in moves:
        assert shop.decide("disputes", dispute, move).status == 200

    items = shop.items()

    assert [(one["eventCode"], one["additionalData"].get("disputeStatus")) for one in items] == [
        ("AUTHORISATION", None),
        ("REQUEST_FOR_INFORMATION", "Unresponded"),
        ("NOTIFICATION_OF_CHARGEBACK", "Undefended"),
        ("CHARGEBACK", "Undefended"),
        ("INFORMATION_SUPPLIED", "Pending"),
        ("CHARGEBACK_REVERSED", "Won"),
        ("SECOND_CHARGEBACK", "Undefended"),
        ("INFORMATION_SUPPLIED", "Pending"),
        ("PREARBITRATION_LOST", "Lost"),
    ]
    assert items[1]["additionalData"]["rfiReasonCode"] == "10.4"


def test_a_dispute_nobody_defends_ends_by_itself(shop: AdyenShop) -> None:
    shop.dispute(shop.paid(OK))
    shop.items()

    shop.advance("8d")

    (item,) = shop.items()
    assert item["eventCode"] == "DISPUTE_DEFENSE_PERIOD_ENDED"
    assert item["additionalData"]["disputeStatus"] == "Undefended"
