from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import CountinghouseError, Invalid, Unavailable
from countinghouse.domain.instants import DAY, HOUR, from_rfc3339
from countinghouse.domain.order import CaptureMode, Order, OrderStatus
from countinghouse.domain.order_facts import apply_fact
from countinghouse.domain.psp import (
    Action,
    Decline,
    DeclineType,
    Doubt,
    FactKind,
    PspFact,
    PspSession,
)
from countinghouse_aws.psp.adyen_gateway import NO_RETURN_URL, AdyenGateway
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply
from tests.builders import NOW, POLICY, an_info, an_order
from tests.fakes.clock import FakeClock
from tests.unit.adapters.adyen_line import CARDS, Line, reply

K = FactKind
S = OrderStatus
AT = "2026-11-18T12:06:30+01:00"
PAID: dict[str, Any] = {
    "pspReference": "P1",
    "resultCode": "Authorised",
    "merchantReference": "o1",
    "amount": {"value": 7_000, "currency": "EUR"},
}
REDIRECT = {"type": "redirect", "url": "https://psp.example/pay", "method": "GET"}
ACTING = {"pspReference": "P1", "resultCode": "RedirectShopper", "action": REDIRECT}
RECEIVED = {"status": "received", "pspReference": "M1", "paymentPspReference": "P1"}
ERROR = {"status": 422, "errorCode": "14_030", "message": "no", "errorType": "validation"}
SESSION = {"id": "CS1", "sessionData": "data", "expiresAt": AT}
KEY = "o1:charge:1"
INFO = an_info(return_url="https://shop.example/back")
ORDERS = {
    "charge": an_order(S.SENT, payment_info=INFO),
    "find": an_order(S.UNKNOWN, payment_info=INFO),
    "complete": an_order(S.REQUIRES_ACTION, payment_info=INFO),
    "capture": an_order(S.CAPTURE_PENDING),
    "void": an_order(S.VOID_PENDING),
}
CALLS = sorted(ORDERS)
PAYING = ["charge", "complete", "find"]


def asked(
    call: str, answer: Reply | Exception, order: Order | None = None, **more: Any
) -> tuple[PspFact, Line]:
    line = Line(answer, **more)
    psp = AdyenGateway(line.client(), FakeClock())
    wanted = order or ORDERS[call]
    if call == "complete":
        return psp.complete(wanted, {"redirectResult": "r"}), line
    fact: PspFact = getattr(psp, call)(wanted)
    return fact, line


def said(call: str, answer: Reply | Exception, order: Order | None = None) -> PspFact:
    return asked(call, answer, order)[0]


def sent(order: Order) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """The body and the headers that a charge of this order goes out with."""
    _, line = asked("charge", reply(200, PAID), order)
    _, path, headers, body = line.asked[-1]
    assert path.endswith("/payments")
    return body, headers


def test_a_card_is_charged_with_the_one_that_was_stored_last() -> None:
    body, headers = sent(ORDERS["charge"])

    assert headers["Idempotency-Key"] == KEY
    assert body == {
        "merchantAccount": "ShopCOM",
        "amount": {"value": 7_000, "currency": "EUR"},
        "reference": "o1",
        "shopperReference": "c1:",
        "paymentMethod": {"type": "scheme", "storedPaymentMethodId": "NEW"},
        "shopperInteraction": "Ecommerce",
        "recurringProcessingModel": "CardOnFile",
        "returnUrl": "https://shop.example/back",
        "metadata": {"key": KEY, "capture": "automatic"},
    }


def test_a_wallet_and_a_code_need_no_stored_card() -> None:
    for info, kind, currency in (
        (an_info(method="wallet", wallet_provider="paypal"), "paypal", "EUR"),
        (an_info(method="qr"), "paynow", "SGD"),
    ):
        order = an_order(S.SENT, payment_info=info, currency=currency)
        _, line = asked("charge", reply(200, PAID), order, cards=NoAnswer("not asked"))
        ((_, _, _, body),) = line.asked
        assert body["paymentMethod"] == {"type": kind}
        assert body["returnUrl"] == NO_RETURN_URL
        assert "recurringProcessingModel" not in body


def test_a_manual_capture_is_asked_for() -> None:
    body, _ = sent(an_order(S.SENT, capture_mode=CaptureMode.MANUAL))

    assert body["additionalData"] == {"manualCapture": "true"}
    assert body["metadata"] == {"key": KEY, "capture": "manual"}


