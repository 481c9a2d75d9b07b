from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.errors import Conflict, Unavailable
from countinghouse.domain.order import FINAL_STATUSES, CaptureMode, Order, OrderStatus
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.psp import (
    Doubt,
    EventStatus,
    Fact,
    FactKind,
    PayoutFact,
    PspEvent,
    PspFact,
    PspToken,
    RefundFact,
    SettlementKind,
)
from countinghouse.domain.refund import RefundStatus
from countinghouse.usecases.apply_psp_event import (
    PARKING,
    UNCONFIRMED,
    Inbox,
    apply_psp_event,
)
from tests.builders import (
    DISPUTES,
    NOW,
    POLICY,
    a_delivered_order,
    a_dispute_fact,
    a_fact,
    a_refund,
    a_refund_fact,
    an_attempt,
    an_event,
    an_info,
    an_order,
    disputed,
    refunded,
    refunding,
    sent_refund,
)
from tests.fakes.books import FakeOrderBook, FakePspEventBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway
from tests.fakes.payouts import said
from tests.fakes.queues import FakeDueIndex
from tests.payouts import a_payout
from tests.strategies import History, deliveries, histories

S = OrderStatus
K = FactKind
E = EventStatus
KEY = "sandbox#evt_1"
T = TypeVar("T")


@dataclass
class Told:
    """A PSP that knows whose its charges and payouts are; `asked` lists what it was asked."""

    orders: dict[str, str] = field(default_factory=dict)
    payouts: dict[str, PayoutFact] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    is_down: bool = False

    def order_of(self, psp: str, charge_reference: str) -> str | None:
        return self._answer(self.orders, psp, charge_reference)

    def payout_of(self, psp: str, psp_reference: str) -> PayoutFact | None:
        return self._answer(self.payouts, psp, psp_reference)

    def _answer(self, known: dict[str, T], psp: str, reference: str) -> T | None:
        self.asked.append((psp, reference))
        if self.is_down:
            raise Unavailable("the PSP is down")
        return known.get(reference)


@dataclass
class Desk:
    clock: FakeClock = field(default_factory=FakeClock)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    psp: FakeGateway = field(default_factory=FakeGateway)
    told: Told | None = None
    events: FakePspEventBook = field(init=False)

    def __post_init__(self) -> None:
        self.events = FakePspEventBook(self.orders)

    def apply(self, event_key: str = KEY) -> EventStatus | None:
        """One message."""
        ports = Inbox(
            self.events,
            self.orders,
            self.psp,
            self.clock,
            POLICY,
            DISPUTES,
            self.events.payouts,
            owners=self.told,
            news=self.told,
        )
        return apply_psp_event(event_key, ports)

    def given(self, order: Order | None, kind: FactKind, **changes: Any) -> PspEvent:
        """A stored order and an event about it."""
        if order is not None:
            self.orders.put(order)
        event = an_event(order or an_order(), kind)
        event = replace(event, fact=replace(event.fact, **changes))
        self.events.put(event)
        return event


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_event_and_its_effect_are_one_commit(desk: Desk) -> None:
    desk.given(an_order(S.SENT), K.CAPTURED)

    assert desk.apply() is E.APPLIED
    assert desk.events.log == ["event applied with order captured"]
    assert desk.orders["o1"].status is S.CAPTURED
    assert desk.events[KEY].status is E.APPLIED


def test_an_applied_event_is_not_applied_again(desk: Desk) -> None:
    desk.given(an_order(S.SENT), K.CAPTURED)
    desk.apply()
    order = desk.orders["o1"]

    assert desk.apply() is E.APPLIED
    assert desk.orders["o1"] is order
    assert len(desk.events.log) == 1


def test_what_the_order_is_past_writes_nothing(desk: Desk) -> None:
    desk.given(an_order(S.CAPTURED), K.AUTHORIZED)

    assert desk.apply() is E.STALE
    assert desk.events.log == []


def test_a_race_with_the_psps_answer_is_decided_anew(desk: Desk) -> None:
    desk.given(an_order(S.SENT), K.REQUIRES_ACTION)
    desk.events.interfere.append(lambda: desk.orders.put(an_order(S.CAPTURED, version=3)))

    assert desk.apply() is E.STALE
    assert desk.orders["o1"].status is S.CAPTURED


