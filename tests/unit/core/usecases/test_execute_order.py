from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.breaker import BreakerState
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import HOUR, MINUTE, SECOND
from countinghouse.domain.order import (
    RESTING_STATUSES,
    CaptureMode,
    Order,
    OrderStatus,
)
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.order_late import taken_late
from countinghouse.domain.payment import Decision, PaymentStatus
from countinghouse.domain.psp import FactKind, PspFact
from countinghouse.usecases.execute_order import ExecuteOrder, Execution, execute_order
from tests.builders import (
    HARD,
    NOW,
    POLICY,
    SOFT,
    a_fact,
    a_line,
    a_payment,
    a_session,
    a_state,
    a_submission,
    an_attempt,
    an_info,
    an_open_checkout,
    an_order,
)
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway
from tests.fakes.psp_health import FakeHealth
from tests.psp_worlds import Able, a_routing

S = OrderStatus
K = FactKind
COMMAND = ExecuteOrder("o1", "c1")


@dataclass
class Desk:
    """The fakes around one order, with one log of what happened in which order."""

    log: list[str] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)
    orders: FakeOrderBook = field(init=False)
    payments: FakePaymentBook = field(init=False)
    psp: FakeGateway = field(init=False)

    def __post_init__(self) -> None:
        self.orders = FakeOrderBook(log=self.log)
        self.payments = FakePaymentBook(log=self.log).put(a_payment())
        self.psp = FakeGateway(log=self.log)

    @property
    def ports(self) -> Execution:
        return Execution(self.orders, self.payments, self.psp, self.clock, POLICY)

    @property
    def order(self) -> Order:
        return self.orders["o1"]

    def run(self) -> OrderStatus | None:
        """One message."""
        return execute_order(COMMAND, self.ports)

    def hears(self, kind: FactKind) -> list[bool]:
        """Whether the order was guarded as each charge came to the PSP, which answers so."""
        heard: list[bool] = []

        def answer(order: Order) -> PspFact:
            heard.append(self.order.guarded)
            return a_fact(order, kind)

        self.psp.will("charge", answer)
        return heard

    def run_when_due(self) -> OrderStatus | None:
        """One message, at the moment the order wants it."""
        assert self.order.due_at is not None
        self.clock.instant = max(self.clock.instant, self.order.due_at)
        return self.run()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_attempt_is_written_before_the_psp_sees_it(desk: Desk) -> None:
    desk.psp.will("charge", K.CAPTURED)

    status = desk.run()

    assert status is S.CAPTURED
    assert desk.log == ["order added: sent", "psp charge", "order replaced: captured"]
    assert desk.psp.calls == [("charge", "o1:charge:1")]


def test_what_the_psp_gets_is_what_was_written(desk: Desk) -> None:
    def check(order: Order) -> PspFact:
        assert desk.orders["o1"] == order
        assert order.status is S.SENT
        assert order.attempts[-1].outcome is None
        return a_fact(order, K.CAPTURED)

    desk.psp.will("charge", check)

    assert desk.run() is S.CAPTURED


@pytest.mark.parametrize(
    ("age", "guarded"), [(0, True), (60 * SECOND - POLICY.lease, True), (50 * SECOND, False)]
)
def test_an_order_is_its_payments_to_wake_when_that_is_looked_at_after_the_lease(
    desk: Desk, age: int, guarded: bool
) -> None:
    desk.clock.instant = NOW + age
    at_the_psp = desk.hears(K.UNKNOWN)

    assert desk.run() is S.UNKNOWN
    assert at_the_psp == [guarded]
    # In doubt it is looked for by itself, on a ladder of its own.
    assert (desk.order.guarded, desk.order.due_at is not None) == (False, True)


def test_a_payment_that_was_looked_at_before_may_be_late_and_guards_nothing(desk: Desk) -> None:
    desk.payments.put(a_payment(asked=1, due_at=NOW + 60 * SECOND))
    at_the_psp = desk.hears(K.CAPTURED)

    desk.run()

    assert at_the_psp == [False]


def test_whoever_sends_again_is_looked_for_itself(desk: Desk) -> None:
    desk.orders.put(an_order(S.ROUTED, due_at=NOW))
    at_the_psp = desk.hears(K.CAPTURED)
    desk.payments.put(a_payment(states={"o1": a_state(S.ROUTED)}))

    desk.run()

    assert at_the_psp == [False]


def test_the_first_message_needs_no_read_of_the_order(desk: Desk) -> None:
    desk.psp.will("charge", K.CAPTURED)

    desk.run()

    assert desk.orders.reads == 0


