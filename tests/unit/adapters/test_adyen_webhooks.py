import json
from collections.abc import Mapping
from typing import Any

import pytest
from Adyen import util
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import MINUTE, from_rfc3339
from countinghouse.domain.psp import (
    Decline,
    DeclineType,
    DisputeFact,
    FactKind,
    PayoutFact,
    PspEvent,
    PspFact,
    RefundFact,
    SettlementKind,
)
from countinghouse_aws.psp.adyen_webhooks import (
    ITEMS_MAX,
    AdyenWebhooks,
    reports_of,
    signature,
    signed_text,
)
from countinghouse_aws.psp.signatures import BadSignature
from tests.builders import NOW

K, R = FactKind, SettlementKind
G, D = DisputeStage, DisputeStatus
KEY, PREVIOUS, OTHER = "ab" * 32, "cd" * 32, "ef" * 32
AT = "2026-11-18T12:06:30+01:00"
THEN = from_rfc3339(AT)
METADATA = {"metadata.key": "o1:charge:1", "metadata.capture": "automatic"}
ITEM: dict[str, Any] = {
    "additionalData": METADATA,
    "amount": {"currency": "EUR", "value": 7_000},
    "eventCode": "AUTHORISATION",
    "eventDate": AT,
    "merchantAccountCode": "ShopCOM",
    "merchantReference": "o1",
    "pspReference": "P1",
    "reason": "",
    "success": "true",
}
SOURCE = AdyenWebhooks(lambda: [KEY, PREVIOUS])


def item(code: str, **more: Any) -> dict[str, Any]:
    return {**ITEM, "eventCode": code, **more}


def about(code: str, **more: Any) -> dict[str, Any]:
    """An item about something done to the payment P1."""
    return item(code, originalReference="P1", pspReference="M1", **more)


def signed(one: Mapping[str, Any], key: str = KEY) -> dict[str, Any]:
    text = signed_text(one)
    data = {**one.get("additionalData", {}), "hmacSignature": signature(text, key)}
    return {"NotificationRequestItem": {**one, "additionalData": data}}


def body_of(*items: object) -> bytes:
    return json.dumps({"live": "false", "notificationItems": list(items)}).encode()


def parsed(one: Mapping[str, Any]) -> PspEvent:
    raw = body_of(signed(one))
    SOURCE.verify({}, raw, NOW)
    (event,) = SOURCE.parse(raw, NOW)
    return event


def refuses(raw: bytes, headers: Mapping[str, str] | None = None) -> bool:
    try:
        SOURCE.verify(headers or {}, raw, NOW)
    except BadSignature:
        return True
    return False


texts = st.text(st.characters(codec="utf-8"), max_size=12)
items = st.fixed_dictionaries(
    {
        "pspReference": texts,
        "merchantAccountCode": texts,
        "merchantReference": texts,
        "amount": st.fixed_dictionaries(
            {"value": st.integers(0, 10**12), "currency": st.sampled_from(["EUR", "JPY"])}
        ),
        "eventCode": texts,
        "success": st.sampled_from(["true", "false"]),
    },
    optional={"originalReference": texts, "reason": texts, "eventDate": st.just(AT)},
)


@given(items, st.binary(min_size=1, max_size=40).map(bytes.hex))
def test_an_item_is_signed_as_adyens_own_library_signs_it(one: dict[str, Any], key: str) -> None:
    theirs = util.generate_notification_sig(one, key).decode()

    assert signature(signed_text(one), key) == theirs
    told = {**one, "additionalData": {"hmacSignature": theirs}}
    AdyenWebhooks(lambda: [key]).verify({}, body_of({"NotificationRequestItem": told}), NOW)


@given(st.binary(max_size=60), st.binary(min_size=1, max_size=40).map(bytes.hex))
def test_a_body_is_signed_as_adyens_own_library_signs_it(raw: bytes, key: str) -> None:
    assert signature(raw, key) == util.generate_payload_sig(raw, key).decode()


@pytest.mark.parametrize("key", [KEY, PREVIOUS])
def test_every_live_key_signs(key: str) -> None:
    assert not refuses(body_of(signed(ITEM, key)))


