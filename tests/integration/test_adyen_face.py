"""Adyen's official client against the served sandbox: over loopback, webhooks checked by Adyen."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from Adyen import Adyen, AdyenAPIAuthenticationError, AdyenAPIUnprocessableEntity
from Adyen.util import is_valid_hmac_notification, is_valid_hmac_payload

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20
API_KEY = "AQE_integration"
HMAC_KEY = "00112233445566778899AABBCCDDEEFF" * 2
MERCHANT = "CountinghouseCOM"
BALANCE_ACCOUNT = "BA_COUNTINGHOUSE"

OK = "4242424242424242"
REFUSED = "4000000000000002"
POOR = "4000000000009995"
THREE_DS = "4000002500003155"


def wait_for(met: Callable[[], Any]) -> Any:
    """Await something true, briefly and often; answers it."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := met()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


@dataclass
class Inbox:
    """What was delivered, with whether Adyen's own check accepts it."""

    items: list[dict[str, Any]] = field(default_factory=list)
    transfers: list[dict[str, Any]] = field(default_factory=list)
    forged: int = 0
    url: str = ""

    def take(self, body: bytes, signature: str | None) -> None:
        told = json.loads(body)
        if "notificationItems" in told:
            right = is_valid_hmac_notification(told, HMAC_KEY)
            self.items += [one["NotificationRequestItem"] for one in told["notificationItems"]]
        else:
            right = is_valid_hmac_payload(signature, HMAC_KEY, body)
            self.transfers.append(told["data"])
        self.forged += 0 if right else 1

    def item(self, code: str, **wanted: str) -> dict[str, Any]:
        """The item of this code with these fields; it may still be on its way."""

        def found() -> list[dict[str, Any]]:
            return [
                one for one in list(self.items)
                if one["eventCode"] == code and wanted.items() <= one.items()
            ]  # fmt: skip

        return dict(wait_for(found)[0])


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    state = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.take(body, self.headers.get("hmacsignature"))
            self.send_response(202)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/v1/webhooks/adyen"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, inbox: Inbox) -> Iterator[str]:
    """Where Adyen is."""
    ready = tmp_path_factory.mktemp("adyen") / "url"
    command = [sys.executable, "-m", "tools.sandbox_psp", "--port", "0", "--faces", "adyen",
               "--ready-file", str(ready)]  # fmt: skip
    env = {**os.environ, "SANDBOX_PSP_ADYEN_API_KEY": API_KEY,
           "SANDBOX_PSP_ADYEN_HMAC_KEY": HMAC_KEY}  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE) as child:  # fmt: skip
        try:
            wait_for(lambda: ready.exists() or child.poll() is not None)
            base = f"{ready.read_text().strip()}/adyen"
            post(f"{base}/_control/webhook_target", {"url": inbox.url})
            yield base
        finally:
            child.kill()


def post(url: str, body: object) -> Any:
    """A call of the buyer's or the test's."""
    data = json.dumps(body).encode()
    request = Request(url, data, {"content-type": "application/json"}, method="POST")
    with urlopen(request, timeout=PATIENCE_S) as response:
        return json.loads(response.read())


