from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.finding import Finding
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import CAPTURED_STATUSES, RESTING_STATUSES, OrderStatus
from countinghouse.domain.payment import Decision, OrderState, Payment, PaymentStatus
from countinghouse.domain.psp import EventStatus, FactKind
from countinghouse.domain.reconciliation import Run, RunStatus
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.messages import (
    DELAY_MAX_S,
    EVERY_EVENT,
    Message,
    Output,
    Published,
    Queue,
    asked_for,
    audit_raised,
    delay_until,
)
from countinghouse.routing import (
    BookDamaged,
    FindingReported,
    JournalPosted,
    OrderChanged,
    PaymentChanged,
    PspEventChanged,
    RunChanged,
    WalletMoved,
    route,
)
from countinghouse.run_views import run_view
from countinghouse.views import order_view, payment_view
from tests.builders import (
    NOW,
    a_journal,
    a_line,
    a_payment,
    a_state,
    a_transfer,
    an_event,
    an_open_checkout,
    an_order,
)
from tests.runs import a_run

S = OrderStatus
P = PaymentStatus
Q = Queue
LINES = (a_line("o1"), a_line("o2", "s2"))
NOT_RESTING = sorted(set(OrderStatus) - RESTING_STATUSES - {S.CREATED})


def messages(outputs: list[Output], queue: Queue) -> list[Message]:
    return [o for o in outputs if isinstance(o, Message) and o.queue is queue]


def published(outputs: list[Output]) -> list[tuple[str, str, int]]:
    return [(o.name, o.subject, o.version) for o in outputs if isinstance(o, Published)]


@pytest.mark.parametrize("status", NOT_RESTING)
def test_an_order_not_at_rest_is_due_some_time(status: OrderStatus) -> None:
    assert an_order(status).due_at is not None


@pytest.mark.parametrize("status", NOT_RESTING)
def test_an_order_not_at_rest_has_a_message_or_a_lease_to_wait_for(status: OrderStatus) -> None:
    order = an_order(status, due_at=NOW)

    outputs = route(OrderChanged(None, order), NOW)

    if status is not S.SENT:
        assert messages(outputs, Q.ORDERS) or messages(outputs, Q.PROGRESS)


@pytest.mark.parametrize("status", sorted(RESTING_STATUSES))
def test_an_order_at_rest_is_told_on_exactly_once(status: OrderStatus) -> None:
    arrived = route(OrderChanged(an_order(S.SENT), an_order(status)), NOW)
    again = route(OrderChanged(an_order(status), an_order(status, version=9)), NOW)

    told = messages(arrived, Q.POSTINGS if status in CAPTURED_STATUSES else Q.PROGRESS)
    assert len(told) == 1
    assert again == []


@pytest.mark.parametrize("status", sorted(CAPTURED_STATUSES))
def test_a_captured_order_is_booked_behind_its_wallet(status: OrderStatus) -> None:
    order = an_order(status, wallet_shard=2, version=7)

    outputs = route(OrderChanged(an_order(S.SENT), order), NOW)

    (posting,) = messages(outputs, Q.POSTINGS)
    assert posting == Message(
        Q.POSTINGS, {"order_id": "o1"}, group="seller:s1#EUR#2", deduplication="o1:7"
    )
    assert published(outputs) == [("order.captured", "o1", 7)]
    assert messages(outputs, Q.PROGRESS) == [], "the payment hears of it with the journal"


def test_the_event_of_a_captured_order_shows_the_order_as_it_was_committed() -> None:
    order = an_order(S.CAPTURED)

    (event,) = [o for o in route(OrderChanged(None, order), NOW) if isinstance(o, Published)]

    assert event.data == order_view(order)


def test_a_conflicted_order_calls_a_person() -> None:
    outputs = route(OrderChanged(an_order(S.SENT), an_order(S.CONFLICTED)), NOW)

    assert published(outputs) == [("audit.raised", "o1", 2)]


