from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from countinghouse.domain.errors import CountinghouseError, Invalid, KeyReused, Unavailable
from countinghouse.domain.instants import DAY, SECOND
from countinghouse.domain.order import CaptureMode, Operation, OperationKind, Order, OrderStatus
from countinghouse.domain.psp import (
    Decline,
    DeclineType,
    Doubt,
    FactKind,
    PspFact,
    PspSession,
)
from countinghouse_aws.psp import stripe_answers
from countinghouse_aws.psp.stripe_gateway import StripeGateway
from countinghouse_aws.psp.transport import NoAnswer
from tests.builders import an_info, an_order
from tests.unit.adapters.stripe_line import (
    AT_WORK,
    CREATED,
    INTENT,
    NOT_LOOKED_AT,
    SETUP,
    SILENCE,
    Answer,
    Line,
    error,
    intent,
    line,
    listing,
    reply,
)

K = FactKind
S = OrderStatus
KEY = "o1:charge:1"
UNKNOWN = PspFact(K.UNKNOWN, key=KEY)
ANSWERED = replace(UNKNOWN, doubt=Doubt.ANSWER)
NOT_SENT = PspFact(K.NOT_SENT, key=KEY)
CUSTOMER = {"id": "cus_1", "object": "customer", "metadata": {"checkout_id": "c1"}}
ORDERS = {
    "charge": an_order(S.SENT),
    "capture": an_order(S.CAPTURE_PENDING, psp_reference="pi_1"),
    "void": an_order(S.VOID_PENDING, psp_reference="pi_1"),
    "find": an_order(S.UNKNOWN, psp_reference=None),
}


def open_session(psp: Line, amount: int = 7_000, currency: str = "EUR") -> PspSession:
    return StripeGateway(psp, "sk").open_session("c1", amount, currency, "https://shop.example")


def said(call: str, *answers: Answer, order: Order | None = None) -> PspFact:
    """What a call comes to; a charge and a question look the checkout up first."""
    looked_up = [reply(SETUP)] if call in ("charge", "find") else []
    psp = StripeGateway(line(*looked_up, *answers), "sk")
    fact: PspFact = getattr(psp, call)(order or ORDERS[call])
    return fact


def sent(order: Order) -> dict[str, Any]:
    """The PaymentIntent that is asked for."""
    psp = line(reply(SETUP), reply(INTENT))
    StripeGateway(psp, "sk").charge(order)
    return psp.asked[1].params


def test_a_checkout_is_a_customer_with_a_setup_intent() -> None:
    psp = line(reply(CUSTOMER), reply(SETUP))

    assert open_session(psp) == PspSession(
        "stripe", "seti_1", CREATED * SECOND + DAY, client_secret="seti_1_secret_x"
    )
    customer, setup = psp.asked
    assert (customer.path, customer.key) == ("/v1/customers", "c1:customer")
    assert customer.params == {"metadata[checkout_id]": "c1"}
    assert (setup.path, setup.key) == ("/v1/setup_intents", "c1:session")
    assert setup.params == {
        "customer": "cus_1",
        "usage": "on_session",
        "allowed_payment_method_types[0]": "card",
        "metadata[checkout_id]": "c1",
    }


@pytest.mark.parametrize("answer", [*SILENCE.values(), *NOT_LOOKED_AT.values()])
@pytest.mark.parametrize("first", [[], [reply(CUSTOMER)]])
def test_a_session_that_nobody_confirms_is_unavailable(first: list[Answer], answer: Answer) -> None:
    with pytest.raises(Unavailable):
        open_session(line(*first, answer))


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (error(400, "idempotency_error"), KeyReused),
        (error(400, code="parameter_invalid"), Invalid),
        (error(402, "card_error"), Invalid),
    ],
)
def test_a_session_that_is_refused_is_not_tried_again(
    answer: Answer, failure: type[CountinghouseError]
) -> None:
    with pytest.raises(failure):
        open_session(line(answer))


@pytest.mark.parametrize(("amount", "currency"), [(5_124, "KWD"), (100, "CUP")])
def test_money_that_stripe_does_not_take_opens_nothing(amount: int, currency: str) -> None:
    psp = line(reply(CUSTOMER))

    with pytest.raises(Invalid) as refused:
        open_session(psp, amount, currency)

    assert refused.value.code == "psp_amount_not_expressible"
    assert psp.asked == []


