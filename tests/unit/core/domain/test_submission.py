from dataclasses import replace

import pytest

from countinghouse.domain.errors import Invalid
from countinghouse.domain.fees import FeeBook, FeeRule, FeeScope, freeze_fee
from countinghouse.domain.order import CaptureMode
from countinghouse.domain.payment import ORDERS_MAX, OnPartialFailure
from countinghouse.domain.submission import OrderPart, SubmitPayment, submission_of
from tests.builders import FEES, NOW, TEN_PERCENT, a_fee, an_info


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
    submission = submission_of(command(*parts(count)), FEES, NOW)

    assert [(x.order_id, x.seller_id, x.amount_minor) for x in submission.lines] == [
        (f"o{n}", f"s{n}", 100 + n) for n in range(count)
    ]
    assert all(line.fee == a_fee(line.amount_minor) for line in submission.lines)


@pytest.mark.parametrize("count", [0, ORDERS_MAX + 1])
def test_a_checkout_has_one_to_fifty_orders(count: int) -> None:
    with pytest.raises(Invalid) as refusal:
        submission_of(command(*parts(count)), FEES, NOW)

    assert refusal.value.field == "orders"


def test_an_order_id_stands_once_in_a_checkout() -> None:
    twice = replace(parts(2)[1], order_id="o0")

    with pytest.raises(Invalid):
        submission_of(command(parts(2)[0], twice), FEES, NOW)


def test_each_line_has_the_fee_of_its_seller_and_category_at_that_instant() -> None:
    rules = {
        "books-v1": FeeRule("books-v1", 500, 700, FeeScope.CATEGORY, "books"),
        "s1-v1": FeeRule("s1-v1", 250, 700, FeeScope.SELLER, "s1", NOW - 1, {"JPY": 40}),
        "s1-v2": FeeRule("s1-v2", 9_000, 700, FeeScope.SELLER, "s1", NOW + 1),
    }
    book = FeeBook((TEN_PERCENT, *rules.values()))
    sold = command(
        OrderPart("o1", "s1", 7_000, "books"),
        OrderPart("o2", "s2", 7_000, "books"),
        OrderPart("o3", "s2", 7_000, "toys"),
        OrderPart("o4", "s2", 7_000),
    )

    lines = submission_of(replace(sold, currency="JPY"), book, NOW).lines

    assert [line.fee for line in lines] == [
        freeze_fee(7_000, "JPY", rules["s1-v1"]),
        freeze_fee(7_000, "JPY", rules["books-v1"]),
        a_fee(7_000),
        a_fee(7_000),
    ]
    assert lines[0].fee.fee_minor == 215