def test_a_secret_may_hold_the_keys_of_two_endpoints() -> None:
    both = AdyenWebhooks(lambda: [f"{OTHER}, {PREVIOUS}"])

    both.verify({}, body_of(signed(ITEM, PREVIOUS)), NOW)
    both.verify({}, body_of(signed(ITEM, OTHER)), NOW)


@pytest.mark.parametrize("value", ["", "unset", "Zk3AotherThanHexadecimal", "abc"])
def test_a_value_that_is_no_key_is_passed_over(value: str) -> None:
    raw = body_of(signed(ITEM))

    AdyenWebhooks(lambda: [value, KEY]).verify({}, raw, NOW)
    with pytest.raises(BadSignature):
        AdyenWebhooks(lambda: [value]).verify({}, raw, NOW)


ALTERED: list[dict[str, Any]] = [
    {"pspReference": "P2"},
    {"originalReference": "P9"},
    {"merchantAccountCode": "OtherCOM"},
    {"merchantReference": "o2"},
    {"amount": {"currency": "EUR", "value": 7_001}},
    {"amount": {"currency": "USD", "value": 7_000}},
    {"eventCode": "CAPTURE"},
    {"success": "false"},
]


@pytest.mark.parametrize("change", ALTERED, ids=range(len(ALTERED)))
def test_an_altered_item_is_refused(change: dict[str, Any]) -> None:
    wrapped = signed(ITEM)
    wrapped["NotificationRequestItem"].update(change)

    assert refuses(body_of(wrapped))


def bare(**data: object) -> dict[str, Any]:
    return {"NotificationRequestItem": {**ITEM, "additionalData": data}}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"7",
        b"not json",
        b"\xff",
        b"[" * 100_000,
        b"{}",
        body_of(),
        body_of(1),
        body_of({}),
        body_of(signed(ITEM, OTHER)),
        body_of({"NotificationRequestItem": ITEM}),
        body_of({"NotificationRequestItem": {k: v for k, v in ITEM.items() if k != "amount"}}),
        body_of(bare(hmacSignature="")),
        body_of(bare(hmacSignature=7)),
        body_of(bare(hmacSignature="é")),
        body_of(signed(ITEM), bare()),
        body_of(signed(ITEM), signed(item("CAPTURE"), OTHER)),
        body_of(*[signed(ITEM)] * 101),
        json.dumps({"notificationItems": "x"}).encode(),
        json.dumps({"type": "balancePlatform.transfer.updated"}).encode(),
    ],
    ids=range(21),
)
def test_what_nobody_signed_is_refused(raw: bytes) -> None:
    assert refuses(raw)


@pytest.mark.parametrize("raw", [body_of({"NotificationRequestItem": ITEM}), body_of()])
def test_the_header_of_the_platforms_webhooks_does_not_open_the_door_to_items(raw: bytes) -> None:
    assert refuses(raw, {"hmacsignature": signature(raw, KEY)})


def test_a_webhook_has_a_hundred_items_at_most() -> None:
    assert not refuses(body_of(*[signed(ITEM)] * ITEMS_MAX))
    assert refuses(body_of(*[signed(ITEM)] * (ITEMS_MAX + 1)))


@given(st.binary(max_size=60))
def test_any_bytes_are_refused_or_events(raw: bytes) -> None:
    assert refuses(raw)
    try:
        keys = [event.event_key for event in SOURCE.parse(raw, NOW)]
    except Invalid as refusal:
        keys = [refusal.code]
    assert all(key == "malformed_request" or key.startswith("adyen#") for key in keys)


# --- items ---------------------------------------------------------------------------------------


def test_an_item_is_an_event_about_its_order() -> None:
    event = parsed(ITEM)

    assert event.event_key == "adyen#P1#AUTHORISATION#true"
    assert (event.psp, event.order_id, event.received_at) == ("adyen", "o1", NOW)
    assert event.fact == PspFact(K.CAPTURED, "o1:charge:1", "P1", 7_000, 7_000, "EUR", THEN)


def test_an_item_is_the_same_in_whatever_company_it_comes() -> None:
    other = item("CAPTURE", merchantReference="o1:capture:1", originalReference="P1")
    raw = body_of(signed(other), signed(ITEM))
    SOURCE.verify({}, raw, NOW)

    first, second = SOURCE.parse(raw, NOW)

    assert (first.event_type, second) == ("CAPTURE", parsed(ITEM))
    assert first.body_sha256 != second.body_sha256


