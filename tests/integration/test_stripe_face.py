"""The sandbox as Stripe, driven over loopback by Stripe's own client."""

import csv
import http.client
import io
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
import stripe

from tests.integration.stripe_process import (
    API_KEY,
    PATIENCE_S,
    SECRET,
    Shop,
    listening,
    serving,
    shop_at,
    wait_for,
)

OK = "4242424242424242"
THREE_DS = "4000002500003155"
RETURN_URL = "https://shop.test/back"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("psp")
    with listening() as endpoint, serving(folder) as base, shop_at(base, endpoint) as found:
        yield found


def charge(
    shop: Shop, setup: stripe.SetupIntent, order: str, key: str = "", **more: object
) -> stripe.PaymentIntent:
    """Charge a checkout's card for an order of 25.00."""
    key = key or f"{order}:charge:1"
    params = {
        "amount": 2_500, "currency": "eur", "customer": setup.customer, "confirm": True,
        "payment_method": setup.payment_method, "allowed_payment_method_types": ["card"],
        "metadata": {"order_id": order, "key": key}, "transfer_group": "chk", **more,
    }  # fmt: skip
    wanted = {name: value for name, value in params.items() if value is not None}
    return shop.client.v1.payment_intents.create(wanted, {"idempotency_key": key})  # type: ignore[arg-type]


def by(
    shop: Shop, kind: str, order: str, currency: str = "eur", **more: object
) -> stripe.PaymentIntent:
    """Charge an order of 25.00 to a wallet or a code."""
    setup = shop.checkout(f"chk-{order}")
    params = {"currency": currency, "return_url": RETURN_URL, "payment_method": None, **more}
    typed = {"allowed_payment_method_types": [kind], "payment_method_data": {"type": kind}}
    return charge(shop, setup, order, "", **params, **typed)


def answer(shop: Shop, intent: str, result: str) -> stripe.PaymentIntent:
    """The buyer's answer, and the PaymentIntent after it."""
    shop.call("POST", f"/_control/actions/{intent}", {"result": result})
    return shop.client.v1.payment_intents.retrieve(intent)


def said(error: stripe.StripeError) -> Mapping[str, object]:
    """The error as it was answered."""
    body = error.json_body
    assert isinstance(body, dict)
    found: dict[str, object] = body["error"]
    return found


def test_a_card_is_charged_and_the_endpoint_told(shop: Shop) -> None:
    setup = shop.checkout("chk-1", OK)
    assert (setup.status, setup.metadata and setup.metadata["checkout_id"]) == (
        "succeeded",
        "chk-1",
    )

    paid = charge(shop, setup, "ord-1")

    assert (paid.status, paid.amount_received, paid.currency) == ("succeeded", 2_500, "eur")
    wait_for(lambda: len(shop.endpoint.events(paid.id)) == 2)
    events = {event.type: event for event in shop.endpoint.events(paid.id)}
    assert set(events) == {"payment_intent.created", "payment_intent.succeeded"}
    assert events["payment_intent.created"].data.object.status == "requires_confirmation"
    told = events["payment_intent.succeeded"]
    assert told.data.object.metadata["key"] == "ord-1:charge:1"
    assert told.api_version == stripe.api_version
    request = events["payment_intent.created"].request
    assert request is not None
    assert request.idempotency_key == "ord-1:charge:1"


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("4000000000000002", "card_declined", "generic_decline"),
        ("4000000000009995", "card_declined", "insufficient_funds"),
        ("4000000000009987", "card_declined", "lost_card"),
        ("4000000000000069", "expired_card", "expired_card"),
        ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
        ("4000000000000119", "processing_error", "processing_error"),
    ],
)
def test_a_declined_card_names_its_intent(
    shop: Shop, card: str, code: str, decline_code: str
) -> None:
    setup = shop.checkout(f"chk-{card}", card)

    with pytest.raises(stripe.CardError) as refused:
        charge(shop, setup, f"ord-{card}")

    error = refused.value.error
    assert (refused.value.http_status, refused.value.code) == (402, code)
    assert error is not None
    assert error.decline_code == decline_code
    assert error.payment_intent is not None
    kept = shop.client.v1.payment_intents.retrieve(error.payment_intent.id)
    assert (kept.status, kept.payment_method) == ("requires_payment_method", None)
    assert kept.last_payment_error is not None
    assert kept.last_payment_error.code == code


