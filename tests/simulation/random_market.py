"""Markets of chance, by a seed: what is bought, delivered, given back and paid out on some days.

    days_of(7)                  the days of market 7, as data
    market(7)                   the flow "M7" that plays them; FLOWS["M7"] finds it too
    random_market(machine, 7)   its world, about to be run with two to six faults of chance
    play_market(machine, 7)     the same, played; raises Broken

Swarm-style: each seed enables some of the ways to pay, of the deeds and of the currencies, so that
rare mixes come up. `python -m tests.simulation.replay M7:31:after@7` replays one.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from tests.simulation.faults import Plan
from tests.simulation.flow import Flow
from tests.simulation.machine import Machine
from tests.simulation.market_days import flow_of
from tests.simulation.market_plan import Day, Deed, Part, Sale
from tests.simulation.world import World

PREFIX = "M"
SELLERS = ("seller-1", "seller-2", "grand-bazaar")
CURRENCIES = ("EUR", "USD", "JPY", "KWD")
WAYS = ("card", "challenge", "declined challenge", "called off", "by hand", "wallet", "qr")
DEEDS = ("deliver", "deliver", "refund", "refund all", "dispute", "payout")
REFUND_ENDS = ("", "", "fails", "comes back")
PAYOUT_ENDS = ("paid", "paid", "fails", "comes back")
CALLS = 450
"""About how many calls a market makes: among so many the faults are drawn."""
WITHOUT_FAULTS = 4
"""Every so many-th market is played as it comes."""


@dataclass
class _Maker:
    """Draws one market. `left` is what may still be disputed or refunded of an order."""

    chance: random.Random
    orders: int = 0
    left: dict[str, int] = field(default_factory=dict)
    owned: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    disputed: set[str] = field(default_factory=set)

    def some(self, every: tuple[str, ...]) -> list[str]:
        """Some of them, in their order."""
        found = [one for one in every if self.chance.random() < 2 / 3]
        return found or [self.chance.choice(every)]

    def days(self) -> tuple[Day, ...]:
        ways, deeds = self.some(WAYS), self.some(DEEDS)
        currencies = self.some(CURRENCIES)
        found = []
        for number in range(self.chance.choice((1, 1, 2))):
            sales = tuple(
                self.sale(f"chk-{number}-{place}", ways, currencies)
                for place in range(self.chance.randint(1, 3))
            )
            found.append(Day(sales, self.everybody(deeds)))
        if self.chance.random() < 1 / 4:
            later = [deed for deed in deeds if deed != "deliver"]
            found.append(Day((), self.everybody([*later, "payout"]), month=True))
        return tuple(found)

    def sale(self, name: str, ways: list[str], currencies: list[str]) -> Sale:
        """One checkout of one to four orders."""
        way, currency = self.chance.choice(ways), self.chance.choice(currencies)
        acts = {"challenge": "approve", "wallet": "approve", "qr": "approve"}.get(way)
        acts = {"declined challenge": "decline", "called off": "cancel"}.get(way, acts)
        sale = Sale(
            name,
            tuple(self.part(way) for _ in range(self.chance.choice((1, 1, 2, 2, 3, 4)))),
            currency,
            way if way in ("wallet", "qr") else "credit_card",
            acts,
            by_hand=way == "by hand",
            all_or_none=way in ("card", "challenge") and self.chance.random() < 1 / 4,
        )
        for sold in sale.sold():
            self.owned.setdefault(sold.seller, []).append((sold.order_id, currency))
            self.left[sold.order_id] = sold.wanted
        return sale

    def part(self, way: str) -> Part:
        self.orders += 1
        amount = self.chance.choice((self.chance.randint(100, 60_000), self.chance.randint(1, 999)))
        declines = way in ("card", "by hand") and self.chance.random() < 1 / 5
        taken = self.chance.choice((None, 0, self.chance.randint(1, amount)))
        return Part(
            f"ord-{self.orders}",
            self.chance.choice(SELLERS),
            amount,
            "declines" if declines else "pays",
            taken if way == "by hand" else None,
        )

    def everybody(self, deeds: list[str]) -> tuple[tuple[str, tuple[Deed, ...]], ...]:
        """What is done on one day, seller by seller."""
        found = []
        for seller in sorted(self.owned):
            drawn = [self.deed(seller, deeds) for _ in range(self.chance.randint(0, 5))]
            found.append((seller, tuple(deed for deed in drawn if deed is not None)))
        return tuple(found)

    def deed(self, seller: str, deeds: list[str]) -> Deed | None:
        kind = self.chance.choice(deeds)
        order_id, currency = self.chance.choice(self.owned[seller])
        left = self.left[order_id]
        match kind:
            case "payout":
                how = self.chance.choice(PAYOUT_ENDS)
                return Deed("payout", how=how, currency=currency)
            case "refund":
                # Now and then more than there is, which is refused.
                amount = self.chance.randint(1, left + left // 8 + 1)
                how = self.chance.choice(REFUND_ENDS)
                self.left[order_id] -= min(left, amount)
                return Deed("refund", order_id, amount, how)
            case "refund all":
                self.left[order_id] = 0
                return Deed("refund", order_id, None, self.chance.choice(REFUND_ENDS))
            case "dispute":
                if not left or order_id in self.disputed:
                    return None
                self.disputed.add(order_id)
                amount, how = self.chance.randint(1, left), self.chance.choice(("win", "lose"))
                return Deed("dispute", order_id, amount, how)
            case _:
                return Deed("deliver", order_id)


def days_of(seed: int) -> tuple[Day, ...]:
    """The days of one market."""
    return _Maker(random.Random(f"market {seed}")).days()


def market(seed: int) -> Flow:
    """The flow that plays it."""
    return flow_of(f"{PREFIX}{seed}", f"a market of chance, drawn from {seed}", days_of(seed))


def random_market(machine: Machine, seed: int) -> World:
    """The world of one random market, with faults and deliveries of chance; `run` plays it."""
    from tests.simulation.drawn import Dice  # Whose flows are these among others.

    flow = market(seed)
    world = World(machine, flow, Plan(flow.name, (), seed))
    if seed % WITHOUT_FAULTS:
        world.injector.draw = Dice(seed, CALLS)
    return world


def play_market(machine: Machine, seed: int) -> World:
    """One random market, played. Raises Broken, which says what was drawn."""
    world = random_market(machine, seed)
    world.run()
    return world


class Flows(dict[str, Flow]):
    """Flows by name. Every random market has one, and none of them is listed."""

    def __missing__(self, name: str) -> Flow:
        if name.startswith(PREFIX) and name[1:].isdecimal():
            return market(int(name[1:]))
        raise KeyError(name)
