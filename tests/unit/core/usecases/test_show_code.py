from dataclasses import replace

import pytest

from countinghouse.domain.errors import Gone, NotFound
from countinghouse.domain.instants import MINUTE
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payment import OrderState, Payment, PaymentStatus
from countinghouse.domain.psp import Action
from countinghouse.usecases.show_code import show_code
from tests.builders import (
    NOW,
    REDIRECT,
    a_line,
    a_payment,
    a_state,
    a_submission,
    an_info,
    an_open_checkout,
)
from tests.fakes.books import FakePaymentBook
from tests.fakes.clock import FakeClock

S = OrderStatus
UNTIL = NOW + 15 * MINUTE


def waiting(payload: str | None = "code 1", until: int = UNTIL) -> OrderState:
    action = Action("qr_code", "https://psp.example/pay/1", until, payload)
    return a_state(S.REQUIRES_ACTION, action=action)


def checkout(method: str = "qr", **states: OrderState) -> Payment:
    lines = [a_line("o1"), a_line("o2", "s2")]
    payment = a_payment(*lines, states=states, status=PaymentStatus.REQUIRES_ACTION)
    return replace(payment, submission=a_submission(lines, payment_info=an_info(method=method)))


def shown(payment: Payment, order_id: str | None = None, now: int = NOW) -> str:
    return show_code("c1", order_id, FakePaymentBook().put(payment), FakeClock(now))


def test_the_code_of_an_order_or_of_the_first_that_waits() -> None:
    payment = checkout(o1=a_state(S.CAPTURED), o2=waiting("code 2"))
    both = checkout(o1=waiting("code 1"), o2=waiting("code 2"))

    assert shown(payment) == shown(payment, "o2") == "code 2"
    assert [shown(both, order_id) for order_id in (None, "o1", "o2")] == [
        "code 1", "code 1", "code 2",
    ]  # fmt: skip


def test_a_code_is_shown_until_its_time_is_over() -> None:
    payment = checkout(o1=waiting())

    assert shown(payment, now=UNTIL - 1) == "code 1"
    for order_id in (None, "o1"):
        with pytest.raises(Gone) as gone:
            shown(payment, order_id, UNTIL)
        assert gone.value.code == "qr_expired"


def test_the_code_of_an_order_that_has_expired_is_gone_for_good() -> None:
    payment = checkout(o1=a_state(S.EXPIRED), o2=a_state(S.CAPTURED))

    for order_id in (None, "o1"):
        with pytest.raises(Gone):
            shown(payment, order_id)
    with pytest.raises(NotFound):
        shown(payment, "o2")


@pytest.mark.parametrize(
    "payment",
    [
        an_open_checkout(),
        checkout(),
        checkout(o1=a_state(S.CAPTURED)),
        checkout(o1=waiting(None)),
        checkout("wallet", o1=a_state(S.REQUIRES_ACTION, action=REDIRECT)),
        checkout("credit_card", o1=a_state(S.EXPIRED)),
    ],
    ids=["unpaid", "not begun", "captured", "no code", "wallet", "expired card"],
)
@pytest.mark.parametrize("order_id", [None, "o1", "o9"])
def test_what_cannot_be_scanned_is_not_found(payment: Payment, order_id: str | None) -> None:
    with pytest.raises(NotFound):
        shown(payment, order_id)


def test_an_unknown_payment_is_not_found() -> None:
    with pytest.raises(NotFound):
        show_code("c9", None, FakePaymentBook(), FakeClock())
