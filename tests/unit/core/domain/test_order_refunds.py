from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.booking import Booking, BookingKind, Split
from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.errors import IllegalTransition, Invalid, KeyReused
from countinghouse.domain.instants import DAY, HOUR, SECOND
from countinghouse.domain.order import CAPTURED_STATUSES, Order, OrderStatus
from countinghouse.domain.order_delivery import BOOKING_CHECK, deliver, refunded_minor, share_of
from countinghouse.domain.order_facts import Verdict
from countinghouse.domain.order_refunds import (
    apply_refund_fact,
    drop_refund,
    is_barred,
    next_look,
    refund_of,
    request_refund,
    settle_bookings,
    start_refund,
)
from countinghouse.domain.psp import RefundFact, SettlementKind
from countinghouse.domain.refund import REFUNDS_MAX, RefundStatus
from tests.builders import (
    DISPUTES,
    NOW,
    POLICY,
    RESERVE,
    a_delivered_order,
    a_dispute_fact,
    a_refund,
    a_refund_fact,
    a_request,
    an_order,
    disputed,
    refunded,
    refunding,
    sent_refund,
)

S = OrderStatus
R = RefundStatus
F = SettlementKind
K = BookingKind
V = Verdict
D = DisputeStatus


def asked(order: Order, **changes: Any) -> Order:
    return request_refund(order, a_request(**changes), NOW)


def tell(order: Order, kind: SettlementKind, **changes: Any) -> tuple[Verdict, Order]:
    return apply_refund_fact(order, a_refund_fact(order, kind, **changes), NOW + SECOND, POLICY)


def kinds(order: Order) -> list[BookingKind]:
    return [booking.kind for booking in order.bookings]


def test_a_refund_is_reserved_and_not_yet_sent() -> None:
    order = refunding(a_delivered_order())

    refund = a_refund(order)
    assert (refund.status, refund.amount_minor, refund.key) == (R.REQUESTED, 3_000, "o1:refund:1")
    assert (refund.sent_at, refund.due_at) == (None, None)
    assert order.bookings[refund.booking] == Booking(
        K.REFUND_REQUESTED, Split(fee=300, tax=57, reserve=132, seller=2_511), NOW, "r1"
    )
    assert order.version == a_delivered_order().version + 1
    assert order.due_at == NOW + BOOKING_CHECK


def test_before_delivery_a_refund_comes_from_what_is_pending() -> None:
    order = refunding(an_order(S.CAPTURED))

    assert order.bookings[0].split == Split(pending=3_000)
    assert share_of(order) == Split(pending=4_000)


def test_without_an_amount_all_that_is_left_is_refunded() -> None:
    order = refunding(refunding(a_delivered_order()), None, "r2")

    assert a_refund(order, "r2").amount_minor == 4_000
    assert share_of(order) == Split()
    assert a_refund(order, "r2").key == "o1:refund:2"


def test_what_is_pending_goes_first() -> None:
    # A dispute that was cancelled left part of a delivered order pending for a moment.
    order = replace(
        a_delivered_order(),
        bookings=(Booking(K.RELEASE, Split(fee=400, tax=76, reserve=176, seller=3_348), NOW),),
    )

    assert refunding(order, 4_000).bookings[-1].split == Split(3_000, 100, 19, 44, 837)


def test_a_repeat_returns_the_same_object() -> None:
    order = refunding(a_delivered_order())

    assert request_refund(order, a_request(), NOW + DAY) is order
    gone = refunded(order, F.FAILED, amount_minor=1, refund_id="r2")
    assert request_refund(gone, a_request(1, "r2"), NOW) is gone


def test_the_same_key_with_another_body_is_refused() -> None:
    with pytest.raises(KeyReused):
        asked(refunding(a_delivered_order()), fingerprint="another")


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - CAPTURED_STATUSES))
def test_only_captured_money_is_refunded(status: OrderStatus) -> None:
    with pytest.raises(IllegalTransition):
        asked(an_order(status))


@pytest.mark.parametrize("amount", [0, -1])
def test_a_refund_is_at_least_one_minor_unit(amount: int) -> None:
    with pytest.raises(Invalid) as refusal:
        asked(a_delivered_order(), amount_minor=amount)

    assert (refusal.value.field, refusal.value.code) == ("amount", "validation_failed")