def test_the_same_message_again_does_nothing(desk: Desk) -> None:
    desk.psp.will("charge", K.CAPTURED)
    desk.run()
    after = desk.order

    assert desk.run() is S.CAPTURED
    assert desk.order is after
    assert len(desk.psp.calls) == 1


def test_a_second_worker_waits_while_the_lease_runs(desk: Desk) -> None:
    desk.orders.put(an_order(S.SENT, due_at=NOW + POLICY.lease))
    desk.clock.instant = NOW + POLICY.lease - 1

    assert desk.run() is S.SENT
    assert desk.psp.calls == []


def test_a_sent_charge_past_its_lease_is_asked_about_and_never_sent(desk: Desk) -> None:
    desk.orders.put(an_order(S.SENT, due_at=NOW + POLICY.lease))
    desk.clock.instant = NOW + POLICY.lease
    desk.psp.will("find", K.CAPTURED)

    assert desk.run() is S.CAPTURED
    assert desk.psp.calls == [("find", "o1:charge:1")]


def test_two_workers_that_begin_at_once_charge_once(desk: Desk) -> None:
    def other_worker() -> None:
        desk.orders.put(an_order(S.SENT, due_at=NOW + POLICY.lease))

    desk.orders.interfere.append(other_worker)

    assert desk.run() is S.SENT
    assert desk.psp.calls == []


def test_an_unknown_outcome_is_only_ever_asked_about(desk: Desk) -> None:
    desk.psp.will("charge", K.UNKNOWN).will("find", K.UNKNOWN, K.PENDING, K.UNKNOWN, K.CAPTURED)
    assert desk.run() is S.UNKNOWN

    for _ in range(3):
        assert desk.run_when_due() is S.UNKNOWN

    assert desk.run_when_due() is S.CAPTURED
    assert [call for call, _ in desk.psp.calls] == ["charge", "find", "find", "find", "find"]


def test_what_the_psp_does_not_know_goes_out_again_under_the_same_key(desk: Desk) -> None:
    desk.psp.will("charge", K.UNKNOWN, K.CAPTURED).will("find", K.NOT_FOUND)
    desk.run()

    assert desk.run_when_due() is S.ROUTED
    assert desk.run_when_due() is S.CAPTURED
    assert desk.psp.calls == [
        ("charge", "o1:charge:1"),
        ("find", "o1:charge:1"),
        ("charge", "o1:charge:1"),
    ]
    assert len(desk.order.attempts) == 1


def test_a_refusal_that_comes_late_fails_nothing_that_was_sent_since(desk: Desk) -> None:
    def died(_: Order) -> PspFact:
        raise KeyboardInterrupt

    def refused_long_ago(order: Order) -> PspFact:
        # While this one stood still, somebody asked, was told of nothing, and sent it again.
        desk.psp.will("find", K.NOT_FOUND).will("charge", died)
        desk.run_when_due()
        with pytest.raises(KeyboardInterrupt):
            desk.run_when_due()
        return PspFact(K.DECLINED, key=order.attempts[-1].key, decline=HARD)

    desk.psp.will("charge", refused_long_ago)

    assert desk.run() is S.SENT
    desk.psp.will("find", K.CAPTURED)
    assert desk.run_when_due() is S.CAPTURED


def test_what_never_left_goes_out_again_under_the_same_key(desk: Desk) -> None:
    desk.psp.will("charge", K.NOT_SENT, K.CAPTURED)
    assert desk.run() is S.ROUTED

    assert desk.run_when_due() is S.CAPTURED
    assert {key for _, key in desk.psp.calls} == {"o1:charge:1"}


def test_past_the_key_window_it_is_only_asked(desk: Desk) -> None:
    desk.orders.put(an_order(S.ROUTED, attempts=(an_attempt(),), due_at=NOW))
    desk.clock.instant = NOW + POLICY.key_window + 1
    desk.psp.will("find", K.NOT_FOUND, K.NOT_FOUND, K.CAPTURED)

    for _ in range(2):
        desk.run_when_due()
        assert desk.order.status not in RESTING_STATUSES
        assert desk.order.due_at is not None
        assert desk.order.due_at > desk.clock.now()
    desk.run_when_due()

    assert desk.order.status is S.CAPTURED
    assert [call for call, _ in desk.psp.calls] == ["find"] * 3


