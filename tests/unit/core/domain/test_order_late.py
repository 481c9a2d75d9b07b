"""Payment after expiry: what is taken in, what is not, and that it is once and for all."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.booking import BookingKind
from countinghouse.domain.conversion import Conversion
from countinghouse.domain.errors import IllegalTransition, Invalid
from countinghouse.domain.instants import SECOND
from countinghouse.domain.late_payment import LatePayment
from countinghouse.domain.order import UNPAID_STATUSES, Order, OrderStatus
from countinghouse.domain.order_delivery import BOOKING_CHECK, deliver, refunded_minor, share_of
from countinghouse.domain.order_facts import Verdict, answer_question, apply_fact
from countinghouse.domain.order_late import PUSHED, REASON, taken_late
from countinghouse.domain.order_refunds import (
    apply_refund_fact,
    request_refund,
    start_refund,
)
from countinghouse.domain.psp import FactKind, PspFact, SettlementKind
from countinghouse.domain.refund import RefundStatus
from tests.builders import (
    NOW,
    POLICY,
    RESERVE,
    a_fact,
    a_refund_fact,
    a_request,
    an_info,
    an_order,
)

S = OrderStatus
K = FactKind
B = BookingKind
V = Verdict
F = SettlementKind
QR = an_info(method="qr")


def expired(**changes: Any) -> Order:
    """An order whose code nobody scanned in time."""
    return an_order(S.EXPIRED, **{"payment_info": QR, **changes})


def told(order: Order, fact: PspFact, psp: str | None = None) -> tuple[Verdict, Order]:
    """What became of a fact, late money and all."""
    applied = taken_late(apply_fact(order, fact, NOW, POLICY, psp), fact, NOW, psp)
    return applied.verdict, applied.order


def late(order: Order | None = None, **changes: Any) -> Order:
    """The order after its money came too late."""
    order = order or expired()
    return told(order, a_fact(order, K.CAPTURED, **changes))[1]


@pytest.mark.parametrize("method", sorted(PUSHED))
def test_late_money_is_recorded_booked_and_on_its_way_back_in_one_write(method: str) -> None:
    order = expired(payment_info=an_info(method=method))

    verdict, taken = told(order, a_fact(order, K.CAPTURED))

    assert verdict is V.APPLIED
    assert (taken.status, taken.captured_minor, taken.captured_at) == (S.EXPIRED, 0, None)
    assert taken.late_payment == LatePayment(7_000, "ch_1", NOW - SECOND)
    assert taken.version == order.version + 1
    assert [(b.kind, b.split.total) for b in taken.bookings] == [
        (B.LATE_PAYMENT, 7_000),
        (B.REFUND_REQUESTED, 7_000),
    ]
    (refund,) = taken.refunds
    assert (refund.amount_minor, refund.status, refund.reason) == (
        7_000, RefundStatus.REQUESTED, REASON,
    )  # fmt: skip
    assert refund.booking == 1
    assert taken.due_at == NOW + BOOKING_CHECK
    assert taken.took_money


def test_the_refund_has_an_id_that_follows_from_the_order() -> None:
    (one,), (again,) = late().refunds, late().refunds
    (other,) = late(expired(order_id="o2")).refunds

    assert one.refund_id == again.refund_id != other.refund_id
    assert one.refund_id.startswith("rfd_")


@pytest.mark.parametrize("captured", [1, 6_999, 7_001, 100_000])
def test_another_sum_is_taken_as_the_psp_states_it(captured: int) -> None:
    taken = late(amount_minor=captured, captured_minor=captured)

    assert taken.late_payment is not None
    assert taken.late_payment.amount_minor == taken.refunds[0].amount_minor == captured
    assert share_of(taken).total == 0
    assert refunded_minor(taken) == captured


def test_a_charge_whose_name_we_never_learned_is_known_by_our_key() -> None:
    order = expired(psp_reference=None)

    taken = late(order)

    assert taken.psp_reference == "ch_1"
    assert taken.late_payment == LatePayment(7_000, "ch_1", NOW - SECOND)


def test_the_time_is_ours_when_the_psp_names_none() -> None:
    taken = late(occurred_at=None)

    assert taken.late_payment is not None
    assert taken.late_payment.received_at == taken.bookings[0].event_at == NOW


@pytest.mark.parametrize(
    "lie",
    [
        {"currency": "USD"},
        {"currency": None},
        {"captured_minor": 0},
        {"captured_minor": -1},
        {"psp_reference": "ch_2"},
        {"key": "o1:charge:2"},
        {"key": None, "psp_reference": "ch_2"},
    ],
    ids=str,
)
def test_other_money_waits_for_a_person(lie: dict[str, Any]) -> None:
    order = expired()

    verdict, same = told(order, a_fact(order, K.CAPTURED, **lie))

    assert (verdict, same) == (V.CONTRADICTION, order)


@pytest.mark.parametrize("missing", [{"key": None}, {"psp_reference": None}])
def test_what_cannot_be_refunded_by_name_waits_for_a_person(missing: dict[str, Any]) -> None:
    order = expired(psp_reference=None)

    assert told(order, a_fact(order, K.CAPTURED, **missing)) == (V.CONTRADICTION, order)


def test_another_psps_word_waits_for_a_person() -> None:
    order = expired()

    assert told(order, a_fact(order, K.CAPTURED), "other") == (V.CONTRADICTION, order)
    assert told(order, a_fact(order, K.CAPTURED), "sandbox")[0] is V.APPLIED


@pytest.mark.parametrize("method", ["credit_card", "debit_card"])
def test_a_card_that_pays_after_expiry_waits_for_a_person(method: str) -> None:
    order = expired(payment_info=an_info(method=method))

    assert told(order, a_fact(order, K.CAPTURED)) == (V.CONTRADICTION, order)


@pytest.mark.parametrize("status", sorted(UNPAID_STATUSES - {S.EXPIRED}))
def test_money_for_an_order_that_ended_otherwise_waits_for_a_person(status: OrderStatus) -> None:
    order = an_order(status, payment_info=QR)

    assert told(order, a_fact(order, K.CAPTURED)) == (V.CONTRADICTION, order)


@pytest.mark.parametrize("kind", sorted(FactKind))
def test_what_is_taken_in_is_not_taken_in_again(kind: FactKind) -> None:
    taken = late()

    assert told(taken, a_fact(taken, kind)) == (V.STALE, taken)
    assert told(taken, a_fact(taken, kind, key=None))[1] is taken


def test_another_sum_under_the_same_charge_waits_for_a_person() -> None:
    taken = late()

    assert told(taken, a_fact(taken, K.CAPTURED, captured_minor=1)) == (V.CONTRADICTION, taken)


def test_an_answer_that_comes_after_the_expiry_is_late_money_too() -> None:
    order = expired()
    fact = a_fact(order, K.CAPTURED)

    applied = taken_late(answer_question(order, fact, NOW, POLICY), fact, NOW)

    assert applied.verdict is V.APPLIED
    assert applied.order.late_payment is not None


def test_the_orders_own_end_is_not_touched_by_what_is_not_late() -> None:
    order = an_order(S.SENT, payment_info=QR)
    fact = a_fact(order, K.CAPTURED)
    applied = apply_fact(order, fact, NOW, POLICY)

    assert taken_late(applied, fact, NOW) is applied
    assert applied.order.status is S.CAPTURED


def test_of_a_converted_order_the_buyers_currency_goes_back() -> None:
    deal = Conversion("q1", "ecb", "2026-11-18", "11/10", "USD", 7_700, 7_800)
    order = expired(conversion=deal)

    taken = late(order)

    assert [b.split.total for b in taken.bookings] == [7_000, 7_000]
    assert {(b.paid_minor, b.mid_minor) for b in taken.bookings} == {(None, None)}


def test_an_unpaid_order_is_neither_delivered_nor_refunded_twice() -> None:
    taken = late()

    with pytest.raises(IllegalTransition):
        deliver(taken, NOW, NOW, RESERVE)
    with pytest.raises(Invalid) as refusal:
        request_refund(taken, a_request(None, "r2"), NOW)
    assert refusal.value.code == "refund_exceeds_captured"


def test_a_refund_that_failed_may_be_asked_for_again_by_a_person() -> None:
    taken = late()
    (refund,) = taken.refunds
    sent = start_refund(taken, refund, NOW, POLICY)
    failed = apply_refund_fact(sent, a_refund_fact(sent, F.FAILED, refund.refund_id), NOW, POLICY)[
        1
    ]

    again = request_refund(failed, a_request(None, "r2"), NOW)

    assert failed.status is S.EXPIRED
    assert share_of(failed).total == 7_000, "unallocated again"
    assert again.refunds[-1].amount_minor == 7_000
    assert [b.kind for b in again.bookings] == [
        B.LATE_PAYMENT, B.REFUND_REQUESTED, B.REFUND_FAILED, B.REFUND_REQUESTED,
    ]  # fmt: skip


facts = st.lists(
    st.sampled_from([K.EXPIRED, K.CAPTURED, K.PENDING, K.REQUIRES_ACTION, K.UNKNOWN]), max_size=8
)


@given(facts, st.sampled_from([S.SENT, S.UNKNOWN, S.REQUIRES_ACTION]))
def test_money_is_a_payment_or_late_but_never_both_and_never_twice(
    kinds: list[FactKind], status: OrderStatus
) -> None:
    order = an_order(status, payment_info=QR)
    ended = None
    for kind in [*kinds, K.EXPIRED, K.CAPTURED]:
        fact = a_fact(order, kind)
        before, order = order, told(order, fact)[1]
        if ended is None and order.status in (S.EXPIRED, S.CAPTURED):
            ended = order.status
        assert order.version - before.version in (0, 1)

    assert order.status is ended
    assert order.captured_minor == (7_000 if ended is S.CAPTURED else 0)
    assert (order.late_payment is not None) == (ended is S.EXPIRED)
    assert len(order.refunds) == (1 if ended is S.EXPIRED else 0)
    assert len(order.bookings) == 2 * len(order.refunds)


def test_a_stored_order_without_late_money_has_none() -> None:
    assert not expired().took_money
    assert replace(expired(), status=S.CAPTURED).took_money
