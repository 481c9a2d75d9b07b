from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.erasure import ERASED
from countinghouse.domain.errors import Conflict, IllegalTransition, NotFound
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payment import PaymentStatus
from countinghouse.usecases.erase_checkout import ErasedCheckout, erase_checkout
from tests.builders import (
    a_line,
    a_payment,
    a_submission,
    an_open_checkout,
    an_order,
    disputed,
    refunding,
)
from tests.fakes.books import FakeOrderBook, FakePaymentBook
from tests.fakes.clock import FakeClock

S = OrderStatus
O1, O2 = an_order(S.CAPTURED), an_order(S.FAILED, "o2", version=3)
PAID = a_payment(a_line(), a_line("o2"), status=PaymentStatus.PARTIALLY_SUCCEEDED)
DONE = ErasedCheckout("c1", ("o1", "o2"), replayed=False)


class PowerCut(Exception):
    """The process ends here."""


def cut() -> None:
    raise PowerCut


@dataclass
class Shop:
    log: list[str] = field(default_factory=list)
    payments: FakePaymentBook = field(init=False)
    orders: FakeOrderBook = field(init=False)

    def __post_init__(self) -> None:
        self.payments = FakePaymentBook(log=self.log).put(PAID)
        self.orders = FakeOrderBook(log=self.log).put(O1, O2)

    def erase(self) -> ErasedCheckout:
        return erase_checkout("c1", self.payments, self.orders, FakeClock())

    def named(self) -> set[str]:
        """Who is named in any of the rows."""
        submission = self.payments["c1"].submission
        assert submission is not None
        return {submission.user_id, *(order.user_id for order in self.orders.rows.values())}


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_payment_and_orders_name_nobody_afterwards(shop: Shop) -> None:
    assert shop.erase() == DONE

    assert shop.named() == {ERASED}
    assert shop.log == [
        "payment replaced: partially_succeeded",
        "order replaced: captured",
        "order replaced: failed",
    ]


def test_a_repeat_writes_nothing(shop: Shop) -> None:
    shop.erase()
    shop.log.clear()

    assert shop.erase() == replace(DONE, replayed=True)

    assert shop.log == []


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_repeat_finishes_what_a_crash_left(shop: Shop, writes: int) -> None:
    before: list[Callable[[], object]] = [lambda: None] * 2
    if writes == 0:
        shop.payments.interfere.append(cut)
    else:
        shop.orders.interfere += [*before[: writes - 1], cut]
    with pytest.raises(PowerCut):
        shop.erase()
    assert len(shop.log) == writes

    assert shop.erase() == DONE

    assert shop.named() == {ERASED}


@pytest.mark.parametrize("status", [s for s in S if s not in {S.CAPTURED, S.FAILED}])
def test_what_is_not_final_is_refused_and_nothing_is_written(
    shop: Shop, status: OrderStatus
) -> None:
    shop.orders.put(an_order(status, "o2"))
    if status in {S.PARTIALLY_CAPTURED, S.VOIDED, S.EXPIRED, S.CANCELLED}:
        assert shop.erase() == DONE
        return

    with pytest.raises(IllegalTransition, match=f"order o2 is {status}") as refusal:
        shop.erase()

    assert refusal.value.code == "not_final"
    assert shop.log == []


@pytest.mark.parametrize("order", [refunding(O1), disputed(O1)])
def test_money_on_its_way_back_is_not_over(shop: Shop, order: object) -> None:
    shop.orders.put(order)  # type: ignore[arg-type]

    with pytest.raises(IllegalTransition, match=r"refund r1|dispute"):
        shop.erase()

    assert shop.log == []


def test_a_payment_that_has_not_heard_of_its_orders_yet_is_not_over(shop: Shop) -> None:
    shop.payments.put(replace(PAID, status=PaymentStatus.PROCESSING))

    with pytest.raises(IllegalTransition, match="payment c1 is processing"):
        shop.erase()