def test_a_card_that_must_be_asked_for(shop: Shop) -> None:
    setup = shop.checkout("chk-none")

    with pytest.raises(stripe.InvalidRequestError) as refused:
        charge(shop, setup, "ord-none", payment_method=None)

    assert refused.value.code == "payment_intent_unexpected_state"
    assert not list(shop.client.v1.payment_intents.list({"customer": str(setup.customer)}).data)


def test_three_ds_is_answered_on_each_intent_alone(shop: Shop) -> None:
    setup = shop.checkout("chk-3ds", THREE_DS)
    first = charge(shop, setup, "ord-3ds-1", return_url=RETURN_URL)
    second = charge(shop, setup, "ord-3ds-2")

    assert first.next_action is not None
    assert first.next_action.redirect_to_url is not None
    page = urlsplit(str(first.next_action.redirect_to_url.url))
    connection = http.client.HTTPConnection(page.netloc, timeout=20)
    connection.request("GET", page.path)
    shown = connection.getresponse().read().decode()
    connection.close()
    assert f'action="/stripe/pay/{first.id}"' in shown
    assert second.next_action is not None
    assert second.next_action.type == "use_stripe_sdk"

    assert answer(shop, first.id, "approve").status == "succeeded"
    declined = answer(shop, second.id, "decline")
    assert declined.status == "requires_payment_method"
    assert declined.last_payment_error is not None
    assert declined.last_payment_error.code == "payment_intent_authentication_failure"
    wait_for(lambda: "payment_intent.payment_failed" in shop.endpoint.kinds(second.id))
    assert "payment_intent.requires_action" in shop.endpoint.kinds(second.id)


def test_a_buyer_who_is_away_cannot_be_challenged(shop: Shop) -> None:
    setup = shop.checkout("chk-away", THREE_DS)

    with pytest.raises(stripe.CardError) as refused:
        charge(shop, setup, "ord-away", off_session=True)

    assert refused.value.code == "authentication_required"


def test_a_hold_is_captured_in_part_in_full_or_let_go(shop: Shop) -> None:
    setup = shop.checkout("chk-hold", OK)
    intents = shop.client.v1.payment_intents
    held = [charge(shop, setup, f"ord-hold-{n}", capture_method="manual") for n in range(3)]
    assert {(one.status, one.amount_capturable) for one in held} == {("requires_capture", 2_500)}

    part = intents.capture(held[0].id, {"amount_to_capture": 2_000})
    full = intents.capture(held[1].id)
    gone = intents.cancel(held[2].id, {"cancellation_reason": "abandoned"})

    assert (part.status, part.amount_received, part.amount) == ("succeeded", 2_000, 2_500)
    assert (full.status, full.amount_received) == ("succeeded", 2_500)
    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")
    assert gone.canceled_at is not None
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.capture(held[2].id)
    error = refused.value.error
    assert refused.value.code == "payment_intent_unexpected_state"
    assert error is not None
    assert error.payment_intent is not None
    assert error.payment_intent.status == "canceled"
    wait_for(lambda: "payment_intent.canceled" in shop.endpoint.kinds(held[2].id))
    assert "payment_intent.amount_capturable_updated" in shop.endpoint.kinds(held[0].id)


def test_more_than_is_held_is_not_captured(shop: Shop) -> None:
    held = charge(shop, shop.checkout("chk-over", OK), "ord-over", capture_method="manual")

    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 2_501})

    assert refused.value.code == "amount_too_large"


