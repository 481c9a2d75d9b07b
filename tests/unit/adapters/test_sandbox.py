import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import CountinghouseError, Invalid, KeyReused, Unavailable
from countinghouse.domain.instants import from_rfc3339
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
from countinghouse_aws.psp.sandbox import SandboxGateway
from countinghouse_aws.psp.sandbox_webhooks import parse_event
from countinghouse_aws.psp.transport import NeverSent, NoAnswer, Reply
from tests.builders import NOW, POLICY, an_info, an_order

K = FactKind
S = OrderStatus
AT = "2026-11-18T11:06:30Z"
CHARGE: dict[str, Any] = {
    "psp_reference": "ch_1",
    "order_id": "o1",
    "idempotency_key": "o1:charge:1",
    "amount": 7_000,
    "currency": "EUR",
    "status": "captured",
    "captured": 7_000,
    "updated_at": AT,
    "decline": None,
    "action": None,
}
SESSION = {"psp_token": "tok_1", "expires_at": AT, "client_secret": "cs", "hosted_url": "https://x"}
ERROR = {"error": {"code": "session_expired", "message": "no"}}


@dataclass
class Line:
    """The transport: one scripted answer, and what was asked."""

    answer: Reply | Exception
    asked: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)

    def __call__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        self.asked.append((method, path, dict(headers), json.loads(body) if body else None))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def reply(status: int, body: object) -> Reply:
    return Reply(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def gateway(answer: Reply | Exception) -> tuple[SandboxGateway, Line]:
    line = Line(answer)
    return SandboxGateway(line, "sk_test"), line


def said(call: str, answer: Reply | Exception, order: Order | None = None) -> PspFact:
    psp, _ = gateway(answer)
    fact: PspFact = getattr(psp, call)(order or ORDERS[call])
    return fact


ORDERS = {
    "charge": an_order(S.SENT),
    "find": an_order(S.UNKNOWN),
    "capture": an_order(S.CAPTURE_PENDING),
    "void": an_order(S.VOID_PENDING),
}


def test_a_charge_goes_out_under_the_attempts_own_key() -> None:
    psp, line = gateway(reply(200, CHARGE))
    info = an_info(wallet_provider="paypal", return_url="https://shop.example", method="wallet")

    psp.charge(an_order(S.SENT, payment_info=info, capture_mode=CaptureMode.MANUAL))

    ((method, path, headers, body),) = line.asked
    assert (method, path) == ("POST", "/v1/charges")
    assert headers == {
        "Authorization": "Bearer sk_test",
        "Content-Type": "application/json",
        "Idempotency-Key": "o1:charge:1",
    }
    assert body == {
        "session": "tok_c1",
        "reference": "o1",
        "amount": 7_000,
        "currency": "EUR",
        "capture": "manual",
        "method": "wallet",
        "wallet_provider": "paypal",
        "return_url": "https://shop.example",
    }


@pytest.mark.parametrize(("call", "body"), [("capture", {"amount": 7_000}), ("void", {})])
def test_an_operation_goes_out_under_its_own_key(call: str, body: object) -> None:
    psp, line = gateway(reply(200, CHARGE))

    fact = getattr(psp, call)(ORDERS[call])

    ((method, path, headers, sent),) = line.asked
    assert (method, path, sent) == ("POST", f"/v1/charges/ch_1/{call}", body)
    assert headers["Idempotency-Key"] == f"o1:{call}:1"
    assert fact.key == "o1:charge:1"


def test_a_charge_is_asked_for_by_our_key() -> None:
    psp, line = gateway(reply(200, {"data": [CHARGE]}))

    assert psp.find(an_order(S.UNKNOWN)).kind is K.CAPTURED
    assert line.asked == [
        (
            "GET",
            "/v1/charges?idempotency_key=o1%3Acharge%3A1",
            {"Authorization": "Bearer sk_test"},
            None,
        )
    ]


def test_a_charge_becomes_a_fact() -> None:
    assert said("charge", reply(201, CHARGE)) == PspFact(
        K.CAPTURED,
        key="o1:charge:1",
        psp_reference="ch_1",
        amount_minor=7_000,
        captured_minor=7_000,
        currency="EUR",
        occurred_at=from_rfc3339(AT),
    )


def test_a_decline_and_an_action_are_read() -> None:
    declined = {
        **CHARGE,
        "status": "declined",
        "decline": {"code": "do_not_honor", "type": "soft", "message": "no"},
    }
    waiting = {
        **CHARGE,
        "status": "requires_action",
        "action": {"type": "qr_code", "expires_at": AT, "qr_payload": "pay:1"},
    }

    assert said("charge", reply(402, {"charge": declined})).decline == Decline(
        "do_not_honor", DeclineType.SOFT, "no"
    )
    assert said("charge", reply(200, waiting)).action == Action(
        "qr_code", None, from_rfc3339(AT), "pay:1"
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("requires_action", K.REQUIRES_ACTION),
        ("authorized", K.AUTHORIZED),
        ("captured", K.CAPTURED),
        ("voided", K.VOIDED),
        ("expired", K.EXPIRED),
        ("processing", K.PENDING),
        ("something_new", K.OTHER),
    ],
)
def test_every_status_has_its_kind(status: str, kind: FactKind) -> None:
    assert said("charge", reply(200, {**CHARGE, "status": status})).kind is kind
    assert said("find", reply(200, {"data": [{**CHARGE, "status": status}]})).kind is kind


