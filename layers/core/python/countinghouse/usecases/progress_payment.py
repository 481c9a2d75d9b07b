"""Fold a payment from its orders and their journals."""

from collections.abc import Iterable

from countinghouse.domain.errors import Conflict
from countinghouse.domain.order_journals import capture_key
from countinghouse.domain.payment import OrderState, Payment, fold
from countinghouse.domain.payment_orders import state_of, taken_state
from countinghouse.domain.retry import RetryPolicy
from countinghouse.ports.books import OrderBook, PaymentBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Journals
from countinghouse.records import dataclass

RACES_MAX = 5


@dataclass(frozen=True, slots=True)
class Folding:
    """What folding a payment needs."""

    payments: PaymentBook
    orders: OrderBook
    journals: Journals
    clock: Clock
    policy: RetryPolicy


def progress_payment(checkout_id: str, order_ids: Iterable[str], ports: Folding) -> Payment | None:
    """The payment with the news of these orders folded in, committed if anything changed.

    Raises Conflict when others kept writing it; the message then comes again.
    """
    news = _news(checkout_id, frozenset(order_ids), ports)
    for _ in range(RACES_MAX):
        payment = ports.payments.get(checkout_id)
        if payment is None or payment.submission is None:
            return payment
        folded = fold(payment, news, ports.clock.now(), ports.policy)
        if folded is payment:
            return payment
        try:
            ports.payments.replace(payment, folded)
        except Conflict:
            continue
        return folded
    raise Conflict(f"payment {checkout_id} kept changing")


def _news(checkout_id: str, order_ids: frozenset[str], ports: Folding) -> dict[str, OrderState]:
    found = ports.orders.get_many(order_ids)
    keys = {order_id: capture_key(order_id) for order_id in found}
    posted = ports.journals.posted(keys.values())
    return {
        order_id: state_of(order, is_posted=keys[order_id] in posted)
        if order.checkout_id == checkout_id
        else taken_state()
        for order_id, order in found.items()
    }