def test_a_refusal_names_a_few_of_many(shop: Shop) -> None:
    lines = [a_line(f"o{n}") for n in range(1, 8)]
    shop.payments.put(replace(PAID, submission=a_submission(lines)))
    shop.orders.put(*(an_order(S.UNKNOWN, line.order_id) for line in lines))

    with pytest.raises(IllegalTransition, match=r"order o5 is unknown and more$"):
        shop.erase()


def test_an_order_of_another_checkout_is_left_alone(shop: Shop) -> None:
    """Its id was taken by another buyer's checkout first, so this one failed without a row."""
    shop.orders.put(replace(O2, checkout_id="c9", user_id="somebody"))

    assert shop.erase().order_ids == ("o1",)

    assert shop.orders["o2"].user_id == "somebody"


def test_a_cancelled_checkout_names_nobody(shop: Shop) -> None:
    shop.payments.put(an_open_checkout(status=PaymentStatus.CANCELLED))

    assert shop.erase() == ErasedCheckout("c1", (), replayed=True)


def test_a_checkout_that_may_still_be_paid_is_not_over(shop: Shop) -> None:
    shop.payments.put(an_open_checkout())

    with pytest.raises(IllegalTransition, match="payment c1 is open"):
        shop.erase()


def test_a_checkout_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFound):
        erase_checkout("c1", FakePaymentBook(), FakeOrderBook(), FakeClock())


def test_a_webhook_that_comes_first_is_kept_and_the_buyer_erased_all_the_same(shop: Shop) -> None:
    first = replace(O1, version=O1.version + 1, captured_minor=6_900)
    shop.orders.interfere.append(lambda: shop.orders.put(first))

    assert shop.erase() == DONE

    assert shop.orders["o1"].captured_minor == 6_900
    assert shop.named() == {ERASED}


def test_a_webhook_with_an_older_read_cannot_bring_the_buyer_back(shop: Shop) -> None:
    read = shop.orders["o1"]
    shop.erase()

    with pytest.raises(Conflict):
        shop.orders.replace(read, replace(read, version=read.version + 1))

    assert shop.named() == {ERASED}


def test_a_fold_of_the_payment_that_comes_first_is_kept(shop: Shop) -> None:
    shop.payments.interfere.append(lambda: shop.payments.put(replace(PAID, version=9, asked=3)))

    assert shop.erase() == DONE

    assert (shop.payments["c1"].asked, shop.payments["c1"].version) == (3, 10)
    assert shop.named() == {ERASED}


def test_a_dispute_that_opens_meanwhile_keeps_that_order_and_a_repeat_finishes(shop: Shop) -> None:
    opened = disputed(O1)
    shop.orders.interfere.append(lambda: shop.orders.put(opened))

    with pytest.raises(IllegalTransition, match="dispute"):
        shop.erase()

    assert shop.orders["o1"].user_id == "u1"
    shop.orders.put(replace(O1, version=9))
    assert shop.erase() == DONE
    assert shop.named() == {ERASED}


def test_a_payment_that_keeps_changing_is_given_up(shop: Shop) -> None:
    shop.payments.interfere += [
        lambda v=version: shop.payments.put(replace(PAID, version=v))  # type: ignore[misc]
        for version in range(10, 30)
    ]

    with pytest.raises(Conflict):
        shop.erase()


@given(st.lists(st.sampled_from(["erase", "crash", "hook", "stale"]), min_size=1, max_size=6))
def test_whatever_happens_between_the_last_erasure_stands(deeds: list[str]) -> None:
    shop = Shop()
    stale = shop.orders["o1"]
    for deed in [*deeds, "erase"]:
        if deed == "hook":
            now = shop.orders["o1"]
            shop.orders.replace(now, replace(now, version=now.version + 1))
        elif deed == "stale" and shop.orders["o1"].version != stale.version:
            with pytest.raises(Conflict):
                shop.orders.replace(stale, replace(stale, version=stale.version + 1))
        elif deed == "crash" and shop.named() != {ERASED}:
            shop.orders.interfere.append(cut)
            with pytest.raises(PowerCut):
                shop.erase()
        else:
            shop.erase()

    assert shop.named() == {ERASED}