def test_an_unknown_charge_past_the_key_window_is_never_sent_again(desk: Desk) -> None:
    desk.orders.put(an_order(S.UNKNOWN, due_at=NOW))
    desk.clock.instant = NOW + POLICY.key_window + 1
    desk.psp.will("find", *[K.NOT_FOUND] * 5)

    for _ in range(5):
        assert desk.run_when_due() is S.UNKNOWN

    assert {call for call, _ in desk.psp.calls} == {"find"}


def test_soft_refusals_are_tried_three_times_each_under_its_own_key(desk: Desk) -> None:
    desk.psp.will("charge", *[lambda order: a_fact(order, K.DECLINED, decline=SOFT)] * 3)

    assert desk.run() is S.ROUTED
    assert desk.run() is S.ROUTED, "not before its time"
    assert desk.run_when_due() is S.ROUTED
    assert desk.run_when_due() is S.FAILED

    assert desk.psp.calls == [("charge", f"o1:charge:{n}") for n in (1, 2, 3)]
    assert desk.order.failure == SOFT
    assert [a.outcome for a in desk.order.attempts] == ["declined_soft"] * 3


def test_a_hard_refusal_is_the_end(desk: Desk) -> None:
    desk.psp.will("charge", K.DECLINED)

    assert desk.run() is S.FAILED
    assert desk.order.failure == HARD
    assert desk.order.due_at is None


@pytest.mark.parametrize("drift", [{"amount_minor": 7_001}, {"currency": "USD"}])
def test_another_amount_or_currency_is_a_conflict(desk: Desk, drift: dict[str, object]) -> None:
    desk.psp.will("charge", lambda order: a_fact(order, K.CAPTURED, **drift))

    assert desk.run() is S.CONFLICTED
    assert desk.order.captured_minor == 0


def test_an_outcome_is_laid_on_what_a_webhook_wrote_meanwhile(desk: Desk) -> None:
    def webhook_first(order: Order) -> PspFact:
        fact = a_fact(order, K.REQUIRES_ACTION)
        desk.orders.put(apply_fact(order, fact, NOW, POLICY).order)
        return a_fact(order, K.CAPTURED)

    desk.psp.will("charge", webhook_first)

    assert desk.run() is S.CAPTURED
    assert desk.order.version == 4


def test_an_outcome_that_a_webhook_told_already_changes_nothing(desk: Desk) -> None:
    def webhook_first(order: Order) -> PspFact:
        desk.orders.put(apply_fact(order, a_fact(order, K.CAPTURED), NOW, POLICY).order)
        return a_fact(order, K.UNKNOWN)

    desk.psp.will("charge", webhook_first)

    assert desk.run() is S.CAPTURED
    assert desk.order.status is S.CAPTURED
    assert desk.order.version == 3


def test_an_outcome_is_not_lost_to_a_race_between_read_and_write(desk: Desk) -> None:
    def webhook() -> None:
        order = desk.orders["o1"]
        desk.orders.put(apply_fact(order, a_fact(order, K.PENDING), NOW, POLICY).order)

    desk.psp.will("charge", K.CAPTURED)
    desk.orders.interfere += [lambda: None, webhook, webhook, webhook]

    assert desk.run() is S.CAPTURED
    assert desk.order.version == 6


def test_an_order_that_keeps_changing_sends_the_message_back(desk: Desk) -> None:
    def webhook() -> None:
        order = desk.orders["o1"]
        desk.orders.put(apply_fact(order, a_fact(order, K.PENDING), NOW, POLICY).order)

    desk.psp.will("charge", K.CAPTURED)
    desk.orders.interfere += [lambda: None, *[webhook] * 50]

    with pytest.raises(Conflict):
        desk.run()

    assert len(desk.psp.calls) == 1


def test_losing_the_race_for_the_next_attempt_charges_nothing(desk: Desk) -> None:
    desk.orders.put(an_order(S.ROUTED, due_at=NOW))
    desk.payments.put(a_payment(asked=1))
    taken = an_order(S.SENT, version=3)
    desk.orders.interfere.append(lambda: desk.orders.put(taken))

    with pytest.raises(Conflict):
        desk.run()

    assert desk.psp.calls == []
    assert desk.order == taken


def test_an_order_id_of_another_checkout_fails_here_and_is_never_charged(desk: Desk) -> None:
    theirs = an_order(S.CAPTURED, checkout_id="c2")
    desk.orders.put(theirs)

    assert desk.run() is S.FAILED

    assert desk.psp.calls == []
    assert desk.order is theirs
    failure = desk.payments["c1"].states["o1"].failure
    assert failure is not None
    assert failure.code == "order_id_in_use"
    assert desk.payments["c1"].status is PaymentStatus.FAILED