@pytest.mark.parametrize(
    ("before", "amount"), [(None, 7_001), (3_000, 4_001), (7_000, 1), (7_000, None)]
)
def test_no_more_is_refunded_than_was_captured(before: int | None, amount: int | None) -> None:
    order = a_delivered_order() if before is None else refunding(a_delivered_order(), before)

    with pytest.raises(Invalid) as refusal:
        asked(order, amount_minor=amount, refund_id="r2")

    assert (refusal.value.field, refusal.value.code) == ("amount", "refund_exceeds_captured")


def test_a_partial_capture_is_refunded_as_far_as_it_goes() -> None:
    order = an_order(S.PARTIALLY_CAPTURED)

    assert refunding(order, 3_000).bookings[0].split == Split(pending=3_000)
    with pytest.raises(Invalid):
        asked(order, amount_minor=3_001)


def test_the_currency_is_the_orders() -> None:
    assert asked(a_delivered_order(), currency="EUR").refunds
    with pytest.raises(Invalid) as refusal:
        asked(a_delivered_order(), currency="USD")
    assert refusal.value.field == "currency"


@pytest.mark.parametrize("status", D)
def test_disputed_money_is_not_refunded(status: DisputeStatus) -> None:
    back = status in (D.WON, D.CANCELLED)
    fact = a_dispute_fact(status=status, withdrawn_minor=0 if back else 4_000)
    order = disputed(a_delivered_order(), fact)

    assert is_barred(order) is not back
    if back:
        assert asked(order).refunds
        return
    with pytest.raises(IllegalTransition):
        asked(order)


def test_an_inquiry_bars_refunds_too() -> None:
    order = disputed(a_delivered_order(), a_dispute_fact(stage=DisputeStage.PRE_DISPUTE))

    with pytest.raises(IllegalTransition):
        asked(order)


def test_an_order_has_only_so_many_refunds() -> None:
    order = an_order(S.CAPTURED)
    for number in range(REFUNDS_MAX):
        order = refunding(order, 1, f"r{number}")

    with pytest.raises(IllegalTransition):
        refunding(order, 1, "one more")
    assert len({refund.key for refund in order.refunds}) == REFUNDS_MAX


@given(st.lists(st.integers(1, 4_000), max_size=8), st.integers(0, 8))
def test_however_many_are_asked_for_the_parts_add_up(amounts: list[int], delivered: int) -> None:
    order = an_order(S.CAPTURED)
    for number, amount in enumerate(amounts):
        if number == delivered:
            order = deliver(order, NOW, NOW, RESERVE)
        left = 7_000 - refunded_minor(order)
        if amount > left:
            with pytest.raises(Invalid):
                asked(order, amount_minor=amount, refund_id=f"r{number}")
            continue
        order = asked(order, amount_minor=amount, refund_id=f"r{number}")
        split = order.bookings[-1].split
        assert split.total == amount
        assert min(split.pending, split.fee, split.tax, split.reserve, split.seller) >= 0
        share = share_of(order)
        assert min(share.pending, share.fee, share.tax, share.reserve, share.seller) >= 0
        if refunded_minor(order) == 7_000:
            return


def test_a_refund_is_written_as_sent_under_its_key_with_a_lease() -> None:
    requested = refunding(a_delivered_order())

    order = start_refund(requested, a_refund(requested), NOW + 5, POLICY)

    refund = a_refund(order)
    assert (refund.status, refund.sent_at, refund.first_sent_at) == (R.SENT, NOW + 5, NOW + 5)
    assert refund.due_at == NOW + 5 + POLICY.lease == order.due_at
    assert (order.version, refund.key) == (requested.version + 1, a_refund(requested).key)


def test_a_refund_that_is_sent_again_keeps_its_key_and_its_first_time() -> None:
    order = tell(sent_refund(refunding(a_delivered_order())), F.NOT_SENT)[1]
    assert a_refund(order).sent_at is None

    again = start_refund(order, a_refund(order), NOW + HOUR, POLICY)

    refund = a_refund(again)
    assert (refund.key, refund.first_sent_at, refund.sent_at) == ("o1:refund:1", NOW, NOW + HOUR)