def manual(key: object = "o1:charge:1", capture: object = "manual") -> dict[str, object]:
    return {"metadata.key": key, "metadata.capture": capture}


FACTS: list[tuple[dict[str, Any], object]] = [
    (
        item("AUTHORISATION", additionalData=manual()),
        PspFact(K.AUTHORIZED, "o1:charge:1", "P1", 7_000, 0, "EUR", THEN),
    ),
    (
        item("AUTHORISATION", success="false", reason="Not enough balance"),
        PspFact(
            K.DECLINED,
            "o1:charge:1",
            "P1",
            occurred_at=THEN,
            decline=Decline("not_enough_balance", DeclineType.SOFT, "Not enough balance"),
        ),
    ),
    (
        item("AUTHORISATION", additionalData={}),
        PspFact(K.APPROVED, None, "P1", 7_000, 0, "EUR", THEN),
    ),
    (
        item("AUTHORISATION", additionalData={"metadata.key": "o1:charge:1"}),
        PspFact(K.APPROVED, "o1:charge:1", "P1", 7_000, 0, "EUR", THEN),
    ),
    (
        item("AUTHORISATION", additionalData={"metadata.capture": "automatic"}),
        PspFact(K.APPROVED, None, "P1", 7_000, 0, "EUR", THEN),
    ),
    (
        item("AUTHORISATION", additionalData={**METADATA, "metadata.key": None}),
        PspFact(K.APPROVED, None, "P1", 7_000, 0, "EUR", THEN),
    ),
    # What is not signed cannot make a failure of ours out of somebody's.
    (item("AUTHORISATION", additionalData={}, success="false"), PspFact(K.OTHER)),
    # A card that was stored, under the checkout's id.
    (
        item("AUTHORISATION", additionalData={}, amount={"currency": "EUR", "value": 0}),
        PspFact(K.OTHER),
    ),
    (item("AUTHORISATION", additionalData={}, merchantReference="o1:refund:1"), PspFact(K.OTHER)),
    (
        about("CAPTURE", merchantReference="o1:capture:1", amount={"currency": "EUR", "value": 3}),
        PspFact(K.CAPTURED, None, "P1", None, 3, "EUR", THEN),
    ),
    (
        about("CAPTURE", merchantReference="o1:capture:1", success="false", reason="Too much"),
        PspFact(
            K.DECLINED,
            None,
            "P1",
            occurred_at=THEN,
            decline=Decline("capture_failed", DeclineType.HARD, "Too much"),
        ),
    ),
    (
        about("CAPTURE_FAILED", merchantReference="o1:capture:1"),
        PspFact(
            K.DECLINED,
            None,
            "P1",
            occurred_at=THEN,
            decline=Decline("capture_failed", DeclineType.HARD),
        ),
    ),
    (
        about("CANCELLATION", merchantReference="o1:void:1"),
        PspFact(K.VOIDED, None, "P1", occurred_at=THEN),
    ),
    (about("CANCELLATION", merchantReference="o1:void:1", success="false"), PspFact(K.OTHER)),
    (
        item("TECHNICAL_CANCEL", merchantReference="o1:void:1", pspReference="M1"),
        PspFact(K.VOIDED, None, None, occurred_at=THEN),
    ),
    (item("OFFER_CLOSED"), PspFact(K.EXPIRED, "o1:charge:1", "P1", occurred_at=THEN)),
    (item("EXPIRE", additionalData={}), PspFact(K.EXPIRED, None, "P1", occurred_at=THEN)),
    (
        about("REFUND", merchantReference="o1:refund:2"),
        RefundFact(R.SUCCEEDED, "o1:refund:2", "M1", 7_000, "EUR", THEN),
    ),
    (
        about("REFUND", merchantReference="o1:refund:2", success="false"),
        RefundFact(R.FAILED, "o1:refund:2", "M1", 7_000, "EUR", THEN, "refund_refused"),
    ),
    (
        about("REFUND_FAILED", merchantReference="o1:refund:2"),
        RefundFact(R.FAILED, "o1:refund:2", "M1", 7_000, "EUR", THEN, "refund_failed"),
    ),
    (
        about("REFUNDED_REVERSED", merchantReference="o1:refund:2"),
        RefundFact(R.FAILED, "o1:refund:2", "M1", 7_000, "EUR", THEN, "refund_returned"),
    ),
    (about("REFUND", merchantReference="by hand"), PspFact(K.OTHER)),
    (about("REFUND", merchantReference="o1"), PspFact(K.OTHER)),
    (item("RECURRING_CONTRACT"), PspFact(K.OTHER)),
    (item("AUTHORISATION", merchantReference="not ours"), PspFact(K.OTHER)),
    (item("AUTHORISATION", merchantReference=""), PspFact(K.OTHER)),
]