def test_an_order_that_keeps_changing_sends_the_message_back(desk: Desk) -> None:
    desk.given(an_order(S.SENT), K.CAPTURED)

    def touch() -> None:
        order = desk.orders["o1"]
        desk.orders.put(replace(order, version=order.version + 1))

    desk.events.interfere += [touch] * 50

    with pytest.raises(Conflict):
        desk.apply()

    assert desk.events[KEY].status is E.RECEIVED


def test_an_event_before_its_order_waits_three_times_then_calls_a_person(desk: Desk) -> None:
    desk.given(None, K.CAPTURED)
    for wait in PARKING:
        assert desk.apply() is E.PARKED
        assert desk.events[KEY].due_at == desk.clock.now() + wait
        assert desk.apply() is E.PARKED, "a message too early changes nothing"
        desk.clock.advance(wait)

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == "event_without_order"
    assert desk.events[KEY].due_at is None


def test_a_parked_event_is_applied_once_its_order_is_there(desk: Desk) -> None:
    desk.given(None, K.CAPTURED)
    desk.apply()
    desk.orders.put(an_order(S.SENT))

    assert desk.apply() is E.APPLIED
    assert desk.orders["o1"].status is S.CAPTURED
    assert desk.events[KEY].due_at is None


def test_a_parked_event_whose_order_is_past_it_leaves_the_due_index(desk: Desk) -> None:
    desk.given(None, K.CAPTURED)
    desk.apply()
    desk.orders.put(an_order(S.CAPTURED))

    assert desk.apply() is E.STALE
    assert FakeDueIndex(desk.events.rows).due(NOW + 10**9, 10) == {}
    assert desk.apply() is E.STALE


@pytest.mark.parametrize("found", [K.CAPTURED])
def test_a_contradiction_the_psp_confirms_calls_a_person(desk: Desk, found: FactKind) -> None:
    desk.given(an_order(S.FAILED), K.CAPTURED)
    desk.psp.will("find", found)

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == "contradiction"
    assert desk.orders["o1"].status is S.FAILED


@pytest.mark.parametrize("key", [None, "o1:charge:1"])
def test_money_at_a_psp_that_the_order_has_left_is_no_money_of_the_current_attempt(
    desk: Desk, key: str | None
) -> None:
    here = an_info(psp="stripe", alternatives=(PspToken("sandbox", "tok_c1"),))
    left = an_attempt(outcome="not_sent", psp="sandbox")
    order = an_order(S.SENT, payment_info=here, attempts=(left, an_attempt(number=2)))
    desk.given(order, K.CAPTURED, key=key, psp_reference="ch_sandbox")
    desk.psp.will("find", K.NOT_FOUND)

    assert desk.apply() is E.CONTRADICTION
    assert desk.orders["o1"] == order
    assert desk.events[KEY].alarm == "contradiction"


def test_a_contradiction_the_psp_denies_was_nothing(desk: Desk) -> None:
    desk.given(an_order(S.FAILED), K.CAPTURED)
    desk.psp.will("find", K.DECLINED)

    assert desk.apply() is E.STALE
    assert desk.events[KEY].alarm is None


def test_a_contradiction_is_not_closed_while_the_psp_does_not_answer(desk: Desk) -> None:
    desk.given(an_order(S.FAILED), K.CAPTURED)
    desk.psp.will("find", K.UNKNOWN, K.CAPTURED)

    with pytest.raises(Unavailable):
        desk.apply()

    assert desk.events[KEY].status is E.RECEIVED
    assert desk.apply() is E.CONTRADICTION


def test_money_on_an_older_attempt_calls_a_person(desk: Desk) -> None:
    second = replace(an_order().attempts[0], number=2, key="o1:charge:2")
    order = an_order(S.SENT)
    desk.given(replace(order, attempts=(*order.attempts, second)), K.CAPTURED, key="o1:charge:1")
    desk.psp.will("find", K.PENDING)

    assert desk.apply() is E.CONTRADICTION
    assert desk.orders["o1"].status is S.SENT


def test_money_on_an_order_never_charged_calls_a_person_without_asking(desk: Desk) -> None:
    desk.given(replace(an_order(S.CANCELLED), attempts=()), K.CAPTURED, key="o1:charge:1")

    assert desk.apply() is E.CONTRADICTION
    assert desk.psp.calls == []
    assert desk.events[KEY].alarm == "contradiction"


@pytest.mark.parametrize("order_id", [None, "o1"])
def test_an_event_we_do_not_act_on_is_kept_and_closed(desk: Desk, order_id: str | None) -> None:
    event = desk.given(an_order(S.SENT), K.OTHER)
    desk.events.put(replace(event, order_id=order_id))

    assert desk.apply() is E.IGNORED
    assert desk.events[KEY].status is E.IGNORED


