from dataclasses import replace

import pytest

from countinghouse.domain.errors import IllegalTransition, Invalid
from countinghouse.domain.instants import HOUR, SECOND
from countinghouse.domain.order import (
    OperationKind,
    OrderStatus,
)
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.order_requests import (
    cancel_unsent,
    is_unsent,
    request_operation,
    start_attempt,
    start_operation,
)
from countinghouse.domain.psp import FactKind, PspToken
from tests.builders import HARD, NOW, POLICY, a_fact, an_attempt, an_info, an_order
from tests.psp_worlds import ADYEN_TOKEN, STRIPE_TOKEN, TWO_MORE

S = OrderStatus
K = FactKind
EVERY = sorted(OrderStatus)
NOT_AT_A_PSP = (S.CREATED, S.ROUTED, S.CANCELLED)


def test_the_first_attempt_has_its_own_key_and_a_lease() -> None:
    order = start_attempt(an_order(S.CREATED), NOW, POLICY)

    assert order.status is S.SENT
    assert order.attempts == (an_attempt("o1", 1),)
    assert order.attempts[0].key == "o1:charge:1"
    assert order.due_at == NOW + POLICY.lease


def test_an_attempt_without_outcome_goes_out_again_under_its_own_key() -> None:
    order = an_order(S.ROUTED, attempts=(an_attempt(),))

    again = start_attempt(order, NOW + HOUR, POLICY)

    assert again.attempts == (an_attempt(sent_at=NOW + HOUR),)
    assert again.attempts[0].first_sent_at == NOW


@pytest.mark.parametrize("is_doubtful", [True, False])
def test_what_was_asked_and_given_up_counts_on_when_an_attempt_goes_out_again(
    is_doubtful: bool,
) -> None:
    tried = an_attempt(doubtful=is_doubtful)
    order = an_order(S.ROUTED, attempts=(tried,), asked=3)

    assert start_attempt(order, NOW + HOUR, POLICY).asked == 3


def test_a_refused_attempts_questions_are_not_the_next_ones() -> None:
    order = an_order(S.ROUTED, attempts=(an_attempt(outcome="declined_soft"),), asked=3)

    assert start_attempt(order, NOW + HOUR, POLICY).asked == 0


def test_past_the_psps_memory_of_keys_an_attempt_is_never_sent_again() -> None:
    order = an_order(S.ROUTED, attempts=(an_attempt(),))

    start_attempt(order, NOW + POLICY.key_window, POLICY)
    with pytest.raises(IllegalTransition):
        start_attempt(order, NOW + POLICY.key_window + 1, POLICY)


def test_a_refused_attempt_is_followed_by_the_next_number_and_key() -> None:
    refused = an_attempt(outcome="declined_soft")

    order = start_attempt(an_order(S.ROUTED, failure=HARD), NOW + 5, POLICY)

    second = an_attempt(number=2, sent_at=NOW + 5, first_sent_at=NOW + 5)
    assert order.attempts == (refused, second)
    assert order.failure is None


@pytest.mark.parametrize("status", [s for s in EVERY if s not in (S.CREATED, S.ROUTED, S.SENT)])
def test_an_order_that_may_be_charged_is_not_charged_again(status: OrderStatus) -> None:
    with pytest.raises(IllegalTransition):
        start_attempt(an_order(status), NOW, POLICY)


def test_a_capture_is_wanted_before_it_is_sent() -> None:
    wanted = request_operation(an_order(S.AUTHORIZED), OperationKind.CAPTURE, NOW, 3_000)
    assert wanted.operation is not None
    assert (wanted.status, wanted.due_at) == (S.CAPTURE_PENDING, NOW)
    assert (wanted.operation.amount_minor, wanted.operation.sent_at) == (3_000, None)
    assert wanted.operation.key == "o1:capture:1"

    sent = start_operation(wanted, NOW + SECOND, POLICY)

    assert sent.operation is not None
    assert sent.operation.sent_at == NOW + SECOND
    assert sent.due_at == NOW + SECOND + POLICY.lease
    assert sent.version == wanted.version + 1


@pytest.mark.parametrize("amount", [0, -1, 7_001])
def test_a_capture_stays_within_what_was_authorised(amount: int) -> None:
    with pytest.raises(Invalid):
        request_operation(an_order(S.AUTHORIZED), OperationKind.CAPTURE, NOW, amount)


@pytest.mark.parametrize("status", [s for s in EVERY if s is not S.AUTHORIZED])
def test_only_an_authorisation_is_captured(status: OrderStatus) -> None:
    with pytest.raises(IllegalTransition):
        request_operation(an_order(status), OperationKind.CAPTURE, NOW)


@pytest.mark.parametrize(
    "status", [s for s in EVERY if s not in (S.AUTHORIZED, S.REQUIRES_ACTION, S.VOID_PENDING)]
)
def test_only_what_holds_money_or_waits_for_the_buyer_is_voided(status: OrderStatus) -> None:
    with pytest.raises(IllegalTransition):
        request_operation(an_order(status), OperationKind.VOID, NOW)