def test_an_order_id_in_use_is_told_once(desk: Desk) -> None:
    desk.orders.put(an_order(S.CAPTURED, checkout_id="c2"))
    desk.run()
    told = desk.payments["c1"]

    assert desk.run() is S.FAILED
    assert desk.payments["c1"] is told


def test_an_order_id_in_use_is_told_over_a_race(desk: Desk) -> None:
    desk.orders.put(an_order(S.CAPTURED, checkout_id="c2"))
    desk.payments.interfere.append(lambda: desk.payments.put(a_payment(version=3)))

    assert desk.run() is S.FAILED
    assert desk.payments["c1"].status is PaymentStatus.FAILED


@pytest.mark.parametrize("decision", [Decision.CANCEL, Decision.VOID])
def test_a_payment_stopped_before_it_began_never_reaches_the_psp(
    desk: Desk, decision: Decision
) -> None:
    desk.payments.put(a_payment(decision=decision, version=3))

    assert desk.run() is S.CANCELLED
    assert desk.psp.calls == []
    assert desk.order.attempts == ()


def test_a_payment_stopped_between_attempts_makes_no_further_one(desk: Desk) -> None:
    desk.orders.put(an_order(S.ROUTED))
    desk.payments.put(a_payment(decision=Decision.CANCEL, version=3))

    assert desk.run() is S.CANCELLED
    assert desk.psp.calls == []


def all_or_none(desk: Desk, decision: Decision | None, status: OrderStatus) -> None:
    payment = a_payment(
        a_line("o1"),
        a_line("o2", "s2", 500),
        all_or_none=True,
        decision=decision,
        states={"o1": a_state(status, version=2)},
    )
    desk.payments.put(payment)
    desk.orders.put(an_order(status))


def test_all_or_none_reserves_and_captures_on_the_decision(desk: Desk) -> None:
    desk.payments.put(a_payment(a_line("o1"), a_line("o2", "s2", 500), all_or_none=True))
    desk.psp.will("charge", K.AUTHORIZED)
    assert desk.run() is S.AUTHORIZED
    assert desk.order.capture_mode is CaptureMode.MANUAL
    assert desk.run() is S.AUTHORIZED, "nobody decided yet"

    desk.payments.put(replace(desk.payments["c1"], decision=Decision.CAPTURE, version=4))
    desk.psp.will("capture", K.CAPTURED)

    assert desk.run() is S.CAPTURED
    assert desk.psp.calls[-1] == ("capture", "o1:capture:1")
    assert desk.log[-3:] == [
        "order replaced: capture_pending",
        "psp capture",
        "order replaced: captured",
    ]


@pytest.mark.parametrize("status", [S.AUTHORIZED, S.REQUIRES_ACTION])
@pytest.mark.parametrize("decision", [Decision.VOID, Decision.CANCEL])
def test_a_stopped_payment_voids_what_is_held(
    desk: Desk, status: OrderStatus, decision: Decision
) -> None:
    all_or_none(desk, decision, status)
    desk.psp.will("void", K.VOIDED)

    assert desk.run() is S.VOIDED
    assert desk.psp.calls == [("void", "o1:void:1")]
    assert desk.log == ["order replaced: void_pending", "psp void", "order replaced: voided"]


def test_a_void_without_answer_is_asked_about_then_sent_again_under_its_key(desk: Desk) -> None:
    all_or_none(desk, Decision.VOID, S.AUTHORIZED)
    desk.psp.will("void", K.UNKNOWN, K.VOIDED).will("find", K.AUTHORIZED)
    assert desk.run() is S.VOID_PENDING
    assert desk.run() is S.VOID_PENDING, "not before its time"

    assert desk.run_when_due() is S.VOID_PENDING
    assert desk.run_when_due() is S.VOIDED
    assert desk.psp.calls == [("void", "o1:void:1"), ("find", "o1:charge:1"), ("void", "o1:void:1")]


def test_a_void_may_lose_to_a_capture(desk: Desk) -> None:
    all_or_none(desk, Decision.VOID, S.AUTHORIZED)
    desk.psp.will("void", K.CAPTURED)

    assert desk.run() is S.CAPTURED


def test_a_partial_capture_on_request_is_sent_for_its_amount(desk: Desk) -> None:
    order = an_order(S.CAPTURE_PENDING, due_at=NOW)
    assert order.operation is not None
    desk.orders.put(replace(order, operation=replace(order.operation, amount_minor=3_000)))
    desk.payments.put(a_payment(states={"o1": a_state(S.AUTHORIZED)}))
    desk.psp.will("capture", K.CAPTURED)

    assert desk.run() is S.PARTIALLY_CAPTURED
    assert desk.order.captured_minor == 3_000


