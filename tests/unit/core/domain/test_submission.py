from dataclasses import replace

import pytest

from countinghouse.domain.errors import Invalid
from countinghouse.domain.fees import freeze_fee
from countinghouse.domain.order import CaptureMode
from countinghouse.domain.payment import ORDERS_MAX, OnPartialFailure
from countinghouse.domain.submission import OrderPart, SubmitPayment, submission_of
from tests.builders import an_info


def command(*parts: OrderPart) -> SubmitPayment:
    return SubmitPayment(
        checkout_id="c1",
        user_id="u1",
        user_country="DE",
        user_email=None,
        payment_info=an_info(),
        currency="EUR",
        parts=parts,
        on_partial_failure=OnPartialFailure.KEEP,
        capture=CaptureMode.AUTOMATIC,
        fingerprint="f",
    )


def parts(count: int) -> tuple[OrderPart, ...]:
    return tuple(OrderPart(f"o{n}", f"s{n}", 100 + n) for n in range(count))


@pytest.mark.parametrize("count", [1, 2, ORDERS_MAX])
def test_each_sellers_part_becomes_a_line_with_its_fee_frozen(count: int) -> None:
    submission = submission_of(command(*parts(count)))

    assert [(x.order_id, x.seller_id, x.amount_minor) for x in submission.lines] == [
        (f"o{n}", f"s{n}", 100 + n) for n in range(count)
    ]
    assert all(line.fee == freeze_fee(line.amount_minor) for line in submission.lines)


@pytest.mark.parametrize("count", [0, ORDERS_MAX + 1])
def test_a_checkout_has_one_to_fifty_orders(count: int) -> None:
    with pytest.raises(Invalid) as refusal:
        submission_of(command(*parts(count)))

    assert refusal.value.field == "orders"


def test_an_order_id_stands_once_in_a_checkout() -> None:
    twice = replace(parts(2)[1], order_id="o0")

    with pytest.raises(Invalid):
        submission_of(command(parts(2)[0], twice))
