"""Planted bugs of pure code: how money is divided, and how it changes its currency.

No fault brings them out. They are looked for in examples: the real domain, and what must hold of it
said once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import product
from typing import Any
from unittest.mock import patch

from countinghouse.domain import fees, order_delivery
from countinghouse.domain.conversion import Conversion
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fees import FeeRule, freeze_fee
from countinghouse.domain.fx import convert
from countinghouse.domain.fx_position import SPREAD, position_account
from countinghouse.domain.ledger import Journal
from countinghouse.domain.market_rules import ReserveRule
from countinghouse.domain.money import Money
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_delivery import deliver, share_of, split_of
from countinghouse.domain.order_journals import order_drafts
from countinghouse.domain.purse import Purse
from countinghouse.domain.wallet import Wallet
from tests.builders import NOW, an_order
from tests.converted import a_converted_order, a_quote
from tests.simulation.bug import Bug, Examples

AMOUNTS = (1, 2, 3, 99, 100, 101, 999, 1_000, 2_500, 7_000, 7_001, 123_457, 999_999_999_999)
BASIS_POINTS = (0, 1, 290, 333, 1_000, 3_333, 10_000)
TAX = (0, 700, 1_900)
RESERVE = ReserveRule(500, 30)


def _float_split() -> AbstractContextManager[Any]:
    def allocate(total: int, weights: Sequence[int]) -> list[int]:
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise Invalid("weights must be at least zero and not all zero")
        return [round(total * (weight / whole)) for weight in weights]

    stack = ExitStack()
    for module in (fees, order_delivery):
        stack.enter_context(patch.object(module, "allocate", allocate))
    return stack


def parts_of_orders() -> Iterator[tuple[str, list[str]]]:
    """I9: an order's fee, tax, reserve and the seller's part are what was captured of it, whole.

    The same of every refund, for currencies of no, two and three decimals.
    """
    for currency, amount, points, tax in product(("JPY", "EUR", "KWD"), AMOUNTS, BASIS_POINTS, TAX):
        fee = freeze_fee(amount, currency, FeeRule("r", points, tax))
        for captured in sorted({amount, -(-amount // 3), -(-amount * 2 // 3)}):
            order = _captured(amount, captured, currency=currency, fee=fee)
            name = f"{captured} of {currency} {amount} at {points} and {tax} basis points"
            yield name, list(_parts(deliver(order, NOW, NOW, RESERVE)))


def _captured(amount: int, captured: int, **changes: Any) -> Order:
    whole = captured == amount
    status = OrderStatus.CAPTURED if whole else OrderStatus.PARTIALLY_CAPTURED
    return an_order(status, amount_minor=amount, captured_minor=captured, **changes)


def _parts(order: Order) -> Iterator[str]:
    share = share_of(order)
    parts = (share.fee, share.tax, share.reserve, share.seller)
    if share.pending or sum(parts) != order.captured_minor or min(parts) < 0:
        yield f"I9: {order.captured_minor} {order.currency} is divided into {share}"
    for minor in {1, order.captured_minor // 3, order.captured_minor // 2} - {0}:
        back = split_of(order, minor)
        if back.total != minor:
            yield f"I9: a refund of {minor} {order.currency} comes from {back}"


@contextmanager
def _one_leg() -> Iterator[None]:
    """What comes out of the exchange is taken from the spread: one position, not two."""

    def exchange(self: Purse, paid: Money, _: int, minor: int) -> None:
        self.credit(position_account(paid.currency), paid.minor, paid.currency)
        self.debit(SPREAD, minor)

    with patch.object(Purse, "exchange", exchange):
        yield


@contextmanager
def half_an_exchange() -> Iterator[None]:
    """The buyer's money is exchanged, and nothing comes out."""

    def exchange(self: Purse, paid: Money, _mid_minor: int, _minor: int) -> None:
        self.credit(position_account(paid.currency), paid.minor, paid.currency)

    with patch.object(Purse, "exchange", exchange):
        yield


def converted_captures() -> Iterator[tuple[str, list[str]]]:
    """I17: a capture's journal has both legs of its exchange and the spread between them."""
    for pair in (("USD", "EUR"), ("JPY", "EUR"), ("EUR", "KWD"), ("GBP", "JPY")):
        for amount in AMOUNTS:
            found = convert(amount, a_quote(*pair))
            if not found.minor:
                # Intake refuses what comes to nothing.
                continue
            deal = Conversion("q", "ecb", "d", "r", pair[1], found.minor, found.mid_minor)
            order = a_converted_order(
                conversion=deal, currency=pair[0], amount_minor=amount, captured_minor=amount
            )
            yield f"{amount} {pair[0]} for {found.minor} {pair[1]}", list(_legs(order, deal))


def _legs(order: Order, deal: Conversion) -> Iterator[str]:
    (draft,) = order_drafts(order, NOW)
    try:
        journal = draft.drawn({address: Wallet(address) for address in draft.addresses}, {})
    except Invalid as refusal:
        yield f"I1: {refusal}"
        return
    wanted = {
        (position_account(order.currency).name, order.currency): -order.captured_minor,
        (position_account(deal.seller_currency).name, deal.seller_currency): deal.mid_minor,
        (SPREAD.name, deal.seller_currency): deal.seller_minor - deal.mid_minor,
    }
    legs = _bridges(journal)
    if legs != {key: minor for key, minor in wanted.items() if minor}:
        yield f"I17: the exchange has the legs {legs}, not {wanted}"


def _bridges(journal: Journal) -> dict[tuple[str, str], int]:
    kinds = {"fx_position", SPREAD.kind}
    return {
        (leg.account.name, leg.amount.currency): leg.amount.minor
        for leg in journal.legs
        if leg.account.kind in kinds
    }


AMOUNT_ZOO = (
    Bug(
        "Z10",
        "money divided in floating point",
        _float_split,
        "money.allocate, as fees and order_delivery call it",
        Examples("parts of orders", parts_of_orders),
        "I9",
    ),
    Bug(
        "Z17",
        "one leg of an exchange booked, the other in the spread",
        _one_leg,
        "Purse.exchange",
        Examples("converted captures", converted_captures),
        "I17",
    ),
)