def test_a_charge_goes_out_under_the_attempts_own_key() -> None:
    psp = line(reply(SETUP), reply(INTENT))
    info = an_info(psp_token="seti_1", return_url="https://shop.example")

    fact = StripeGateway(psp, "sk_test").charge(an_order(S.SENT, payment_info=info))

    look, charge = psp.asked
    assert (look.method, look.path) == ("GET", "/v1/setup_intents/seti_1")
    assert (charge.method, charge.path, charge.key) == ("POST", "/v1/payment_intents", KEY)
    assert charge.headers["Authorization"] == "Bearer sk_test"
    assert charge.params == {
        "amount": "7000",
        "currency": "eur",
        "customer": "cus_1",
        "payment_method": "pm_1",
        "allowed_payment_method_types[0]": "card",
        "confirm": "true",
        "capture_method": "automatic",
        "return_url": "https://shop.example",
        "metadata[order_id]": "o1",
        "metadata[key]": KEY,
        "transfer_group": "c1",
    }
    assert fact == PspFact(
        K.CAPTURED,
        key=KEY,
        psp_reference="pi_1",
        amount_minor=7_000,
        captured_minor=7_000,
        currency="EUR",
    )


def test_a_debit_card_is_a_card() -> None:
    charged = sent(an_order(S.SENT, payment_info=an_info(method="debit_card")))

    assert charged["allowed_payment_method_types[0]"] == "card"
    assert charged["payment_method"] == "pm_1"


def test_amounts_travel_in_stripes_units() -> None:
    charged = sent(an_order(S.SENT, amount_minor=5, currency="ISK"))

    assert (charged["amount"], charged["currency"]) == ("500", "isk")


def test_a_charge_to_be_captured_later_says_so() -> None:
    assert sent(an_order(S.SENT, capture_mode=CaptureMode.MANUAL))["capture_method"] == "manual"


@pytest.mark.parametrize(
    ("method", "currency", "provider", "kind", "more"),
    [
        ("wallet", "EUR", "paypal", "paypal", {}),
        (
            "wallet",
            "EUR",
            "wechat_pay",
            "wechat_pay",
            {"payment_method_options[wechat_pay][client]": "web"},
        ),
        ("qr", "SGD", None, "paynow", {}),
        ("qr", "THB", None, "promptpay", {}),
        ("qr", "BRL", None, "pix", {}),
        ("qr", "INR", None, "upi", {}),
    ],
)
def test_wallets_and_codes_are_methods_of_their_own(
    method: str, currency: str, provider: str | None, kind: str, more: dict[str, str]
) -> None:
    info = an_info(method=method, wallet_provider=provider)

    charged = sent(an_order(S.SENT, payment_info=info, currency=currency))

    assert charged["payment_method_data[type]"] == kind
    assert charged["allowed_payment_method_types[0]"] == kind
    assert "payment_method" not in charged
    assert charged.items() >= more.items()


@pytest.mark.parametrize(
    ("exemption", "off_session"),
    [("merchant_initiated", "true"), ("low_value", None), ("trusted_beneficiary", None)],
)
def test_of_exemptions_only_the_buyers_absence_can_be_said(
    exemption: str, off_session: str | None
) -> None:
    charged = sent(an_order(S.SENT, payment_info=an_info(sca_exemption=exemption)))

    assert charged.get("off_session") == off_session
    assert not any("exemption" in name for name in charged)


@pytest.mark.parametrize(
    ("changes", "setup", "code"),
    [
        ({"amount_minor": 5_124, "currency": "KWD"}, SETUP, "psp_amount_not_expressible"),
        ({}, {**SETUP, "payment_method": None}, "psp_payment_method_missing"),
        ({"payment_info": an_info(method="qr")}, SETUP, "psp_method_unknown"),
        ({"payment_info": an_info(method="wallet")}, SETUP, "psp_method_unknown"),
    ],
)
def test_what_cannot_be_charged_is_refused_before_any_charge(
    changes: dict[str, Any], setup: dict[str, Any], code: str
) -> None:
    psp = line(reply(setup), reply(INTENT))

    fact = StripeGateway(psp, "sk").charge(an_order(S.SENT, **changes))

    assert fact.kind is K.DECLINED
    assert fact.decline == Decline(code, DeclineType.HARD, "the PSP refused the request")
    assert [one.method for one in psp.asked] in ([], ["GET"])


