import hashlib
import json
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st
from stripe import params

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import SECOND
from countinghouse.domain.psp import (
    DisputeFact,
    EventStatus,
    FactKind,
    PayoutFact,
    PspEvent,
    PspFact,
    RefundFact,
    SettlementKind,
)
from countinghouse_aws.psp.signatures import BadSignature, StaleTimestamp, sign
from countinghouse_aws.psp.stripe_webhooks import EVENT_TYPES, StripeWebhooks, parse_event
from tests.unit.adapters.stripe_line import CREATED, intent
from tests.unit.adapters.test_stripe_facts import DISPUTE, REFUND, literals

K = FactKind
NOW = (CREATED + 5) * SECOND
SECRET = "whsec_test"


def event(event_type: str, said: object) -> bytes:
    return json.dumps(
        {
            "id": "evt_1",
            "object": "event",
            "type": event_type,
            "created": CREATED,
            "data": {"object": said},
        }
    ).encode()


def thin(event_type: str) -> bytes:
    related = {"id": "obp_1", "type": "v2.money_management.outbound_payment", "url": "/v2/x/obp_1"}
    return json.dumps(
        {"id": "evt_2", "object": "v2.core.event", "type": event_type, "related_object": related}
    ).encode()


def parsed(body: bytes) -> PspEvent:
    return parse_event(body, NOW)


def test_an_event_is_kept_as_its_fact_and_its_hash() -> None:
    body = event("payment_intent.succeeded", intent())

    assert parsed(body) == PspEvent(
        event_key="stripe#evt_1",
        psp="stripe",
        event_type="payment_intent.succeeded",
        order_id="o1",
        fact=PspFact(
            K.CAPTURED, "o1:charge:1", "pi_1", 7_000, 7_000, "EUR", occurred_at=CREATED * SECOND
        ),
        body_sha256=hashlib.sha256(body).hexdigest(),
        received_at=NOW,
        status=EventStatus.RECEIVED,
    )


DECLINED = intent(
    status="requires_payment_method", last_payment_error={"decline_code": "lost_card"}
)
ACTION = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://acs"}}


@pytest.mark.parametrize(
    ("step", "said", "kind"),
    [
        ("amount_capturable_updated", intent(status="requires_capture"), K.AUTHORIZED),
        ("canceled", intent(status="canceled"), K.VOIDED),
        ("payment_failed", DECLINED, K.DECLINED),
        ("processing", intent(status="processing"), K.PENDING),
        (
            "requires_action",
            intent(status="requires_action", next_action=ACTION),
            K.REQUIRES_ACTION,
        ),
        ("succeeded", intent(), K.CAPTURED),
        # Nothing was tried yet, or nothing of ours is in it.
        ("created", intent(status="requires_payment_method"), K.OTHER),
        ("partially_funded", intent(), K.OTHER),
    ],
)
def test_an_intents_events(step: str, said: dict[str, Any], kind: FactKind) -> None:
    found = parsed(event(f"payment_intent.{step}", said))

    assert isinstance(found.fact, PspFact)
    assert found.fact.kind is kind
    assert found.order_id == (None if kind is K.OTHER else "o1")


@pytest.mark.parametrize("step", ["created", "updated", "failed"])
def test_a_refunds_events(step: str) -> None:
    found = parsed(event(f"refund.{step}", REFUND))

    assert found.order_id == "o1"
    assert isinstance(found.fact, RefundFact)
    assert (found.fact.key, found.fact.occurred_at) == ("o1:refund:1", CREATED * SECOND)


@pytest.mark.parametrize(
    "step", ["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"]
)
def test_a_disputes_events_name_no_order(step: str) -> None:
    found = parsed(event(f"charge.dispute.{step}", DISPUTE))

    assert found.order_id is None
    assert isinstance(found.fact, DisputeFact)
    assert (found.fact.charge_reference, found.fact.psp_reference) == ("pi_1", "dp_1")


@pytest.mark.parametrize("step", ["posted", "failed", "returned", "canceled", "updated"])
def test_a_payouts_events_make_us_ask(step: str) -> None:
    found = parsed(thin(f"v2.money_management.outbound_payment.{step}"))

    assert found.order_id is None
    assert found.event_key == "stripe#evt_2"
    assert found.fact == PayoutFact(SettlementKind.UNKNOWN, "obp_1", psp_reference="obp_1")


