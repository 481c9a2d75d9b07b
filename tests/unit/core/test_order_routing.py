from dataclasses import replace

import pytest

from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.instants import DAY, SECOND, rfc3339
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_facts import answer_question
from countinghouse.domain.order_refunds import apply_refund_fact, settle_bookings, start_refund
from countinghouse.domain.psp import DisputeFact, FactKind, SettlementKind
from countinghouse.messages import DELAY_MAX_S, Message, Output, Published, Queue
from countinghouse.order_routing import OVERDUE_AFTER, of_order
from countinghouse.views import dispute_view, order_view
from tests.builders import (
    NOW,
    POLICY,
    a_delivered_order,
    a_dispute_fact,
    a_fact,
    a_late_order,
    a_refund_fact,
    an_info,
    an_order,
    disputed,
    refunded,
    refunding,
    sent_refund,
)

S = OrderStatus
F = SettlementKind
D = DisputeStatus
Q = Queue
K = FactKind
OPENED = a_dispute_fact()
INQUIRY = a_dispute_fact(stage=DisputeStage.PRE_DISPUTE)


def outputs(old: Order | None, new: Order) -> list[Output]:
    return list(of_order(old, new, NOW))


def sent(old: Order, new: Order) -> list[str]:
    return [str(o.queue) for o in outputs(old, new) if isinstance(o, Message)]


def published(old: Order | None, new: Order) -> list[str]:
    return [o.name for o in outputs(old, new) if isinstance(o, Published)]


def alarms(old: Order, new: Order) -> list[object]:
    found = [o for o in outputs(old, new) if isinstance(o, Published) and o.name == "audit.raised"]
    return [alarm.data["code"] for alarm in found]


def tell(order: Order, kind: SettlementKind) -> Order:
    return apply_refund_fact(order, a_refund_fact(order, kind), NOW, POLICY)[1]


def test_a_delivery_is_booked_behind_its_wallet() -> None:
    captured, delivered = an_order(S.CAPTURED), a_delivered_order()

    (message,) = outputs(captured, delivered)

    assert isinstance(message, Message)
    assert (message.queue, message.body) == (Q.POSTINGS, {"order_id": "o1"})
    assert message.group == "seller:s1#EUR#0"
    assert message.deduplication == f"o1:{delivered.version}"


def test_whatever_calls_for_a_journal_is_booked() -> None:
    delivered = a_delivered_order()
    requested = refunding(delivered)
    under_way = sent_refund(requested)

    assert sent(delivered, requested) == [Q.POSTINGS]
    assert sent(requested, under_way) == []
    assert sent(under_way, tell(under_way, F.SUCCEEDED)) == [Q.POSTINGS]
    assert sent(under_way, tell(under_way, F.FAILED)) == [Q.POSTINGS]
    assert sent(delivered, disputed(delivered)) == [Q.POSTINGS]


def test_counting_what_is_booked_is_nobodys_news() -> None:
    order = a_delivered_order()

    assert outputs(order, settle_bookings(order, 1, NOW)) == []


def test_a_sale_that_comes_captured_and_disputed_at_once_is_booked_once() -> None:
    order = disputed(an_order(S.CAPTURED))

    assert [o.queue for o in outputs(None, order) if isinstance(o, Message)] == [Q.POSTINGS]
    assert published(None, order) == ["order.captured", "dispute.opened"]


@pytest.mark.parametrize(
    ("kinds", "event"),
    [
        ((F.SUCCEEDED,), ["order.refunded"]),
        ((F.FAILED,), ["order.refund_failed"]),
        ((F.SUCCEEDED, F.FAILED), ["order.refund_failed"]),
        ((F.PENDING,), []),
        ((F.UNKNOWN,), []),
    ],
)
def test_a_refunds_end_is_published_with_the_order(
    kinds: tuple[SettlementKind, ...], event: list[str]
) -> None:
    before = sent_refund(refunding(a_delivered_order()))
    for kind in kinds[:-1]:
        before = tell(before, kind)
    after = tell(before, kinds[-1])

    found = [o for o in outputs(before, after) if isinstance(o, Published)]

    assert [o.name for o in found] == event
    for published_ in found:
        assert (published_.subject, published_.version) == ("o1", after.version)
        assert published_.data == order_view(after)


def test_each_refunds_end_is_told_once() -> None:
    first = refunded(a_delivered_order())
    second = sent_refund(refunding(first, 1_000, "r2"), "r2")

    assert published(first, second) == []
    ended = apply_refund_fact(second, a_refund_fact(second, F.SUCCEEDED, "r2"), NOW, POLICY)[1]
    assert published(second, ended) == ["order.refunded"]


def test_an_open_refund_is_looked_after_in_its_time() -> None:
    before = sent_refund(refunding(a_delivered_order()))
    after = tell(before, F.UNKNOWN)

    (message,) = outputs(before, after)

    assert isinstance(message, Message)
    assert (message.queue, message.body) == (Q.AFTERCARE, {"order_id": "o1"})
    assert message.delay_s == 15


def test_what_is_due_too_late_for_a_queue_is_the_sweeps() -> None:
    order = sent_refund(refunding(a_delivered_order()))
    (refund,) = order.refunds
    for wait, number in ((DELAY_MAX_S * SECOND - 1, 1), (DELAY_MAX_S * SECOND + 1, 0)):
        late = replace(refund, asked=1, due_at=NOW + wait)
        assert len(outputs(order, replace(order, refunds=(late,)))) == number