@pytest.mark.parametrize("answer", [*SILENCE.values(), *NOT_LOOKED_AT.values()])
def test_a_checkout_that_cannot_be_looked_up_is_not_charged(answer: Answer) -> None:
    psp = line(answer)

    assert StripeGateway(psp, "sk").charge(ORDERS["charge"]) == NOT_SENT
    assert [one.method for one in psp.asked] == ["GET"]


def test_a_token_that_stripe_does_not_know_is_refused() -> None:
    fact = StripeGateway(line(error(404, code="resource_missing")), "sk").charge(ORDERS["charge"])

    assert fact.kind is K.DECLINED
    assert fact.decline is not None
    assert fact.decline.code == "psp_resource_missing"


@pytest.mark.parametrize("call", ["charge", "capture", "void"])
@pytest.mark.parametrize("name", SILENCE)
def test_an_answer_that_proves_nothing_is_unknown(call: str, name: str) -> None:
    assert said(call, SILENCE[name]) == (ANSWERED if name in AT_WORK else UNKNOWN)


@pytest.mark.parametrize("call", ["charge", "capture", "void"])
@pytest.mark.parametrize("name", NOT_LOOKED_AT)
def test_what_was_not_looked_at_was_not_sent(call: str, name: str) -> None:
    assert said(call, NOT_LOOKED_AT[name]) == NOT_SENT