def test_a_waiting_buyer_is_asked_about_until_he_acted(desk: Desk) -> None:
    desk.psp.will("charge", K.REQUIRES_ACTION)
    desk.psp.will("find", K.REQUIRES_ACTION, K.REQUIRES_ACTION, K.CAPTURED)
    assert desk.run() is S.REQUIRES_ACTION
    first = desk.order.due_at

    assert desk.run_when_due() is S.REQUIRES_ACTION
    assert desk.run_when_due() is S.REQUIRES_ACTION
    assert desk.run_when_due() is S.CAPTURED
    assert first == NOW + 15 * SECOND
    assert desk.clock.now() > NOW + MINUTE


def test_a_held_authorisation_is_looked_at_daily(desk: Desk) -> None:
    desk.orders.put(an_order(S.AUTHORIZED, due_at=NOW + 24 * HOUR))
    desk.payments.put(a_payment(states={"o1": a_state(S.AUTHORIZED)}))
    desk.psp.will("find", K.EXPIRED)

    assert desk.run() is S.AUTHORIZED
    assert desk.run_when_due() is S.EXPIRED


@pytest.mark.parametrize("payment", [None, an_open_checkout()])
def test_a_message_without_a_submitted_payment_does_nothing(desk: Desk, payment: object) -> None:
    desk.payments.rows.clear()
    if payment is not None:
        desk.payments.put(an_open_checkout())

    assert desk.run() is None
    assert desk.log == []


def test_an_order_that_is_not_of_its_payment_is_not_begun(desk: Desk) -> None:
    assert execute_order(ExecuteOrder("o9", "c1"), desk.ports) is None
    assert desk.log == []


ANSWERS = [K.UNKNOWN, K.NOT_SENT, K.NOT_FOUND, K.PENDING, K.REQUIRES_ACTION]


@given(
    charges=st.lists(st.sampled_from([*ANSWERS, K.DECLINED]), max_size=8),
    finds=st.lists(st.sampled_from(ANSWERS), max_size=8),
    waits=st.lists(st.sampled_from([0, SECOND, MINUTE, HOUR, 13 * HOUR]), max_size=30),
)
def test_at_most_one_attempt_is_open_and_each_was_written_first(
    charges: list[FactKind], finds: list[FactKind], waits: list[int]
) -> None:
    desk = Desk()
    soft = [
        (lambda order: a_fact(order, K.DECLINED, decline=SOFT)) if kind is K.DECLINED else kind
        for kind in charges
    ]
    desk.psp.will("charge", *soft, *[K.CAPTURED] * 30).will("find", *finds, *[K.CAPTURED] * 30)
    # Enough waiting, and the order of a buyer who never acts is ended.
    desk.psp.will("void", *[K.UNKNOWN] * 30)
    for wait in waits:
        desk.clock.advance(wait)
        desk.run()

    for number in range(1, len(desk.log)):
        if desk.log[number] == "psp charge":
            assert desk.log[number - 1] in ("order added: sent", "order replaced: sent")
    if "o1" in desk.orders:
        open_attempts = [a for a in desk.order.attempts if a.outcome is None]
        assert len(open_attempts) <= 1
        assert len(desk.order.attempts) <= POLICY.attempts_max
        keys = {key for call, key in desk.psp.calls if call == "charge"}
        assert keys == {attempt.key for attempt in desk.order.attempts}


def test_an_answer_with_money_for_what_expired_meanwhile_is_taken_in(desk: Desk) -> None:
    def too_late(order: Order) -> PspFact:
        # The webhook of the expiry overtakes the answer.
        expired = apply_fact(order, a_fact(order, K.EXPIRED), NOW, POLICY).order
        desk.orders.replace(order, expired)
        return a_fact(order, K.CAPTURED)

    submission = a_submission(payment_info=an_info(method="qr"))
    desk.payments.put(replace(a_payment(), submission=submission))
    desk.psp.will("charge", too_late)

    assert desk.run() is S.EXPIRED
    assert desk.order.late_payment is not None
    assert len(desk.order.refunds) == 1


# --- more than one PSP ---------------------------------------------------------------------------