def test_refunds_are_found_by_intent_and_never_exceed_it(shop: Shop) -> None:
    paid = charge(shop, shop.checkout("chk-ref", OK), "ord-ref")
    refunds = shop.client.v1.refunds

    given = refunds.create(
        {"payment_intent": paid.id, "amount": 1_000, "metadata": {"key": "ord-ref:refund:1"}},
        {"idempotency_key": "ord-ref:refund:1"},
    )

    assert (given.status, given.amount, given.payment_intent) == ("succeeded", 1_000, paid.id)
    found = refunds.list({"payment_intent": paid.id, "limit": 100}).data
    assert [one.metadata and one.metadata["key"] for one in found] == ["ord-ref:refund:1"]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refunds.create({"payment_intent": paid.id, "amount": 1_501})
    assert refused.value.code == "amount_too_large"
    assert refunds.create({"payment_intent": paid.id}).amount == 1_500
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refunds.create({"payment_intent": paid.id, "amount": 1})
    assert refused.value.code == "charge_already_refunded"
    wait_for(lambda: shop.endpoint.kinds(given.id) == ["refund.created"])
    (told,) = shop.endpoint.events(given.id)
    assert told.data.object.metadata["key"] == "ord-ref:refund:1"


def test_a_refund_may_fail_later(shop: Shop) -> None:
    paid = charge(shop, shop.checkout("chk-late", OK), "ord-late")
    shop.fault("refund_fails", order_id="ord-late")

    given = shop.client.v1.refunds.create({"payment_intent": paid.id})
    assert (given.status, given.pending_reason) == ("pending", "processing")
    shop.call("POST", f"/_control/refunds/{given.id}", {"result": "fail"})

    failed = shop.client.v1.refunds.retrieve(given.id)
    assert (failed.status, failed.failure_reason) == ("failed", "declined")
    wait_for(lambda: len(shop.endpoint.kinds(given.id)) == 3)
    assert set(shop.endpoint.kinds(given.id)) == {
        "refund.created", "refund.updated", "refund.failed",
    }  # fmt: skip


def test_a_key_answers_its_first_response_ever_after(shop: Shop) -> None:
    setup = shop.checkout("chk-key", OK)
    held = charge(shop, setup, "ord-key", capture_method="manual")
    shop.client.v1.payment_intents.capture(held.id)

    again = charge(shop, setup, "ord-key", capture_method="manual")

    assert (again.id, again.status) == (held.id, "requires_capture")
    replayed = again.last_response
    assert replayed is not None
    assert replayed.headers["Idempotent-Replayed"] == "true"
    assert replayed.request_id
    assert shop.client.v1.payment_intents.retrieve(held.id).status == "succeeded"
    with pytest.raises(stripe.IdempotencyError) as refused:
        charge(shop, setup, "ord-key", amount=2_600)
    assert refused.value.http_status == 400


def test_a_refusal_is_kept_under_its_key_too(shop: Shop) -> None:
    setup = shop.checkout("chk-no", "4000000000000002")

    seen = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as refused:
            charge(shop, setup, "ord-no")
        error = refused.value.error
        assert error is not None
        assert error.payment_intent is not None
        seen.append(error.payment_intent.id)

    assert seen[0] == seen[1]
    assert len(shop.client.v1.payment_intents.list({"customer": str(setup.customer)}).data) == 1


def test_a_stored_failure_is_answered_again(shop: Shop) -> None:
    setup = shop.checkout("chk-500", OK)
    shop.fault("http_500", operation="charge", order_id="ord-500", stored=True)

    for replayed in (None, "true"):
        with pytest.raises(stripe.APIError) as broken:
            charge(shop, setup, "ord-500")
        assert broken.value.http_status == 500
        assert (broken.value.headers or {}).get("idempotent-replayed") == replayed

    assert not shop.client.v1.payment_intents.list({"customer": str(setup.customer)}).data
    assert charge(shop, setup, "ord-500", key="ord-500:charge:2").status == "succeeded"