@pytest.mark.parametrize(("one", "fact"), FACTS, ids=range(len(FACTS)))
def test_what_an_item_states(one: dict[str, Any], fact: object) -> None:
    assert parsed(one).fact == fact


@pytest.mark.parametrize("success", ["true", "false"])
def test_an_authorisation_with_our_metadata_is_another_event_than_one_without(success: str) -> None:
    whole = parsed(item("AUTHORISATION", success=success))
    bare = parsed(item("AUTHORISATION", success=success, additionalData={}))

    assert whole.event_key == f"adyen#P1#AUTHORISATION#{success}"
    assert bare.event_key == f"{whole.event_key}#bare"


def test_only_an_authorisation_has_to_bring_our_metadata_back() -> None:
    assert parsed(about("CAPTURE", additionalData={})).event_key == "adyen#M1#CAPTURE#true"


@pytest.mark.parametrize(
    ("one", "is_due"),
    [
        (item("AUTHORISATION"), True),
        (item("AUTHORISATION", additionalData={}), True),
        (about("CAPTURE", merchantReference="o1:capture:1"), True),
        (item("RECURRING_CONTRACT"), False),
        (item("AUTHORISATION", additionalData={}, success="false"), False),
        (about("REFUND", merchantReference="o1:refund:2"), False),
        (item("REPORT_AVAILABLE"), False),
    ],
    ids=range(7),
)
def test_what_adyen_tells_of_a_charge_is_due_for_no_question_would_bring_it(
    one: dict[str, Any], is_due: bool
) -> None:
    assert parsed(one).due_at == (NOW + MINUTE if is_due else None)


@pytest.mark.parametrize(
    ("ours", "order_id"),
    [
        ("o1", "o1"),
        ("o1:capture:1", "o1"),
        ("o1:void:1", "o1"),
        ("o1:refund:12", "o1"),
        ("o1:split:1", None),
        ("two words", None),
        ("x" * 65, None),
        ("", None),
        (None, None),
    ],
)
def test_our_reference_names_the_order(ours: str | None, order_id: str | None) -> None:
    assert parsed(item("RECURRING_CONTRACT", merchantReference=ours)).order_id == order_id