class Shop:
    """A merchant with Adyen's client, and the shoppers of one checkout."""

    def __init__(self, url: str, checkout_id: str, api_key: str = API_KEY) -> None:
        self.url = url
        self.checkout_id = checkout_id
        self.adyen = Adyen(xapikey=api_key, platform="test", http_force="urllib")
        checkout, lem = self.adyen.checkout, self.adyen.legalEntityManagement
        for api in (checkout.payments_api, checkout.modifications_api, checkout.recurring_api):
            api.baseUrl = f"{url}/checkout/v72"
        self.adyen.transfers.transfers_api.baseUrl = f"{url}/transfers/v4"
        lem.transfer_instruments_api.baseUrl = f"{url}/lem/v4"
        self.payments = checkout.payments_api
        self.modifications = checkout.modifications_api
        self.transfers = self.adyen.transfers.transfers_api
        self.instruments = lem.transfer_instruments_api

    def open(self) -> dict[str, Any]:
        body = {
            "merchantAccount": MERCHANT, "amount": {"value": 0, "currency": "EUR"},
            "reference": self.checkout_id, "returnUrl": "https://shop.test/back",
            "shopperReference": self.checkout_id, "shopperInteraction": "Ecommerce",
            "recurringProcessingModel": "CardOnFile", "storePaymentMethodMode": "enabled",
        }  # fmt: skip
        answer = self.payments.sessions(body, idempotency_key=f"{self.checkout_id}:session")
        assert answer.status_code == 201
        return dict(answer.message)

    def leave(self, number: str) -> str:
        """The shopper leaves a card; answers the token that Adyen keeps of it."""
        session = self.open()["id"]
        card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        post(f"{self.url}/sessions/{session}/payment_method", {"type": "card", "card": card})
        query = {"merchantAccount": MERCHANT, "shopperReference": self.checkout_id}
        api = self.adyen.checkout.recurring_api
        found = api.get_tokens_for_stored_payment_details(query_parameters=query)
        return str(found.message["storedPaymentMethods"][0]["id"])

    def body(self, order: str, method: dict[str, str], **more: Any) -> dict[str, Any]:
        return {
            "merchantAccount": MERCHANT, "amount": {"value": 2_500, "currency": "EUR"},
            "reference": order, "shopperReference": self.checkout_id, "paymentMethod": method,
            "returnUrl": "https://shop.test/back", "metadata": {"key": f"{order}:charge:1"},
            **more,
        }  # fmt: skip

    def pay(self, order: str, method: dict[str, str], **more: Any) -> dict[str, Any]:
        body = self.body(order, method, **more)
        return dict(self.payments.payments(body, idempotency_key=f"{order}:charge:1").message)

    def pay_by_card(self, order: str, number: str, **more: Any) -> dict[str, Any]:
        method = {"type": "scheme", "storedPaymentMethodId": self.leave(number)}
        return self.pay(order, method, **more)

    def modify(self, call: Any, payment: str, value: int | None, key: str) -> dict[str, Any]:
        body: dict[str, Any] = {"merchantAccount": MERCHANT, "reference": key}
        if value is not None:
            body["amount"] = {"value": value, "currency": "EUR"}
        answer = call(body, paymentPspReference=payment, idempotency_key=key)
        assert (answer.status_code, answer.message["status"]) == (201, "received")
        return dict(answer.message)

    def act(self, payment: str, result: str) -> None:
        post(f"{self.url}/_control/actions/{payment}", {"result": result})

    def transfer(self, instrument: str, reference: str) -> dict[str, Any]:
        body = {
            "amount": {"value": 4_000, "currency": "EUR"}, "balanceAccountId": BALANCE_ACCOUNT,
            "category": "bank", "counterparty": {"transferInstrumentId": instrument},
            "reference": reference, "priority": "regular",
        }  # fmt: skip
        return dict(self.transfers.transfer_funds(body, idempotency_key=reference).message)


def test_a_card_is_charged_once_and_told(url: str, inbox: Inbox) -> None:
    shop = Shop(url, "chk-ok")
    method = {"type": "scheme", "storedPaymentMethodId": shop.leave(OK)}

    first, again = (shop.pay("ord-ok", method) for _ in range(2))

    assert (first["resultCode"], again) == ("Authorised", first)
    item = inbox.item("AUTHORISATION", pspReference=first["pspReference"])
    assert (item["success"], item["merchantReference"]) == ("true", "ord-ok")
    assert item["additionalData"]["metadata.key"] == "ord-ok:charge:1"


def test_a_key_is_for_one_body(url: str) -> None:
    shop = Shop(url, "chk-key")
    method = {"type": "scheme", "storedPaymentMethodId": shop.leave(OK)}
    shop.pay("ord-key", method)

    with pytest.raises(AdyenAPIUnprocessableEntity) as refused:
        shop.pay("ord-key", method, amount={"value": 2_501, "currency": "EUR"})

    assert refused.value.error_code == "704"