def test_an_unknown_event_is_nothing(desk: Desk) -> None:
    assert desk.apply("sandbox#evt_9") is None


@given(histories, st.data())
def test_any_order_of_webhooks_ends_in_the_same_status(
    history: History, data: st.DataObject
) -> None:
    desk = Desk()
    desk.orders.put(history.order)
    straight = Desk()
    straight.orders.put(history.order)
    arrived = data.draw(deliveries(history.facts))

    for desk_, facts in ((desk, arrived), (straight, history.facts)):
        for number, fact in enumerate(facts):
            event = an_event(history.order, fact.kind, f"evt_{number}", fact=fact)
            desk_.events.put(event)
            desk_.apply(event.event_key)

    one, other = desk.orders["o1"], straight.orders["o1"]
    assert (one.status, one.captured_minor) == (other.status, other.captured_minor)
    assert not [event for event in desk.events.rows.values() if event.alarm]


def approval(order: Order) -> PspFact:
    """That the order's charge is authorised, told without our key."""
    return a_fact(order, K.APPROVED, key=None)


@given(histories, st.data())
def test_authorisations_with_and_without_our_key_have_one_effect_between_them(
    history: History, data: st.DataObject
) -> None:
    first = K.AUTHORIZED if history.order.capture_mode is CaptureMode.MANUAL else K.CAPTURED
    told: list[PspFact] = []
    for fact in history.facts:
        bare = approval(history.order)
        ways = [[fact], [bare], [fact, bare]] if fact.kind is first else [[fact]]
        told += data.draw(st.sampled_from(ways))
    desk, straight = Desk(), Desk()

    for one, facts in ((desk, data.draw(deliveries(tuple(told)))), (straight, history.facts)):
        one.orders.put(history.order)
        for number, fact in enumerate(facts):
            event = an_event(history.order, fact.kind, f"evt_{number}", fact=fact)
            one.events.put(event)
            one.apply(event.event_key)

    left, right = desk.orders["o1"], straight.orders["o1"]
    assert (left.status, left.captured_minor) == (right.status, right.captured_minor)
    assert not [event for event in desk.events.rows.values() if event.alarm]


def test_an_authorisation_without_our_key_ends_the_wait_for_the_buyer(desk: Desk) -> None:
    desk.given(an_order(S.REQUIRES_ACTION), K.APPROVED, key=None)

    assert desk.apply() is E.APPLIED
    assert desk.orders["o1"].status is S.CAPTURED
    assert desk.psp.calls == []


@pytest.mark.parametrize(
    ("found", "status"), [(K.CAPTURED, E.CONTRADICTION), (K.DECLINED, E.STALE)]
)
@pytest.mark.parametrize("key", [None, "o1:charge:1"])
def test_money_after_the_end_is_asked_about_whether_or_not_our_key_is_told(
    desk: Desk, key: str | None, found: FactKind, status: EventStatus
) -> None:
    desk.given(an_order(S.FAILED), K.APPROVED, key=key)
    desk.psp.will("find", found)

    assert desk.apply() is status
    assert desk.orders["o1"] == an_order(S.FAILED)


def test_a_payment_under_another_id_than_the_attempts_calls_a_person(desk: Desk) -> None:
    order = an_order(S.REQUIRES_ACTION)
    desk.given(order, K.APPROVED, key=None, psp_reference="ch_2")
    desk.psp.will("find", K.REQUIRES_ACTION)

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == "contradiction"
    assert desk.orders["o1"] == order


def test_a_strangers_authorisation_under_our_account_is_kept_and_closed(desk: Desk) -> None:
    desk.given(None, K.APPROVED, key=None)

    assert desk.apply() is E.IGNORED
    assert (desk.events[KEY].alarm, desk.events[KEY].due_at) == (None, None)


def test_an_authorisation_that_names_a_key_of_ours_waits_for_its_order(desk: Desk) -> None:
    desk.given(None, K.APPROVED)

    assert desk.apply() is E.PARKED


@pytest.mark.parametrize("found", [K.PENDING, K.REQUIRES_ACTION])
def test_a_psp_that_has_not_decided_denies_nothing(desk: Desk, found: FactKind) -> None:
    desk.given(an_order(S.EXPIRED), K.CAPTURED)
    desk.psp.will("find", found)

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == "contradiction"


