"""What Stripe's objects state, as its library annotates them."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest
import stripe
from stripe.v2.money_management import OutboundPayment

from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.instants import HOUR, SECOND, from_rfc3339
from countinghouse.domain.psp import (
    Action,
    Decline,
    DeclineType,
    DisputeFact,
    FactKind,
    PayoutFact,
    RefundFact,
    SettlementKind,
)
from countinghouse_aws.psp.sandbox import UNREADABLE
from countinghouse_aws.psp.stripe_disputes import dispute_fact_of
from countinghouse_aws.psp.stripe_facts import (
    decline_of,
    intent_fact_of,
    payout_fact_of,
    refund_fact_of,
)
from tests.unit.adapters.stripe_line import CREATED, intent

K = FactKind
S = SettlementKind
AT = CREATED * SECOND
D, G = DisputeStatus, DisputeStage


def literals(annotation: Any) -> set[str]:
    """The texts that an annotation names, however it is nested."""
    found = {annotation} if isinstance(annotation, str) else set()
    return found.union(*(literals(part) for part in get_args(annotation)))


def statuses(kind: type) -> set[str]:
    return literals(kind.__annotations__["status"])


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"status": "succeeded"}, K.CAPTURED),
        ({"status": "requires_capture", "amount_received": 0}, K.AUTHORIZED),
        ({"status": "processing"}, K.PENDING),
        ({"status": "requires_confirmation"}, K.PENDING),
        ({"status": "requires_payment_method"}, K.PENDING),
        (
            {"status": "requires_payment_method", "last_payment_error": {"code": "card_declined"}},
            K.DECLINED,
        ),
        (
            {
                "status": "requires_payment_method",
                "last_payment_error": {"code": "payment_intent_payment_attempt_expired"},
            },
            K.EXPIRED,
        ),
        ({"status": "canceled", "cancellation_reason": "requested_by_customer"}, K.VOIDED),
        ({"status": "canceled"}, K.VOIDED),
        ({"status": "canceled", "cancellation_reason": "automatic"}, K.EXPIRED),
        ({"status": "canceled", "cancellation_reason": "expired"}, K.EXPIRED),
        ({"status": "of_next_year"}, K.OTHER),
    ],
)
def test_where_an_intent_stands(changes: Mapping[str, object], kind: FactKind) -> None:
    assert intent_fact_of(intent(**changes)).kind is kind


def test_every_status_the_library_knows_is_read() -> None:
    known = statuses(stripe.PaymentIntent)
    action = {"type": "redirect_to_url", "redirect_to_url": {}}

    kinds = {intent_fact_of(intent(status=one, next_action=action)).kind for one in known}

    assert len(known) == 7
    assert K.OTHER not in kinds


def test_what_was_captured_is_what_was_received() -> None:
    fact = intent_fact_of(intent(amount_received=6_000))

    assert (fact.amount_minor, fact.captured_minor) == (7_000, 6_000)
    assert intent_fact_of(intent(status="requires_capture")).captured_minor == 0


def test_amounts_are_read_in_stripes_units() -> None:
    fact = intent_fact_of(intent(amount=500, amount_received=500, currency="isk"))

    assert (fact.amount_minor, fact.captured_minor, fact.currency) == (5, 5, "ISK")


def test_when_it_happened_is_what_the_event_says_else_when_it_was_canceled() -> None:
    assert intent_fact_of(intent()).occurred_at is None
    assert intent_fact_of(intent(), AT).occurred_at == AT
    canceled = intent(status="canceled", canceled_at=CREATED)
    assert intent_fact_of(canceled).occurred_at == AT


SOON = CREATED + 60
ACTIONS: dict[str, tuple[dict[str, Any], list[str], Action]] = {
    "a 3-D Secure challenge": (
        {"type": "redirect_to_url", "redirect_to_url": {"url": "https://acs"}},
        ["card"],
        Action("three_ds", "https://acs", AT + HOUR),
    ),
    "a challenge in the page": (
        {"type": "use_stripe_sdk", "use_stripe_sdk": {"stripe_js": "https://hooks"}},
        ["card"],
        Action("three_ds", "https://hooks", AT + HOUR),
    ),
    "a wallet": (
        {"type": "redirect_to_url", "redirect_to_url": {"url": "https://pay"}},
        ["paypal"],
        Action("redirect", "https://pay", AT + HOUR),
    ),
    "a wallet with words of its own": (
        {"type": "alipay_handle_redirect", "alipay_handle_redirect": {"url": "https://ali"}},
        ["alipay"],
        Action("redirect", "https://ali", AT + HOUR),
    ),
    "a code": (
        {
            "type": "paynow_display_qr_code",
            "paynow_display_qr_code": {"data": "0002", "hosted_instructions_url": "https://h"},
        },
        ["paynow"],
        Action("qr_code", "https://h", AT + HOUR, "0002"),
    ),
    "a code with an end": (
        {"type": "pix_display_qr_code", "pix_display_qr_code": {"data": "1", "expires_at": SOON}},
        ["pix"],
        Action("qr_code", None, SOON * SECOND, "1"),
    ),
    "a code one level down": (
        {
            "type": "swish_handle_redirect_or_display_qr_code",
            "swish_handle_redirect_or_display_qr_code": {
                "mobile_auth_url": "https://m",
                "qr_code": {"data": "C", "expires_at": SOON},
            },
        },
        ["swish"],
        Action("qr_code", "https://m", SOON * SECOND, "C"),
    ),
    "a code that is a picture only": (
        {
            "type": "upi_handle_redirect_or_display_qr_code",
            "upi_handle_redirect_or_display_qr_code": {
                "hosted_instructions_url": "https://upi",
                "qr_code": {"expires_at": SOON, "image_url_png": "https://p"},
            },
        },
        ["upi"],
        Action("redirect", "https://upi", SOON * SECOND),
    ),
    "something new": (
        {"type": "of_next_year"},
        ["card", "new"],
        Action("redirect", None, AT + HOUR),
    ),
}


@pytest.mark.parametrize("name", ACTIONS)
def test_what_the_buyer_has_to_do(name: str) -> None:
    wanted, types, action = ACTIONS[name]
    said = intent(status="requires_action", next_action=wanted, payment_method_types=types)

    assert intent_fact_of(said).action == action


def test_the_actions_we_read_are_those_the_library_knows() -> None:
    known = set(stripe.PaymentIntent.NextAction.__annotations__)

    assert {wanted["type"] for wanted, _, _ in ACTIONS.values()} - known == {"of_next_year"}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", 5, ""])
def test_a_link_that_is_none_is_not_shown(url: object) -> None:
    wanted = {"type": "redirect_to_url", "redirect_to_url": {"url": url}}
    action = intent_fact_of(intent(status="requires_action", next_action=wanted)).action

    assert action is not None
    assert action.url is None


def test_an_action_without_one_is_unreadable() -> None:
    with pytest.raises(UNREADABLE):
        intent_fact_of(intent(status="requires_action"))


@pytest.mark.parametrize(
    ("error", "decline"),
    [
        (
            {"code": "card_declined", "decline_code": "insufficient_funds", "message": "no money"},
            Decline("insufficient_funds", DeclineType.SOFT, "no money"),
        ),
        ({"code": "expired_card"}, Decline("expired_card", DeclineType.HARD)),
        ({"code": "processing_error"}, Decline("processing_error", DeclineType.SOFT)),
        (
            {"decline_code": "try_again_later", "advice_code": "do_not_try_again"},
            Decline("try_again_later", DeclineType.HARD),
        ),
        (
            {"decline_code": "try_again_later", "advice_code": "try_again_later"},
            Decline("try_again_later", DeclineType.SOFT),
        ),
        ({}, Decline("declined", DeclineType.HARD)),
    ],
)
def test_why_it_was_declined(error: dict[str, str], decline: Decline) -> None:
    assert decline_of(error) == decline


def test_a_message_is_kept_short() -> None:
    assert len(decline_of({"code": "x", "message": "m" * 5_000}).message) == 200


REFUND: dict[str, Any] = {
    "id": "re_1",
    "object": "refund",
    "amount": 2_000,
    "currency": "eur",
    "failure_reason": None,
    "metadata": {"order_id": "o1", "key": "o1:refund:1"},
    "payment_intent": "pi_1",
    "status": "succeeded",
}


@pytest.mark.parametrize(
    ("status", "reason", "kind", "failure"),
    [
        ("pending", None, S.PENDING, None),
        ("requires_action", None, S.PENDING, None),
        ("succeeded", None, S.SUCCEEDED, None),
        ("failed", "expired_or_canceled_card", S.FAILED, "expired_or_canceled_card"),
        ("canceled", None, S.FAILED, "psp_refund"),
    ],
)
def test_a_refund(
    status: str, reason: str | None, kind: SettlementKind, failure: str | None
) -> None:
    said = {**REFUND, "status": status, "failure_reason": reason}

    assert refund_fact_of(said, AT) == RefundFact(
        kind, "o1:refund:1", "re_1", 2_000, "EUR", occurred_at=AT, failure=failure
    )


PAYMENT: dict[str, Any] = {
    "id": "obp_1",
    "object": "v2.money_management.outbound_payment",
    "amount": {"value": 5_000, "currency": "eur"},
    "created": "2026-11-18T11:06:30.000Z",
    "metadata": {"payout_id": "po_1"},
    "status": "posted",
    "status_details": None,
    "status_transitions": {"posted_at": "2026-11-19T11:06:30.000Z"},
}


@pytest.mark.parametrize(
    ("changes", "kind", "failure", "returned"),
    [
        ({"status": "processing"}, S.PENDING, None, False),
        ({"status": "posted"}, S.SUCCEEDED, None, False),
        (
            {"status": "failed", "status_details": {"failed": {"reason": "payout_method_expired"}}},
            S.FAILED,
            "payout_method_expired",
            False,
        ),
        ({"status": "canceled"}, S.FAILED, "psp_canceled", False),
        (
            {"status": "returned", "status_details": {"returned": {"reason": "recalled"}}},
            S.FAILED,
            "recalled",
            True,
        ),
    ],
)
def test_a_payout(
    changes: dict[str, Any], kind: SettlementKind, failure: str | None, returned: bool
) -> None:
    moved = from_rfc3339("2026-11-20T00:00:00Z")
    said = {
        **PAYMENT,
        **changes,
        "status_transitions": {f"{changes['status']}_at": "2026-11-20T00:00:00Z"},
    }

    assert payout_fact_of(said) == PayoutFact(
        kind, "po_1", "obp_1", 5_000, "EUR", moved, failure, returned
    )


def test_a_payout_of_which_nothing_has_moved_is_as_old_as_itself() -> None:
    said = {**PAYMENT, "status": "processing", "status_transitions": None}

    assert payout_fact_of(said).occurred_at == from_rfc3339("2026-11-18T11:06:30Z")


def test_every_status_of_a_payout_the_library_knows_is_read() -> None:
    known = statuses(OutboundPayment)

    assert len(known) == 5
    assert {payout_fact_of({**PAYMENT, "status": one}).payout_id for one in known} == {"po_1"}


def test_a_payout_in_whole_units_is_read_so() -> None:
    said = {**PAYMENT, "amount": {"value": 500, "currency": "isk"}}

    assert payout_fact_of(said).amount_minor == 5


DISPUTE: dict[str, Any] = {
    "id": "dp_1",
    "object": "dispute",
    "amount": 7_000,
    "balance_transactions": [{"amount": -7_000, "fee": 1_500, "net": -8_500, "currency": "eur"}],
    "charge": "ch_1",
    "created": CREATED,
    "currency": "eur",
    "evidence_details": {"due_by": CREATED + 10},
    "payment_intent": "pi_1",
    "reason": "fraudulent",
    "status": "needs_response",
}
BACK = {"amount": 7_000, "fee": -1_500, "net": 8_500, "currency": "eur"}


def test_a_dispute() -> None:
    assert dispute_fact_of(DISPUTE, AT) == DisputeFact(
        psp_reference="dp_1",
        charge_reference="pi_1",
        stage=G.DISPUTE,
        status=D.OPENED,
        amount_minor=7_000,
        currency="EUR",
        reason="fraudulent",
        sequence=CREATED * 100 + 10,
        occurred_at=AT,
        evidence_due_at=AT + 10 * SECOND,
        withdrawn_minor=7_000,
        fee_minor=1_500,
    )


@pytest.mark.parametrize(
    ("status", "stage", "standing"),
    [
        ("warning_needs_response", G.PRE_DISPUTE, D.OPENED),
        ("warning_under_review", G.PRE_DISPUTE, D.CHALLENGED),
        ("warning_closed", G.PRE_DISPUTE, D.CANCELLED),
        ("prevented", G.PRE_DISPUTE, D.CANCELLED),
        ("needs_response", G.DISPUTE, D.OPENED),
        ("under_review", G.DISPUTE, D.CHALLENGED),
        ("won", G.DISPUTE, D.WON),
        ("lost", G.DISPUTE, D.LOST),
        ("appeal_needs_response", G.PRE_ARBITRATION, D.OPENED),
        ("appeal_under_review", G.PRE_ARBITRATION, D.CHALLENGED),
    ],
)
def test_where_a_dispute_stands(status: str, stage: DisputeStage, standing: DisputeStatus) -> None:
    fact = dispute_fact_of({**DISPUTE, "status": status}, AT)

    assert (fact.stage, fact.status) == (stage, standing)


def test_every_status_of_a_dispute_the_library_knows_is_read() -> None:
    known = statuses(stripe.Dispute)

    assert len(known) == 10
    assert {dispute_fact_of({**DISPUTE, "status": one}, AT).psp_reference for one in known}


def test_a_second_round_ends_as_the_second() -> None:
    said = {**DISPUTE, "status": "won", "evidence": {"appeal": {"card": {}}}}

    assert dispute_fact_of(said, AT).stage is G.PRE_ARBITRATION


@pytest.mark.parametrize(
    ("moves", "withdrawn", "fee"),
    [
        ([], 0, 0),
        (None, 0, 0),
        ([BACK | {"amount": -7_000, "fee": 1_500}, BACK], 0, 1_500),
        ([{"amount": -8_400, "fee": 1_700, "currency": "usd"}], 7_000, 0),
        (
            [
                {"amount": -8_400, "fee": 1_700, "currency": "usd"},
                {"amount": 8_400, "fee": 0, "currency": "usd"},
            ],
            0,
            0,
        ),
        ([{"amount": -3_000, "fee": 0, "currency": "eur"}], 3_000, 0),
    ],
)
def test_money_moves_only_as_the_balance_says(
    moves: list[dict[str, object]] | None, withdrawn: int, fee: int
) -> None:
    fact = dispute_fact_of({**DISPUTE, "balance_transactions": moves}, AT)

    assert (fact.withdrawn_minor, fact.fee_minor) == (withdrawn, fee)


def test_snapshots_of_one_second_follow_each_other() -> None:
    opened = dispute_fact_of({**DISPUTE, "balance_transactions": []}, AT)
    withdrawn = dispute_fact_of(DISPUTE, AT)
    argued = dispute_fact_of({**DISPUTE, "status": "under_review"}, AT)
    lost = dispute_fact_of({**DISPUTE, "status": "lost"}, AT)
    later = dispute_fact_of({**DISPUTE, "balance_transactions": []}, AT + SECOND)
    numbers = [one.sequence for one in (opened, withdrawn, argued, lost, later)]

    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize(
    "change",
    [{"status": "new"}, {"amount": -1}, {"payment_intent": None}, {"balance_transactions": [{}]}],
)
def test_a_dispute_that_is_not_as_documented_is_unreadable(change: dict[str, object]) -> None:
    with pytest.raises(UNREADABLE):
        dispute_fact_of({**DISPUTE, **change}, AT)