NOTHING_SAID = [
    NoAnswer("ReadTimeoutError"),
    reply(500, ERROR),
    reply(502, b"<html>"),
    reply(503, CHARGE),
    reply(200, b""),
    reply(200, b"<html>"),
    reply(200, b"[]"),
    reply(200, b"\xff"),
    reply(200, b"[" * 100_000),
    reply(200, {}),
    reply(200, {"data": None}),
    reply(200, {"data": [1]}),
    reply(200, {"data": ["x"]}),
    reply(200, {"data": [{}]}),
    reply(200, {"data": {"a": 1}}),
    reply(301, ERROR),
]


@pytest.mark.parametrize("call", ["charge", "capture", "void", "find"])
@pytest.mark.parametrize("answer", NOTHING_SAID[:-1], ids=range(15))
def test_an_answer_that_says_nothing_is_unknown_and_never_raised(
    call: str, answer: Reply | Exception
) -> None:
    assert said(call, answer) == PspFact(K.UNKNOWN, key="o1:charge:1")


BENT_CHARGES = [
    {**CHARGE, "amount": "7000"},
    {**CHARGE, "amount": 70.0},
    {**CHARGE, "amount": True},
    {**CHARGE, "amount": -1},
    {**CHARGE, "captured": 10**40},
    {**CHARGE, "psp_reference": 5},
    {**CHARGE, "psp_reference": ""},
    {**CHARGE, "psp_reference": "a b"},
    {**CHARGE, "psp_reference": "x" * 201},
    {**CHARGE, "idempotency_key": "k\n"},
    {**CHARGE, "currency": None},
    {**CHARGE, "captured": None},
    {**CHARGE, "updated_at": 5},
    {**CHARGE, "updated_at": None},
    {**CHARGE, "updated_at": "2026-11-18T11:06:30"},
    {**CHARGE, "action": "redirect"},
    {**CHARGE, "action": {"type": "redirect"}},
    {**CHARGE, "action": {"type": "redirect", "expires_at": 5}},
    {**CHARGE, "decline": {"code": "x", "type": "medium"}},
    {**CHARGE, "decline": ["x"]},
    {**CHARGE, "status": ["captured"]},
    {name: value for name, value in CHARGE.items() if name != "idempotency_key"},
]


@pytest.mark.parametrize("bent", BENT_CHARGES, ids=range(len(BENT_CHARGES)))
def test_a_charge_that_cannot_be_read_is_unknown(bent: dict[str, Any]) -> None:
    for call in ("charge", "capture", "void"):
        assert said(call, reply(200, bent)).kind is K.UNKNOWN
        assert said(call, reply(409, {**ERROR, "charge": bent})).kind is K.UNKNOWN
    assert said("find", reply(200, {"data": [bent]})).kind is K.UNKNOWN


@pytest.mark.parametrize("call", ["charge", "capture", "void"])
@pytest.mark.parametrize(
    "answer",
    [NeverSent("ConnectTimeoutError"), reply(429, ERROR), reply(401, ERROR), reply(403, ERROR)],
)
def test_what_the_psp_provably_did_not_do_is_not_sent(call: str, answer: Reply | Exception) -> None:
    assert said(call, answer) == PspFact(K.NOT_SENT, key="o1:charge:1")


@pytest.mark.parametrize(
    ("answer", "doubt"),
    [
        (NeverSent("x"), Doubt.SILENCE),
        (reply(429, ERROR), Doubt.SILENCE),
        (reply(401, ERROR), Doubt.SILENCE),
        (reply(404, ERROR), Doubt.ANSWER),
        (reply(500, ERROR), Doubt.SILENCE),
    ],
)
def test_a_question_without_answer_proves_nothing(answer: Reply | Exception, doubt: Doubt) -> None:
    assert said("find", answer) == PspFact(K.UNKNOWN, key="o1:charge:1", doubt=doubt)


def test_a_psp_that_does_not_know_says_so() -> None:
    assert said("find", reply(200, {"data": []})) == PspFact(K.NOT_FOUND, key="o1:charge:1")


@pytest.mark.parametrize("status", [400, 402, 404, 413, 422])
def test_a_refused_charge_is_a_final_decline(status: int) -> None:
    fact = said("charge", reply(status, ERROR))

    assert fact.kind is K.DECLINED
    assert fact.decline == Decline(
        "psp_session_expired", DeclineType.HARD, "the PSP refused the request"
    )