def test_a_refund_that_never_ends_calls_a_person_once() -> None:
    order = sent_refund(refunding(a_delivered_order()))
    raised: list[object] = []
    for _ in range(OVERDUE_AFTER + 2):
        after = tell(order, F.UNKNOWN)
        raised += alarms(order, after)
        order = after

    assert raised == ["unknown_overdue"]


def test_an_order_that_its_psp_lets_nobody_end_calls_a_person_once() -> None:
    order = an_order(S.REQUIRES_ACTION)
    raised: list[tuple[int, object]] = []
    for day in range(20):
        now = NOW + day * DAY
        after = answer_question(order, a_fact(order, K.PENDING), now, POLICY).order
        raised += [(day, code) for code in alarms(order, after)]
        order = after

    assert raised == [(8, "action_overdue")], "a week after the hour that the buyer had"
    captured = order.moved(S.CAPTURED, NOW + 20 * DAY, captured_minor=7_000, due_at=None)
    assert alarms(order, captured) == []


def test_a_lapsing_void_that_never_ends_calls_a_person_once() -> None:
    order = an_order(S.VOID_PENDING)
    raised: list[object] = []
    for _ in range(OVERDUE_AFTER + 2):
        after = answer_question(order, a_fact(order, K.UNKNOWN), NOW, POLICY).order
        raised += alarms(order, after)
        order = after

    assert raised == ["unknown_overdue"]


def later(before: DisputeFact, status: DisputeStatus, **changes: object) -> DisputeFact:
    return replace(before, sequence=before.sequence + 1, status=status, **changes)  # type: ignore[arg-type]


def test_a_dispute_is_published_when_it_opens_and_when_it_closes() -> None:
    order = a_delivered_order()
    opened = disputed(order)
    challenged = disputed(opened, later(OPENED, D.CHALLENGED))
    closed = disputed(challenged, replace(later(OPENED, D.LOST), sequence=3))

    assert published(order, opened) == ["dispute.opened"]
    assert published(opened, challenged) == []
    assert published(challenged, closed) == ["dispute.closed"]
    (event,) = [o for o in outputs(challenged, closed) if isinstance(o, Published)]
    (dispute,) = closed.disputes
    assert (event.subject, event.version) == (dispute.dispute_id, 3)
    assert event.data == dispute_view(closed, dispute)
    assert event.data["evidence_due_at"] == "2026-11-25T11:06:40.000Z"


def test_every_stage_is_opened_anew() -> None:
    inquiry = disputed(a_delivered_order(), INQUIRY)
    chargeback = disputed(inquiry, replace(OPENED, sequence=2))
    won = disputed(chargeback, replace(OPENED, sequence=3, status=D.WON, withdrawn_minor=0))
    second = disputed(won, replace(OPENED, sequence=4, stage=DisputeStage.PRE_ARBITRATION))

    assert published(inquiry, chargeback) == ["dispute.opened"]
    assert published(chargeback, won) == ["dispute.closed"]
    assert published(won, second) == ["dispute.opened"]


def test_money_that_moves_after_the_end_closes_nothing_again() -> None:
    won = later(OPENED, D.WON)
    before = disputed(a_delivered_order(), OPENED, won)
    after = disputed(before, replace(won, sequence=3, withdrawn_minor=0))

    assert published(before, after) == []


def test_a_dispute_first_heard_of_at_its_end_is_closed() -> None:
    order = a_delivered_order()

    assert published(order, disputed(order, later(OPENED, D.LOST))) == ["dispute.closed"]


def test_money_returned_twice_calls_a_person_once() -> None:
    order = refunded(a_delivered_order(), amount_minor=4_000)
    both = disputed(order)
    more = disputed(both, later(OPENED, D.CHALLENGED))

    assert alarms(order, both) == ["double_return"]
    assert alarms(both, more) == []
    assert alarms(refunding(a_delivered_order()), disputed(refunding(a_delivered_order()))) == []


def test_an_order_at_rest_says_nothing_however_long() -> None:
    order = replace(refunded(a_delivered_order()), due_at=NOW + DAY)

    assert outputs(order, order.changed(NOW)) == []


def test_late_money_is_booked_and_published_once() -> None:
    expired, late = an_order(S.EXPIRED, payment_info=an_info(method="qr")), a_late_order()

    assert sent(expired, late) == [Q.POSTINGS]
    assert published(expired, late) == ["order.late_payment"]
    (event,) = [o for o in outputs(expired, late) if isinstance(o, Published)]
    assert event.data["late_payment"] == {
        "amount": 7_000,
        "currency": "EUR",
        "psp_reference": "ch_1",
        "received_at": rfc3339(NOW - SECOND),
    }
    assert (event.data["status"], event.data["amount_captured"]) == ("expired", 0)


@pytest.mark.parametrize(
    ("kinds", "events"),
    [
        ((F.SUCCEEDED,), ["order.refunded"]),
        ((F.FAILED,), ["order.refund_failed", "audit.raised"]),
        ((F.SUCCEEDED, F.FAILED), ["order.refund_failed", "audit.raised"]),
    ],
)
def test_late_money_that_does_not_go_back_calls_a_person(
    kinds: tuple[SettlementKind, ...], events: list[str]
) -> None:
    late = a_late_order()
    (refund,) = late.refunds
    before = after = start_refund(late, refund, NOW, POLICY)
    for kind in kinds:
        before = after
        fact = a_refund_fact(before, kind, refund.refund_id)
        after = apply_refund_fact(before, fact, NOW, POLICY)[1]

    assert published(before, after) == events
    assert alarms(before, after) == ["late_payment_kept"] * (len(events) - 1)
    assert sent(before, after) == [Q.POSTINGS]