def test_faults_speak_as_stripe_does(shop: Shop) -> None:
    setup = shop.checkout("chk-faults", OK)
    shop.fault("http_429", order_id="ord-faults")
    with pytest.raises(stripe.RateLimitError):
        charge(shop, setup, "ord-faults")
    shop.fault("key_in_use", order_id="ord-faults")
    with pytest.raises(stripe.APIError) as under_way:
        charge(shop, setup, "ord-faults")
    assert under_way.value.http_status == 409
    assert said(under_way.value)["code"] == "idempotency_key_in_use"
    shop.fault("timeout_after_success", order_id="ord-faults")
    with pytest.raises(stripe.APIConnectionError):
        charge(shop, setup, "ord-faults")

    assert charge(shop, setup, "ord-faults").status == "succeeded"
    found = shop.client.v1.payment_intents.list({"customer": str(setup.customer)}).data
    assert [one.metadata["order_id"] for one in found] == ["ord-faults"]


def test_an_outage_refuses_or_drops_every_call(shop: Shop) -> None:
    setup = shop.checkout("chk-out", OK)
    try:
        shop.call("POST", "/_control/outage", {"mode": "refuse"})
        with pytest.raises(stripe.APIError) as down:
            charge(shop, setup, "ord-out")
        assert down.value.http_status == 503
        shop.call("POST", "/_control/outage", {"mode": "drop"})
        with pytest.raises(stripe.APIConnectionError):
            charge(shop, setup, "ord-out")
        assert shop.call("GET", "/_control/health")["outage"] == "drop"
    finally:
        shop.call("POST", "/_control/outage", {"mode": "off"})

    assert shop.call("GET", "/_control/charges?order_id=ord-out")["data"] == []
    assert charge(shop, setup, "ord-out").status == "succeeded"


def test_a_customers_intents_are_listed_page_after_page(shop: Shop) -> None:
    setup = shop.checkout("chk-list", OK)
    made = [charge(shop, setup, f"ord-list-{n}").id for n in range(5)]

    page = shop.client.v1.payment_intents.list({"customer": str(setup.customer), "limit": 2})

    assert ([one.id for one in page.data], page.has_more) == (made[:2:-1], True)
    assert [one.id for one in page.auto_paging_iter()] == made[::-1]