@pytest.mark.parametrize(
    ("exemption", "additional", "interaction"),
    [
        (None, None, "Ecommerce"),
        ("low_value", {"scaExemption": "lowValue"}, "Ecommerce"),
        (
            "transaction_risk_analysis",
            {"scaExemption": "transactionRiskAnalysis"},
            "Ecommerce",
        ),
        ("trusted_beneficiary", {"scaExemption": "trustedBeneficiary"}, "Ecommerce"),
        ("secure_corporate", {"scaExemption": "secureCorporate"}, "Ecommerce"),
        ("merchant_initiated", None, "ContAuth"),
    ],
)
def test_an_exemption_is_claimed_in_adyens_words(
    exemption: str | None, additional: dict[str, str] | None, interaction: str
) -> None:
    body, _ = sent(an_order(S.SENT, payment_info=an_info(sca_exemption=exemption)))

    assert (body.get("additionalData"), body["shopperInteraction"]) == (additional, interaction)


@pytest.mark.parametrize(
    ("currency", "minor", "value"), [("ISK", 700, 70_000), ("IDR", 700, 7), ("JPY", 700, 700)]
)
def test_amounts_go_out_in_adyens_units_and_come_back_in_ours(
    currency: str, minor: int, value: int
) -> None:
    order = an_order(S.SENT, currency=currency, amount_minor=minor)
    answer = {**PAID, "amount": {"value": value, "currency": currency}}

    fact, line = asked("charge", reply(200, answer), order)

    assert line.asked[-1][3]["amount"] == {"value": value, "currency": currency}
    assert (fact.kind, fact.amount_minor, fact.captured_minor) == (K.CAPTURED, minor, minor)


def test_what_adyen_cannot_count_is_refused_before_any_call() -> None:
    for order in (
        an_order(S.SENT, currency="IDR", amount_minor=7_001),
        an_order(S.SENT, currency="XDR"),
    ):
        fact, line = asked("charge", reply(200, PAID), order)
        assert fact.decline is not None
        assert (fact.kind, fact.decline.code) == (K.DECLINED, "psp_amount_not_expressible")
        assert (fact.decline.type, line.asked) == (DeclineType.HARD, [])


@pytest.mark.parametrize("call", PAYING)
def test_authorised_is_captured_unless_we_capture_ourselves(call: str) -> None:
    manual = replace(ORDERS[call], capture_mode=CaptureMode.MANUAL)

    assert said(call, reply(200, PAID)) == PspFact(K.CAPTURED, KEY, "P1", 7_000, 7_000, "EUR")
    assert said(call, reply(200, PAID), manual) == PspFact(K.AUTHORIZED, KEY, "P1", 7_000, 0, "EUR")


def test_an_amount_that_is_not_named_is_the_one_asked_for_and_a_part_is_named() -> None:
    bare = {name: value for name, value in PAID.items() if name != "amount"}
    part = {**PAID, "resultCode": "PartiallyAuthorised"}

    assert said("charge", reply(200, bare)).captured_minor == 7_000
    assert said("charge", reply(200, {**bare, "resultCode": part["resultCode"]})).kind is K.UNKNOWN
    less = {**part, "amount": {"value": 5_000, "currency": "EUR"}}
    order = apply_fact(ORDERS["charge"], said("charge", reply(200, less)), NOW, POLICY).order
    assert order.status is S.CONFLICTED


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ("Refused", K.DECLINED),
        ("Error", K.DECLINED),
        ("Cancelled", K.DECLINED),
        ("Pending", K.PENDING),
        ("Received", K.PENDING),
        ("AuthenticationFinished", K.PENDING),
        ("SomethingNew", K.UNKNOWN),
        ("", K.UNKNOWN),
        (None, K.UNKNOWN),
        (["Authorised"], K.UNKNOWN),
    ],
)
def test_every_result_code_has_its_kind(result: object, kind: FactKind) -> None:
    for call in PAYING:
        assert said(call, reply(200, {**PAID, "resultCode": result})).kind is kind


def test_a_refusal_says_why() -> None:
    refused = {
        "pspReference": "P1",
        "resultCode": "Refused",
        "refusalReasonCode": "12",
        "refusalReason": "Not enough balance",
    }

    assert said("charge", reply(200, refused)) == PspFact(
        K.DECLINED,
        KEY,
        "P1",
        decline=Decline("not_enough_balance", DeclineType.SOFT, "Not enough balance"),
    )