@dataclass
class TwoPsps(Desk):
    """A checkout registered at two PSPs more; each call is logged with the PSP that got it."""

    health: FakeHealth = field(default_factory=FakeHealth)
    failover: bool = True
    cascade: bool = True
    steps: dict[str, int] = field(default_factory=dict)
    sent: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        others = (a_session("seti_c1", psp="stripe"), a_session("CS_c1", psp="adyen"))
        self.payments.put(a_payment(session=a_session(alternatives=others)))

    @property
    def ports(self) -> Execution:
        routing = a_routing(self.health, failover=self.failover, cascade=self.cascade)
        units = {psp: Able(steps={"EUR": self.steps.get(psp, 1)}) for psp in routing.psps}
        routing = replace(routing, psps=units)
        return Execution(self.orders, self.payments, self, self.clock, POLICY, routing)

    def charge(self, order: Order) -> PspFact:
        return self._noted("charge", order)

    def find(self, order: Order) -> PspFact:
        return self._noted("find", order)

    def capture(self, order: Order) -> PspFact:
        raise NotImplementedError

    void = capture

    def _noted(self, call: str, order: Order) -> PspFact:
        assert self.orders["o1"] == order, "written before it was sent"
        info = order.payment_info
        self.sent.append((call, info.psp_token, order.attempts[-1].key))
        fact: PspFact = getattr(self.psp, call)(order)
        return fact


def test_what_never_left_goes_to_the_next_psp_under_the_next_number() -> None:
    desk = TwoPsps()
    desk.psp.will("charge", K.NOT_SENT, K.CAPTURED)
    assert desk.run() is S.ROUTED

    assert desk.run_when_due() is S.CAPTURED

    assert desk.sent == [
        ("charge", "tok_c1", "o1:charge:1"),
        ("charge", "seti_c1", "o1:charge:2"),
    ]
    assert desk.order.payment_info.psp == "stripe"
    assert [(a.psp, a.outcome) for a in desk.order.attempts] == [
        ("sandbox", "not_sent"),
        (None, "captured"),
    ]


def test_an_unknown_outcome_is_asked_about_at_its_own_psp_and_never_moves() -> None:
    desk = TwoPsps()
    desk.health.states["sandbox"] = BreakerState.CLOSED
    desk.psp.will("charge", K.UNKNOWN, K.NOT_SENT, K.NOT_SENT, K.CAPTURED)
    desk.psp.will("find", K.NOT_FOUND)
    desk.run()
    desk.health.states["sandbox"] = BreakerState.HALF_OPEN

    assert desk.run_when_due() is S.ROUTED, "the PSP knows nothing of it yet"
    for _ in range(2):
        assert desk.run_when_due() is S.ROUTED
    assert desk.run_when_due() is S.CAPTURED

    assert {(token, key) for _, token, key in desk.sent} == {("tok_c1", "o1:charge:1")}


def test_behind_an_open_breaker_nobody_is_asked_and_no_rung_is_used_up() -> None:
    desk = TwoPsps()
    desk.psp.will("charge", K.UNKNOWN).will("find", K.CAPTURED)
    desk.run()
    asked = desk.order.asked
    desk.health.states["sandbox"] = BreakerState.OPEN

    for _ in range(5):
        assert desk.run_when_due() is S.UNKNOWN
        assert desk.order.due_at == desk.clock.now() + POLICY.first_check
    assert [call for call, _, _ in desk.sent] == ["charge"]
    assert desk.order.asked == asked

    desk.health.states["sandbox"] = BreakerState.CLOSED
    assert desk.run_when_due() is S.CAPTURED


def test_a_lease_that_ran_out_is_a_doubt() -> None:
    desk = TwoPsps()
    desk.psp.will("charge", _dies)
    with pytest.raises(KeyboardInterrupt):
        desk.run()
    desk.psp.will("find", K.NOT_FOUND).will("charge", K.NOT_SENT, K.CAPTURED)

    assert desk.run_when_due() is S.ROUTED
    assert desk.run_when_due() is S.ROUTED
    assert desk.run_when_due() is S.CAPTURED

    assert {token for _, token, _ in desk.sent} == {"tok_c1"}


def _dies(_: Order) -> PspFact:
    raise KeyboardInterrupt


def test_behind_an_open_breaker_the_first_attempt_begins_elsewhere() -> None:
    desk = TwoPsps()
    desk.health.states["sandbox"] = BreakerState.OPEN
    desk.psp.will("charge", K.CAPTURED)

    assert desk.run() is S.CAPTURED
    assert desk.sent == [("charge", "seti_c1", "o1:charge:1")]


