"""Send again what is due: the truth that the stream only hurries along.

With every stream record and every webhook lost, this sweep alone brings the system to rest. It
writes nothing: it sends the message that whatever is due waits for, and the receiver decides.
"""

from collections.abc import Iterable, Iterator, Mapping

from countinghouse.domain.instants import SECOND, Instant
from countinghouse.domain.order import CAPTURED_STATUSES, RESTING_STATUSES
from countinghouse.domain.order_journals import capture_key
from countinghouse.domain.payment import Payment
from countinghouse.messages import (
    Message,
    aftercare_message,
    orders_message,
    payouts_message,
    postings_message,
    progress_message,
    psp_event_message,
    wallet_message,
)
from countinghouse.ports.books import OrderBook, PaymentBook, PspEventBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import DueWallets, Journals
from countinghouse.ports.queues import DueIndex, Outbox
from countinghouse.records import dataclass

SWEEP_MAX = 500
"""Rows of one kind taken in one sweep; the rest waits for the next minute."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What the sweep needs: one due-index a table, and the books behind them."""

    due_payments: DueIndex
    due_orders: DueIndex
    due_events: DueIndex
    due_wallets: DueWallets
    due_payouts: DueIndex
    payments: PaymentBook
    orders: OrderBook
    events: PspEventBook
    journals: Journals
    outbox: Outbox
    clock: Clock


@dataclass(frozen=True, slots=True)
class Swept:
    """Of each kind, how many rows were due, and for how many seconds the longest due was."""

    rows: Mapping[str, int]
    waited_s: Mapping[str, int]


def sweep_due(ports: Sweep) -> Swept:
    """Send what everything due waits for."""
    now = ports.clock.now()
    payments = ports.due_payments.due(now, SWEEP_MAX)
    orders = ports.due_orders.due(now, SWEEP_MAX)
    events = ports.due_events.due(now, SWEEP_MAX)
    ports.outbox.send(_for_orders(orders, now, ports))
    ports.outbox.send(_for_events(events, ports))
    wallets = ports.due_wallets.due_wallets(now, SWEEP_MAX)
    ports.outbox.send(wallet_message(address, f"sweep:{now}") for address in wallets)
    payouts = ports.due_payouts.due(now, SWEEP_MAX)
    ports.outbox.send(payouts_message(payout_id) for payout_id in payouts)
    for payment in ports.payments.get_many(payments).values():
        ports.outbox.send(_for_payment(payment, now, ports))
    dated = {"payments": payments, "orders": orders, "psp_events": events, "payouts": payouts}
    return Swept(
        rows={kind: len(rows) for kind, rows in dated.items()} | {"wallets": len(wallets)},
        waited_s={
            kind: (now - min(rows.values(), default=now)) // SECOND for kind, rows in dated.items()
        },
    )


def _for_orders(order_ids: Iterable[str], now: Instant, ports: Sweep) -> Iterator[Message]:
    for order in ports.orders.get_many(order_ids).values():
        if not order.took_money:
            yield orders_message(order.order_id, order.checkout_id)
            continue
        yield aftercare_message(order.order_id)
        if order.booked < len(order.bookings):
            yield postings_message(order, f"sweep:{now}")


def _for_events(event_keys: Iterable[str], ports: Sweep) -> Iterator[Message]:
    for key in event_keys:
        event = ports.events.get(key)
        if event is not None and event.due_at is not None:
            yield psp_event_message(event)


def _for_payment(payment: Payment, now: Instant, ports: Sweep) -> Iterator[Message]:
    """Every message that one of the payment's orders could be waiting for."""
    orders = ports.orders.get_many(line.order_id for line in payment.lines)
    posted = ports.journals.posted(capture_key(order_id) for order_id in orders)
    for line in payment.lines:
        order = orders.get(line.order_id)
        if order is None or order.status not in RESTING_STATUSES:
            yield orders_message(line.order_id, payment.checkout_id)
        elif order.status in CAPTURED_STATUSES and capture_key(order.order_id) not in posted:
            yield postings_message(order, f"sweep:{now}")
        yield progress_message(payment.checkout_id, line.order_id)
