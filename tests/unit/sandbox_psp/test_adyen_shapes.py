"""Every field and enum value that the Adyen face emits, against lists of Adyen's own.

The lists are parts of Adyen's OpenAPI documents (github.com/Adyen/adyen-openapi, MIT), of the
schema named by each: CheckoutService-v72, TransferService-v4, LegalEntityService-v4, Webhooks-v1,
BalancePlatformTransferNotification-v4. A plus marks what a schema requires.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.unit.sandbox_psp.adyen_shop import AdyenShop
from tests.unit.sandbox_psp.shop import DECLINED, OK, THREE_DS
from tools.sandbox_psp.adyen_face.accounts import BALANCE_ACCOUNT, MERCHANT
from tools.sandbox_psp.book import Book

SCHEMAS = {
    # CheckoutService-v72
    "Amount": "currency+ value+",
    "CreateCheckoutSessionResponse": (
        "amount+ countryCode expiresAt+ id+ merchantAccount+ metadata mode"
        " recurringProcessingModel reference+ returnUrl+ sessionData shopperInteraction"
        " shopperReference storePaymentMethodMode url"
    ),
    "ListStoredPaymentMethodsResponse": "merchantAccount shopperReference storedPaymentMethods",
    "StoredPaymentMethodResource": (
        "brand createdAt id lastFour shopperReference supportedRecurringProcessingModels type"
    ),
    "PaymentMethodsResponse": "paymentMethods storedPaymentMethods",
    "PaymentMethod": "name type",
    "PaymentResponse": (
        "action additionalData amount merchantReference paymentMethod pspReference refusalReason"
        " refusalReasonCode resultCode"
    ),
    "PaymentDetailsResponse": (
        "action additionalData amount merchantReference paymentMethod pspReference refusalReason"
        " refusalReasonCode resultCode"
    ),
    "ResponsePaymentMethod": "brand type",
    "CheckoutRedirectAction": "method paymentMethodType type+ url",
    "CheckoutThreeDS2Action": (
        "authorisationToken paymentData paymentMethodType subtype token type+ url"
    ),
    "CheckoutQrCodeAction": "expiresAt paymentData paymentMethodType qrCodeData type+ url",
    "PaymentCaptureResponse": (
        "amount+ merchantAccount+ paymentPspReference+ pspReference+ reference status+"
    ),
    "PaymentRefundResponse": (
        "amount+ merchantAccount+ paymentPspReference+ pspReference+ reference status+"
    ),
    "PaymentCancelResponse": (
        "merchantAccount+ paymentPspReference+ pspReference+ reference status+"
    ),
    "PaymentReversalResponse": (
        "merchantAccount+ paymentPspReference+ pspReference+ reference status+"
    ),
    "StandalonePaymentCancelResponse": (
        "merchantAccount+ paymentReference+ pspReference+ reference status+"
    ),
    "ServiceError": "errorCode errorType message pspReference status",
    # Webhooks-v1
    "NotificationRequest": "live+ notificationItems+",
    "AuthorisationNotificationRequestItem": (
        "additionalData amount+ eventCode+ eventDate+ merchantAccountCode+ merchantReference+"
        " operations paymentMethod pspReference+ reason success+"
    ),
    "NotificationRequestItem": (
        "additionalData amount+ eventCode+ eventDate+ merchantAccountCode+ merchantReference+"
        " originalReference paymentMethod pspReference+ reason success+"
    ),
    # `metadata` is flattened there: "metadata.key" is an entry of it.
    "AuthorisationNotificationAdditionalData": (
        "cardSummary hmacSignature merchantReference metadata shopperReference"
    ),
    "CaptureAdditionalData": "hmacSignature",
    "CancellationAdditionalData": "hmacSignature",
    "RefundAdditionalData": "hmacSignature",
    "RefundFailedAdditionalData": "hmacSignature",
    "BaseModificationAdditionalData": "hmacSignature",
    "CancelOrRefundAdditionalData": "hmacSignature modification.action",
    # The schema lacks the signature, which the example of OFFER_CLOSED has.
    "NotificationAdditionalData": "hmacSignature metadata",
    "ReportAdditionalData": "hmacSignature",
    "DisputesNotificationAdditionalData": (
        "chargebackReasonCode chargebackSchemeCode defendable defensePeriodEndsAt disputeStatus"
        " hmacSignature rfiReasonCode rfiSchemeCode"
    ),
    # TransferService-v4 and BalancePlatformTransferNotification-v4
    "Transfer": (
        "accountHolder amount+ balanceAccount category+ categoryData counterparty+ createdAt"
        " direction id reason reference status+ type"
    ),
    "TransferData": (
        "accountHolder amount+ balanceAccount balancePlatform balances category+ categoryData"
        " counterparty createdAt direction events id reason reference sequenceNumber status+"
        " transactionRulesResult type"
    ),
    "TransferEvent": "bookingDate id mutations status type",
    "BalanceMutation": "balance currency received reserved",
    "FindTransfersResponse": "_links data",
    "TransferServiceRestServiceError": "detail+ errorCode+ status+ title+ type+",
    "TransferNotificationRequest": "data+ environment+ timestamp type",
    # LegalEntityService-v4
    "TransferInstrument": "bankAccount+ id+ legalEntityId+ type+",
    "BankAccountInfo": "accountIdentification countryCode",
    "IbanAccountIdentification": "iban+ type+",
    "UKLocalAccountIdentification": "accountNumber+ sortCode+ type+",
    "USLocalAccountIdentification": "accountNumber+ accountType routingNumber+ type+",
    "NumberAndBicAccountIdentification": "accountNumber+ bic+ type+",
    "LegalEntity": "id+ organization transferInstruments type",
    "Organization": "legalName+ registeredAddress+",
    "TransferInstrumentReference": "accountIdentifier+ id+ realLastFour",
}
# eventCode -> the schema of its `additionalData`
DATA = {
    "AUTHORISATION": "AuthorisationNotificationAdditionalData",
    "CAPTURE": "CaptureAdditionalData",
    "CANCELLATION": "CancellationAdditionalData",
    "CANCEL_OR_REFUND": "CancelOrRefundAdditionalData",
    "REFUND": "RefundAdditionalData",
    "REFUND_FAILED": "RefundFailedAdditionalData",
    "REFUNDED_REVERSED": "BaseModificationAdditionalData",
    "TECHNICAL_CANCEL": "BaseModificationAdditionalData",
    "OFFER_CLOSED": "NotificationAdditionalData",
    "REPORT_AVAILABLE": "ReportAdditionalData",
    **dict.fromkeys(
        ("NOTIFICATION_OF_CHARGEBACK", "CHARGEBACK", "CHARGEBACK_REVERSED", "SECOND_CHARGEBACK",
         "DISPUTE_DEFENSE_PERIOD_ENDED", "INFORMATION_SUPPLIED", "PREARBITRATION_WON",
         "PREARBITRATION_LOST", "PREARBITRATION_ISSUER_WITHDRAWN", "REQUEST_FOR_INFORMATION"),
        "DisputesNotificationAdditionalData",
    ),
}  # fmt: skip
ENUMS = {
    "resultCode": {
        "Authorised", "Cancelled", "ChallengeShopper", "Error", "Pending", "RedirectShopper",
        "Refused",
    },
    "transfer status": {"authorised", "booked", "failed", "received", "returned"},
    "transfer reason": {
        "approved", "counterpartyAccountClosed", "pending", "refusedByCounterpartyBank",
    },
    "transfer type": {"bankTransfer"},
    "event type": {"accounting"},
}  # fmt: skip


@pytest.fixture
def shop() -> Iterator[AdyenShop]:
    book = Book()
    yield AdyenShop(book)
    book.close()


def fits(schema: str, value: Mapping[str, Any]) -> None:
    """Nothing but the schema's fields, and all that it requires."""
    fields = SCHEMAS[schema].split()
    required = {field[:-1] for field in fields if field.endswith("+")}
    assert value.keys() <= {field.rstrip("+") for field in fields}, schema
    assert required <= value.keys(), schema