def test_what_the_psp_cannot_be_asked_any_more_is_for_a_person(desk: Desk) -> None:
    desk.given(an_order(S.CAPTURED), K.DECLINED, key=None)
    desk.psp.will("find", lambda order: a_fact(order, K.UNKNOWN, doubt=Doubt.UNASKED))

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == UNCONFIRMED
    assert desk.apply() is E.CONTRADICTION, "it is not asked about again"
    assert desk.orders["o1"] == an_order(S.CAPTURED)


@pytest.mark.parametrize("doubt", [Doubt.SILENCE, Doubt.ANSWER])
def test_what_the_psp_can_be_asked_later_is_asked_later(desk: Desk, doubt: Doubt) -> None:
    desk.given(an_order(S.FAILED), K.CAPTURED)
    desk.psp.will("find", lambda order: a_fact(order, K.UNKNOWN, doubt=doubt))

    with pytest.raises(Unavailable):
        desk.apply()

    assert desk.events[KEY].status is E.RECEIVED


def test_the_fact_of_the_event_is_what_is_applied(desk: Desk) -> None:
    order = an_order(S.SENT)
    desk.orders.put(order)
    desk.events.put(an_event(order, K.AUTHORIZED, fact=a_fact(order, K.DECLINED)))

    desk.apply()

    assert desk.orders["o1"].status is S.FAILED


def payout_event(kind: SettlementKind, **changes: Any) -> PspEvent:
    """A verified webhook about the payout."""
    return PspEvent(
        event_key=KEY,
        psp="sandbox",
        event_type="payout.paid",
        order_id=None,
        fact=said(a_payout(), kind, **changes),
        body_sha256="a" * 64,
        received_at=NOW,
    )


def test_an_event_and_its_payout_are_one_commit(desk: Desk) -> None:
    desk.events.payouts.put(a_payout(PayoutStatus.IN_TRANSIT))
    desk.events.put(payout_event(SettlementKind.SUCCEEDED))

    assert desk.apply() is E.APPLIED
    assert desk.events.log == ["event applied with payout paid"]
    assert desk.events.payouts["po_1"].status is PayoutStatus.PAID


def test_a_return_after_paid_is_legal(desk: Desk) -> None:
    desk.events.payouts.put(a_payout(PayoutStatus.PAID))
    desk.events.put(payout_event(SettlementKind.FAILED, returned=True))

    assert desk.apply() is E.APPLIED
    assert desk.events.payouts["po_1"].status is PayoutStatus.RETURNED


def test_news_of_a_payout_that_is_past_it_is_stale(desk: Desk) -> None:
    desk.events.payouts.put(a_payout(PayoutStatus.RETURNED))
    desk.events.put(payout_event(SettlementKind.SUCCEEDED))

    assert desk.apply() is E.STALE
    assert desk.events.log == []


def test_an_event_whose_payout_is_unknown_is_parked_and_then_calls_a_person(desk: Desk) -> None:
    desk.events.put(payout_event(SettlementKind.SUCCEEDED))

    for wait in PARKING:
        assert desk.apply() is E.PARKED
        desk.clock.advance(wait)

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == "event_without_payout"


@pytest.mark.parametrize("status", [PayoutStatus.RESERVED, PayoutStatus.FAILED])
def test_a_payout_that_cannot_be_paid_and_is_calls_a_person(
    desk: Desk, status: PayoutStatus
) -> None:
    desk.events.payouts.put(a_payout(status))
    desk.events.put(payout_event(SettlementKind.SUCCEEDED))

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == "contradiction"
    assert desk.events.payouts["po_1"] == a_payout(status)


def test_other_money_than_the_payouts_settles_nothing(desk: Desk) -> None:
    desk.events.payouts.put(a_payout(PayoutStatus.IN_TRANSIT))
    desk.events.put(payout_event(SettlementKind.SUCCEEDED, amount_minor=1))

    assert desk.apply() is E.APPLIED
    assert desk.events.payouts["po_1"].conflicted


def test_a_payout_that_moved_meanwhile_is_read_again(desk: Desk) -> None:
    desk.events.payouts.put(a_payout(PayoutStatus.SUBMITTED))
    desk.events.put(payout_event(SettlementKind.SUCCEEDED))
    moved = a_payout(PayoutStatus.SUBMITTED).changed(NOW, task_token="token")
    desk.events.interfere.append(lambda: desk.events.payouts.put(moved))

    assert desk.apply() is E.APPLIED
    assert desk.events.payouts["po_1"].task_token == "token"