@pytest.mark.parametrize(
    ("result", "action", "expected"),
    [
        ("RedirectShopper", REDIRECT, Action("redirect", REDIRECT["url"], NOW + 12 * HOUR)),
        ("ChallengeShopper", {"type": "threeDS2"}, Action("three_ds", None, NOW + 12 * HOUR)),
        ("IdentifyShopper", {"type": "threeDS2"}, Action("three_ds", None, NOW + 12 * HOUR)),
        (
            "Pending",
            {"type": "qrCode", "qrCodeData": "pay:1", "expiresAt": AT},
            Action("qr_code", None, from_rfc3339(AT), "pay:1"),
        ),
        (
            "PresentToShopper",
            {"type": "voucher", "url": "https://x"},
            Action("redirect", "https://x", NOW + 12 * HOUR),
        ),
    ],
)
def test_what_the_buyer_has_to_do_is_read(
    result: str, action: dict[str, object], expected: Action
) -> None:
    fact = said("charge", reply(200, {**ACTING, "resultCode": result, "action": action}))

    assert (fact.kind, fact.action) == (K.REQUIRES_ACTION, expected)
    assert (fact.amount_minor, fact.currency, fact.psp_reference) == (7_000, "EUR", "P1")


def test_a_redirect_may_have_no_reference_yet() -> None:
    bare = {"resultCode": "RedirectShopper", "action": REDIRECT}

    assert said("charge", reply(200, bare)).psp_reference is None


BENT: list[dict[str, Any]] = [
    {**PAID, "amount": {"value": "7000", "currency": "EUR"}},
    {**PAID, "amount": {"value": 70.0, "currency": "EUR"}},
    {**PAID, "amount": {"value": -1, "currency": "EUR"}},
    {**PAID, "amount": {"value": 7_000}},
    {**PAID, "amount": {"value": 7_000, "currency": "XXX"}},
    {**PAID, "amount": 7_000},
    {**PAID, "amount": None},
    {**PAID, "pspReference": 5},
    {**PAID, "pspReference": "a b"},
    {**PAID, "pspReference": "x" * 201},
    {**PAID, "merchantReference": "o2"},
    {name: value for name, value in PAID.items() if name != "pspReference"},
    {**ACTING, "action": None},
    {**ACTING, "action": "redirect"},
    {**ACTING, "action": {"url": "https://x"}},
    {**ACTING, "action": {"type": "redirect", "url": "javascript:alert(1)"}},
    {**ACTING, "action": {"type": "redirect", "url": 5}},
    {**ACTING, "action": {"type": "qrCode"}},
    {**ACTING, "action": {"type": "qrCode", "qrCodeData": ""}},
    {**ACTING, "action": {"type": "qrCode", "qrCodeData": "x" * 2_001}},
    {**ACTING, "action": {**REDIRECT, "expiresAt": "soon"}},
    {name: value for name, value in ACTING.items() if name != "action"},
]


@pytest.mark.parametrize("bent", BENT, ids=range(len(BENT)))
def test_an_answer_that_is_not_as_documented_proves_nothing(bent: dict[str, Any]) -> None:
    for call in PAYING:
        assert said(call, reply(200, bent)) == PspFact(K.UNKNOWN, KEY)