def payment_fits(answer: Mapping[str, Any], schema: str = "PaymentResponse") -> None:
    fits(schema, answer)
    fits("ResponsePaymentMethod", answer["paymentMethod"])
    assert answer["resultCode"] in ENUMS["resultCode"]
    action = answer.get("action")
    if action:
        kinds = {"redirect": "Redirect", "threeDS2": "ThreeDS2", "qrCode": "QrCode"}
        fits(f"Checkout{kinds[action['type']]}Action", action)


def told_fits(body: Mapping[str, Any]) -> str:
    """Check a webhook; answers what it is."""
    if "notificationItems" not in body:
        fits("TransferNotificationRequest", body)
        transfer_fits(body["data"])
        return str(body["type"])
    fits("NotificationRequest", body)
    (item,) = (one["NotificationRequestItem"] for one in body["notificationItems"])
    code = str(item["eventCode"])
    fits(f"{'Authorisation' if code == 'AUTHORISATION' else ''}NotificationRequestItem", item)
    fits("Amount", item["amount"])
    fits(DATA[code], {name.partition("metadata.")[0] or "metadata": text
                      for name, text in item["additionalData"].items()})  # fmt: skip
    return code


def transfer_fits(shown: Mapping[str, Any]) -> None:
    fits("TransferData", shown)
    assert shown["status"] in ENUMS["transfer status"]
    assert shown["reason"] in ENUMS["transfer reason"]
    assert shown["type"] in ENUMS["transfer type"]
    for event in shown["events"]:
        fits("TransferEvent", event)
        assert event["type"] in ENUMS["event type"]
    for one in (*shown["balances"], *(m for event in shown["events"] for m in event["mutations"])):
        fits("BalanceMutation", one)


