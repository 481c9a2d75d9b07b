from dataclasses import replace

import pytest

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.order import CaptureMode, OrderStatus
from countinghouse.domain.payment import PaymentStatus, fold
from countinghouse.domain.payment_orders import new_order, state_of, taken_state
from tests.builders import (
    HARD,
    NOW,
    POLICY,
    REDIRECT,
    a_line,
    a_payment,
    an_open_checkout,
    an_order,
)

S = OrderStatus
P = PaymentStatus
LINES = (a_line("o1", "s1", 7_000), a_line("o2", "s2", 500))


@pytest.mark.parametrize(
    ("lines", "all_or_none", "asked", "mode"),
    [
        (2, True, CaptureMode.AUTOMATIC, CaptureMode.MANUAL),
        (1, True, CaptureMode.AUTOMATIC, CaptureMode.AUTOMATIC),
        (2, False, CaptureMode.AUTOMATIC, CaptureMode.AUTOMATIC),
        (1, False, CaptureMode.MANUAL, CaptureMode.MANUAL),
    ],
)
def test_all_or_none_reserves_first(
    lines: int, all_or_none: bool, asked: CaptureMode, mode: CaptureMode
) -> None:
    payment = a_payment(*LINES[:lines], all_or_none=all_or_none, capture=asked)

    order = new_order(payment, LINES[0], NOW + 5)

    assert order.capture_mode is mode
    assert (order.status, order.version, order.attempts) == (S.CREATED, 1, ())
    assert (order.amount_minor, order.currency, order.fee) == (7_000, "EUR", LINES[0].fee)
    assert (order.created_at, order.country) == (NOW + 5, "DE")


def test_an_order_has_its_sellers_country() -> None:
    line = replace(LINES[0], seller_country="FR")

    assert new_order(a_payment(line), line, NOW).seller_country == "FR"


def test_an_open_checkout_has_no_orders() -> None:
    with pytest.raises(IllegalTransition):
        new_order(an_open_checkout(), a_line(), NOW)

    assert an_open_checkout().lines == ()


def test_a_payment_knows_of_an_order_what_its_page_shows() -> None:
    waiting = state_of(an_order(S.REQUIRES_ACTION), is_posted=False)
    failed = state_of(an_order(S.FAILED), is_posted=False)

    assert (waiting.action, failed.failure) == (REDIRECT, HARD)
    assert fold(a_payment(), {"o1": waiting}, NOW, POLICY).next_action == REDIRECT
    assert fold(a_payment(), {"o1": failed}, NOW, POLICY).next_action is None


def test_an_order_id_taken_by_another_checkout_fails_here() -> None:
    folded = fold(a_payment(), {"o1": taken_state()}, NOW, POLICY)

    assert folded.status is P.FAILED
    assert folded.states["o1"].failure is not None
    assert folded.is_resting


def test_an_order_knows_what_its_whole_checkout_comes_to() -> None:
    payment = a_payment(a_line("o1", "s1", 7_000), a_line("o2", "s2", 5_000))

    assert new_order(payment, payment.lines[0], NOW).checkout_minor == 12_000


def test_an_order_that_came_without_a_session_knows_nothing_of_its_checkout() -> None:
    payment = a_payment(a_line("o1"), session=None)

    assert new_order(payment, payment.lines[0], NOW).checkout_minor is None
