"""Erase the buyer from a checkout: one conditional write a row, the payment's first."""

from countinghouse.changes import change_order
from countinghouse.domain.erasure import (
    erase_buyer_of_order,
    erase_buyer_of_payment,
    needs,
    needs_of,
)
from countinghouse.domain.errors import Conflict, IllegalTransition, NotFound
from countinghouse.domain.instants import Instant
from countinghouse.domain.order import Order
from countinghouse.domain.payment import Payment
from countinghouse.ports.books import OrderBook, PaymentBook
from countinghouse.ports.clock import Clock
from countinghouse.records import dataclass

RACES_MAX = 8
NAMED_MAX = 5
"""Open matters that a refusal names."""


@dataclass(frozen=True, slots=True)
class ErasedCheckout:
    """The rows that name no buyer now; `replayed` when they named none before."""

    checkout_id: str
    order_ids: tuple[str, ...]
    replayed: bool


def erase_checkout(
    checkout_id: str, payments: PaymentBook, orders: OrderBook, clock: Clock
) -> ErasedCheckout:
    """Erase the buyer from the payment and then from each of its orders; a repeat goes on.

    The payment comes first, since an order takes its buyer from there. Whoever writes a row from an
    older read meets the row's version, and reads again.

    Raises NotFound, IllegalTransition (`not_final`) while an order can still need its buyer,
    Conflict when a row kept changing.
    """
    payment, wrote = _erase_payment(checkout_id, payments, orders, clock)
    order_ids = tuple(_own_orders(payment, orders))
    for order_id in order_ids:
        before, after = change_order(order_id, _erased, orders, clock)
        wrote = wrote or after is not before
    return ErasedCheckout(checkout_id, order_ids, replayed=not wrote)


def _erase_payment(
    checkout_id: str, payments: PaymentBook, orders: OrderBook, clock: Clock
) -> tuple[Payment, bool]:
    """The payment, and whether it was written. Raises as `erase_checkout`, before it is."""
    for _ in range(RACES_MAX):
        payment = payments.get(checkout_id)
        if payment is None:
            raise NotFound(f"there is no payment {checkout_id}")
        _refuse(needs(payment, _own_orders(payment, orders).values()))
        erased = erase_buyer_of_payment(payment, clock.now())
        if erased is payment:
            return payment, False
        try:
            payments.replace(payment, erased)
        except Conflict:
            continue
        return erased, True
    raise Conflict(f"payment {checkout_id} kept changing")


def _own_orders(payment: Payment, orders: OrderBook) -> dict[str, Order]:
    """The payment's own orders by id: an id of its may be taken by another checkout."""
    found = orders.get_many([line.order_id for line in payment.lines])
    own = payment.checkout_id
    return {order_id: one for order_id, one in found.items() if one.checkout_id == own}


def _erased(order: Order, now: Instant) -> Order:
    _refuse(needs_of(order))
    return erase_buyer_of_order(order, now)


def _refuse(open_: tuple[str, ...]) -> None:
    if open_:
        named = "; ".join(open_[:NAMED_MAX])
        more = " and more" * (len(open_) > NAMED_MAX)
        raise IllegalTransition(f"the buyer may still be needed: {named}{more}", code="not_final")
