"""The journeys whose cost is counted: what happens before, what is counted, and of how many.

Each is played as it is in traffic: ten at a time, of five sellers, so that a batch of a queue holds
ten and a wallet's postings are committed by two. `payment_1`, `payment_2` and `payment_5` show what
less traffic costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from countinghouse.domain.instants import DAY, HOUR, SECOND, start_of_day
from tests.simulation.client import Pass, Script
from tests.simulation.flow import Play
from tests.simulation.preludes import RESERVE_DAY_MS
from tests.simulation.psp_wire import CARD_WITHOUT_FUNDS, Shop
from tests.simulation.reconcile_flow import reconciled
from tools.cost import clients
from tools.cost.clients import Purchase, of_each_order

TEN = tuple(Purchase(number, (1 + number // 2,)) for number in range(10))
"""Ten payments of one order each, of five sellers."""
SELLERS = tuple(range(1, 6))


@dataclass(frozen=True, slots=True)
class Journey:
    """`before` happens first and is not counted; `plays` is, and is `many` of `unit`."""

    name: str
    title: str
    unit: str
    many: int
    plays: tuple[Play, ...]
    before: tuple[tuple[Play, ...], ...] = ()


def paid(*sellers: int) -> tuple[Purchase, ...]:
    """A payment of one order to each of these sellers."""
    return tuple(Purchase(number, (seller,)) for number, seller in enumerate(sellers))


def _declined_once(purchase: Purchase, shop: Shop) -> Script:
    """The first attempt of each order meets an empty account, the second is paid."""
    shop.cards.update(
        {f"{order_id}:charge:1": CARD_WITHOUT_FUNDS for order_id in purchase.order_ids}
        | dict.fromkeys(purchase.order_ids, purchase.card)
    )
    yield from purchase(shop)


def _captured_later(purchase: Purchase, shop: Shop) -> Script:
    yield from purchase(shop)
    for order_id in purchase.order_ids:
        yield clients.until_order(order_id, "authorized")
        yield from clients.captures(order_id, shop)


def _registers(seller: int, shop: Shop) -> Script:
    seller_id = clients.seller_id(seller)
    body = {"currency": "EUR", "bank_account": shop.bank_account(seller_id)}
    path = {"seller_id": seller_id}
    yield clients.ask("payouts", "POST /v1/sellers/{seller_id}/bank-accounts", body, path)


def _pays_out(seller: int, _: Shop) -> Script:
    seller_id = clients.seller_id(seller)
    body = {"seller_id": seller_id, "currency": "EUR"}
    yield clients.ask("payouts", "POST /v1/payouts", body, key=f"payout-{seller_id}")


def _waits_for_reserves(_: Shop) -> Script:
    yield Pass(RESERVE_DAY_MS + SECOND)


def _reconciles(shop: Shop) -> Script:
    closed = shop.ask("POST", "/_control/settle", {})["date"]
    yield Pass(start_of_day(closed) + DAY + 6 * HOUR)
    yield from reconciled(closed)


def _each(part: Callable[[int, Shop], Script]) -> tuple[Play, ...]:
    return tuple(partial(part, seller) for seller in SELLERS)


_DELIVERED = (TEN, of_each_order(TEN, clients.delivers))
_BY_HAND = tuple(replace(purchase, capture="manual") for purchase in TEN)
_FIVE_SELLERS = tuple(Purchase(number, SELLERS) for number in range(2))

JOURNEYS: tuple[Journey, ...] = (
    Journey("payment_1", "one payment, alone", "payment", 1, paid(1)),
    Journey("payment_2", "two payments of one seller", "payment", 2, paid(1, 1)),
    Journey("payment_5", "five payments of one seller", "payment", 5, paid(1, 1, 1, 1, 1)),
    Journey("payment", "a payment of one order, with its webhook", "payment", 10, TEN),
    Journey("checkout_5", "a checkout of five sellers", "payment", 2, _FIVE_SELLERS),
    Journey(
        "manual_capture",
        "a payment that is authorised, then captured by hand",
        "payment",
        10,
        tuple(partial(_captured_later, purchase) for purchase in _BY_HAND),
    ),
    Journey(
        "retry",
        "a payment whose first attempt is declined, and whose second is paid",
        "payment",
        10,
        tuple(partial(_declined_once, purchase) for purchase in TEN),
    ),
    Journey("delivery", "a delivery, and the money released", "order", 10, _DELIVERED[1], (TEN,)),
    Journey(
        "reserve",
        "a seller's reserve, free after a month",
        "seller",
        5,
        (_waits_for_reserves,),
        _DELIVERED,
    ),
    Journey("refund", "a refund", "order", 10, of_each_order(TEN, clients.refunds), (TEN,)),
    Journey(
        "dispute",
        "a dispute that the seller wins",
        "order",
        10,
        of_each_order(TEN, clients.disputes),
        (TEN,),
    ),
    Journey(
        "payout",
        "a seller's payout",
        "payout",
        5,
        _each(_pays_out),
        (*_DELIVERED, _each(_registers)),
    ),
    Journey("reconciliation", "a PSP's day, reconciled", "day", 1, (_reconciles,), (TEN,)),
)
BY_NAME = {journey.name: journey for journey in JOURNEYS}
