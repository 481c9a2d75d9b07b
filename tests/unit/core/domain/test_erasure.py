from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.bookkeeping import book
from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.erasure import (
    ERASED,
    erase_buyer_of_order,
    erase_buyer_of_payment,
    needs,
    needs_of,
)
from countinghouse.domain.order import FINAL_STATUSES, Order, OrderStatus
from countinghouse.domain.order_journals import order_drafts
from countinghouse.domain.payment import FINAL_PAYMENT_STATUSES, Payment, PaymentStatus
from countinghouse.domain.psp import FactKind, SettlementKind
from countinghouse.lake_rows import rows_of
from countinghouse.routing import OrderChanged, PaymentChanged, route
from countinghouse.views import order_view, payment_view
from tests.builders import (
    NOW,
    a_delivered_order,
    a_dispute_fact,
    a_fact,
    a_late_order,
    a_payment,
    a_submission,
    after,
    an_info,
    an_open_checkout,
    an_order,
    disputed,
    refunded,
    refunding,
    sent_refund,
)
from tests.fakes.ledger import FakeLedger

S = OrderStatus
P = PaymentStatus
R = SettlementKind
LATER = NOW + 5_000
SHOP = "https://shop.example/back?user=u1"
WHO = "user-4711"
LOST = a_dispute_fact(status=DisputeStatus.LOST, sequence=2)

orders = st.sampled_from(
    [
        *(an_order(status) for status in sorted(FINAL_STATUSES)),
        a_delivered_order(),
        a_late_order(),
        refunded(a_delivered_order()),
        refunded(an_order(S.CAPTURED), R.SUCCEEDED, R.FAILED),
        disputed(an_order(S.CAPTURED), a_dispute_fact(), LOST),
    ]
).map(lambda order: replace(order, user_id=WHO, payment_info=an_info(return_url=SHOP)))


def booked(order: Order) -> list[tuple[object, ...]]:
    """The journals that an order calls for, booked on empty wallets."""
    ledger = FakeLedger()
    book(order_drafts(order, LATER), ledger, ledger)
    rows = [row.journal for row in ledger.linked.values()]
    return [(one.key, one.kind, one.reference, one.legs, one.checkout_id) for one in rows]


def named(payment: Payment) -> Payment:
    submission = a_submission(user_id=WHO, payment_info=an_info(return_url=SHOP))
    return replace(payment, submission=submission)


@given(orders)
def test_an_erased_order_names_nobody_and_is_otherwise_as_it_was(order: Order) -> None:
    erased = erase_buyer_of_order(order, LATER)

    assert (erased.user_id, erased.payment_info.return_url) == (ERASED, None)
    assert (erased.version, erased.updated_at) == (order.version + 1, LATER)
    back = {"user_id": WHO, "payment_info": order.payment_info}
    assert replace(erased, **back, version=order.version, updated_at=NOW) == order  # type: ignore[arg-type]
    assert erase_buyer_of_order(erased, LATER + 1) is erased


@given(orders)
def test_an_order_once_erased_books_the_same_and_tells_nobody_anything(order: Order) -> None:
    erased = erase_buyer_of_order(order, LATER)

    assert booked(erased) == booked(order)
    assert route(OrderChanged(order, erased), LATER) == []


@given(orders, st.sampled_from([FactKind.CAPTURED, FactKind.DECLINED, FactKind.VOIDED]))
def test_what_a_psp_says_late_does_to_an_erased_order_what_it_did_before(
    order: Order, kind: FactKind
) -> None:
    fact = a_fact(order, kind)
    erased = erase_buyer_of_order(order, NOW)

    then = after(erased, fact)

    assert then.user_id == ERASED
    assert (then.status, then.captured_minor) == (
        after(order, fact).status,
        after(order, fact).captured_minor,
    )


@given(orders)
def test_neither_lake_nor_views_nor_news_ever_name_the_buyer(order: Order) -> None:
    payment = named(a_payment(status=P.SUCCEEDED))

    shown = [
        rows_of(OrderChanged(None, order)),
        order_view(order),
        payment_view(payment, [order]),
        route(OrderChanged(None, order), NOW),
        route(PaymentChanged(None, payment), NOW),
        booked(order),
    ]

    assert WHO not in repr(shown)


@pytest.mark.parametrize("status", sorted(FINAL_PAYMENT_STATUSES))
def test_an_erased_payment_names_nobody_and_tells_nobody_anything(status: PaymentStatus) -> None:
    payment = named(a_payment(status=status))

    erased = erase_buyer_of_payment(payment, LATER)

    assert erased.submission is not None
    assert (erased.submission.user_id, erased.submission.fingerprint) == (ERASED, ERASED)
    assert erased.submission.payment_info.return_url is None
    assert (erased.version, erased.updated_at) == (payment.version + 1, LATER)
    back = replace(erased, submission=payment.submission, version=2, updated_at=NOW)
    assert back == payment
    assert route(PaymentChanged(payment, erased), LATER) == []
    assert erase_buyer_of_payment(erased, LATER + 1) is erased


def test_a_checkout_that_nobody_paid_has_nothing_to_erase() -> None:
    checkout = an_open_checkout(status=P.CANCELLED)

    assert erase_buyer_of_payment(checkout, LATER) is checkout


@pytest.mark.parametrize("status", OrderStatus)
def test_an_order_needs_its_buyer_until_it_is_final(status: OrderStatus) -> None:
    found = needs_of(an_order(status))

    assert found == (() if status in FINAL_STATUSES else (f"order o1 is {status}",))


CAPTURED = an_order(S.CAPTURED)


@pytest.mark.parametrize(
    ("order", "open_"),
    [
        (refunding(CAPTURED), ("refund r1 is requested",)),
        (sent_refund(refunding(CAPTURED)), ("refund r1 is sent",)),
        (refunded(CAPTURED, R.UNKNOWN), ("refund r1 is unknown",)),
        (refunded(CAPTURED, R.SUCCEEDED), ()),
        (refunded(CAPTURED, R.FAILED), ()),
        (disputed(CAPTURED, a_dispute_fact(), LOST), ()),
    ],
)
def test_a_refund_under_way_needs_the_buyer(order: Order, open_: tuple[str, ...]) -> None:
    assert needs_of(order) == open_


def test_an_open_dispute_needs_the_buyer() -> None:
    order = disputed(CAPTURED)

    assert needs_of(order) == (f"dispute {order.disputes[0].dispute_id} is opened",)


@pytest.mark.parametrize("status", PaymentStatus)
def test_a_checkout_needs_its_buyer_while_its_payment_or_an_order_does(
    status: PaymentStatus,
) -> None:
    payment: Any = a_payment(status=status)
    own = () if status in FINAL_PAYMENT_STATUSES else (f"payment c1 is {status}",)

    assert needs(payment, [CAPTURED]) == own
    assert needs(payment, [an_order(S.UNKNOWN), CAPTURED]) == (*own, "order o1 is unknown")
