from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.instants import DAY, HOUR, MINUTE, SECOND
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_facts import Applied, Verdict, answer_question, apply_fact
from countinghouse.domain.order_lapse import WEEK, ends_at, lapsed, overdue_at
from countinghouse.domain.psp import FactKind, PspFact
from countinghouse.domain.retry import RetryPolicy
from tests.builders import NOW, POLICY, REDIRECT, a_fact, after, an_order

S = OrderStatus
K = FactKind
END = REDIRECT.expires_at + POLICY.action_margin
SAYS_NOTHING = [K.REQUIRES_ACTION, K.UNKNOWN, K.NOT_FOUND, K.OTHER]


def waiting(**changes: object) -> Order:
    """An order whose buyer was sent to act, asked about a few times."""
    return replace(an_order(S.REQUIRES_ACTION), asked=5, **changes)  # type: ignore[arg-type]


def answered(order: Order, fact: PspFact, now: int, policy: RetryPolicy = POLICY) -> Applied:
    """What becomes of the answer to a question."""
    return lapsed(order, answer_question(order, fact, now, policy), fact, now, policy)


def voiding() -> Order:
    """The order with its lapsing void wanted."""
    order = waiting()
    return answered(order, a_fact(order, K.REQUIRES_ACTION), END).order


def test_an_order_ends_a_margin_after_its_action() -> None:
    order = waiting()

    assert ends_at(order, POLICY) == NOW + HOUR + DAY
    assert ends_at(order, replace(POLICY, action_margin=MINUTE)) == NOW + HOUR + MINUTE
    assert overdue_at(order) == NOW + HOUR + WEEK


def test_an_action_without_an_end_stands_as_long_as_the_stage_allows() -> None:
    order = waiting(action=None)

    assert ends_at(order, POLICY) == NOW + 7 * DAY + DAY
    assert ends_at(order, replace(POLICY, action_max=HOUR)) == NOW + HOUR + DAY
    assert overdue_at(order) == NOW + 2 * WEEK


@pytest.mark.parametrize("kind", SAYS_NOTHING)
def test_past_its_end_a_void_is_wanted_in_the_same_write(kind: FactKind) -> None:
    order = waiting()

    applied = answered(order, a_fact(order, kind), END)

    wanted = applied.order.operation
    assert applied.verdict is Verdict.APPLIED
    assert wanted is not None
    assert (wanted.key, wanted.sent_at, wanted.lapsing) == ("o1:void:1", None, True)
    assert (applied.order.status, applied.order.due_at) == (S.VOID_PENDING, END)
    assert applied.order.asked == 0, "a ladder of its own, at whose end a person is called"
    assert applied.order.version == order.version + 1


@pytest.mark.parametrize("kind", SAYS_NOTHING)
def test_before_its_end_it_is_asked_again_no_later_than_then(kind: FactKind) -> None:
    order = waiting(due_at=END - 1)

    applied = answered(order, a_fact(order, kind), END - 1)

    assert (applied.order.status, applied.order.due_at) == (S.REQUIRES_ACTION, END)
    early = answered(replace(order, asked=0), a_fact(order, kind), NOW)
    assert early.order.due_at == NOW + 15 * SECOND, "the ladder's own rungs stay"


def test_what_the_buyer_started_is_waited_for() -> None:
    order = waiting()

    applied = answered(order, a_fact(order, K.PENDING), END + WEEK)

    assert applied.order.status is S.REQUIRES_ACTION
    assert applied.order.operation is None
    assert applied.order.due_at == END + WEEK + 12 * HOUR


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (K.CAPTURED, S.CAPTURED),
        (K.AUTHORIZED, S.AUTHORIZED),
        (K.DECLINED, S.FAILED),
        (K.EXPIRED, S.EXPIRED),
        (K.VOIDED, S.VOIDED),
    ],
)
def test_an_answer_with_an_outcome_is_the_outcome(kind: FactKind, status: OrderStatus) -> None:
    order = waiting()

    applied = answered(order, a_fact(order, kind), END)

    assert applied.order.status is status


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not S.REQUIRES_ACTION])
@pytest.mark.parametrize("kind", sorted(FactKind))
def test_nothing_else_lapses(status: OrderStatus, kind: FactKind) -> None:
    order = an_order(status)
    fact = a_fact(order, kind)
    applied = answer_question(order, fact, END + WEEK, POLICY)

    assert lapsed(order, applied, fact, END + WEEK, POLICY) is applied


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (K.VOIDED, S.EXPIRED),
        (K.EXPIRED, S.EXPIRED),
        (K.DECLINED, S.FAILED),
        (K.CAPTURED, S.CAPTURED),
    ],
)
def test_a_lapsing_void_ends_by_what_the_psp_says_of_the_charge(
    kind: FactKind, status: OrderStatus
) -> None:
    order = voiding()

    ended = after(order, replace(a_fact(order, kind), captured_minor=7_000))

    assert ended.status is status
    assert ended.due_at is None


def test_a_void_that_somebody_wished_for_is_a_void() -> None:
    order = an_order(S.VOID_PENDING)

    assert after(order, a_fact(order, K.VOIDED)).status is S.VOIDED


FACTS = st.lists(st.sampled_from(sorted(FactKind)), max_size=8)
PROOFS = {
    S.CAPTURED: {K.CAPTURED},
    S.EXPIRED: {K.VOIDED, K.EXPIRED},
    S.FAILED: {K.DECLINED},
}


@given(FACTS, st.integers(0, 30 * DAY))
def test_only_what_the_psp_says_of_the_charge_ends_an_abandoned_order(
    kinds: list[FactKind], later: int
) -> None:
    order = voiding()
    for kind in kinds:
        before, fact = order, replace(a_fact(order, kind), captured_minor=7_000)
        now = END + later
        order = answered(before, fact, now).order
        if order.is_resting and not before.is_resting:
            assert kind in PROOFS[order.status]
        if not order.is_resting:
            assert order.status is S.VOID_PENDING
            assert order.due_at is not None

    webhook = replace(a_fact(order, K.CAPTURED), captured_minor=7_000)
    told = apply_fact(order, webhook, END, POLICY)
    # Money is heard of whenever it is told: taken as the payment, or held against our end of it.
    assert told.order.status is S.CAPTURED or told.verdict is Verdict.CONTRADICTION
