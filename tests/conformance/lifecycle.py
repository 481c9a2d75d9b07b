"""After the authorisation, and the same request twice: captures, voids, keys, currencies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from countinghouse.domain.errors import Invalid
from countinghouse.domain.order import Operation, OperationKind, Order, OrderStatus
from countinghouse.domain.refund import RefundStatus
from tests.conformance.counter import Counter
from tests.conformance.sale import Sale
from tests.conformance.scenarios import Play, scenario

S = OrderStatus
AFTER = "After the authorisation"
KEYS = "The same request twice"
MONEY = "Amounts and currencies"


def _authorised(at: Counter, amount: int = 5_000, currency: str = "EUR") -> Sale:
    sale = at.card(amount=amount, currency=currency, manual=True)
    assert sale.step() is S.AUTHORIZED
    return sale


def _taken(sale: Sale) -> int:
    return sum(int(one["captured"]) for one in sale.psp.book(sale.order_id))


def _captures(minor: int | None = None, fault: str | None = None) -> Play:
    """A capture of the whole or of a part, made once though its first call meets a fault."""

    def play(at: Counter) -> None:
        sale = _authorised(at)
        if fault is not None:
            at.psp.plant(fault, operation="capture", order_id=sale.order_id)
        sale.capture(minor)
        sale.until(S.CAPTURED if minor is None else S.PARTIALLY_CAPTURED)
        wanted = 5_000 if minor is None else minor
        assert (_taken(sale), sale.order.captured_minor) == (wanted, wanted)

    return play


scenario(AFTER, "the whole is captured")(_captures())
scenario(AFTER, "a part is captured and the rest let go")(_captures(3_210))
scenario(AFTER, "a capture whose answer is lost is made once")(
    _captures(fault="timeout_after_success")
)
scenario(AFTER, "a capture that never arrived is sent again")(_captures(fault="connection_drop"))


@scenario(AFTER, "an authorisation is let go")
def void(at: Counter) -> None:
    sale = _authorised(at)
    sale.void()
    sale.until(S.VOIDED)
    (charge,) = at.psp.book(sale.order_id)
    assert (charge["status"], charge["captured"]) == ("voided", 0)


@scenario(AFTER, "a void whose answer is lost is learned of")
def void_unanswered(at: Counter) -> None:
    sale = _authorised(at)
    at.psp.plant("timeout_after_success", operation="void", order_id=sale.order_id)
    sale.void()
    sale.until(S.VOIDED)
    assert _taken(sale) == 0


@scenario(AFTER, "a void loses to a capture")
def void_too_late(at: Counter) -> None:
    sale = _authorised(at)
    sale.capture()
    sale.until(S.CAPTURED)
    fact = sale.psp.desk.gateway().void(_as_if_voiding(sale))
    assert str(fact.kind) not in ("voided", "declined", "expired")
    assert _taken(sale) == 5_000


def _as_if_voiding(sale: Sale) -> Order:
    wanted = Operation(OperationKind.VOID, f"{sale.order_id}:void:1", 5_000)
    return replace(sale.order, operation=wanted)


@scenario(KEYS, "a checkout registered twice is one session")
def session_twice(at: Counter) -> None:
    gateway = at.psp.desk.gateway()
    sale = at.open()
    again = gateway.open_session(sale.checkout_id, 5_000, "EUR", "https://shop.example/thanks")
    assert again.psp_token == sale.token


@scenario(KEYS, "a charge sent twice is one charge")
def charge_twice(at: Counter) -> None:
    sale = at.card()
    sale.step()
    again = at.psp.desk.gateway().charge(sale.order)
    assert again.psp_reference == sale.order.psp_reference
    assert _taken(sale) == 5_000
    assert len(at.psp.book(sale.order_id)) == 1


@scenario(KEYS, "a key used for another amount moves nothing")
def key_reused(at: Counter) -> None:
    sale = at.card()
    sale.step()
    other = replace(sale.order, amount_minor=4_999)
    fact = at.psp.desk.gateway().charge(other)
    assert str(fact.kind) in ("unknown", "declined")
    assert _taken(sale) == 5_000


@scenario(KEYS, "an id of 64 characters fits every key and reference")
def long_id(at: Counter) -> None:
    sale = at.card()
    sale.order_id = sale.order_id.ljust(64, "x")
    sale.submit(5_000, "EUR", "credit_card")
    sale.step()
    assert _taken(sale) == 5_000
    sale.refund("r1", 1_000)
    sale.until_refund("r1", RefundStatus.SUCCEEDED)


@scenario(KEYS, "two orders of one checkout are two charges")
def two_orders(at: Counter) -> None:
    first = at.card(amount=5_000)
    second = Sale(at.psp, at.clock, f"{first.order_id}-b", first.checkout_id, first.token)
    second.submit(2_000, "EUR", "credit_card")
    first.submit(3_000, "EUR", "credit_card")
    first.step()
    second.step()
    assert (first.order.captured_minor, second.order.captured_minor) == (3_000, 2_000)
    assert first.order.psp_reference != second.order.psp_reference


def _pays(amount: int, currency: str) -> Play:
    """A card pays an amount in a currency, and that is what the order comes to."""

    def play(at: Counter) -> None:
        sale = at.card(amount=amount, currency=currency)
        sale.step()
        assert (sale.order.status, sale.order.captured_minor) == (S.CAPTURED, amount)

    return play


scenario(MONEY, "yen have no minor unit")(_pays(1_051, "JPY"))
scenario(MONEY, "dinars have three decimals")(_pays(12_340, "KWD"))
scenario(MONEY, "Icelandic crowns travel with decimals they do not have")(_pays(1_500, "ISK"))


@scenario(
    MONEY,
    "an amount the PSP cannot say is refused before any call",
    sandbox="it takes every minor unit",
    adyen="its units are as fine as ours or finer",
)
def not_expressible(at: Counter) -> None:
    with pytest.raises(Invalid) as refused:
        at.open(amount=12_345, currency="KWD")
    assert refused.value.code == "psp_amount_not_expressible"
    sale = at.card(amount=12_340, currency="KWD")
    sale.submit(12_345, "KWD", "credit_card")
    sale.step()
    assert sale.order.status is S.FAILED
    assert sale.order.failure is not None
    assert sale.order.failure.code == "psp_amount_not_expressible"
    assert at.psp.book(sale.order_id) == []


@scenario(MONEY, "another amount than ours is put aside for a person")
def amount_drift(at: Counter) -> None:
    sale = at.card()
    at.psp.plant("amount_drift", order_id=sale.order_id)
    sale.step()
    assert sale.order.status is S.CONFLICTED
    assert sale.order.captured_minor == 0