def about(desk: Desk, order: Order, fact: Fact) -> None:
    """A stored order and an event that states this fact about it."""
    desk.orders.put(order)
    desk.events.put(replace(an_event(order, K.CAPTURED), fact=fact))


def test_a_refunds_news_and_its_effect_are_one_commit(desk: Desk) -> None:
    order = sent_refund(refunding(a_delivered_order()))
    about(desk, order, a_refund_fact(order, SettlementKind.SUCCEEDED))

    assert desk.apply() is E.APPLIED
    assert desk.events.log == ["event applied with order captured"]
    assert a_refund(desk.orders["o1"]).status is RefundStatus.SUCCEEDED


def test_a_refund_that_comes_back_is_taken_in_after_it_succeeded(desk: Desk) -> None:
    order = refunded(a_delivered_order())
    about(desk, order, a_refund_fact(order, SettlementKind.FAILED))

    assert desk.apply() is E.APPLIED
    assert a_refund(desk.orders["o1"]).status is RefundStatus.REVERSED


def test_a_disputes_snapshot_and_its_effect_are_one_commit(desk: Desk) -> None:
    about(desk, a_delivered_order(), a_dispute_fact())

    assert desk.apply() is E.APPLIED
    assert desk.events.log == ["event applied with order captured"]
    assert len(desk.orders["o1"].disputes) == 1


def test_the_rules_say_who_bears_a_dispute(desk: Desk) -> None:
    lost = a_dispute_fact(status=DisputeStatus.LOST, reason="not_received")
    about(desk, a_delivered_order(), lost)

    desk.apply()

    assert "dispute_absorbed" in [b.kind for b in desk.orders["o1"].bookings]


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - FINAL_STATUSES))
def test_a_dispute_that_is_faster_than_its_capture_waits(desk: Desk, status: OrderStatus) -> None:
    about(desk, an_order(status), a_dispute_fact())

    assert desk.apply() is E.PARKED
    desk.orders.put(a_delivered_order())
    desk.clock.advance(PARKING[0])

    assert desk.apply() is E.APPLIED


def test_a_dispute_of_an_order_that_was_never_paid_calls_a_person(desk: Desk) -> None:
    about(desk, an_order(S.FAILED), a_dispute_fact())

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == "contradiction"


def test_a_snapshot_that_was_overtaken_is_stale(desk: Desk) -> None:
    about(desk, disputed(a_delivered_order(), a_dispute_fact(sequence=2)), a_dispute_fact())

    assert desk.apply() is E.STALE
    assert (desk.events.log, desk.orders.log) == ([], [])


@pytest.mark.parametrize(
    "fact",
    [
        RefundFact(SettlementKind.SUCCEEDED, "o1:refund:9", "re_9", 1, "EUR"),
        a_dispute_fact(currency="USD"),
    ],
)
def test_money_that_cannot_have_moved_calls_a_person(desk: Desk, fact: Fact) -> None:
    order = a_delivered_order()
    about(desk, order, fact)

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == "contradiction"
    assert desk.orders["o1"] is order
    assert desk.psp.calls == []


def test_a_dispute_that_races_a_refund_is_decided_anew(desk: Desk) -> None:
    about(desk, a_delivered_order(), a_dispute_fact())
    desk.events.interfere.append(lambda: desk.orders.put(refunding(desk.orders["o1"])))

    assert desk.apply() is E.APPLIED
    order = desk.orders["o1"]
    assert (len(order.refunds), len(order.disputes)) == (1, 1)


def test_money_that_comes_after_expiry_is_taken_in_with_its_event(desk: Desk) -> None:
    desk.given(an_order(S.EXPIRED, payment_info=an_info(method="qr")), K.CAPTURED)

    assert desk.apply() is E.APPLIED
    assert desk.events.log == ["event applied with order expired"]
    assert desk.orders["o1"].late_payment is not None
    assert [refund.amount_minor for refund in desk.orders["o1"].refunds] == [7_000]


def test_the_same_late_money_told_again_changes_nothing(desk: Desk) -> None:
    desk.given(an_order(S.EXPIRED, payment_info=an_info(method="qr")), K.CAPTURED)
    desk.apply()
    taken = desk.orders["o1"]
    desk.events.put(an_event(taken, K.CAPTURED, "evt_2"))

    assert desk.apply("sandbox#evt_2") is E.STALE
    assert desk.orders["o1"] is taken