def test_an_order_without_a_wanted_operation_sends_none() -> None:
    with pytest.raises(IllegalTransition):
        start_operation(an_order(S.AUTHORIZED), NOW, POLICY)


@pytest.mark.parametrize("status", [S.CREATED, S.ROUTED])
def test_what_no_psp_holds_is_simply_cancelled(status: OrderStatus) -> None:
    cancelled = cancel_unsent(an_order(status), NOW)

    assert cancelled.status is S.CANCELLED
    assert cancelled.due_at is None


@pytest.mark.parametrize("status", [s for s in EVERY if s not in NOT_AT_A_PSP])
def test_what_may_be_charged_is_never_dropped(status: OrderStatus) -> None:
    with pytest.raises(IllegalTransition):
        cancel_unsent(an_order(status), NOW)


def test_an_attempt_the_psp_did_not_know_may_still_arrive_there() -> None:
    in_doubt = an_order(S.ROUTED, attempts=(an_attempt(doubtful=True),))

    assert not is_unsent(in_doubt)
    with pytest.raises(IllegalTransition):
        cancel_unsent(in_doubt, NOW)


def test_an_attempt_that_provably_never_left_is_dropped_and_closed() -> None:
    waiting = an_order(S.ROUTED, attempts=(an_attempt(),))

    cancelled = cancel_unsent(waiting, NOW)

    assert is_unsent(waiting)
    assert cancelled.status is S.CANCELLED
    assert [one.outcome for one in cancelled.attempts] == ["not_sent"]
    assert apply_fact(cancelled, a_fact(waiting, K.CAPTURED), NOW, POLICY).verdict is (
        Verdict.CONTRADICTION
    ), "a PSP that has it all the same is heard"


@pytest.mark.parametrize("status", [s for s in EVERY if s not in (S.CREATED, S.ROUTED)])
def test_what_a_psp_has_or_may_get_is_not_unsent(status: OrderStatus) -> None:
    assert not is_unsent(an_order(status))


def test_a_void_that_ends_an_abandoned_order_says_so() -> None:
    wanted = request_operation(an_order(S.REQUIRES_ACTION), OperationKind.VOID, NOW, lapsing=True)
    wish = request_operation(an_order(S.REQUIRES_ACTION), OperationKind.VOID, NOW)

    assert wanted.operation is not None
    assert wish.operation is not None
    assert (wanted.operation.lapsing, wish.operation.lapsing) == (True, False)
    assert wanted.operation.key == wish.operation.key == "o1:void:1"


def test_a_first_attempt_may_go_to_another_psp() -> None:
    order = start_attempt(an_order(S.CREATED, payment_info=TWO_MORE), NOW, POLICY, STRIPE_TOKEN)

    assert order.attempts == (an_attempt(),)
    assert (order.payment_info.psp, order.payment_info.psp_token) == ("stripe", "seti_c1")
    assert order.payment_info.alternatives == (ADYEN_TOKEN, PspToken("sandbox", "tok_c1"))


def test_an_unsent_attempt_is_closed_and_the_next_number_goes_to_the_other_psp() -> None:
    order = an_order(S.ROUTED, payment_info=TWO_MORE, attempts=(an_attempt(),))

    moved = start_attempt(order, NOW + 5, POLICY, ADYEN_TOKEN)

    closed = an_attempt(outcome="not_sent", psp="sandbox")
    second = an_attempt(number=2, sent_at=NOW + 5, first_sent_at=NOW + 5)
    assert moved.attempts == (closed, second)
    assert (moved.status, moved.payment_info.psp_token) == (S.SENT, "CS_c1")


def test_each_attempt_keeps_the_name_of_its_psp_however_often_the_order_moves() -> None:
    order = an_order(S.ROUTED, payment_info=TWO_MORE, psp_reference="ch_1")
    order = start_attempt(order, NOW, POLICY, STRIPE_TOKEN)
    assert order.psp_reference is None, "a charge at another PSP has another reference"
    order = replace(order, status=S.ROUTED)

    order = start_attempt(order, NOW, POLICY, ADYEN_TOKEN)

    assert [(a.psp, a.outcome) for a in order.attempts] == [
        ("sandbox", "declined_soft"),
        ("stripe", "not_sent"),
        (None, None),
    ]
    assert [token.psp for token in order.payment_info.alternatives] == ["sandbox", "stripe"]


def test_an_attempt_in_doubt_is_never_left_for_another_psp() -> None:
    doubtful = an_order(S.ROUTED, payment_info=TWO_MORE, attempts=(an_attempt(doubtful=True),))

    with pytest.raises(IllegalTransition):
        start_attempt(doubtful, NOW, POLICY, STRIPE_TOKEN)
    assert start_attempt(doubtful, NOW, POLICY).attempts[-1].number == 1


@pytest.mark.parametrize("status", [s for s in EVERY if s not in (S.CREATED, S.ROUTED)])
def test_what_a_psp_works_on_is_never_left_for_another(status: OrderStatus) -> None:
    order = an_order(status, payment_info=an_info(alternatives=(STRIPE_TOKEN,)))

    with pytest.raises(IllegalTransition):
        start_attempt(order, NOW, POLICY, STRIPE_TOKEN)
