from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import MINUTE
from countinghouse.domain.order import (
    CAPTURED_STATUSES,
    FINAL_STATUSES,
    RESTING_STATUSES,
    CaptureMode,
    OrderStatus,
)
from countinghouse.domain.payment import (
    FINAL_PAYMENT_STATUSES,
    Decision,
    OrderState,
    Payment,
    PaymentStatus,
    cancel,
    fold,
)
from tests.builders import (
    NOW,
    POLICY,
    a_line,
    a_payment,
    a_state,
    an_open_checkout,
)

S = OrderStatus
P = PaymentStatus
LINES = (a_line("o1", "s1", 7_000), a_line("o2", "s2", 500), a_line("o3", "s3", 1))


def told(payment: Payment, *news: tuple[str, OrderState], now: int = NOW) -> Payment:
    for order_id, state in news:
        payment = fold(payment, {order_id: state}, now, POLICY)
    return payment


def said_in(statuses: Iterable[OrderStatus]) -> st.SearchStrategy[OrderState]:
    return st.builds(
        OrderState,
        status=st.sampled_from(sorted(statuses)),
        version=st.just(1),
        captured_minor=st.sampled_from([0, 100]),
        is_posted=st.booleans(),
    )


@st.composite
def news(draw: st.DrawFn) -> list[tuple[str, OrderState]]:
    """Several versions of each order, each saying one thing; an end is said last."""
    found = []
    for line in LINES:
        versions = draw(st.lists(said_in(set(OrderStatus) - RESTING_STATUSES), max_size=3))
        versions += draw(st.lists(said_in(OrderStatus), max_size=1))
        found += [(line.order_id, replace(s, version=n)) for n, s in enumerate(versions, start=1)]
    return found


@given(news(), st.data())
def test_the_order_of_news_does_not_matter(
    said: list[tuple[str, OrderState]], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(said), max_size=3)) if said else []
    shuffled = data.draw(st.permutations([*said, *again]))

    one, other = told(a_payment(*LINES), *said), told(a_payment(*LINES), *shuffled)

    assert one.states == other.states
    assert one.status is other.status
    assert one.due_at == other.due_at
    assert one.is_ledger_updated == other.is_ledger_updated


@given(news())
def test_the_news_of_many_orders_at_once_are_the_same_as_one_by_one(
    said: list[tuple[str, OrderState]],
) -> None:
    newest = dict(said)

    together = fold(a_payment(*LINES), newest, NOW, POLICY)

    assert together.states == told(a_payment(*LINES), *said).states


@given(news())
def test_what_was_heard_before_changes_nothing(said: list[tuple[str, OrderState]]) -> None:
    payment = told(a_payment(*LINES), *said)

    assert all(told(payment, one) is payment for one in said)


@given(news())
def test_the_flags_only_say_what_the_orders_say(said: list[tuple[str, OrderState]]) -> None:
    payment = told(a_payment(*LINES), *said)
    known = [payment.states.get(line.order_id) for line in LINES]
    final = all(state is not None and state.status in FINAL_STATUSES for state in known)
    captured = [s for s in known if s is not None and s.status in CAPTURED_STATUSES]

    assert payment.is_payment_done == (final and bool(captured))
    assert payment.is_ledger_updated == (
        payment.is_payment_done and all(state.is_posted for state in captured)
    )
    assert payment.is_wallet_updated == payment.is_ledger_updated
    assert (payment.status in FINAL_PAYMENT_STATUSES) == final
    assert payment.is_resting <= (payment.due_at is None)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ([S.CAPTURED, S.CAPTURED], P.SUCCEEDED),
        ([S.CAPTURED, S.PARTIALLY_CAPTURED], P.SUCCEEDED),
        ([S.CAPTURED, S.FAILED], P.PARTIALLY_SUCCEEDED),
        ([S.FAILED, S.EXPIRED], P.FAILED),
        ([S.FAILED, S.VOIDED], P.FAILED),
        ([S.CANCELLED, S.VOIDED], P.CANCELLED),
        ([S.CAPTURED, S.SENT], P.PROCESSING),
        ([S.CAPTURED, S.CONFLICTED], P.PROCESSING),
        ([S.UNKNOWN, S.REQUIRES_ACTION], P.REQUIRES_ACTION),
        ([S.CAPTURED, S.REQUIRES_ACTION], P.REQUIRES_ACTION),
    ],
)
def test_a_payments_status_is_folded_from_its_orders(
    statuses: list[OrderStatus], status: PaymentStatus
) -> None:
    payment = a_payment(*LINES[:2])

    folded = told(payment, *zip(("o1", "o2"), map(a_state, statuses), strict=True))

    assert folded.status is status


