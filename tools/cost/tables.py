"""The price table and the assumptions: what things cost, and what no run here can count."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
PRICES = _HERE / "prices.json"
ASSUMPTIONS = _HERE / "assumptions.json"


@dataclass(frozen=True, slots=True)
class Price:
    """What `per` of a unit cost in dollars; with `tiers`, up to so many a month each."""

    name: str
    usd: Decimal
    per: int
    unit: str
    dated: str
    trust: str
    tiers: tuple[tuple[Decimal | None, Decimal], ...] = ()

    def of(self, amount: Decimal, month: Decimal | None = None) -> Decimal:
        """Dollars for an amount, as a part of what a month takes where the price has tiers."""
        if not self.tiers or not month:
            return amount * self.usd / self.per
        whole, begun = Decimal(0), Decimal(0)
        for end, usd in self.tiers:
            until = month if end is None else min(end, month)
            whole += max(Decimal(0), until - begun) * usd
            begun = max(begun, until)
        return amount * whole / month / self.per


@cache
def prices() -> dict[str, Price]:
    """Every price by its name."""
    found = json.loads(PRICES.read_text(encoding="utf-8"))["prices"]
    return {name: _price(name, row) for name, row in found.items()}


def _price(name: str, row: dict[str, Any]) -> Price:
    tiers = tuple(
        (None if end is None else Decimal(end), Decimal(usd)) for end, usd in row.get("tiers", [])
    )
    told = (row["unit"], row["dated"], row["trust"])
    return Price(name, Decimal(row["usd"]), row["per"], *told, tiers)


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Integers by name, each with its reason in the file."""

    values: dict[str, int]

    def __getitem__(self, name: str) -> Decimal:
        return Decimal(self.values[name])

    def but(self, **other: int) -> Assumptions:
        """The same, some of them otherwise."""
        return replace(self, values={**self.values, **other})


@cache
def reasons() -> dict[str, tuple[int, str]]:
    """Every assumption with its reason."""
    found = json.loads(ASSUMPTIONS.read_text(encoding="utf-8"))
    return {name: (row["value"], row["why"]) for name, row in found.items()}


def assumptions() -> Assumptions:
    """What is assumed."""
    return Assumptions({name: value for name, (value, _) in reasons().items()})
