"""What a market comes to, told by a few dictionaries: the domain's rules once more.

Written after docs/ledger.md and the rules of `market.json` (fee 10 %, tax on it 19 %, reserve 5 %,
thirty days), with not a line of the product: no AWS, no ports, no domain. It is given the commands
in their order and the PSP's own book, which is the truth of what was taken, given back and paid
out, and says what everybody must see when all is at rest. Amounts are integer minor units.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.simulation.commands import (
    Command,
    Delivered,
    Disputed,
    Freed,
    PaidOut,
    Refunded,
    Sold,
    Truth,
    Where,
)

FEE, TAX, RESERVE, BASIS = 1_000, 1_900, 500, 10_000
PAYOUT_MINIMUM = {"KWD": 1_000}
"""Of all other currencies it is 100."""
PSP_PER_MILLE, PSP_FIXED = 14, 25

BUCKETS = ("pending", "available", "reserved", "in_payout", "disputed", "debt")


@dataclass
class Order:
    """One order: what was captured of it, where that stands, what went back."""

    sold: Sold
    captured: int
    pending: int = 0
    shares: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    """Fee, tax, reserve and the seller's own, of what was released and not given back."""
    released: list[int] = field(default_factory=lambda: [0, 0, 0])
    """Fee, tax and the seller's part, of all that was ever released."""
    frees: str | None = None
    refunds: list[tuple[int, str]] = field(default_factory=list)
    barred: bool = False
    disputed: int = 0

    @property
    def where(self) -> Where:
        return self.sold.seller, self.sold.currency

    @property
    def refunded(self) -> int:
        """What is given back for good."""
        return sum(amount for amount, status in self.refunds if status == "succeeded")

    @property
    def statuses(self) -> frozenset[str]:
        """Where it may stand."""
        if not self.captured:
            return self.sold.ends
        whole = self.captured == self.sold.amount
        return frozenset({"captured" if whole else "partially_captured"})


def share(minor: int, basis_points: int) -> int:
    """Half up."""
    return (2 * minor * basis_points + BASIS) // (2 * BASIS)


def parted(total: int, weights: Sequence[int]) -> list[int]:
    """In proportion, by the largest remainder; of equal ones the first."""
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    rests = [(total * weight % whole, -place) for place, weight in enumerate(weights)]
    for _, place in sorted(rests, reverse=True)[: total - sum(parts)]:
        parts[-place] += 1
    return parts