NOTHING_SAID = [
    NoAnswer("ReadTimeoutError"),
    reply(500, ERROR),
    reply(502, b"<html>"),
    reply(503, PAID),
    reply(200, b""),
    reply(200, b"<html>"),
    reply(200, b"[]"),
    reply(200, b"[" * 100_000),
    reply(200, {}),
    reply(301, PAID),
    reply(408, ERROR),
    reply(422, ERROR, transient_error="true"),
    reply(422, b"<html>"),
    reply(500, {**ERROR, "errorCode": "704"}),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("answer", NOTHING_SAID, ids=range(len(NOTHING_SAID)))
def test_an_answer_that_says_nothing_is_unknown(call: str, answer: Reply | Exception) -> None:
    assert said(call, answer) == PspFact(K.UNKNOWN, KEY, doubt=Doubt.SILENCE)


AT_WORK = [
    reply(409, ERROR),
    reply(409, b"{}"),
    reply(409, ERROR, transient_error="true"),
    reply(422, {**ERROR, "errorCode": "704"}),
    reply(422, {**ERROR, "errorCode": "704"}, transient_error="true"),
    reply(425, ERROR),
]


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("answer", AT_WORK, ids=range(len(AT_WORK)))
def test_a_request_that_adyen_is_still_at_is_unknown_and_no_silence(
    call: str, answer: Reply
) -> None:
    assert said(call, answer) == PspFact(K.UNKNOWN, KEY, doubt=Doubt.ANSWER)


NOT_DONE = [NeverSent("refused"), reply(429, ERROR), reply(401, ERROR), reply(403, ERROR)]


@pytest.mark.parametrize("answer", NOT_DONE, ids=range(4))
@pytest.mark.parametrize("call", CALLS)
def test_what_adyen_provably_did_not_do_is_not_sent(call: str, answer: Reply | Exception) -> None:
    kind = K.UNKNOWN if call == "find" else K.NOT_SENT

    assert said(call, answer) == PspFact(kind, KEY)


@pytest.mark.parametrize("answer", [*NOT_DONE, *NOTHING_SAID[:4]], ids=range(8))
def test_without_the_stored_card_nothing_was_charged(answer: Reply | Exception) -> None:
    charged, line = asked("charge", reply(200, PAID), cards=answer)

    assert (charged, len(line.asked)) == (PspFact(K.NOT_SENT, KEY), 1)
    assert asked("find", reply(200, PAID), cards=answer)[0] == PspFact(K.UNKNOWN, KEY)


@pytest.mark.parametrize("stored", [{}, {"storedPaymentMethods": []}])
def test_a_buyer_who_left_no_card_cannot_be_charged(stored: object) -> None:
    charged, line = asked("charge", reply(200, PAID), cards=reply(200, stored))

    assert charged.decline is not None
    assert (charged.decline.code, len(line.asked)) == ("psp_no_payment_method", 1)
    # The card may be gone by now, and the charge made with it.
    found = asked("find", reply(200, PAID), cards=reply(200, stored))[0]
    assert found == PspFact(K.UNKNOWN, KEY, doubt=Doubt.UNASKED)


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_refused_charge_is_a_final_decline(status: int) -> None:
    for call in ("charge", "find"):
        fact = said(call, reply(status, ERROR))
        assert fact.kind is K.DECLINED
        assert fact.decline == Decline(
            "psp_14_030", DeclineType.HARD, "the PSP refused the request"
        )


@pytest.mark.parametrize("status", [400, 404, 422])
@pytest.mark.parametrize("call", ["capture", "complete", "void"])
def test_a_refused_operation_says_nothing_of_the_charge(call: str, status: int) -> None:
    fact = said(call, reply(status, ERROR))

    assert fact == PspFact(K.UNKNOWN, KEY, doubt=Doubt.ANSWER)
    assert apply_fact(ORDERS[call], fact, NOW, POLICY).order.status is ORDERS[call].status


@pytest.mark.parametrize(
    ("call", "body"),
    [
        ("capture", {"amount": {"value": 7_000, "currency": "EUR"}}),
        ("void", {}),
    ],
)
def test_an_operation_goes_out_under_its_own_key_and_is_received(
    call: str, body: dict[str, object]
) -> None:
    fact, line = asked(call, reply(201, RECEIVED))

    ((_, path, headers, told),) = line.asked
    assert fact == PspFact(K.PENDING, KEY)
    assert path.endswith(f"/payments/ch_1/{'captures' if call == 'capture' else 'cancels'}")
    assert headers["Idempotency-Key"] == f"o1:{call}:1"
    assert told == {"merchantAccount": "ShopCOM", "reference": f"o1:{call}:1", **body}


def test_a_payment_adyen_never_named_is_cancelled_by_our_reference() -> None:
    order = replace(ORDERS["void"], psp_reference=None)

    _, line = asked("void", reply(201, RECEIVED), order)

    ((_, path, _, told),) = line.asked
    assert path.endswith("/v72/cancels")
    assert told["paymentReference"] == "o1"


@pytest.mark.parametrize("call", ["capture", "void"])
def test_an_order_without_an_operation_sends_none(call: str) -> None:
    with pytest.raises(Invalid):
        asked(call, reply(201, RECEIVED), an_order(S.AUTHORIZED))


def test_a_question_is_the_charge_again_as_long_as_the_key_is_kept() -> None:
    order = ORDERS["find"]
    line = Line(reply(200, PAID))
    clock = FakeClock()
    psp = AdyenGateway(line.client(), clock)

    clock.advance(6 * DAY)
    assert psp.find(order).kind is K.CAPTURED
    assert line.asked[-1][3] == sent(ORDERS["charge"])[0]
    before = len(line.asked)
    clock.advance(1)
    assert psp.find(order) == PspFact(K.UNKNOWN, KEY, doubt=Doubt.UNASKED)
    assert len(line.asked) == before


@pytest.mark.parametrize(
    ("at", "card"),
    [
        ("2026-11-18T10:30:00Z", "OLD"),
        ("2026-11-18T11:00:00Z", "NEW"),
        ("2026-11-18T09:00:00Z", "NEW"),
    ],
)
def test_a_question_names_the_card_that_was_charged(at: str, card: str) -> None:
    (attempt,) = ORDERS["find"].attempts
    then = replace(attempt, first_sent_at=from_rfc3339(at))

    _, line = asked("find", reply(200, PAID), replace(ORDERS["find"], attempts=(then,)))

    assert line.asked[-1][3]["paymentMethod"]["storedPaymentMethodId"] == card


def test_cards_without_a_time_come_newest_first() -> None:
    cards = {"storedPaymentMethods": [{"id": "A"}, {"id": "B"}]}

    for call in ("charge", "find"):
        _, line = asked(call, reply(200, PAID), cards=reply(200, cards))
        assert line.asked[-1][3]["paymentMethod"]["storedPaymentMethodId"] == "A"


def test_details_go_out_under_a_key_of_their_own() -> None:
    keys = set()
    for details in ({"redirectResult": "a"}, {"redirectResult": "b"}, {"redirectResult": "a"}):
        line = Line(reply(200, PAID))
        AdyenGateway(line.client(), FakeClock()).complete(ORDERS["complete"], details)
        ((_, path, headers, body),) = line.asked
        assert (path.endswith("/payments/details"), body) == (True, {"details": details})
        keys.add(headers["Idempotency-Key"])
    assert len(keys) == 2
    assert max(map(len, keys)) <= 64


@given(st.integers(200, 599), st.binary(max_size=40))
def test_any_answer_is_a_fact(status: int, body: bytes) -> None:
    for call in CALLS:
        assert isinstance(said(call, Reply(status, body)), PspFact)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from([*PAID, "action", "value"]), inner, max_size=4)
    ),
    max_leaves=6,
)