def test_nobody_else_comes_in(url: str) -> None:
    with pytest.raises(AdyenAPIAuthenticationError):
        Shop(url, "chk-no", api_key="AQE_other").open()


@pytest.mark.parametrize(
    ("card", "code", "reason"), [(REFUSED, "2", "Refused"), (POOR, "12", "Not enough balance")]
)
def test_a_refusal_says_why(url: str, inbox: Inbox, card: str, code: str, reason: str) -> None:
    answer = Shop(url, f"chk-{code}-no").pay_by_card(f"ord-{code}-no", card)

    assert (answer["resultCode"], answer["refusalReasonCode"]) == ("Refused", code)
    item = inbox.item("AUTHORISATION", pspReference=answer["pspReference"])
    assert (item["success"], item["reason"]) == ("false", reason)


@pytest.mark.parametrize(("result", "code"), [("approve", "Authorised"), ("decline", "Refused")])
def test_a_challenge_comes_back_with_its_result(
    url: str, inbox: Inbox, result: str, code: str
) -> None:
    shop = Shop(url, f"chk-3ds-{result}")
    answer = shop.pay_by_card(f"ord-3ds-{result}", THREE_DS, authenticationData={
        "threeDSRequestData": {"nativeThreeDS": "preferred"},
    })  # fmt: skip
    assert (answer["resultCode"], answer["action"]["type"]) == ("ChallengeShopper", "threeDS2")
    shop.act(answer["pspReference"], result)

    details = {"details": {"threeDSResult": answer["action"]["paymentData"]}}
    told = shop.payments.payments_details(details).message

    assert (told["resultCode"], told["pspReference"]) == (code, answer["pspReference"])
    inbox.item("AUTHORISATION", pspReference=answer["pspReference"])


@pytest.mark.parametrize("value", [2_500, 1_000])
def test_a_capture_by_hand_takes_all_or_a_part(url: str, inbox: Inbox, value: int) -> None:
    shop, order = Shop(url, f"chk-cap-{value}"), f"ord-cap-{value}"
    answer = shop.pay_by_card(order, OK, additionalData={"manualCapture": "true"})
    call = shop.modifications.capture_authorised_payment

    received = shop.modify(call, answer["pspReference"], value, f"{order}:capture:1")

    item = inbox.item("CAPTURE", pspReference=received["pspReference"])
    assert (item["success"], item["amount"]["value"]) == ("true", value)
    assert item["originalReference"] == answer["pspReference"]
    assert item["merchantReference"] == f"{order}:capture:1"


def test_a_cancel_lets_go(url: str, inbox: Inbox) -> None:
    shop = Shop(url, "chk-void")
    answer = shop.pay_by_card("ord-void", OK, additionalData={"manualCapture": "true"})
    call = shop.modifications.cancel_authorised_payment_by_psp_reference

    received = shop.modify(call, answer["pspReference"], None, "ord-void:capture:1")

    item = inbox.item("CANCELLATION", pspReference=received["pspReference"])
    assert item["success"] == "true"


def test_what_is_left_is_refunded_and_no_more(url: str, inbox: Inbox) -> None:
    shop = Shop(url, "chk-ref")
    payment = shop.pay_by_card("ord-ref", OK)["pspReference"]
    call = shop.modifications.refund_captured_payment

    first = shop.modify(call, payment, 2_000, "ord-ref:refund:1")
    over = shop.modify(call, payment, 501, "ord-ref:refund:2")

    assert inbox.item("REFUND", pspReference=first["pspReference"])["success"] == "true"
    item = inbox.item("REFUND", pspReference=over["pspReference"])
    assert (item["success"], item["reason"]) == ("false", "Insufficient balance on payment")