def test_a_soft_decline_cascades_and_a_hard_one_does_not() -> None:
    desk = TwoPsps()
    soft = [lambda order: a_fact(order, K.DECLINED, decline=SOFT)] * 2
    desk.psp.will("charge", *soft, K.DECLINED)

    assert desk.run() is S.ROUTED
    assert desk.run_when_due() is S.ROUTED
    assert desk.run_when_due() is S.FAILED

    assert [token for _, token, _ in desk.sent] == ["tok_c1", "seti_c1", "CS_c1"]
    assert desk.order.failure == HARD


def test_without_failover_everything_stays_where_it_was() -> None:
    desk = TwoPsps(failover=False, cascade=False)
    desk.health.states["sandbox"] = BreakerState.HALF_OPEN
    soft = [lambda order: a_fact(order, K.DECLINED, decline=SOFT)]
    desk.psp.will("charge", K.NOT_SENT, *soft, K.CAPTURED)

    desk.run()
    desk.run_when_due()

    assert desk.run_when_due() is S.CAPTURED
    assert {token for _, token, _ in desk.sent} == {"tok_c1"}


OUTAGE = 10 * MINUTE


def writes_in_an_outage(desk: TwoPsps) -> int:
    """How often the order is written from its first message until the outage is over."""
    began = desk.clock.now()
    desk.run()
    while (due_at := desk.order.due_at) is not None and due_at < began + OUTAGE:
        desk.clock.instant = due_at
        assert desk.run() is S.ROUTED
        assert desk.order.due_at is not None
        assert desk.order.due_at > due_at
    return sum(line.startswith("order ") for line in desk.log)


def recovery(desk: TwoPsps) -> int:
    """How long after the outage the order is paid; milliseconds."""
    over = NOW + OUTAGE
    desk.psp.answers["charge"] = [K.CAPTURED]
    assert desk.run_when_due() is S.CAPTURED
    return desk.clock.now() - over


def test_an_order_behind_an_open_breaker_is_written_seldom_and_paid_soon_after() -> None:
    desk = TwoPsps(failover=False)
    desk.health.states["sandbox"] = BreakerState.OPEN
    desk.psp.will("charge", K.NOT_SENT)

    # Sent again within a second each time, it was written 1,294 times.
    assert writes_in_an_outage(desk) <= 2 + OUTAGE // (POLICY.backoff_cap // 2)
    assert desk.psp.calls == [("charge", "o1:charge:1")], "not sent while nothing gets through"
    assert desk.order.asked == 1, "what is held back was not given up"

    desk.health.states["sandbox"] = BreakerState.CLOSED
    assert 0 <= recovery(desk) <= POLICY.backoff_cap