@given(st.sampled_from([200, 422]), json_values, st.sampled_from(sorted({*PAID, "action"})))
def test_any_json_is_a_fact(status: int, body: object, name: str) -> None:
    for answer in (body, {**PAID, name: body}, {**ACTING, name: body}):
        for call in CALLS:
            assert isinstance(said(call, reply(status, answer)), PspFact)
    stored = asked("charge", reply(200, PAID), cards=reply(200, {**CARDS, name: body}))
    assert isinstance(stored[0], PspFact)


def opened(answer: Reply | Exception, return_url: str | None = None) -> tuple[PspSession, Line]:
    line = Line(answer)
    psp = AdyenGateway(line.client(), FakeClock())
    return psp.open_session("c1", 7_000, "EUR", return_url), line


def test_a_session_is_opened_under_the_checkouts_own_key() -> None:
    session, line = opened(reply(201, SESSION), "https://shop.example")

    ((_, path, headers, body),) = line.asked
    assert session == PspSession("adyen", "CS1", from_rfc3339(AT), "data")
    assert (path.endswith("/sessions"), headers["Idempotency-Key"]) == (True, "c1:session")
    assert body == {
        "merchantAccount": "ShopCOM",
        "amount": {"value": 0, "currency": "EUR"},
        "reference": "c1",
        "returnUrl": "https://shop.example",
        "shopperReference": "c1:",
        "shopperInteraction": "Ecommerce",
        "recurringProcessingModel": "CardOnFile",
        "storePaymentMethodMode": "enabled",
        "metadata": {"checkout_id": "c1"},
    }


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (NeverSent("x"), Unavailable),
        (NoAnswer("x"), Unavailable),
        (reply(401, ERROR), Unavailable),
        (reply(409, ERROR), Unavailable),
        (reply(422, ERROR, transient_error="true"), Unavailable),
        (reply(429, ERROR), Unavailable),
        (reply(500, ERROR), Unavailable),
        (reply(200, b"<html>"), Unavailable),
        (reply(201, {}), Unavailable),
        (reply(201, {**SESSION, "expiresAt": "soon"}), Unavailable),
        (reply(201, {**SESSION, "id": "a b"}), Unavailable),
        (reply(422, ERROR), Invalid),
    ],
    ids=range(12),
)
def test_a_session_that_is_not_opened_says_whether_to_try_again(
    answer: Reply | Exception, error: type[CountinghouseError]
) -> None:
    with pytest.raises(error):
        opened(answer)


def test_a_checkout_that_adyen_could_never_charge_opens_no_session() -> None:
    line = Line(reply(201, SESSION))
    with pytest.raises(Invalid):
        AdyenGateway(line.client(), FakeClock()).open_session("c1", 7_050, "IDR", None)
    assert line.asked == []