@pytest.mark.parametrize("call", ["charge", "capture", "void"])
def test_our_own_key_with_another_body_is_said_aloud(
    call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(stripe_answers, "count", counted.append)

    assert said(call, error(400, "idempotency_error")) == ANSWERED
    assert counted == ["PspKeyReused"]


def test_a_card_error_carries_the_intent_it_made() -> None:
    failed = intent(
        status="requires_payment_method",
        amount_received=0,
        last_payment_error={"code": "card_declined", "decline_code": "insufficient_funds"},
    )

    fact = said("charge", error(402, "card_error", payment_intent=failed))

    assert (fact.kind, fact.psp_reference) == (K.DECLINED, "pi_1")
    assert fact.decline == Decline("insufficient_funds", DeclineType.SOFT)


def test_a_card_error_without_an_intent_keeps_the_issuers_code() -> None:
    fact = said("charge", error(402, "card_error", code="card_declined", decline_code="lost_card"))

    assert (fact.kind, fact.psp_reference) == (K.DECLINED, None)
    assert fact.decline == Decline("lost_card", DeclineType.HARD, "no")


def test_a_request_that_stripe_checked_and_refused_is_declined() -> None:
    fact = said("charge", error(400, code="amount_too_large"))

    assert fact.decline == Decline(
        "psp_amount_too_large", DeclineType.HARD, "the PSP refused the request"
    )


@pytest.mark.parametrize(
    ("call", "params"), [("capture", {"amount_to_capture": "7000"}), ("void", {})]
)
def test_an_operation_goes_out_under_its_own_key(call: str, params: dict[str, str]) -> None:
    psp = line(reply(INTENT))

    fact = getattr(StripeGateway(psp, "sk"), call)(ORDERS[call])

    ((request),) = psp.asked
    path = {"capture": "capture", "void": "cancel"}[call]
    assert (request.path, request.params) == (f"/v1/payment_intents/pi_1/{path}", params)
    assert request.key == f"o1:{call}:1"
    assert fact.key == KEY


@pytest.mark.parametrize("call", ["capture", "void"])
def test_an_operation_that_comes_too_late_tells_where_the_charge_is(call: str) -> None:
    past = intent(status="canceled", cancellation_reason="expired", canceled_at=CREATED)

    fact = said(call, error(400, code="payment_intent_unexpected_state", payment_intent=past))

    assert (fact.kind, fact.psp_reference) == (K.EXPIRED, "pi_1")


@pytest.mark.parametrize("call", ["capture", "void"])
def test_a_plain_refusal_of_an_operation_says_nothing_of_the_charge(call: str) -> None:
    assert said(call, error(404, code="resource_missing")) == ANSWERED


def test_a_capture_that_stripe_cannot_be_told_is_not_asked_for() -> None:
    psp = line()
    order = an_order(S.CAPTURE_PENDING, psp_reference="pi_1", currency="KWD", amount_minor=5_124)
    wanted = Operation(OperationKind.CAPTURE, "o1:capture:1", 5_124)

    fact = StripeGateway(psp, "sk").capture(replace(order, operation=wanted))

    assert fact == replace(UNKNOWN, doubt=Doubt.UNASKED)
    assert psp.asked == []


@pytest.mark.parametrize("call", ["capture", "void"])
def test_without_an_operation_there_is_nothing_to_send(call: str) -> None:
    with pytest.raises(Invalid):
        said(call, reply(INTENT), order=an_order(S.SENT))


def other(number: int) -> dict[str, Any]:
    return intent(id=f"pi_{number}", metadata={"order_id": f"o{number}", "key": f"o{number}"})


def test_a_lost_charge_is_found_by_our_key_on_any_page() -> None:
    psp = line(
        reply(SETUP), listing(other(2), {"id": "pi_x", "metadata": {}}, more=True), listing(INTENT)
    )

    fact = StripeGateway(psp, "sk").find(ORDERS["find"])

    assert (fact.kind, fact.psp_reference) == (K.CAPTURED, "pi_1")
    assert psp.asked[1].path == "/v1/payment_intents"
    assert psp.asked[1].params == {"customer": "cus_1", "limit": "100"}


def test_what_stands_on_no_page_is_not_found() -> None:
    assert said("find", listing(other(2)), order=None) == PspFact(K.NOT_FOUND, key=KEY)


def test_a_charge_whose_name_we_know_is_asked_for_by_it() -> None:
    psp = line(reply(INTENT))

    fact = StripeGateway(psp, "sk").find(an_order(S.UNKNOWN, psp_reference="pi_1"))

    assert fact.kind is K.CAPTURED
    assert [one.path for one in psp.asked] == ["/v1/payment_intents/pi_1"]


ASKED: dict[str, Answer] = {**SILENCE, **NOT_LOOKED_AT, "404": error(404)}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("first", [[], [reply(SETUP)], [reply(SETUP), listing(more=True)]])
def test_a_question_without_an_answer_is_unknown(first: list[Answer], name: str) -> None:
    fact = StripeGateway(line(*first, ASKED[name]), "sk").find(ORDERS["find"])

    refused = name == "404" and not first
    assert fact == (ANSWERED if refused else UNKNOWN)


@pytest.mark.parametrize("name", ASKED)
def test_nor_is_a_known_charge_given_up(name: str) -> None:
    known = an_order(S.UNKNOWN, psp_reference="pi_1")

    fact = StripeGateway(line(ASKED[name]), "sk").find(known)

    assert fact == (ANSWERED if name in AT_WORK | {"404"} else UNKNOWN)


def test_the_newest_attempts_key_is_what_counts() -> None:
    # An answer for another key is a fact too: the domain compares it with the order's attempt.
    fact = said("charge", reply(intent(metadata={"order_id": "o1", "key": "o1:charge:9"})))

    assert fact.key == "o1:charge:9"


@pytest.mark.parametrize(
    "change",
    [
        lambda: {"amount": "7000"},
        lambda: {"currency": None},
        lambda: {"metadata": {}},
        lambda: {"id": "p" * 500},
        lambda: {"amount_received": -1},
    ],
)
def test_an_intent_that_is_not_as_documented_proves_nothing(
    change: Callable[[], dict[str, Any]],
) -> None:
    assert said("charge", reply(intent(**change()))) == UNKNOWN


def test_a_lost_answer_is_unknown_and_the_request_went_out_once() -> None:
    psp = line(reply(SETUP), NoAnswer("cut"))

    assert StripeGateway(psp, "sk").charge(ORDERS["charge"]) == UNKNOWN
    assert [one.method for one in psp.asked] == ["GET", "POST"]
