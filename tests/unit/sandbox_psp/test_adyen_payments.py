"""Checkout at the Adyen face: sessions, stored cards, payments, details, keys, refusals."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.unit.sandbox_psp.adyen_shop import URL, AdyenShop
from tests.unit.sandbox_psp.shop import DECLINED, OK, THREE_DS
from tools.sandbox_psp.adyen_face.accounts import MERCHANT
from tools.sandbox_psp.book import Book

NO_FUNDS = "4000000000009995"
UNREACHABLE = "4000000000000119"


@pytest.fixture
def shop() -> Iterator[AdyenShop]:
    book = Book()
    yield AdyenShop(book)
    book.close()


def test_a_session_asks_for_no_money_and_has_an_id_of_adyens(shop: AdyenShop) -> None:
    token = shop.opened()

    assert token.startswith("CS")
    assert shop.tokens() == []
    assert shop.call("GET", f"/pay/{token}").status == 200


def test_a_card_left_in_a_session_is_the_shoppers(shop: AdyenShop) -> None:
    shop.opened(card=OK)

    (stored,) = shop.tokens()
    assert (stored["brand"], stored["lastFour"], stored["type"]) == ("visa", "4242", "scheme")
    assert shop.tokens("somebody-else") == []


def test_the_card_left_last_comes_first_and_the_other_stays(shop: AdyenShop) -> None:
    token = shop.opened(card=OK)
    shop.tick(seconds=1)
    shop.attach(token, THREE_DS)

    newest, oldest = shop.tokens()
    assert (newest["lastFour"], oldest["lastFour"]) == ("3155", "4242")
    assert newest["createdAt"] > oldest["createdAt"]


def test_a_session_that_stores_nothing_leaves_no_card(shop: AdyenShop) -> None:
    shop.opened(card=OK, storePaymentMethodMode="disabled")

    assert shop.tokens() == []


def test_two_sessions_of_one_checkout_are_two(shop: AdyenShop) -> None:
    assert shop.opened() != shop.opened()


def test_a_good_card_is_authorised_and_captured_by_itself(shop: AdyenShop) -> None:
    shop.opened(card=OK)

    answer = shop.pay().json

    assert answer["resultCode"] == "Authorised"
    assert answer["amount"] == {"currency": "EUR", "value": 2_500}
    (charge,) = shop.ledger("ord-1")
    assert (charge["psp_reference"], charge["status"]) == (answer["pspReference"], "captured")


def test_a_payment_by_hand_is_only_authorised(shop: AdyenShop) -> None:
    shop.opened(card=OK)

    answer = shop.pay(additionalData={"manualCapture": "true"}).json

    assert (answer["resultCode"], shop.status()) == ("Authorised", "authorized")


@pytest.mark.parametrize(
    ("card", "result", "code", "reason"),
    [
        (DECLINED, "Refused", "2", "Refused"),
        (NO_FUNDS, "Refused", "12", "Not enough balance"),
        (UNREACHABLE, "Error", "4", "Acquirer Error"),
    ],
)
def test_a_refusal_says_why(
    shop: AdyenShop, card: str, result: str, code: str, reason: str
) -> None:
    shop.opened(card=card)

    answer = shop.pay().json

    assert (answer["resultCode"], answer["refusalReasonCode"]) == (result, code)
    assert answer["refusalReason"] == reason
    assert "action" not in answer


def test_a_challenge_sends_the_shopper_away_and_back_with_a_result(shop: AdyenShop) -> None:
    shop.opened(card=THREE_DS)
    answer = shop.pay().json
    action = answer["action"]
    assert (answer["resultCode"], action["type"], action["method"]) == (
        "RedirectShopper", "redirect", "GET",
    )  # fmt: skip
    page = action["url"].removeprefix(URL)

    form = {"content-type": "application/x-www-form-urlencoded"}
    assert shop.call("POST", page, headers=form).status == 422
    shop.act(answer["pspReference"], "approve")

    body = shop.call("GET", page).response.body.decode()
    back = body.split('href="')[1].split('"')[0].replace("&amp;", "&")
    found = parse_qs(urlsplit(back).query)
    details = {"details": {"redirectResult": found["redirectResult"][0]}}
    assert found["order"] == ["1"]
    told = shop.checkout("payments/details", details).json
    assert (told["resultCode"], told["pspReference"]) == ("Authorised", answer["pspReference"])


def test_a_shopper_who_comes_back_too_early_is_pending(shop: AdyenShop) -> None:
    shop.opened(card=THREE_DS)
    wanted = {"threeDSRequestData": {"nativeThreeDS": "preferred"}}
    answer = shop.pay(authenticationData=wanted).json
    assert (answer["resultCode"], answer["action"]["type"]) == ("ChallengeShopper", "threeDS2")

    details = {"details": {"threeDSResult": answer["action"]["paymentData"]}}

    assert shop.checkout("payments/details", details).json["resultCode"] == "Pending"


def test_a_challenge_failed_is_refused(shop: AdyenShop) -> None:
    shop.opened(card=THREE_DS)
    answer = shop.pay().json
    shop.act(answer["pspReference"], "decline")

    assert shop.status() == "declined"
    (item,) = shop.items()
    assert (item["success"], item["reason"]) == ("false", "3D Not Authenticated")


def test_a_challenge_is_its_own_payments_alone(shop: AdyenShop) -> None:
    shop.opened(card=THREE_DS)
    first, second = (shop.pay(order=order).json for order in ("ord-1", "ord-2"))
    shop.act(first["pspReference"], "approve")

    assert (shop.status("ord-1"), shop.status("ord-2")) == ("captured", "requires_action")
    assert first["action"]["url"] != second["action"]["url"]


def test_what_comes_back_names_its_own_payment(shop: AdyenShop) -> None:
    shop.opened()
    answers = [shop.pay(order=order, kind="pix").json for order in ("ord-1", "ord-2")]

    told = [
        shop.checkout("payments/details", {"details": {"payload": one["action"]["paymentData"]}})
        for one in answers
    ]

    assert [one.json["merchantReference"] for one in told] == ["ord-1", "ord-2"]


def test_a_wallet_sends_the_shopper_away(shop: AdyenShop) -> None:
    shop.opened()

    answer = shop.pay(kind="gcash").json

    assert answer["resultCode"] == "RedirectShopper"
    assert answer["action"]["paymentMethodType"] == "gcash"


def test_a_code_to_scan_is_pending_until_it_runs_out(shop: AdyenShop) -> None:
    shop.opened()

    answer = shop.pay(kind="paynow", currency="SGD").json

    assert (answer["resultCode"], answer["action"]["type"]) == ("Pending", "qrCode")
    assert "SG.PAYNOW" in answer["action"]["qrCodeData"]
    assert answer["action"]["expiresAt"] == "2026-11-22T09:15:00+00:00"
    shop.advance("16m")
    assert shop.codes() == [("OFFER_CLOSED", "true")]


@pytest.mark.parametrize(("kind", "currency"), [("paynow", "SGD"), ("gcash", "PHP")])
def test_a_shopper_may_pay_after_the_offer_was_closed(
    shop: AdyenShop, kind: str, currency: str
) -> None:
    shop.opened()
    payment = shop.pay(kind=kind, currency=currency).json["pspReference"]
    shop.advance("61m")
    shop.items()

    shop.act(payment, "approve")

    (item,) = shop.items()
    assert (item["eventCode"], item["success"]) == ("AUTHORISATION", "true")
    assert item["pspReference"] == payment
    assert item["amount"] == {"currency": currency, "value": 2_500}
    assert item["additionalData"]["metadata.key"] == "ord-1:charge:1"
    assert [one["captured"] for one in shop.ledger()] == [2_500]


def test_amounts_are_in_adyens_minor_units(shop: AdyenShop) -> None:
    shop.opened(card=OK)

    answer = shop.pay(currency="ISK", value=150_000).json

    assert answer["amount"] == {"currency": "ISK", "value": 150_000}
    assert shop.ledger()[0]["amount"] == 1_500


def test_a_key_answers_what_it_answered_first(shop: AdyenShop) -> None:
    shop.opened()
    first = shop.pay(key="k1", kind="gcash")
    shop.act(first.json["pspReference"], "approve")

    again = shop.pay(key="k1", kind="gcash")

    assert again.response.body == first.response.body
    assert again.response.headers["idempotency-key"] == "k1"
    assert len(shop.ledger()) == 1


def test_a_key_with_another_body_is_refused(shop: AdyenShop) -> None:
    shop.opened(card=OK)
    shop.pay(key="k1")

    answer = shop.pay(key="k1", value=2_501)

    assert (answer.status, answer.json["errorCode"]) == (422, "704")
    assert "transient-error" not in answer.response.headers
    assert len(shop.ledger()) == 1


def test_a_key_whose_first_call_is_under_way_is_to_be_sent_again(shop: AdyenShop) -> None:
    shop.opened(card=OK)
    shop.fault("key_in_use")

    answer, after = (shop.pay(key="k1") for _ in range(2))

    assert (answer.status, answer.json["errorCode"]) == (422, "704")
    assert answer.response.headers["transient-error"] == "true"
    assert after.json["resultCode"] == "Authorised"


def test_a_failed_call_answers_the_same_again(shop: AdyenShop) -> None:
    shop.opened(card=OK)

    first, again = (shop.pay(key="k1", returnUrl=None) for _ in range(2))

    assert (first.status, first.json["errorCode"]) == (422, "14_030")
    assert again.response.body == first.response.body
    assert first.response.headers["pspreference"] == first.json["pspReference"]


def test_calls_without_a_key_are_two_payments(shop: AdyenShop) -> None:
    shop.opened(card=OK)

    assert shop.pay().json["pspReference"] != shop.pay().json["pspReference"]


def test_a_key_has_64_characters_at_most(shop: AdyenShop) -> None:
    shop.opened(card=OK)

    assert shop.pay(key="k" * 64).status == 200
    assert shop.pay(key="k" * 65).status == 422


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"merchantAccount": "SomebodyECOM"}, 403, "901"),
        ({"amount": None}, 422, "100"),
        ({"amount": {"value": "12", "currency": "EUR"}}, 422, "137"),
        ({"amount": {"value": 0, "currency": "EUR"}}, 422, "137"),
        ({"amount": {"value": 12, "currency": "euro"}}, 422, "138"),
        ({"amount": {"value": 150, "currency": "CLP"}}, 422, "137"),
        ({"reference": None}, 422, "130"),
        ({"paymentMethod": None}, 422, "000"),
        ({"paymentMethod": {"type": "scheme"}}, 422, "000"),
        ({"paymentMethod": {"type": "scheme", "storedPaymentMethodId": "X"}}, 422, "800"),
        ({"paymentMethod": {"type": "barter"}}, 500, "905"),
        ({"metadata": {"key": 1}}, 422, "000"),
        ({"shopperReference": "ab"}, 422, "000"),
    ],
)
def test_a_wrong_field_is_named_by_its_code(
    shop: AdyenShop, change: dict[str, object], status: int, code: str
) -> None:
    shop.opened(card=OK)

    answer = shop.checkout("payments", {**shop.payment_body(), **change})

    assert (answer.status, answer.json["errorCode"]) == (status, code)
    assert answer.json["status"] == status
    assert shop.ledger() == []


def test_another_shoppers_card_is_not_found(shop: AdyenShop) -> None:
    shop.opened(card=OK)
    shop.opened("chk-2")

    answer = shop.pay(shopperReference="chk-2")

    assert (answer.status, answer.json["errorCode"]) == (422, "800")


@pytest.mark.parametrize("key", ["", "AQE_wrong"])
def test_nobody_comes_in_without_the_key(shop: AdyenShop, key: str) -> None:
    answer = shop.send("POST", "/checkout/v72/sessions", {}, headers={"x-api-key": key})

    assert (answer.status, answer.json["errorType"]) == (401, "security")


def test_details_of_no_payment_are_refused(shop: AdyenShop) -> None:
    wrong: list[dict[str, object]] = [{}, {"details": {}}, {"details": {"redirectResult": "X!Y"}}]

    assert [shop.checkout("payments/details", body).status for body in wrong] == [422, 422, 422]


@pytest.mark.parametrize(
    ("fault", "status"), [("http_429", 429), ("http_500", 500)]
)  # fmt: skip
def test_a_fault_is_told_in_adyens_words(shop: AdyenShop, fault: str, status: int) -> None:
    shop.opened(card=OK)
    shop.fault(fault, order_id="ord-1")

    assert shop.pay(order="ord-2").status == 200
    answer = shop.pay()

    assert (answer.status, answer.json["status"]) == (status, status)
    assert shop.pay().status == 200


def test_a_fault_meets_the_details_and_modifications_of_its_order(shop: AdyenShop) -> None:
    shop.opened(card=THREE_DS)
    wanted = {"threeDSRequestData": {"nativeThreeDS": "preferred"}}
    answer = shop.pay(authenticationData=wanted).json
    details = {"details": {"threeDSResult": answer["action"]["paymentData"]}}
    shop.fault("http_500", order_id="ord-1", operation="charge")
    shop.fault("http_500", order_id="ord-1", operation="void")

    assert shop.checkout("payments/details", details).status == 500
    assert shop.modify(answer["pspReference"], "cancels").status == 500


def test_an_amount_that_drifts_is_booked_and_told(shop: AdyenShop) -> None:
    shop.opened(card=OK)
    shop.fault("amount_drift")

    assert shop.pay().json["amount"]["value"] == 2_501
    assert (shop.ledger()[0]["requested"], shop.ledger()[0]["amount"]) == (2_500, 2_501)


def test_the_methods_on_offer_have_the_shoppers_cards_among_them(shop: AdyenShop) -> None:
    shop.opened(card=OK)
    body = {"merchantAccount": MERCHANT, "shopperReference": "chk-1"}

    answer = shop.checkout("paymentMethods", body).json

    assert {"scheme", "pix", "gcash"} <= {one["type"] for one in answer["paymentMethods"]}
    assert [one["lastFour"] for one in answer["storedPaymentMethods"]] == ["4242"]
