"""Captures, cancels, refunds and reversals: received at once, told by a webhook."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.sandbox_psp.adyen_shop import AdyenShop
from tests.unit.sandbox_psp.shop import OK
from tools.sandbox_psp.book import Book

MANUAL = {"manualCapture": "true"}


@pytest.fixture
def shop() -> Iterator[AdyenShop]:
    book = Book()
    yield AdyenShop(book)
    book.close()


def authorised(shop: AdyenShop) -> str:
    reference = shop.paid(OK, additionalData=MANUAL)
    assert shop.codes() == [("AUTHORISATION", "true")]
    return reference


def captured(shop: AdyenShop, **body: Any) -> str:
    reference = shop.paid(OK, **body)
    shop.items()
    return reference


def test_a_capture_is_received_and_told_under_its_own_reference(shop: AdyenShop) -> None:
    payment = authorised(shop)

    answer = shop.modify(payment, "captures", 2_500, "ord-1:capture:1")

    assert (answer.status, answer.json["status"]) == (201, "received")
    assert answer.json["paymentPspReference"] == payment
    assert answer.json["reference"] == "ord-1:capture:1"
    assert answer.json["amount"] == {"currency": "EUR", "value": 2_500}
    (item,) = shop.items()
    assert (item["eventCode"], item["success"]) == ("CAPTURE", "true")
    assert item["pspReference"] == answer.json["pspReference"] != payment
    assert (item["originalReference"], item["merchantReference"]) == (payment, "ord-1:capture:1")
    assert (item["amount"]["value"], shop.status()) == (2_500, "captured")


def test_what_is_not_captured_is_released(shop: AdyenShop) -> None:
    payment = authorised(shop)

    shop.modify(payment, "captures", 1_000)
    assert shop.items()[0]["amount"]["value"] == 1_000
    shop.modify(payment, "captures", 1_000)

    (item,) = shop.items()
    assert (item["success"], item["reason"]) == ("false", "Transaction is captured")
    assert shop.ledger()[0]["captured"] == 1_000


def test_more_than_was_authorised_is_not_captured(shop: AdyenShop) -> None:
    payment = authorised(shop)

    answer = shop.modify(payment, "captures", 2_501)

    assert answer.json["status"] == "received"
    (item,) = shop.items()
    assert (item["eventCode"], item["success"]) == ("CAPTURE", "false")
    assert item["reason"] == "Insufficient balance on payment"
    assert item["pspReference"] == answer.json["pspReference"]
    assert shop.status() == "authorized"


def test_a_capture_after_one_that_failed_is_told_under_its_own_reference(shop: AdyenShop) -> None:
    payment = authorised(shop)
    failed = shop.modify(payment, "captures", 2_501).json["pspReference"]
    shop.items()

    done = shop.modify(payment, "captures", 2_500).json["pspReference"]

    (item,) = shop.items()
    assert (item["pspReference"], item["success"]) == (done, "true")
    assert done != failed


def test_a_cancel_voids_and_is_told(shop: AdyenShop) -> None:
    payment = authorised(shop)

    answer = shop.modify(payment, "cancels", reference="ord-1:void:1")

    assert answer.json["status"] == "received"
    assert "amount" not in answer.json
    (item,) = shop.items()
    assert (item["eventCode"], item["success"]) == ("CANCELLATION", "true")
    assert (item["merchantReference"], shop.status()) == ("ord-1:void:1", "voided")


def test_what_is_captured_cannot_be_cancelled(shop: AdyenShop) -> None:
    payment = captured(shop)

    shop.modify(payment, "cancels")

    assert shop.codes() == [("CANCELLATION", "false")]
    assert shop.status() == "captured"


def test_a_refund_has_the_reference_that_it_was_answered_with(shop: AdyenShop) -> None:
    payment = captured(shop)

    answer = shop.modify(payment, "refunds", 1_000, "ord-1:refund:1", key="r1")

    (item,) = shop.items()
    assert (item["eventCode"], item["success"]) == ("REFUND", "true")
    assert item["pspReference"] == answer.json["pspReference"]
    assert (item["merchantReference"], item["amount"]["value"]) == ("ord-1:refund:1", 1_000)
    (refund,) = shop.book_of("refunds")
    assert (refund["refund_reference"], refund["amount"]) == (answer.json["pspReference"], 1_000)


def test_a_modification_without_a_reference_is_told_by_the_payments(shop: AdyenShop) -> None:
    payment = captured(shop)

    answer = shop.modify(payment, "refunds", 1_000)

    assert "reference" not in answer.json
    assert shop.items()[0]["merchantReference"] == "ord-1"


def test_more_than_is_left_is_received_and_fails(shop: AdyenShop) -> None:
    payment = captured(shop)
    shop.modify(payment, "refunds", 2_000)
    shop.items()

    answer = shop.modify(payment, "refunds", 501, "ord-1:refund:2")

    assert answer.json["status"] == "received"
    (item,) = shop.items()
    assert (item["eventCode"], item["success"]) == ("REFUND", "false")
    assert item["reason"] == "Insufficient balance on payment"
    assert item["merchantReference"] == "ord-1:refund:2"
    assert shop.ledger()[0]["refunded"] == 2_000


def test_what_is_not_captured_is_not_refunded(shop: AdyenShop) -> None:
    payment = authorised(shop)

    shop.modify(payment, "refunds", 1)

    (item,) = shop.items()
    assert item["reason"] == "Transaction hasn't been captured, refund not possible"


def test_a_wallets_refund_is_told_when_it_is_paid(shop: AdyenShop) -> None:
    shop.opened()
    payment = shop.pay(kind="gcash").json["pspReference"]
    shop.act(payment, "approve")
    shop.items()

    shop.modify(payment, "refunds", 100)

    assert shop.codes() == []
    shop.advance("5s")
    assert shop.codes() == [("REFUND", "true")]


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        ("refund_fails", [("REFUND_FAILED", "true")]),
        ("refund_reversed", [("REFUND", "true"), ("REFUNDED_REVERSED", "true")]),
    ],
)
def test_a_refund_that_goes_wrong_later_is_told(
    shop: AdyenShop, fault: str, codes: list[tuple[str, str]]
) -> None:
    payment = captured(shop)
    shop.fault(fault)

    answer = shop.modify(payment, "refunds", 100, "ord-1:refund:1")
    shop.advance("1m")

    items = shop.items()
    assert [(item["eventCode"], item["success"]) for item in items] == codes
    assert {item["pspReference"] for item in items} == {answer.json["pspReference"]}
    assert {item["merchantReference"] for item in items} == {"ord-1:refund:1"}


@pytest.mark.parametrize("capture", ["manual", "automatic"])
def test_a_reversal_cancels_or_refunds_all_that_is_left(shop: AdyenShop, capture: str) -> None:
    is_manual = capture == "manual"
    payment = authorised(shop) if is_manual else captured(shop)
    if not is_manual:
        shop.modify(payment, "refunds", 500)
        shop.items()

    shop.modify(payment, "reversals", reference="undo")

    (item,) = shop.items()
    assert (item["eventCode"], item["success"]) == ("CANCEL_OR_REFUND", "true")
    assert item["additionalData"]["modification.action"] == ("cancel" if is_manual else "refund")
    assert item["merchantReference"] == "undo"
    assert (item["amount"]["value"], shop.ledger()[0]["refunded"]) == (
        (2_500, 0) if is_manual else (2_000, 2_500)
    )


def test_a_key_modifies_once(shop: AdyenShop) -> None:
    payment = captured(shop)

    first, again = (shop.modify(payment, "refunds", 100, key="r1") for _ in range(2))

    assert first.response.body == again.response.body
    assert len(shop.book_of("refunds")) == 1


def test_a_refund_that_failed_is_answered_again_and_told_once(shop: AdyenShop) -> None:
    payment = captured(shop)

    first, again = (shop.modify(payment, "refunds", 9_999, key="r1") for _ in range(2))

    assert first.response.body == again.response.body
    assert shop.codes() == [("REFUND", "false")]


def test_a_payment_nobody_made_cannot_be_modified(shop: AdyenShop) -> None:
    answer = shop.modify("XXXXXXXXXXXXXXXX", "refunds", 1)

    assert (answer.status, answer.json["errorCode"]) == (422, "167")


def test_another_currency_is_refused_at_once(shop: AdyenShop) -> None:
    payment = captured(shop)
    body = {"merchantAccount": "CountinghouseCOM", "amount": {"value": 1, "currency": "USD"}}

    answer = shop.checkout(f"payments/{payment}/refunds", body)

    assert (answer.status, answer.json["errorCode"]) == (422, "138")


def cancelled_by_reference(shop: AdyenShop, order: str, key: str = "") -> Any:
    body = {"merchantAccount": "CountinghouseCOM", "paymentReference": order, "reference": "v"}
    return shop.checkout("cancels", body, key or None)


def test_a_payment_is_cancelled_by_the_merchants_reference(shop: AdyenShop) -> None:
    payment = authorised(shop)

    answer = cancelled_by_reference(shop, "ord-1")

    assert (answer.status, answer.json["paymentReference"]) == (201, "ord-1")
    assert "paymentPspReference" not in answer.json
    (item,) = shop.items()
    assert (item["eventCode"], item["success"]) == ("TECHNICAL_CANCEL", "true")
    assert (item["originalReference"], item["merchantReference"]) == (payment, "ord-1")
    assert shop.status() == "voided"


def test_the_last_payment_of_a_reference_is_the_one_cancelled(shop: AdyenShop) -> None:
    first = authorised(shop)
    shop.modify(first, "cancels")
    second = shop.pay(additionalData=MANUAL).json["pspReference"]
    shop.items()

    cancelled_by_reference(shop, "ord-1")

    assert shop.items()[0]["originalReference"] == second


def test_a_reference_nobody_paid_cannot_be_cancelled(shop: AdyenShop) -> None:
    assert cancelled_by_reference(shop, "ord-9").status == 422


def test_a_cancel_by_reference_meets_its_orders_faults(shop: AdyenShop) -> None:
    authorised(shop)
    shop.fault("http_500", operation="void", order_id="ord-1")

    assert cancelled_by_reference(shop, "ord-1").status == 500