@pytest.mark.parametrize(
    ("kind", "code", "action"),
    [("gcash", "RedirectShopper", "redirect"), ("paynow", "Pending", "qrCode")],
)
def test_wallets_and_codes_wait_for_the_shopper(
    url: str, inbox: Inbox, kind: str, code: str, action: str
) -> None:
    shop = Shop(url, f"chk-{kind}")
    shop.open()
    answer = shop.pay(f"ord-{kind}", {"type": kind})
    assert (answer["resultCode"], answer["action"]["type"]) == (code, action)

    with urlopen(answer["action"]["url"], timeout=PATIENCE_S) as page:
        assert page.status == 200
    shop.act(answer["pspReference"], "approve")

    item = inbox.item("AUTHORISATION", pspReference=answer["pspReference"])
    assert (item["success"], item["paymentMethod"]) == ("true", kind)


def test_a_chargeback_is_told_twice_and_comes_back(url: str, inbox: Inbox) -> None:
    payment = Shop(url, "chk-dis").pay_by_card("ord-dis", OK)["pspReference"]
    dispute = post(f"{url}/_control/disputes", {"psp_reference": payment})["dispute_reference"]
    for result in ("challenge", "win"):
        post(f"{url}/_control/disputes/{dispute}", {"result": result})

    codes = ("NOTIFICATION_OF_CHARGEBACK", "CHARGEBACK", "INFORMATION_SUPPLIED",
             "CHARGEBACK_REVERSED")  # fmt: skip
    for code in codes:
        assert inbox.item(code, pspReference=dispute)["originalReference"] == payment


@pytest.mark.parametrize(
    ("fault", "ends"),
    [("", ["booked"]), ("payout_fails", ["failed"]), ("payout_returned", ["booked", "returned"])],
)
def test_a_transfer_arrives_or_not(url: str, inbox: Inbox, fault: str, ends: list[str]) -> None:
    shop, reference = Shop(url, "chk-po"), f"po-{fault or 'ok'}"
    account = post(f"{url}/_control/bank_accounts", {"holder": "A. Seller", "currency": "EUR"})
    instrument = account["bank_account"]
    shown = shop.instruments.get_transfer_instrument(id=instrument).message
    assert shown["bankAccount"]["countryCode"] == "NL"
    assert shown["bankAccount"]["accountIdentification"]["iban"].endswith(account["last4"])
    if fault:
        post(f"{url}/_control/faults", {"kind": fault, "order_id": reference})

    first, again = (shop.transfer(instrument, reference) for _ in range(2))
    post(f"{url}/_control/clock", {"advance": "3d"})

    assert (first["status"], again) == ("received", first)
    wanted = ["received", "authorised", *ends]
    wait_for(lambda: len([t for t in inbox.transfers if t["id"] == first["id"]]) == len(wanted))
    told = sorted((t for t in inbox.transfers if t["id"] == first["id"]),
                  key=lambda one: int(one["sequenceNumber"]))  # fmt: skip
    assert [one["status"] for one in told] == wanted
    assert shop.transfers.get_transfer(id=first["id"]).message["status"] == ends[-1]


def test_a_days_report_is_told_and_fetched(url: str, inbox: Inbox) -> None:
    payment = Shop(url, "chk-set").pay_by_card("ord-set", OK)["pspReference"]

    name = post(f"{url}/_control/settle", {})["file"]

    item = inbox.item("REPORT_AVAILABLE", pspReference=name)
    request = Request(item["reason"], headers={"X-API-Key": API_KEY})
    with urlopen(request, timeout=PATIENCE_S) as response:
        text = response.read().decode()
    assert f",{payment},ord-set,visa," in text
    assert ",MerchantPayout," in text


def test_every_webhook_bore_adyens_signature(url: str, inbox: Inbox) -> None:
    with urlopen(f"{url}/_control/health", timeout=PATIENCE_S) as response:
        assert json.loads(response.read())["status"] == "ok"
    Shop(url, "chk-last").pay_by_card("ord-last", OK)
    inbox.item("AUTHORISATION", merchantReference="ord-last")

    assert inbox.forged == 0