@pytest.mark.parametrize("body", [{}, {"error": "text"}, {"error": None}, {"error": {}}])
def test_a_refusal_in_odd_words_never_raises(body: object) -> None:
    assert said("charge", reply(422, body)).kind in (K.DECLINED, K.UNKNOWN)


def test_a_key_in_use_proves_nothing() -> None:
    in_use = said("charge", reply(409, ERROR))

    assert in_use == PspFact(K.UNKNOWN, key="o1:charge:1", doubt=Doubt.ANSWER)


def test_a_charge_past_what_we_asked_answers_with_its_state() -> None:
    captured = reply(409, {**ERROR, "charge": CHARGE})

    assert said("void", captured).kind is K.CAPTURED


@pytest.mark.parametrize("status", [400, 404, 409, 422])
@pytest.mark.parametrize("call", ["capture", "void"])
def test_a_refused_operation_says_nothing_of_the_charge(call: str, status: int) -> None:
    fact = said(call, reply(status, ERROR))

    assert fact == PspFact(K.UNKNOWN, key="o1:charge:1", doubt=Doubt.ANSWER)
    after = apply_fact(ORDERS[call], fact, NOW, POLICY).order
    assert after.status is ORDERS[call].status


@given(st.integers(200, 599), st.binary(max_size=60))
def test_any_answer_is_a_fact(status: int, body: bytes) -> None:
    for call in ("charge", "capture", "void", "find"):
        assert isinstance(said(call, Reply(status, body)), PspFact)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from([*CHARGE, "data", "charge", "error", "code"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(st.sampled_from([200, 201, 402, 409, 422]), json_values, st.sampled_from(sorted(CHARGE)))
def test_any_json_is_a_fact(status: int, body: object, field_: str) -> None:
    for answer in (
        body,
        {**CHARGE, field_: body},
        {"charge": {**CHARGE, field_: body}, "data": body},
    ):
        for call in ("charge", "capture", "void", "find"):
            assert isinstance(said(call, reply(status, answer)), PspFact)


# --- sessions ----------------------------------------------------------------------------------


def opened(answer: Reply | Exception) -> PspSession:
    psp, line = gateway(answer)
    session = psp.open_session("c1", 7_000, "EUR", None)
    ((method, path, headers, body),) = line.asked
    assert (method, path, headers["Idempotency-Key"]) == ("POST", "/v1/sessions", "session:c1")
    assert body == {"reference": "c1", "amount": 7_000, "currency": "EUR"}
    return session


def test_a_session_is_opened_under_the_checkouts_own_key() -> None:
    assert opened(reply(201, SESSION)) == PspSession(
        "sandbox", "tok_1", from_rfc3339(AT), "cs", "https://x"
    )


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (NeverSent("x"), Unavailable),
        (NoAnswer("x"), Unavailable),
        (reply(429, ERROR), Unavailable),
        (reply(401, ERROR), Unavailable),
        (reply(500, ERROR), Unavailable),
        (reply(200, b"<html>"), Unavailable),
        (reply(200, {}), Unavailable),
        (reply(200, {**SESSION, "expires_at": 5}), Unavailable),
        (reply(200, {**SESSION, "expires_at": "soon"}), Unavailable),
        (reply(409, ERROR), KeyReused),
        (reply(422, ERROR), Invalid),
    ],
    ids=range(11),
)
def test_a_session_that_is_not_opened_says_whether_to_try_again(
    answer: Reply | Exception, error: type[CountinghouseError]
) -> None:
    with pytest.raises(error):
        opened(answer)


# --- webhooks ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", ["requires_action", "authorized", "captured", "declined", "voided", "expired"]
)
def test_an_event_is_its_fact_and_the_hash_of_its_bytes(status: str) -> None:
    charge = {**CHARGE, "status": status, "captured": 7_000 if status == "captured" else 0}
    raw = json.dumps({"event_id": "evt_1", "type": f"charge.{status}", "data": charge}).encode()

    event = parse_event(raw, NOW)

    assert (event.event_key, event.order_id, event.received_at) == ("sandbox#evt_1", "o1", NOW)
    assert event.fact == said("find", reply(200, {"data": [charge]}))
    assert parse_event(raw + b" ", NOW).body_sha256 != event.body_sha256


@given(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_event_or_refused(raw: bytes) -> None:
    try:
        key = parse_event(raw, NOW).event_key
    except Invalid as refusal:
        key = refusal.code

    assert key == "malformed_request" or key.startswith("sandbox#")


def test_an_order_without_an_operation_sends_none() -> None:
    psp, line = gateway(reply(200, CHARGE))
    for call in (psp.capture, psp.void):
        with pytest.raises(Invalid):
            call(replace(an_order(S.AUTHORIZED), operation=None))
    assert line.asked == []