def test_a_key_that_the_psp_may_have_forgotten_is_not_sent_again() -> None:
    order = tell(sent_refund(refunding(a_delivered_order())), F.NOT_SENT)[1]
    last = NOW + POLICY.key_window

    assert start_refund(order, a_refund(order), last, POLICY).version == order.version + 1
    with pytest.raises(IllegalTransition):
        start_refund(order, a_refund(order), last + 1, POLICY)


@pytest.mark.parametrize("before", [R.SENT, R.UNKNOWN])
def test_a_refund_that_succeeded_is_booked_out(before: RefundStatus) -> None:
    order = sent_refund(refunding(a_delivered_order()))
    if before is R.UNKNOWN:
        order = tell(order, F.UNKNOWN)[1]

    verdict, done = tell(order, F.SUCCEEDED)

    refund = a_refund(done)
    assert (verdict, refund.status, refund.due_at) == (V.APPLIED, R.SUCCEEDED, None)
    assert refund.psp_reference == "re_r1"
    assert kinds(done) == [K.RELEASE, K.REFUND_REQUESTED, K.REFUND_PAID]
    paid = done.bookings[-1]
    assert (paid.split, paid.mirrors) == (done.bookings[refund.booking].split, None)
    assert (paid.event_at, paid.subject) == (NOW + SECOND, "r1")
    assert done.version == order.version + 1


def test_a_refund_that_failed_gives_everything_back() -> None:
    order = sent_refund(refunding(a_delivered_order()))

    verdict, done = tell(order, F.FAILED)

    refund = a_refund(done)
    assert (verdict, refund.status, refund.failure) == (V.APPLIED, R.FAILED, "account_closed")
    assert done.bookings[-1].mirrors == refund.booking
    assert share_of(done) == share_of(a_delivered_order())
    assert refunded_minor(done) == 0


def test_a_failure_without_a_reason_has_one_all_the_same() -> None:
    done = tell(sent_refund(refunding(a_delivered_order())), F.FAILED, failure=None)[1]

    assert a_refund(done).failure == "refund_failed"


def test_a_refund_that_comes_back_later_is_reversed() -> None:
    order = refunded(a_delivered_order())

    verdict, done = tell(order, F.FAILED)

    assert (verdict, a_refund(done).status) == (V.APPLIED, R.REVERSED)
    assert kinds(done)[-2:] == [K.REFUND_PAID, K.REFUND_REVERSED]
    assert done.bookings[-1].mirrors == a_refund(done).booking
    assert share_of(done) == share_of(a_delivered_order())


def test_pending_money_that_comes_back_to_a_delivered_order_is_released() -> None:
    order = deliver(sent_refund(refunding(an_order(S.CAPTURED))), NOW, NOW, RESERVE)

    done = tell(order, F.FAILED)[1]

    assert kinds(done)[-2:] == [K.REFUND_FAILED, K.RELEASE]
    assert share_of(done) == share_of(a_delivered_order())


OPEN = [R.REQUESTED, R.SENT, R.UNKNOWN]
AFTER = {
    R.REQUESTED: (),
    R.SENT: None,
    R.UNKNOWN: (F.UNKNOWN,),
    R.SUCCEEDED: (F.SUCCEEDED,),
    R.FAILED: (F.FAILED,),
    R.REVERSED: (F.SUCCEEDED, F.FAILED),
}


def standing(status: RefundStatus) -> Order:
    """A delivered order whose refund stands there."""
    order = refunding(a_delivered_order())
    if status is R.REQUESTED:
        return order
    order = sent_refund(order)
    for kind in AFTER[status] or ():
        order = tell(order, kind)[1]
    assert a_refund(order).status is status
    return order


LATER = {
    # A refund that was never sent cannot have ended, nor begun.
    **{(R.REQUESTED, kind): V.STALE for kind in F},
    (R.REQUESTED, F.SUCCEEDED): V.CONTRADICTION,
    (R.REQUESTED, F.PENDING): V.CONTRADICTION,
    **{(status, kind): V.APPLIED for status in (R.SENT, R.UNKNOWN) for kind in F},
    **{(status, kind): V.STALE for status in (R.SUCCEEDED, R.FAILED, R.REVERSED) for kind in F},
    (R.SUCCEEDED, F.FAILED): V.APPLIED,
}