class Model:
    """Follows the commands one by one."""

    def __init__(self, truth: Truth) -> None:
        self.truth = truth
        self.orders: dict[str, Order] = {}
        self.wallets: dict[Where, Counter[str]] = defaultdict(Counter)
        self.tranches: dict[Where, Counter[str]] = defaultdict(Counter)
        self.platform: dict[str, Counter[str]] = defaultdict(Counter)
        self.payouts: dict[Where, list[tuple[int, str]]] = defaultdict(list)

    def follow(self, commands: Iterable[Command]) -> Model:
        """Do all of it."""
        for command in commands:
            self._do(command)
        for currency, minor in self.truth.arrived.items():
            self._platform(currency, bank=minor, psp_receivable=-minor)
        for order in map(self.orders.__getitem__, self.truth.filed):
            kept = psp_fee(order.captured)
            self._platform(order.sold.currency, psp_fee_expense=kept, psp_receivable=-kept)
        return self

    def _do(self, command: Command) -> None:
        match command:
            case Sold():
                self._sold(command)
            case Delivered(order_id, frees):
                self._delivered(self.orders[order_id], frees)
            case Refunded(order_id, amount):
                self._refunded(self.orders[order_id], amount)
            case Disputed(order_id):
                self._disputed(self.orders[order_id])
            case PaidOut(seller, currency):
                self._paid_out((seller, currency))
            case Freed(day):
                self._freed(day)

    def _move(self, where: Where, **moved: int) -> None:
        self.wallets[where].update(moved)

    def _platform(self, currency: str, **moved: int) -> None:
        self.platform[currency].update(moved)

    def _sold(self, sold: Sold) -> None:
        taken = self.truth.captured.get(sold.order_id, 0)
        order = self.orders[sold.order_id] = Order(sold, taken, taken)
        if taken:
            self._move(order.where, pending=taken)
            self._platform(sold.currency, psp_receivable=taken)

    def _delivered(self, order: Order, frees: str) -> None:
        if order.captured > order.refunded and order.frees is None:
            order.frees = frees
            self._release(order)

    def _release(self, order: Order) -> None:
        """All that is pending of a delivered order becomes fee, tax, reserve and the seller's."""
        minor, currency = order.pending, order.sold.currency
        if order.frees is None or not minor:
            return
        fee = share(order.sold.amount, FEE)
        tax = share(fee, TAX)
        whole = parted(order.captured, [fee, tax, order.sold.amount - fee - tax])
        left = [part - gone for part, gone in zip(whole, order.released, strict=True)]
        now = parted(minor, left)
        order.released = [gone + part for gone, part in zip(order.released, now, strict=True)]
        held = share(now[2], RESERVE)
        parts = [now[0], now[1], held, now[2] - held]
        order.shares = [old + new for old, new in zip(order.shares, parts, strict=True)]
        order.pending = 0
        self._move(order.where, pending=-minor, reserved=held)
        self.tranches[order.where][order.frees] += held
        self._give(order.where, now[2] - held)
        self._platform(currency, platform_fee_revenue=-now[0], fee_tax_payable=-now[1])

    def _refunded(self, order: Order, amount: int | None) -> None:
        left = order.captured - order.refunded
        minor = left if amount is None else amount
        if order.barred or not order.captured or not 0 < minor <= left:
            return
        ended = self.truth.refunds.get((order.sold.order_id, len(order.refunds) + 1), "failed")
        order.refunds.append((minor, ended))
        if ended != "succeeded":
            # What it took came back account by account, the seller's debts being as they were.
            return
        pending = min(minor, order.pending)
        parts = parted(minor - pending, order.shares) if minor > pending else [0, 0, 0, 0]
        order.pending -= pending
        order.shares = [old - gone for old, gone in zip(order.shares, parts, strict=True)]
        self._move(order.where, pending=-pending)
        self._take(order.where, parts[2] + parts[3], [(order.frees or "", parts[2])])
        fees = {"platform_fee_revenue": parts[0], "fee_tax_payable": parts[1]}
        self._platform(order.sold.currency, psp_receivable=-minor, **fees)

    def _disputed(self, order: Order) -> None:
        told = self.truth.disputes.get(order.sold.order_id, ())
        minor, ended, withdrawn, cost = told[order.disputed]
        order.disputed += 1
        self._platform(order.sold.currency, dispute_fee_expense=cost, psp_receivable=-cost)
        if ended != "lost":
            return
        order.barred = True
        pending = min(minor, order.pending)
        order.pending -= pending
        self._move(order.where, pending=-pending)
        available = ("available", self.wallets[order.where]["available"])
        tranches = sorted(self.tranches[order.where].items())
        self._take(order.where, minor - pending, [available, *tranches])
        self._platform(order.sold.currency, psp_receivable=-withdrawn)

    def _paid_out(self, where: Where) -> None:
        wallet = self.wallets[where]
        net = wallet["available"] - wallet["debt"]
        if net < PAYOUT_MINIMUM.get(where[1], 100):
            return
        told = self.truth.payouts.get(where, ())
        number = len(self.payouts[where])
        ended = told[number][1] if number < len(told) else "never sent"
        self.payouts[where].append((net, ended))
        wallet["available"], wallet["debt"] = (0 if ended == "paid" else net), 0
        if ended == "paid":
            self._platform(where[1], bank=-net)

    def _freed(self, day: str) -> None:
        for where, tranches in self.tranches.items():
            minor = tranches.pop(day, 0)
            self._move(where, reserved=-minor)
            self._give(where, minor)

    def _give(self, where: Where, minor: int) -> None:
        """Debt is paid first."""
        paid = min(minor, self.wallets[where]["debt"])
        self._move(where, debt=-paid, available=minor - paid)

    def _take(self, where: Where, minor: int, first: Iterable[tuple[str, int]]) -> None:
        """From these parts as far as they go, then from what is available, then as debt."""
        wallet, tranches = self.wallets[where], self.tranches[where]
        for place, part in first:
            if place == "available":
                taken = min(part, minor, wallet["available"])
                self._move(where, available=-taken)
            else:
                taken = min(part, minor, tranches[place])
                self._move(where, reserved=-taken)
                tranches[place] -= taken
            minor -= taken
        taken = min(minor, wallet["available"])
        self._move(where, available=-taken, debt=minor - taken)

    def payment(self, checkout_id: str) -> frozenset[str]:
        """What a payment's status may be, told by its orders'."""
        own = [order for order in self.orders.values() if order.sold.checkout_id == checkout_id]
        taken = [order for order in own if order.captured]
        if taken:
            whole = len(taken) == len(own)
            return frozenset({"succeeded" if whole else "partially_succeeded"})
        ends = [{"failed"} & order.sold.ends or {"cancelled"} for order in own]
        return frozenset({"failed" if {"failed"} in ends else "cancelled"})


def psp_fee(gross: int) -> int:
    """What the PSP keeps of a capture, by its contract: 1.4 % half up, and 25."""
    return (2 * gross * PSP_PER_MILLE + 1_000) // 2_000 + PSP_FIXED