def test_an_order_that_no_connection_stands_for_is_given_up_ever_more_slowly() -> None:
    desk = TwoPsps(failover=False)
    desk.psp.will("charge", *[K.NOT_SENT] * 1_000)

    # Two writes each time; by the seventh the waits are up to a minute.
    assert writes_in_an_outage(desk) <= 2 * (7 + 3 * OUTAGE // POLICY.backoff_cap)
    assert 0 <= recovery(desk) <= POLICY.backoff_cap


def test_how_often_it_was_given_up_delays_no_question() -> None:
    desk = TwoPsps(failover=False)
    desk.psp.will("charge", *[K.NOT_SENT] * 8, K.UNKNOWN)
    desk.run()
    for _ in range(8):
        desk.run_when_due()

    assert desk.order.status is S.UNKNOWN
    assert desk.order.due_at == desk.clock.now() + POLICY.ladder[0]
    assert desk.order.asked == 1


def test_a_wanted_void_waits_behind_an_open_breaker_without_using_a_rung() -> None:
    desk = TwoPsps(failover=False)
    desk.orders.put(an_order(S.VOID_PENDING, due_at=NOW))
    desk.health.states["sandbox"] = BreakerState.OPEN

    for _ in range(3):
        assert desk.run_when_due() is S.VOID_PENDING
        assert desk.order.due_at == desk.clock.now() + POLICY.first_check
        assert desk.order.asked == 0
    assert desk.sent == []


@pytest.mark.parametrize("held_back", [False, True])
def test_a_stopped_payment_drops_an_order_that_waits_for_its_psp(held_back: bool) -> None:
    desk = TwoPsps(failover=False)
    desk.psp.will("charge", K.NOT_SENT)
    desk.run()
    desk.health.states["sandbox"] = BreakerState.OPEN
    if held_back:
        desk.run_when_due()
    desk.payments.put(a_payment(decision=Decision.CANCEL, states={"o1": a_state(S.ROUTED)}))

    assert desk.run() is S.CANCELLED
    assert [call for call, _, _ in desk.sent] == ["charge"]


def test_a_first_attempt_goes_where_the_orders_own_amount_can_be_said() -> None:
    desk = TwoPsps(steps={"sandbox": 10, "stripe": 100})
    desk.payments.put(
        replace(desk.payments["c1"], submission=a_submission([a_line(amount_minor=7_001)]))
    )
    desk.psp.will("charge", K.CAPTURED)

    assert desk.run() is S.CAPTURED
    assert desk.sent == [("charge", "CS_c1", "o1:charge:1")]


# --- a buyer who never acts ----------------------------------------------------------------------

END = NOW + HOUR + POLICY.action_margin
"""When an order is ended whose buyer had an hour."""


def abandoned(desk: Desk) -> None:
    """The order at its end, asked about all the time, with its void wanted."""
    desk.psp.will("charge", K.REQUIRES_ACTION)
    desk.run()
    while desk.order.status is S.REQUIRES_ACTION:
        desk.psp.will("find", K.REQUIRES_ACTION)
        desk.run_when_due()


def test_an_order_whose_buyer_never_acts_is_voided_and_expires(desk: Desk) -> None:
    abandoned(desk)

    assert desk.clock.now() == END, "at its time, not on the next day's question"
    assert (desk.order.status, desk.order.due_at) == (S.VOID_PENDING, END)
    desk.psp.will("void", K.VOIDED)
    assert desk.run() is S.EXPIRED
    assert desk.psp.calls[-1] == ("void", "o1:void:1")
    assert desk.order.due_at is None


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (K.CAPTURED, S.CAPTURED),
        (K.EXPIRED, S.EXPIRED),
        (K.DECLINED, S.FAILED),
    ],
)
@pytest.mark.parametrize("call", ["void", "find"])
def test_what_the_psp_says_instead_of_voiding_is_the_end(
    desk: Desk, call: str, answer: FactKind, end: OrderStatus
) -> None:
    abandoned(desk)
    if call == "find":
        desk.psp.will("void", K.UNKNOWN)
        desk.run()
    desk.psp.will(call, answer)

    assert desk.run_when_due() is end


def test_an_abandoned_order_ends_by_no_answer_that_proves_nothing(desk: Desk) -> None:
    abandoned(desk)
    nothing = [K.UNKNOWN, K.NOT_FOUND, K.PENDING, K.NOT_SENT, K.REQUIRES_ACTION, K.AUTHORIZED]
    desk.psp.will("void", *nothing * 3).will("find", *nothing * 6)

    for _ in range(18):
        assert desk.run_when_due() is S.VOID_PENDING
        assert desk.order.due_at is not None
        assert desk.order.due_at > desk.clock.now()
    desk.psp.answers["void"] = desk.psp.answers["find"] = [K.VOIDED]
    assert desk.run_when_due() is S.EXPIRED


def test_what_the_buyer_started_is_waited_for(desk: Desk) -> None:
    desk.psp.will("charge", K.REQUIRES_ACTION).will("find", *[K.PENDING] * 30, K.CAPTURED)
    desk.run()

    while desk.psp.answers["find"]:
        desk.run_when_due()

    assert desk.clock.now() > END + 7 * 24 * HOUR
    assert desk.order.status is S.CAPTURED


def test_a_buyer_who_pays_after_the_void_gets_the_money_back(desk: Desk) -> None:
    submission = a_submission(payment_info=an_info(method="qr"))
    desk.payments.put(replace(a_payment(), submission=submission))
    abandoned(desk)
    desk.psp.will("void", K.VOIDED)
    desk.run()
    fact = a_fact(desk.order, K.CAPTURED, captured_minor=7_000)

    taken = taken_late(apply_fact(desk.order, fact, NOW, POLICY), fact, NOW)

    assert taken.verdict is Verdict.APPLIED
    assert taken.order.late_payment is not None
    assert [refund.amount_minor for refund in taken.order.refunds] == [7_000]


def test_a_webhook_of_the_psp_that_was_left_takes_nothing_for_ours() -> None:
    desk = TwoPsps()
    desk.psp.will("charge", K.NOT_SENT, K.UNKNOWN)
    desk.run()
    desk.run_when_due()
    late = a_fact(desk.order, K.CAPTURED, key="o1:charge:1", psp_reference="ch_sandbox")

    applied = apply_fact(desk.order, late, desk.clock.now(), POLICY, "sandbox")

    assert applied.verdict is Verdict.CONTRADICTION
    assert desk.order.status is S.UNKNOWN
