from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.order import OperationKind, OrderStatus
from countinghouse.domain.order_steps import OPERATION_FOR, Step, next_step
from countinghouse.domain.payment import Decision
from tests.builders import NOW, an_attempt, an_order

S = OrderStatus
D = Decision
LATER = NOW + 10**9
STOPPING = [D.VOID, D.CANCEL]


@pytest.mark.parametrize("status", sorted(OrderStatus))
@pytest.mark.parametrize("decision", [None, *D])
def test_nothing_is_done_for_what_is_at_rest(
    status: OrderStatus, decision: Decision | None
) -> None:
    order = an_order(status)

    if order.is_resting:
        assert next_step(order, decision, LATER) is Step.WAIT


@pytest.mark.parametrize("status", [s for s in OrderStatus if not an_order(s).is_resting])
@pytest.mark.parametrize("decision", [None, *D])
def test_whatever_is_due_has_a_step(status: OrderStatus, decision: Decision | None) -> None:
    assert next_step(an_order(status), decision, LATER) is not Step.WAIT


@pytest.mark.parametrize("status", [S.SENT, S.UNKNOWN, S.REQUIRES_ACTION, S.AUTHORIZED])
def test_a_charge_under_way_is_asked_about_and_never_sent_again(status: OrderStatus) -> None:
    order = an_order(status)
    assert order.due_at is not None

    assert next_step(order, None, order.due_at - 1) is Step.WAIT
    assert next_step(order, None, order.due_at) is Step.ASK


@given(
    st.sampled_from(sorted(OrderStatus)), st.sampled_from([None, *D]), st.integers(-(10**6), 10**9)
)
def test_only_a_new_order_or_one_between_attempts_is_charged(
    status: OrderStatus, decision: Decision | None, later: int
) -> None:
    if next_step(an_order(status), decision, NOW + later) is Step.CHARGE:
        assert status in (S.CREATED, S.ROUTED)


def test_a_new_order_is_charged_at_once_and_a_next_attempt_waits_for_its_time() -> None:
    routed = an_order(S.ROUTED)
    assert routed.due_at is not None

    assert next_step(an_order(S.CREATED), None, NOW) is Step.CHARGE
    assert next_step(routed, None, routed.due_at - 1) is Step.WAIT
    assert next_step(routed, None, routed.due_at) is Step.CHARGE


@pytest.mark.parametrize("decision", STOPPING)
@pytest.mark.parametrize("status", [S.CREATED, S.ROUTED])
def test_a_stopped_payment_drops_what_no_psp_holds(decision: Decision, status: OrderStatus) -> None:
    assert next_step(an_order(status), decision, NOW) is Step.CANCEL


@pytest.mark.parametrize("decision", STOPPING)
def test_a_stopped_payment_does_not_drop_an_attempt_that_may_have_arrived(
    decision: Decision,
) -> None:
    order = an_order(S.ROUTED, attempts=(an_attempt(doubtful=True),))

    assert next_step(order, decision, LATER) is Step.CHARGE, "under its key, and then voided"


@pytest.mark.parametrize("decision", STOPPING)
def test_a_stopped_payment_drops_what_waits_unsent(decision: Decision) -> None:
    order = an_order(S.ROUTED, attempts=(an_attempt(),))

    assert next_step(order, decision, NOW - 1) is Step.CANCEL


@pytest.mark.parametrize("decision", STOPPING)
@pytest.mark.parametrize("status", [S.REQUIRES_ACTION, S.AUTHORIZED])
def test_a_stopped_payment_voids_what_is_held(decision: Decision, status: OrderStatus) -> None:
    assert next_step(an_order(status), decision, NOW) is Step.WANT_VOID


def test_a_decided_capture_is_wanted_of_authorisations_only() -> None:
    assert next_step(an_order(S.AUTHORIZED), D.CAPTURE, NOW) is Step.WANT_CAPTURE
    assert next_step(an_order(S.REQUIRES_ACTION), D.CAPTURE, NOW) is Step.WAIT
    assert next_step(an_order(S.SENT), D.CAPTURE, NOW) is Step.WAIT


@pytest.mark.parametrize("status", [S.CAPTURE_PENDING, S.VOID_PENDING])
def test_a_wanted_operation_is_sent_once_and_then_asked_about(status: OrderStatus) -> None:
    wanted = an_order(status, due_at=NOW)
    assert wanted.operation is not None
    sent = replace(wanted, operation=replace(wanted.operation, sent_at=NOW), due_at=NOW + 100)

    assert next_step(wanted, None, NOW) is Step.SEND_OPERATION
    assert next_step(wanted, None, NOW - 1) is Step.WAIT
    assert next_step(sent, None, NOW + 99) is Step.WAIT
    assert next_step(sent, None, NOW + 100) is Step.ASK


def test_each_wish_has_its_operation() -> None:
    assert OPERATION_FOR == {
        Step.WANT_CAPTURE: OperationKind.CAPTURE,
        Step.WANT_VOID: OperationKind.VOID,
    }