@pytest.mark.parametrize(("status", "kind"), list(product(R, F)))
def test_every_fact_in_every_status(status: RefundStatus, kind: SettlementKind) -> None:
    order = standing(status)

    verdict, after = tell(order, kind)

    assert verdict is LATER[status, kind]
    assert (after is order) is (verdict is not V.APPLIED)


def test_a_success_that_comes_after_its_reversal_is_older_news() -> None:
    order = tell(sent_refund(refunding(a_delivered_order())), F.FAILED, occurred_at=NOW + 9)[1]

    assert tell(order, F.SUCCEEDED, occurred_at=NOW + 9) == (V.STALE, order)
    for other in ({"occurred_at": NOW + 10}, {"occurred_at": None}, {"psp_reference": "re_2"}):
        said: dict[str, Any] = {"occurred_at": NOW, **other}
        assert tell(order, F.SUCCEEDED, **said) == (V.CONTRADICTION, order)


def test_a_refused_call_does_not_undo_what_another_call_has_done() -> None:
    order = refunded(a_delivered_order())

    assert tell(order, F.FAILED, psp_reference=None) == (V.STALE, order)


def test_a_success_after_a_refusal_is_a_contradiction() -> None:
    order = sent_refund(refunding(a_delivered_order()))
    order = tell(order, F.FAILED, psp_reference=None, occurred_at=None)[1]

    assert tell(order, F.SUCCEEDED, occurred_at=NOW - DAY) == (V.CONTRADICTION, order)


def test_money_we_never_sent_is_a_contradiction() -> None:
    order = refunding(a_delivered_order())
    for kind in F:
        unknown = RefundFact(kind, "o1:refund:9", "re_9", 1, "EUR")
        verdict, after = apply_refund_fact(order, unknown, NOW, POLICY)

        moved = kind in (F.SUCCEEDED, F.PENDING)
        assert (verdict, after) == (V.CONTRADICTION if moved else V.STALE, order)


@pytest.mark.parametrize("kind", [F.SUCCEEDED, F.PENDING])
@pytest.mark.parametrize(
    "drift", [{"amount_minor": 2_999}, {"amount_minor": None}, {"currency": "USD"}]
)
def test_other_money_than_ours_settles_nothing(kind: SettlementKind, drift: dict[str, Any]) -> None:
    order = sent_refund(refunding(a_delivered_order()))

    assert tell(order, kind, **drift) == (V.CONTRADICTION, order)


def test_a_pending_refund_is_asked_about_on_the_ladder() -> None:
    order = replace(sent_refund(refunding(a_delivered_order())), booked=2)
    for asked_so_far in range(9):
        order = tell(order, F.PENDING)[1]
        refund = a_refund(order)
        assert (refund.status, refund.asked) == (R.SENT, asked_so_far + 1)
        assert refund.due_at == POLICY.next_question_at(NOW + SECOND, asked_so_far) == order.due_at
        assert (refund.psp_reference, refund.sent_at) == ("re_r1", NOW)


def test_an_unknown_refund_stays_unknown_until_the_psp_knows() -> None:
    order = standing(R.UNKNOWN)

    assert a_refund(order).sent_at is not None
    assert a_refund(tell(order, F.PENDING)[1]).status is R.UNKNOWN
    assert a_refund(tell(order, F.SUCCEEDED)[1]).status is R.SUCCEEDED


@pytest.mark.parametrize("kind", [F.NOT_SENT, F.NOT_FOUND])
def test_what_the_psp_does_not_have_goes_again_soon(kind: SettlementKind) -> None:
    order = tell(sent_refund(refunding(a_delivered_order())), kind)[1]

    refund = a_refund(order)
    assert (refund.status, refund.sent_at, refund.first_sent_at) == (R.SENT, None, NOW)
    assert refund.due_at is not None
    assert NOW < refund.due_at <= NOW + SECOND + POLICY.backoff_cap