def test_what_is_not_played_is_refused(shop: Shop) -> None:
    setup = shop.checkout("chk-odd", OK)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        charge(shop, setup, "ord-odd", application_fee_amount=5)
    assert (refused.value.code, refused.value.param) == (
        "parameter_unknown", "application_fee_amount",
    )  # fmt: skip
    for currency, amount in (("isk", 2_550), ("kwd", 2_501)):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            charge(shop, setup, "ord-odd", currency=currency, amount=amount)
        assert refused.value.param == "amount"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.payment_intents.retrieve("pi_none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


@pytest.mark.parametrize("kind", ["paypal", "alipay", "grabpay", "revolut_pay", "cashapp"])
def test_a_wallet_sends_its_buyer_away_and_back(shop: Shop, kind: str) -> None:
    intent = by(shop, kind, f"ord-{kind}")

    assert (intent.status, intent.payment_method_types) == ("requires_action", [kind])
    action = intent.next_action
    assert action is not None
    detail = action.to_dict()[action.type]
    assert f"/stripe/pay/{intent.id}" in (detail.get("url") or detail["mobile_auth_url"])
    assert answer(shop, intent.id, "approve").status == "succeeded"


def test_a_wallet_that_is_declined_fails_its_intent(shop: Shop) -> None:
    intent = by(shop, "paypal", "ord-wallet-no", capture_method="manual")

    declined = answer(shop, intent.id, "decline")

    assert declined.status == "requires_payment_method"
    assert declined.last_payment_error is not None


@pytest.mark.parametrize(
    ("kind", "currency"),
    [("paynow", "sgd"), ("promptpay", "thb"), ("pix", "brl"), ("upi", "inr")],
)
def test_a_code_is_shown_paid_or_runs_out(shop: Shop, kind: str, currency: str) -> None:
    paid = by(shop, kind, f"ord-{kind}", currency)
    late = by(shop, kind, f"ord-{kind}-late", currency)

    assert paid.next_action is not None
    detail = paid.next_action.to_dict()[paid.next_action.type]
    code = detail.get("qr_code", detail)
    # UPI's code is a picture alone, PayNow and PromptPay do not say when theirs ends.
    assert ("data" in code) == (kind != "upi")
    assert ("expires_at" in code) == (kind in ("pix", "upi"))
    assert answer(shop, paid.id, "approve").status == "succeeded"
    expired = answer(shop, late.id, "expire")
    assert expired.status == "requires_payment_method"
    assert expired.last_payment_error is not None
    assert expired.last_payment_error.code == "payment_intent_payment_attempt_expired"
    wait_for(lambda: "payment_intent.payment_failed" in shop.endpoint.kinds(late.id))


def test_a_code_is_for_its_currency_and_captured_at_once(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        by(shop, "pix", "ord-pix-eur", "eur")
    assert refused.value.code == "payment_method_currency_mismatch"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        by(shop, "pix", "ord-pix-hold", "brl", capture_method="manual")
    assert refused.value.param == "capture_method"


def test_an_intent_may_be_confirmed_later_and_again(shop: Shop) -> None:
    setup, declined = shop.checkout("chk-two", OK), shop.checkout("chk-two-no", "4000000000000002")
    made = charge(shop, setup, "ord-two", confirm=False)
    assert made.status == "requires_confirmation"
    other = str(declined.payment_method)

    with pytest.raises(stripe.InvalidRequestError):
        shop.client.v1.payment_intents.confirm(made.id, {"payment_method": other})
    paid = shop.client.v1.payment_intents.confirm(made.id)

    assert paid.status == "succeeded"
    wait_for(lambda: len(shop.endpoint.kinds(made.id)) == 2)


def test_a_dispute_takes_money_and_gives_it_back(shop: Shop) -> None:
    paid = charge(shop, shop.checkout("chk-dis", OK), "ord-dis")
    opened = shop.call("POST", "/_control/disputes", {"order_id": "ord-dis"})["dispute_reference"]
    dispute = shop.client.v1.disputes.retrieve(opened)

    assert (dispute.status, dispute.amount) == ("needs_response", 2_500)
    assert dispute.payment_intent == paid.id
    (taken,) = dispute.balance_transactions
    assert (taken.amount, taken.fee, taken.net) == (-2_500, 1_500, -4_000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_disputed"
    answered = shop.client.v1.disputes.update(
        opened, {"evidence": {"uncategorized_text": "delivered"}, "submit": True}
    )
    assert answered.status == "under_review"
    shop.call("POST", f"/_control/disputes/{opened}", {"result": "win"})

    won = shop.client.v1.disputes.list({"payment_intent": paid.id}).data[0]
    assert won.status == "won"
    assert [move.amount for move in won.balance_transactions] == [-2_500, 2_500]
    wait_for(lambda: len(shop.endpoint.kinds(opened)) == 5)
    assert set(shop.endpoint.kinds(opened)) == {
        f"charge.dispute.{step}"
        for step in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
    }


def test_a_charge_tells_its_fee(shop: Shop) -> None:
    paid = charge(
        shop, shop.checkout("chk-fee", OK), "ord-fee", expand=["latest_charge.balance_transaction"]
    )

    made = paid.latest_charge
    assert isinstance(made, stripe.Charge)
    moved = made.balance_transaction
    assert isinstance(moved, stripe.BalanceTransaction)
    assert (moved.amount, moved.fee, moved.net) == (2_500, 60, 2_440)
    assert shop.client.v1.balance_transactions.retrieve(moved.id).source == made.id


def pay_out(
    shop: Shop, reference: str, value: int = 4_000
) -> stripe.v2.money_management.OutboundPayment:
    account = shop.call("POST", "/_control/bank_accounts", {"holder": "A. S.", "currency": "EUR"})
    return shop.client.v2.money_management.outbound_payments.create(
        {
            "from": {"financial_account": "fa_1", "currency": "eur"},
            "to": {"recipient": account["bank_account"], "currency": "eur"},
            "amount": {"value": value, "currency": "eur"},
            "metadata": {"payout_id": reference},
        },
        {"idempotency_key": f"{reference}:payout"},
    )


def test_a_payout_is_posted_failed_or_returned(shop: Shop) -> None:
    payments = shop.client.v2.money_management.outbound_payments
    sent = {result: pay_out(shop, f"po-{result}") for result in ("pay", "fail", "return")}
    assert {one.status for one in sent.values()} == {"processing"}

    for result, one in sent.items():
        if result == "return":
            shop.call("POST", f"/_control/payouts/{one.id}", {"result": "pay"})
        shop.call("POST", f"/_control/payouts/{one.id}", {"result": result})

    found = {result: payments.retrieve(one.id) for result, one in sent.items()}
    assert {result: one.status for result, one in found.items()} == {
        "pay": "posted", "fail": "failed", "return": "returned",
    }  # fmt: skip
    assert found["fail"].status_details is not None
    assert found["return"].status_transitions is not None
    assert found["return"].status_transitions.posted_at is not None
    listed = payments.list({"recipient": found["pay"].to.recipient, "limit": 1})
    assert [one.id for one in listed.auto_paging_iter()] == [found["pay"].id]


def test_the_endpoint_is_told_of_a_payout_by_its_name_alone(shop: Shop) -> None:
    sent = pay_out(shop, "po-thin")
    shop.call("POST", f"/_control/payouts/{sent.id}", {"result": "pay"})

    def told() -> dict[str, str]:
        thin = (
            shop.client.parse_event_notification(body, signature, SECRET)
            for body, signature in list(shop.endpoint.posted)
            if b'"v2.core.event"' in body
        )
        return {
            one.type: one.fetch_related_object().status
            for one in thin
            if isinstance(
                one,
                stripe.events.V2MoneyManagementOutboundPaymentCreatedEventNotification
                | stripe.events.V2MoneyManagementOutboundPaymentPostedEventNotification,
            )
            and one.related_object.id == sent.id
        }

    kind = "v2.money_management.outbound_payment"
    wait_for(lambda: set(told()) == {f"{kind}.created", f"{kind}.posted"})
    assert set(told().values()) == {"posted"}


def test_a_payouts_key_answers_it_as_it_is_now(shop: Shop) -> None:
    sent = pay_out(shop, "po-key")
    params = {
        "from": {"financial_account": "fa_1", "currency": "eur"},
        "to": {"recipient": sent.to.recipient, "currency": "eur"},
        "amount": {"value": 4_000, "currency": "eur"},
        "metadata": {"payout_id": "po-key"},
    }
    shop.call("POST", f"/_control/payouts/{sent.id}", {"result": "pay"})
    payments = shop.client.v2.money_management.outbound_payments

    again = payments.create(params, {"idempotency_key": "po-key:payout"})  # type: ignore[arg-type]
    twice = payments.create(params, {"idempotency_key": "po-key:other"})  # type: ignore[arg-type]

    assert (again.id, again.status) == (sent.id, "posted")
    # Stripe does not know our ids: another key pays again.
    assert twice.id != sent.id
    assert len(payments.list({"recipient": sent.to.recipient}).data) == 2


def test_a_payout_goes_to_whom_it_can(shop: Shop) -> None:
    account = shop.call("POST", "/_control/bank_accounts", {"holder": "B. S.", "currency": "JPY"})
    methods = shop.client.v2.money_management.payout_methods
    params = {
        "from": {"financial_account": "fa_1", "currency": "eur"},
        "to": {"recipient": account["bank_account"]},
        "amount": {"value": 1, "currency": "eur"},
    }

    (method,) = methods.list({}, {"stripe_context": account["bank_account"]}).data
    assert method.bank_account is not None
    assert method.bank_account.last4 == account["last4"]
    assert method.bank_account.supported_currencies == ["jpy"]
    holder = shop.client.v2.core.accounts.retrieve(account["bank_account"])
    assert holder.display_name == "B. S."
    with pytest.raises(stripe.StripeError) as refused:
        shop.client.v2.money_management.outbound_payments.create(params)  # type: ignore[arg-type]
    assert refused.value.code == "invalid_payout_method"
    with pytest.raises(stripe.StripeError) as refused:
        methods.list({}, {"stripe_context": "acct_none"})
    assert refused.value.http_status == 403
    assert said(refused.value)["code"] == "account_invalid"


def test_a_closed_day_is_a_report(shop: Shop) -> None:
    paid = charge(shop, shop.checkout("chk-day", OK), "ord-day")
    runs = shop.client.v1.reporting.report_runs
    day = shop.call("GET", "/_control/clock")["now"][:10]
    start = int(stripe_day(day))
    columns = ["gross", "fee", "net", "reporting_category", "payment_intent_id", "currency",
               "automatic_payout_id", "payment_metadata[order_id]"]  # fmt: skip
    params = {
        "report_type": "payout_reconciliation.itemized.5",
        "parameters": {
            "interval_start": start, "interval_end": start + 86_400, "columns": columns,
        },
    }  # fmt: skip
    with pytest.raises(stripe.InvalidRequestError):
        runs.create(params)  # type: ignore[arg-type]

    shop.call("POST", "/_control/settle", {"date": day})
    asked = runs.create(params)  # type: ignore[arg-type]
    assert (asked.status, asked.result) == ("pending", None)
    made = runs.list({"created": {"gte": asked.created}}).data[0]

    assert made.status == "succeeded"
    assert made.result is not None
    rows = list(csv.DictReader(io.StringIO(download(shop, str(made.result.url)))))
    assert list(rows[0]) == columns
    (line,) = [row for row in rows if row["payment_intent_id"] == paid.id]
    assert (line["gross"], line["fee"], line["net"]) == ("25.00", "0.60", "24.40")
    assert (line["reporting_category"], line["payment_metadata[order_id]"]) == ("charge", "ord-day")
    entered = {one["reference"] for one in shop.call("GET", "/_control/bank")["data"]}
    assert line["automatic_payout_id"] in entered


def download(shop: Shop, url: str) -> str:
    """A file's text: the client reads answers that are JSON only."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {API_KEY}"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as found:
        assert url.startswith(shop.url)
        return str(found.read().decode())


def stripe_day(day: str) -> int:
    """The first second of a day."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def test_events_are_listed_for_who_missed_them(shop: Shop) -> None:
    shop.fault("webhook_lost", order_id="ord-lost")
    paid = charge(shop, shop.checkout("chk-lost", OK), "ord-lost")

    found = shop.client.v1.events.list({"types": ["payment_intent.succeeded"], "limit": 3}).data

    (missed,) = [event for event in found if event.data.object.id == paid.id]
    assert shop.client.v1.events.retrieve(missed.id).type == "payment_intent.succeeded"
    assert shop.endpoint.kinds(paid.id) == []


def test_a_bad_signature_is_refused_by_stripes_own_check(shop: Shop) -> None:
    shop.fault("webhook_bad_signature", order_id="ord-bad", times=2)
    before = len(shop.endpoint.posted)
    charge(shop, shop.checkout("chk-bad", OK), "ord-bad")
    wait_for(lambda: len(shop.endpoint.posted) >= before + 2)

    forged = [(body, signature) for body, signature in shop.endpoint.posted if b"ord-bad" in body]
    shop.endpoint.posted[:] = [one for one in shop.endpoint.posted if one not in forged]

    for body, signature in forged:
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, SECRET)


def test_the_key_is_asked_for(shop: Shop) -> None:
    stranger = stripe.StripeClient("sk_test_other", base_addresses={"api": shop.url})

    with pytest.raises(stripe.AuthenticationError):
        stranger.v1.payment_intents.list()


def test_the_sandbox_beside_it_knows_nothing_of_it(shop: Shop) -> None:
    beside = Shop(shop.url.removesuffix("/stripe"), shop.client, shop.endpoint)

    assert beside.call("GET", "/_control/charges")["data"] == []
    assert beside.call("GET", "/_control/health")["webhook_target"] is None