def test_money_for_an_expired_card_payment_still_calls_a_person(desk: Desk) -> None:
    desk.given(an_order(S.EXPIRED), K.CAPTURED)
    desk.psp.will("find", K.CAPTURED)

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == "contradiction"


def ownerless_dispute(desk: Desk, told: Told | None) -> None:
    """A stored dispute event that names the PSP's charge and no order."""
    desk.told = told
    desk.events.put(replace(an_event(an_order(), K.CAPTURED), order_id=None, fact=a_dispute_fact()))


CHARGE = a_dispute_fact().charge_reference


def test_a_dispute_that_names_no_order_is_asked_after_and_goes_on_as_if_it_did(desk: Desk) -> None:
    desk.orders.put(a_delivered_order())
    ownerless_dispute(desk, Told({CHARGE: "o1"}))

    assert desk.apply() is E.APPLIED
    assert desk.told is not None
    assert desk.told.asked == [("sandbox", CHARGE)]
    assert len(desk.orders["o1"].disputes) == 1
    assert desk.events[KEY].order_id == "o1"


def test_whose_it_is_is_asked_once(desk: Desk) -> None:
    ownerless_dispute(desk, Told({CHARGE: "o1"}))
    assert desk.apply() is E.PARKED

    desk.orders.put(a_delivered_order())
    desk.clock.advance(PARKING[0])

    assert desk.apply() is E.APPLIED
    assert desk.told is not None
    assert len(desk.told.asked) == 1


@pytest.mark.parametrize("told", [None, Told()])
def test_a_dispute_that_nobody_knows_waits_and_then_calls_a_person(
    desk: Desk, told: Told | None
) -> None:
    desk.orders.put(a_delivered_order())
    ownerless_dispute(desk, told)

    for wait in PARKING:
        assert desk.apply() is E.PARKED
        assert desk.apply() is E.PARKED
        desk.clock.advance(wait)

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == "event_without_order"
    assert desk.orders["o1"].disputes == ()
    assert told is None or len(told.asked) == len(PARKING) + 1


def test_a_psp_that_does_not_answer_whose_a_dispute_is_sends_the_message_back(desk: Desk) -> None:
    desk.orders.put(a_delivered_order())
    ownerless_dispute(desk, Told({CHARGE: "o1"}, is_down=True))

    with pytest.raises(Unavailable):
        desk.apply()

    assert desk.events[KEY].status is E.RECEIVED


def test_an_order_found_meanwhile_is_not_written_twice(desk: Desk) -> None:
    desk.orders.put(a_delivered_order())
    ownerless_dispute(desk, Told({CHARGE: "o1"}))
    event = desk.events[KEY]
    meanwhile = replace(event, order_id="o1", version=event.version + 1)
    desk.events.interfere.append(lambda: desk.events.put(meanwhile))

    assert desk.apply() is E.APPLIED
    assert desk.events[KEY].version == event.version + 2


def named_only(desk: Desk, told: Told | None) -> None:
    """A stored event that names a payout by the PSP's id and says nothing of it."""
    desk.told = told
    desk.events.put(
        replace(
            payout_event(SettlementKind.PENDING),
            fact=PayoutFact(SettlementKind.UNKNOWN, "obp_1", psp_reference="obp_1"),
        )
    )


def test_a_payout_that_is_named_only_is_asked_after(desk: Desk) -> None:
    desk.events.payouts.put(a_payout(PayoutStatus.IN_TRANSIT))
    named_only(desk, Told(payouts={"obp_1": said(a_payout(), SettlementKind.SUCCEEDED)}))

    assert desk.apply() is E.APPLIED
    assert desk.told is not None
    assert desk.told.asked == [("sandbox", "obp_1")]
    assert desk.events.payouts["po_1"].status is PayoutStatus.PAID


@pytest.mark.parametrize("told", [None, Told()])
def test_a_payout_that_nobody_knows_waits_and_then_calls_a_person(
    desk: Desk, told: Told | None
) -> None:
    named_only(desk, told)

    for wait in PARKING:
        assert desk.apply() is E.PARKED
        assert desk.apply() is E.PARKED
        desk.clock.advance(wait)

    assert desk.apply() is E.CONTRADICTION
    assert desk.events[KEY].alarm == "event_without_payout"
    assert told is None or len(told.asked) == len(PARKING) + 1


def test_a_psp_that_does_not_say_what_a_payout_came_to_sends_the_message_back(desk: Desk) -> None:
    named_only(desk, Told(is_down=True))

    with pytest.raises(Unavailable):
        desk.apply()