def test_sessions_and_stored_cards(shop: AdyenShop) -> None:
    body = {
        "merchantAccount": MERCHANT, "amount": {"value": 0, "currency": "EUR"},
        "reference": "chk-9", "returnUrl": "https://shop.test", "shopperReference": "chk-9",
        "storePaymentMethodMode": "enabled", "shopperInteraction": "Ecommerce", "mode": "hosted",
        "recurringProcessingModel": "CardOnFile", "metadata": {"a": "b"}, "countryCode": "NL",
    }  # fmt: skip

    fits("CreateCheckoutSessionResponse", shop.checkout("sessions", body).json)
    shop.opened(card=OK)
    query = f"merchantAccount={MERCHANT}&shopperReference=chk-1"
    listed = shop.send("GET", "/checkout/v72/storedPaymentMethods", query=query).json
    fits("ListStoredPaymentMethodsResponse", listed)
    fits("StoredPaymentMethodResource", listed["storedPaymentMethods"][0])
    methods = shop.checkout("paymentMethods", {"merchantAccount": MERCHANT}).json
    fits("PaymentMethodsResponse", methods)
    fits("PaymentMethod", methods["paymentMethods"][0])


@pytest.mark.parametrize("card", [OK, DECLINED, THREE_DS])
def test_payments_by_card(shop: AdyenShop, card: str) -> None:
    shop.opened(card=card)
    native = {"threeDSRequestData": {"nativeThreeDS": "preferred"}}

    for answer in (shop.pay().json, shop.pay(authenticationData=native).json):
        payment_fits(answer)
        if "action" in answer and answer["action"]["type"] == "threeDS2":
            details = {"details": {"threeDSResult": answer["action"]["paymentData"]}}
            told = shop.checkout("payments/details", details).json
            payment_fits(told, "PaymentDetailsResponse")


@pytest.mark.parametrize("kind", ["pix", "gcash"])
def test_payments_otherwise(shop: AdyenShop, kind: str) -> None:
    shop.opened()

    payment_fits(shop.pay(kind=kind).json)