def test_an_order_not_heard_of_keeps_the_payment_processing() -> None:
    assert told(a_payment(*LINES[:2]), ("o1", a_state())).status is P.PROCESSING


def test_done_is_not_booked_and_booked_is_at_rest() -> None:
    done = told(a_payment(), ("o1", a_state()))
    assert (done.is_payment_done, done.is_ledger_updated) == (True, False)
    assert done.due_at is not None

    booked = told(done, ("o1", a_state(is_posted=True)))

    assert (booked.is_ledger_updated, booked.is_wallet_updated) == (True, True)
    assert (booked.is_resting, booked.due_at) == (True, None)
    assert booked.amount_captured == 7_000


def test_news_of_a_stranger_is_ignored() -> None:
    payment = a_payment()

    assert told(payment, ("other", a_state())) is payment


def test_a_look_that_finds_nothing_new_puts_the_next_one_further_off() -> None:
    payment = a_payment()
    assert payment.due_at is not None
    assert fold(payment, {}, payment.due_at - 1, POLICY) is payment

    looked = fold(payment, {}, payment.due_at, POLICY)

    assert looked.due_at == payment.due_at + POLICY.first_check
    assert (looked.asked, looked.version) == (1, payment.version + 1)
    later = replace(looked, asked=3)
    assert looked.due_at is not None
    assert fold(later, {}, looked.due_at, POLICY).due_at == looked.due_at + 30 * MINUTE


def test_all_or_none_voids_the_others_once_one_cannot_be_paid() -> None:
    payment = a_payment(*LINES, all_or_none=True)

    folded = told(payment, ("o1", a_state(S.AUTHORIZED)), ("o2", a_state(S.FAILED)))

    assert folded.decision is Decision.VOID


def test_all_or_none_captures_once_all_are_authorised() -> None:
    payment = a_payment(*LINES[:2], all_or_none=True)
    half = told(payment, ("o1", a_state(S.AUTHORIZED)))
    assert half.decision is None

    assert told(half, ("o2", a_state(S.AUTHORIZED))).decision is Decision.CAPTURE


def test_all_or_none_with_manual_capture_waits_for_the_merchant() -> None:
    payment = a_payment(*LINES[:2], all_or_none=True, capture=CaptureMode.MANUAL)

    both = told(payment, ("o1", a_state(S.AUTHORIZED)), ("o2", a_state(S.AUTHORIZED)))

    assert both.decision is None


def test_a_decision_stands() -> None:
    payment = a_payment(*LINES[:2], all_or_none=True)
    captured = told(payment, *((x, a_state(S.AUTHORIZED)) for x in ("o1", "o2")))

    expired = told(captured, ("o1", a_state(S.EXPIRED, version=9)))

    assert expired.decision is Decision.CAPTURE


def test_orders_of_a_payment_to_keep_are_told_nothing() -> None:
    payment = a_payment(*LINES[:2])

    assert told(payment, ("o1", a_state(S.FAILED))).decision is None


def test_cancelling_an_open_checkout_ends_it() -> None:
    cancelled = cancel(an_open_checkout(), NOW)

    assert (cancelled.status, cancelled.version) == (P.CANCELLED, 2)
    assert cancel(cancelled, NOW) is cancelled


def test_cancelling_a_submitted_payment_is_a_decision_its_orders_follow() -> None:
    payment = a_payment(*LINES[:2])

    cancelled = cancel(payment, NOW)

    assert (cancelled.status, cancelled.decision) == (P.PROCESSING, Decision.CANCEL)
    assert cancel(cancelled, NOW) is cancelled
    ended = told(cancelled, ("o1", a_state(S.FAILED)), ("o2", a_state(S.CANCELLED)))
    assert ended.status is P.CANCELLED


def test_what_was_captured_before_the_cancellation_stays_captured() -> None:
    cancelled = cancel(a_payment(*LINES[:2]), NOW)

    ended = told(cancelled, ("o1", a_state(S.CAPTURED)), ("o2", a_state(S.CANCELLED)))

    assert ended.status is P.PARTIALLY_SUCCEEDED


@pytest.mark.parametrize("status", sorted(FINAL_PAYMENT_STATUSES - {P.CANCELLED}))
def test_what_is_final_is_not_cancelled(status: PaymentStatus) -> None:
    with pytest.raises(IllegalTransition):
        cancel(a_payment(status=status), NOW)


@pytest.mark.parametrize("decision", [Decision.CAPTURE, Decision.VOID])
def test_a_payment_decided_otherwise_is_not_cancelled(decision: Decision) -> None:
    with pytest.raises(IllegalTransition):
        cancel(a_payment(decision=decision), NOW)