@pytest.mark.parametrize("kind", [F.NOT_SENT, F.NOT_FOUND])
def test_past_the_psps_memory_not_knowing_proves_nothing(kind: SettlementKind) -> None:
    order = sent_refund(refunding(a_delivered_order()))
    late = NOW + POLICY.key_window + 1

    _, after = apply_refund_fact(order, a_refund_fact(order, kind), late, POLICY)

    refund = a_refund(after)
    assert (refund.status, refund.sent_at) == (R.UNKNOWN, NOW)
    assert refund.due_at == POLICY.next_question_at(late, 0)


def test_a_refund_that_no_psp_has_seen_fails_when_its_money_is_disputed() -> None:
    order = disputed(refunding(a_delivered_order()))

    dropped = drop_refund(order, a_refund(order), NOW)

    refund = a_refund(dropped)
    assert (refund.status, refund.failure, refund.due_at) == (R.FAILED, "order_disputed", None)
    assert (dropped.bookings[-1].kind, dropped.bookings[-1].mirrors) == (K.REFUND_FAILED, 1)
    assert refunded_minor(dropped) == 0
    assert dropped.version == order.version + 1


def test_a_refund_is_found_by_its_id() -> None:
    order = refunding(a_delivered_order())

    assert refund_of(order, "r1") is a_refund(order)
    assert refund_of(order, "r2") is None


@given(st.lists(st.sampled_from(F), max_size=8))
def test_one_refund_ends_one_way_whatever_the_psp_says_in_whatever_order(
    said: list[SettlementKind],
) -> None:
    order = sent_refund(refunding(a_delivered_order()))
    for kind in said:
        order = tell(order, kind)[1]

    refund, found = a_refund(order), kinds(order)
    assert found.count(K.REFUND_PAID) <= 1
    assert found.count(K.REFUND_FAILED) + found.count(K.REFUND_REVERSED) <= 1
    assert (K.REFUND_PAID in found) is (refund.status in (R.SUCCEEDED, R.REVERSED))
    assert (K.REFUND_REVERSED in found) is (refund.status is R.REVERSED)
    assert (K.REFUND_FAILED in found) is (refund.status is R.FAILED)
    assert refunded_minor(order) == (0 if refund.status in (R.FAILED, R.REVERSED) else 3_000)
    assert (refund.due_at is not None) is refund.is_open


def test_an_order_is_looked_at_as_long_as_something_is_open() -> None:
    delivered = a_delivered_order()
    booked = replace(delivered, booked=1, due_at=None)

    assert next_look(booked, NOW) is None
    assert next_look(delivered, NOW) == NOW + BOOKING_CHECK
    requested = replace(refunding(booked), booked=2)
    assert next_look(requested, NOW) == NOW + BOOKING_CHECK
    sent = sent_refund(requested)
    assert next_look(sent, NOW) == NOW + POLICY.lease
    pending = tell(tell(tell(sent, F.PENDING)[1], F.PENDING)[1], F.PENDING)[1]
    assert next_look(pending, NOW) == a_refund(pending).due_at


def test_what_is_booked_is_counted_and_no_longer_due() -> None:
    order = a_delivered_order()

    settled = settle_bookings(order, 1, NOW)

    assert (settled.booked, settled.due_at) == (1, None)
    assert settled.version == order.version + 1
    assert settle_bookings(settled, 1, NOW + DAY) is settled
    assert settle_bookings(settled, 0, NOW + DAY) is settled


def test_what_is_not_booked_is_looked_at_again_when_it_is_due() -> None:
    order = a_delivered_order()

    assert settle_bookings(order, 0, NOW) is order
    later = NOW + BOOKING_CHECK
    assert settle_bookings(order, 0, later).due_at == later + BOOKING_CHECK


def test_a_refund_of_a_dispute_that_was_won_takes_what_is_there() -> None:
    won = disputed(
        a_delivered_order(),
        a_dispute_fact(),
        a_dispute_fact(status=D.WON, sequence=2, withdrawn_minor=0),
        rules=DISPUTES,
    )

    assert refunding(won, None).bookings[-1].split == share_of(a_delivered_order())