@pytest.mark.parametrize(
    "status", [S.ROUTED, S.UNKNOWN, S.REQUIRES_ACTION, S.CAPTURE_PENDING, S.VOID_PENDING]
)
def test_what_is_looked_at_again_is_sent_with_its_delay(status: OrderStatus) -> None:
    order = an_order(status, due_at=NOW + 15_000)

    (message,) = messages(route(OrderChanged(order, order), NOW), Q.ORDERS)

    assert message.delay_s == 15
    assert message.body == {"order_id": "o1", "checkout_id": "c1"}


def test_what_is_due_too_late_for_a_queue_is_the_sweeps() -> None:
    order = an_order(S.UNKNOWN, due_at=NOW + (DELAY_MAX_S + 1) * 1_000)

    assert messages(route(OrderChanged(order, order), NOW), Q.ORDERS) == []


@given(st.integers(-(10**6), 2 * 10**6))
def test_a_delay_never_ends_before_its_time(wait: int) -> None:
    delay = delay_until(NOW + wait, NOW)

    if delay is None:
        assert wait > DELAY_MAX_S * 1_000
    else:
        assert 0 <= delay <= DELAY_MAX_S
        assert max(wait, 0) <= delay * 1_000 < max(wait, 0) + 1_000
    assert delay_until(None, NOW) is None


def orders_of(outputs: list[Output]) -> list[str]:
    return [message.body["order_id"] for message in messages(outputs, Q.ORDERS)]


def test_a_submitted_payment_starts_every_order() -> None:
    outputs = route(PaymentChanged(an_open_checkout(), a_payment(*LINES)), NOW)

    assert orders_of(outputs) == ["o1", "o2"]
    assert published(outputs) == []


def test_a_lone_orders_payment_starts_it() -> None:
    assert orders_of(route(PaymentChanged(None, a_payment()), NOW)) == ["o1"]


def test_a_registered_checkout_starts_nothing() -> None:
    assert route(PaymentChanged(None, an_open_checkout()), NOW) == []


def test_a_look_without_news_starts_nothing() -> None:
    payment = a_payment(*LINES)

    assert route(PaymentChanged(payment, replace(payment, version=3, asked=1)), NOW) == []


@pytest.mark.parametrize("decision", sorted(Decision))
def test_a_decision_is_told_to_every_order_not_final(decision: Decision) -> None:
    states = {"o1": a_state(S.FAILED), "o2": a_state(S.AUTHORIZED)}
    payment = a_payment(*LINES, states=states)

    outputs = route(PaymentChanged(payment, replace(payment, decision=decision, version=3)), NOW)

    assert orders_of(outputs) == ["o2"]


@pytest.mark.parametrize(
    "status",
    [P.REQUIRES_ACTION, P.SUCCEEDED, P.PARTIALLY_SUCCEEDED, P.FAILED, P.CANCELLED],
)
def test_a_status_worth_knowing_is_published_when_it_is_reached(status: PaymentStatus) -> None:
    old, new = a_payment(), a_payment(status=status, version=3)

    outputs = route(PaymentChanged(old, new), NOW)
    again = route(PaymentChanged(new, replace(new, version=4)), NOW)

    (event,) = [output for output in outputs if isinstance(output, Published)]
    assert (event.name, event.subject, event.version) == (f"payment.{status}", "c1", 3)
    assert event.data == payment_view(new)
    assert published(again) == []


def test_a_new_webhook_is_applied() -> None:
    event = an_event(an_order(), FactKind.CAPTURED)

    assert route(PspEventChanged(None, event), NOW) == [
        Message(Q.PSP_EVENTS, {"event_key": "sandbox#evt_1"})
    ]


def test_a_parked_webhook_is_tried_again_and_a_closed_one_is_not() -> None:
    event = an_event(an_order(), FactKind.CAPTURED)
    parked = replace(event, status=EventStatus.PARKED, due_at=NOW + 30_000)
    closed = replace(event, status=EventStatus.APPLIED)

    (message,) = route(PspEventChanged(event, parked), NOW)

    assert isinstance(message, Message)
    assert message.delay_s == 30
    assert route(PspEventChanged(event, closed), NOW) == []