def test_modifications(shop: AdyenShop) -> None:
    payment = shop.paid(OK, additionalData={"manualCapture": "true"})

    for what, value, schema in (
        ("captures", 100, "Capture"), ("refunds", 10, "Refund"), ("cancels", None, "Cancel"),
        ("reversals", None, "Reversal"),
    ):  # fmt: skip
        answer = shop.modify(payment, what, value, "ref").json
        fits(f"Payment{schema}Response", answer)
        assert answer["status"] == "received"
    body = {"merchantAccount": MERCHANT, "paymentReference": "ord-1"}
    fits("StandalonePaymentCancelResponse", shop.checkout("cancels", body).json)


def test_errors(shop: AdyenShop) -> None:
    for answer in (
        shop.checkout("payments", {}),
        shop.checkout("nowhere", {}),
        shop.send("GET", "/lem/v4/transferInstruments/SE1"),
    ):
        fits("ServiceError", answer.json)
    fits("TransferServiceRestServiceError", shop.transfer("SE1").json)


def test_transfers_and_accounts(shop: AdyenShop) -> None:
    sent = shop.transfer(shop.bank_account()).json
    fits("Transfer", sent)
    assert (sent["status"], sent["reason"]) == ("received", "pending")
    transfer_fits(shop.send("GET", f"/transfers/v4/transfers/{sent['id']}").json)
    span = "createdSince=2026-11-01T00:00:00Z&createdUntil=2026-12-01T00:00:00Z"
    query = f"{span}&balanceAccountId={BALANCE_ACCOUNT}"
    listed = shop.send("GET", "/transfers/v4/transfers", query=query).json
    fits("FindTransfersResponse", listed)
    transfer_fits(listed["data"][0])


@pytest.mark.parametrize(
    ("currency", "identification"),
    [("EUR", "Iban"), ("GBP", "UKLocal"), ("USD", "USLocal"), ("THB", "NumberAndBic")],
)
def test_bank_accounts(shop: AdyenShop, currency: str, identification: str) -> None:
    account = shop.bank_account(currency)

    shown = shop.send("GET", f"/lem/v4/transferInstruments/{account}").json
    fits("TransferInstrument", shown)
    fits("BankAccountInfo", shown["bankAccount"])
    fits(f"{identification}AccountIdentification", shown["bankAccount"]["accountIdentification"])
    entity = shop.send("GET", f"/lem/v4/legalEntities/{shown['legalEntityId']}").json
    fits("LegalEntity", entity)
    fits("Organization", entity["organization"])
    fits("TransferInstrumentReference", entity["transferInstruments"][0])


def test_webhooks(shop: AdyenShop) -> None:
    play_everything(shop)

    told = {told_fits(body) for body in shop.bodies()}

    assert told == {*DATA, "balancePlatform.transfer.created", "balancePlatform.transfer.updated"}


def play_everything(shop: AdyenShop) -> None:
    """Let every kind of webhook fall due."""
    shop.opened(card=OK)
    manual = {"manualCapture": "true"}
    for what in ("captures", "cancels", "reversals"):
        payment = shop.pay(additionalData=manual).json["pspReference"]
        shop.modify(payment, what, 100 if what == "captures" else None)
    shop.checkout("cancels", {"merchantAccount": MERCHANT, "paymentReference": "ord-1"})
    payment = shop.pay().json["pspReference"]
    for fault in ("refund_fails", "refund_reversed"):
        shop.fault(fault)
        shop.modify(payment, "refunds", 100)
    shop.modify(payment, "reversals")
    shop.pay(kind="pix")
    stages = (
        ("escalate", "challenge", "win", "escalate", "lose"),
        ("escalate", "win", "escalate", "win"),
        ("escalate", "win", "escalate", "cancel"),
        ("accept",),
    )
    for moves in stages:
        disputed = shop.pay().json["pspReference"]
        dispute = shop.dispute(disputed, stage="pre_dispute").json["dispute_reference"]
        for move in moves:
            assert shop.decide("disputes", dispute, move).status == 200
    shop.fault("payout_returned")
    shop.transfer(shop.bank_account())
    shop.call("POST", "/_control/settle", {})
    shop.advance("3d")