@pytest.mark.parametrize(
    "change",
    [
        {"success": "yes"},
        {"success": True},
        {"pspReference": "a b"},
        {"pspReference": ""},
        {"eventCode": "x" * 201},
        {"eventDate": "yesterday"},
        {"eventDate": None},
        {"originalReference": 7},
        {"amount": {"currency": "EUR", "value": 70.5}},
        {"amount": {"currency": "EUR", "value": "7000"}},
        {"amount": {"currency": "XXX", "value": 7_000}},
        {"additionalData": manual(key="o2:charge:1")},
        {"additionalData": manual(key=7)},
        {"additionalData": manual(key="o1:refund:1")},
        {"additionalData": manual(capture="perhaps")},
        {"additionalData": {"metadata.key": "o2:charge:1"}},
    ],
    ids=range(16),
)
def test_a_signed_item_that_cannot_be_read_stores_nothing(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        parsed({**ITEM, **change})


def test_one_bad_item_spoils_the_webhook() -> None:
    with pytest.raises(Invalid):
        SOURCE.parse(body_of(signed(ITEM), signed({**ITEM, "eventDate": "x"})), NOW)


# --- disputes ------------------------------------------------------------------------------------

OF_CHARGEBACK = {"chargebackReasonCode": "13.1"}
STEPS = [
    ("REQUEST_FOR_INFORMATION", {"rfiReasonCode": "13.1"}, G.PRE_DISPUTE, D.OPENED, 0),
    (
        "INFORMATION_SUPPLIED",
        {"rfiReasonCode": "13.1", "disputeStatus": "Responded"},
        G.PRE_DISPUTE,
        D.CHALLENGED,
        0,
    ),
    (
        "DISPUTE_DEFENSE_PERIOD_ENDED",
        {"rfiReasonCode": "13.1", "disputeStatus": "Expired"},
        G.PRE_DISPUTE,
        D.EXPIRED,
        0,
    ),
    ("NOTIFICATION_OF_CHARGEBACK", OF_CHARGEBACK, G.DISPUTE, D.OPENED, 0),
    ("CHARGEBACK", OF_CHARGEBACK, G.DISPUTE, D.OPENED, 7_000),
    ("DISPUTE_DEFENSE_PERIOD_ENDED", OF_CHARGEBACK, G.DISPUTE, D.LOST, 7_000),
    ("CHARGEBACK_REVERSED", OF_CHARGEBACK, G.DISPUTE, D.WON, 0),
    ("ISSUER_RESPONSE_TIMEFRAME_EXPIRED", OF_CHARGEBACK, G.DISPUTE, D.WON, 0),
    ("PREARBITRATION_OPEN", OF_CHARGEBACK, G.PRE_ARBITRATION, D.OPENED, 0),
    ("SECOND_CHARGEBACK", OF_CHARGEBACK, G.PRE_ARBITRATION, D.OPENED, 7_000),
    ("PREARBITRATION_LOST", OF_CHARGEBACK, G.PRE_ARBITRATION, D.LOST, 7_000),
    ("PREARBITRATION_WON", OF_CHARGEBACK, G.PRE_ARBITRATION, D.WON, 0),
]


def disputed(code: str, data: Mapping[str, str], **more: Any) -> DisputeFact:
    fact = parsed(about(code, additionalData=dict(data), **more)).fact
    assert isinstance(fact, DisputeFact)
    return fact


@pytest.mark.parametrize(("code", "data", "stage", "status", "withdrawn"), STEPS)
def test_money_moves_where_an_event_says_so(
    code: str, data: dict[str, str], stage: DisputeStage, status: DisputeStatus, withdrawn: int
) -> None:
    fact = disputed(code, data)

    assert (fact.stage, fact.status, fact.withdrawn_minor) == (stage, status, withdrawn)
    assert (fact.psp_reference, fact.charge_reference) == ("M1", "P1")
    assert (fact.amount_minor, fact.fee_minor, fact.occurred_at) == (7_000, 0, THEN)
    assert fact.reason == "product_not_received"


def test_the_sequence_grows_from_stage_to_stage() -> None:
    sequences = [disputed(code, data).sequence for code, data, *_ in STEPS]

    assert sequences == sorted(sequences)
    assert len(set(sequences)) == len(STEPS)


@pytest.mark.parametrize(
    ("code", "said", "status"),
    [
        ("CHARGEBACK", "Lost", D.LOST),
        ("CHARGEBACK", "Accepted", D.ACCEPTED),
        ("CHARGEBACK", "Pending", D.OPENED),
        ("DISPUTE_DEFENSE_PERIOD_ENDED", "Undefended", D.EXPIRED),
        ("PREARBITRATION_LOST", "Accepted", D.ACCEPTED),
        ("SECOND_CHARGEBACK", "Lost", D.LOST),
        ("CHARGEBACK_REVERSED", "Lost", D.WON),
    ],
)
def test_the_disputes_status_says_more_than_the_events_name(
    code: str, said: str, status: DisputeStatus
) -> None:
    assert disputed(code, {**OF_CHARGEBACK, "disputeStatus": said}).status is status


@pytest.mark.parametrize(
    ("code", "words", "reason"),
    [
        ("10.4", "Other Fraud", "fraudulent"),
        (" 4853", "Cardholder Dispute", "product_unacceptable"),
        ("12.6", "Duplicate", "duplicate_processing"),
        ("C08", "Goods/Services Not Received", "goods_services_not_received"),
        ("", "", "unknown"),
    ],
)
def test_a_reason_is_named_as_the_market_rules_name_it(code: str, words: str, reason: str) -> None:
    assert disputed("CHARGEBACK", {"chargebackReasonCode": code}, reason=words).reason == reason


def test_evidence_is_due_when_adyen_says() -> None:
    assert disputed("CHARGEBACK", {"defensePeriodEndsAt": AT}).evidence_due_at == THEN
    with pytest.raises(Invalid):
        disputed("CHARGEBACK", {"defensePeriodEndsAt": "soon"})


def test_what_a_dispute_may_bring_twice_is_told_apart() -> None:
    supplied = about("INFORMATION_SUPPLIED", additionalData=OF_CHARGEBACK)
    first, second = parsed(supplied), parsed({**supplied, "eventDate": "2026-11-19T00:00:00Z"})

    assert first.fact == second.fact == PspFact(K.OTHER)
    assert first.event_key != second.event_key
    assert parsed(supplied) == first


# --- reports and transfers -----------------------------------------------------------------------


def test_a_report_is_filed_under_its_day() -> None:
    name = "settlement_detail_report_batch_7.csv"
    late = "2026-11-18T23:30:00-05:00"

    event = parsed(
        item("REPORT_AVAILABLE", pspReference=name, merchantReference="", eventDate=late)
    )

    assert event.event_key == f"adyen#{name}#REPORT_AVAILABLE#true"
    assert (event.order_id, event.fact) == (reports_of("2026-11-18"), PspFact(K.OTHER))


TRANSFER: dict[str, Any] = {
    "id": "T1",
    "status": "booked",
    "category": "bank",
    "direction": "outgoing",
    "reference": "po_1",
    "amount": {"value": 5_000, "currency": "EUR"},
    "sequenceNumber": 3,
}
TOLD: dict[str, Any] = {
    "type": "balancePlatform.transfer.updated",
    "environment": "test",
    "timestamp": AT,
    "data": TRANSFER,
}


def transferred(told: object) -> PspEvent:
    raw = json.dumps(told).encode()
    SOURCE.verify({"hmacsignature": signature(raw, KEY)}, raw, NOW)
    (event,) = SOURCE.parse(raw, NOW)
    return event


def test_a_transfer_is_a_payouts_event() -> None:
    event = transferred(TOLD)

    assert event.event_key == "adyen#T1#3#balancePlatform.transfer.updated"
    assert event.order_id is None
    assert event.fact == PayoutFact(R.SUCCEEDED, "po_1", "T1", 5_000, "EUR", THEN)


def test_a_transfer_that_is_altered_or_not_signed_is_refused() -> None:
    raw = json.dumps(TOLD).encode()
    header = signature(raw, KEY)

    assert refuses(raw)
    assert refuses(raw, {"hmacsignature": signature(raw, OTHER)})
    assert refuses(raw.replace(b"5000", b"5001"), {"hmacsignature": header})
    assert not refuses(raw, {"hmacsignature": header})


@pytest.mark.parametrize(
    "told",
    [
        {**TOLD, "data": {**TRANSFER, "category": "internal"}},
        {**TOLD, "data": {**TRANSFER, "direction": "incoming"}},
        {**TOLD, "data": {**TRANSFER, "status": "something_new"}},
        {**TOLD, "data": {**TRANSFER, "reference": None}},
        {**TOLD, "type": "balancePlatform.report.created"},
    ],
    ids=range(5),
)
def test_what_is_no_payout_of_ours_is_stored_and_means_nothing(told: dict[str, Any]) -> None:
    event = transferred(told)

    assert event.fact == PspFact(K.OTHER)
    assert event.event_key.startswith("adyen#")


@pytest.mark.parametrize(
    "told",
    [
        {**TOLD, "type": None},
        {**TOLD, "data": None},
        {**TOLD, "data": {**TRANSFER, "id": "a b"}},
        {**TOLD, "data": {**TRANSFER, "amount": {"value": "x", "currency": "EUR"}}},
        {**TOLD, "timestamp": "yesterday"},
        [],
    ],
    ids=range(6),
)
def test_a_transfer_that_cannot_be_read_stores_nothing(told: object) -> None:
    with pytest.raises(Invalid):
        SOURCE.parse(json.dumps(told).encode(), NOW)