@pytest.mark.parametrize(
    "body",
    [
        event("customer.created", {"id": "cus_1"}),
        event("payment_intent.succeeded", intent(metadata={})),
        event("payment_intent.succeeded", intent(metadata=None)),
        event("payment_intent.succeeded", intent(metadata={"order_id": "theirs"})),
        event("refund.failed", {**REFUND, "metadata": {"key": "theirs"}}),
        event("charge.dispute.created", {**DISPUTE, "payment_intent": None}),
        thin("v2.money_management.outbound_payment.created"),
        thin("v2.core.account.updated"),
    ],
)
def test_what_is_not_ours_is_kept_and_says_nothing(body: bytes) -> None:
    found = parsed(body)

    assert (found.fact, found.order_id) == (PspFact(K.OTHER), None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b"\xff",
        b"{}",
        event("payment_intent.succeeded", None),
        event("payment_intent.succeeded", intent(amount="7000")),
        event("payment_intent.succeeded", intent(metadata={"order_id": "o 1", "key": "k"})),
        event("refund.created", {**REFUND, "status": "exploded"}),
        event("charge.dispute.created", {**DISPUTE, "status": "exploded"}),
        json.dumps({"id": "e", "type": "refund.created", "data": {"object": REFUND}}).encode(),
        json.dumps({"id": "e", "type": "v2.money_management.outbound_payment.posted"}).encode(),
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        parsed(body)

    assert refused.value.code == "malformed_request"


def test_the_event_types_are_the_librarys() -> None:
    snapshots = literals(params.WebhookEndpointCreateParams.__annotations__["enabled_events"])
    steps = ("Posted", "Failed", "Returned", "Canceled", "Updated")
    thins = {
        getattr(stripe.events, f"V2MoneyManagementOutboundPayment{step}Event").LOOKUP_TYPE
        for step in steps
    }

    assert EVENT_TYPES - snapshots == thins


def header(body: bytes, at: int = CREATED, secret: str = SECRET) -> dict[str, str]:
    return {"stripe-signature": f"t={at},v1={sign(secret, at, body)},v0=older"}


def test_a_source_verifies_and_then_reads() -> None:
    source = StripeWebhooks(lambda: ["whsec_old", SECRET])
    body = event("payment_intent.succeeded", intent())

    source.verify(header(body), body, NOW)
    (found,) = source.parse(body, NOW)

    assert found.event_key == "stripe#evt_1"


@pytest.mark.parametrize(
    ("headers", "body", "failure"),
    [
        ({}, b"{}", BadSignature),
        (header(b"{}"), b"{ }", BadSignature),
        (header(b"{}", secret="whsec_other"), b"{}", BadSignature),
        (header(b"{}", at=CREATED - 301), b"{}", StaleTimestamp),
    ],
)
def test_a_signature_that_does_not_fit_is_refused(
    headers: dict[str, str], body: bytes, failure: type[Exception]
) -> None:
    with pytest.raises(failure):
        StripeWebhooks(lambda: [SECRET]).verify(headers, body, NOW)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)
SECRETS = st.text("abcxyzABCXYZ019_", min_size=1, max_size=20)


@given(body=TEXTS, secret=SECRETS, other=SECRETS)
def test_our_check_of_a_signature_is_the_librarys(body: str, secret: str, other: str) -> None:
    made = stripe.WebhookSignature.generate_signature_header(body, secret, CREATED)

    def ours() -> bool:
        try:
            source = StripeWebhooks(lambda: [other])
            source.verify({"stripe-signature": made}, body.encode(), NOW)
        except BadSignature:
            return False
        return True

    def theirs() -> bool:
        try:
            stripe.WebhookSignature.verify_header(body.encode(), made, other)
        except stripe.SignatureVerificationError:
            return False
        return True

    assert ours() == theirs() == (secret == other)


@given(body=TEXTS, secret=SECRETS)
def test_a_signature_of_the_librarys_fits(body: str, secret: str) -> None:
    made = stripe.WebhookSignature.generate_signature_header(body, secret, CREATED)

    assert made == f"t={CREATED},v1={sign(secret, CREATED, body.encode())}"