def test_an_alarm_is_raised_once() -> None:
    event = an_event(an_order(), FactKind.CAPTURED)
    alarmed = replace(event, alarm="contradiction", status=EventStatus.CONTRADICTION, version=2)

    outputs = route(PspEventChanged(event, alarmed), NOW)

    assert published(outputs) == [("audit.raised", "sandbox#evt_1", 2)]
    assert route(PspEventChanged(alarmed, replace(alarmed, version=3)), NOW) == []


def test_a_booked_capture_is_news_for_its_payment() -> None:
    assert route(JournalPosted(a_journal()), NOW) == [
        Message(Q.PROGRESS, {"checkout_id": "c1", "order_id": "o1"})
    ]


@pytest.mark.parametrize("journal", [a_transfer("bank:b", "rounding"), a_journal(checkout_id=None)])
def test_other_journals_are_nobodys_news(journal: Journal) -> None:
    assert route(JournalPosted(journal), NOW) == []


def test_a_wallet_out_of_balance_calls_a_person() -> None:
    address = WalletAddress("seller:s1", "EUR")

    assert route(WalletMoved(Wallet(address, {"rounding": 5, "bank:b": -5})), NOW) == []
    outputs = route(WalletMoved(Wallet(address, {"rounding": 5}, sequence=4)), NOW)
    assert published(outputs) == [("audit.raised", "seller:s1#EUR#0", 4)]


def test_damage_and_findings_call_a_person() -> None:
    damaged = route(BookDamaged("jrn", "altered"), NOW)
    finding = Finding("total:EUR:5", "trial_balance", "EUR sums to 5", NOW)
    found = route(FindingReported(finding), NOW)

    assert published(damaged) == [("audit.raised", "jrn", 1)]
    assert published(found) == [("audit.raised", finding.finding_id, 1)]


@given(
    st.sampled_from([None, *OrderStatus]),
    st.sampled_from(sorted(OrderStatus)),
    st.sampled_from(sorted(PaymentStatus)),
)
def test_a_message_carries_ids_and_nothing_else(
    old: OrderStatus | None, new: OrderStatus, status: PaymentStatus
) -> None:
    changed = OrderChanged(an_order(old) if old else None, an_order(new))
    states: dict[str, OrderState] = {"o1": a_state(new)}
    payment: Payment = a_payment(states=states, status=status)
    outputs = route(changed, NOW) + route(PaymentChanged(None, payment), NOW)

    for output in outputs:
        if isinstance(output, Message):
            assert set(output.body) <= {"order_id", "checkout_id", "event_key"}
            assert (output.group is None) == (output.queue is not Q.POSTINGS)
            assert (output.deduplication is None) == (output.group is None)


COMPLETED = a_run(RunStatus.COMPLETED, version=2, counts={"open": 3})


@pytest.mark.parametrize("old", [None, a_run(), a_run(RunStatus.FAILED)])
def test_a_run_that_completes_is_published_with_what_it_found(old: Run | None) -> None:
    assert route(RunChanged(old, COMPLETED), NOW) == [
        Published("reconciliation.completed", "rec_sandbox_20261122", 2, run_view(COMPLETED))
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (None, a_run()),
        (a_run(), a_run(RunStatus.FAILED)),
        (COMPLETED, a_run(version=3)),
        (COMPLETED, replace(COMPLETED, version=3)),
    ],
)
def test_any_other_change_of_a_run_tells_nobody_anything(old: Run | None, new: Run) -> None:
    assert route(RunChanged(old, new), NOW) == []


def test_what_nobody_asked_for_is_not_published_but_a_call_for_a_person_is() -> None:
    paid, won = (
        Published("payment.succeeded", "c1", 3, {}),
        Published("dispute.closed", "d1", 2, {}),
    )
    damage = audit_raised("j1", 1, "book_damaged", "digest")
    events = [paid, damage, won]

    assert asked_for(events, {"dispute.closed"}) == [damage, won]
    assert asked_for(events, {""}) == [damage]
    assert asked_for(events, {EVERY_EVENT}) == events
