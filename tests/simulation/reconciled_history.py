"""A history of days at the PSP, and everything that must be true after each of its runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from countinghouse.domain.breaks import Break
from countinghouse.ports.lakehouse import Fact
from tests.simulation.planted_breaks import (
    About,
    Expected,
    amounts_told,
    expected_of,
    found,
    healed,
)
from tests.simulation.psp_market import PSP, Market, Ran
from tests.unit.sandbox_psp.files import rows_of


@dataclass
class History:
    """A market, what must be found in it, which orders may move, the newest day that was run."""

    market: Market
    random: Random
    expected: list[Expected] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)
    checkouts: int = 0
    judged: str = ""

    def trade(self, single: int, pairs: int) -> None:
        """Sell orders alone and in pairs, and move some of the money afterwards.

        A pair is what a wrong split needs. There are no more of them than are split: of a checkout
        with 100 more on one order and 100 less on another nobody can tell that it was no split.
        """
        for number in range(single + pairs):
            self.checkouts += 1
            amounts = [self.random.randrange(150, 60_000) for _ in range(1 + (number < pairs))]
            currency = "USD" if number % 7 == 6 else "EUR"
            name = f"chk-{self.checkouts}"
            self.untouched += self.market.sell(name, *amounts, currency=currency)
        for order_id in self.random.sample(self.untouched, len(self.untouched) // 5):
            self.move(order_id)

    def move(self, order_id: str) -> None:
        """Refund or dispute an order, and perhaps take that back."""
        self.untouched.remove(order_id)
        market, captured = self.market, self.market.orders[order_id].captured_minor
        if self.random.randrange(2):
            reference = market.refund(order_id, self.random.randrange(1, captured + 1))
            if self.random.randrange(3) == 0:
                market.refund_comes_back(order_id, reference)
            return
        reference = market.dispute(order_id)
        if self.random.randrange(2):
            market.win(order_id, reference)

    def close(self, kinds: list[str], **body: object) -> dict[str, Any]:
        """Close the PSP's day with these discrepancies planted."""
        counts = Counter(kinds)
        inject = [{"kind": kind, "count": count} for kind, count in counts.items()]
        answer: dict[str, Any] = self.market.close_day(inject, **body)
        self.expected = healed(self.expected, answer["date"])
        self.expected += expected_of(
            answer, rows_of(self.market.shop, f"/v1/settlements/{answer['file']}")
        )
        marked = {one["order_id"] for one in answer["planted"]}
        self.untouched = [one for one in self.untouched if one not in marked]
        return answer

    def reconcile(self, day: str) -> Ran:
        """Run a day, and hold everything that must be true after every run against it."""
        ran = self.market.reconcile(day)
        self.judged = max(self.judged, day)
        check_breaks(self, self.judged)
        check_books(self.market, ran)
        return ran


def check_breaks(history: History, day: str) -> None:
    """All of what was planted is there under its code and in its state, and nothing else."""
    breaks, files = history.market.breaks.rows.values(), history.market.files.rows.values()
    there, wanted = found(breaks, files), Counter(one.on(day) for one in history.expected)
    assert not wanted - there, f"not found: {wanted - there}"
    assert not there - wanted, f"false: {there - wanted}"
    planted: Counter[tuple[About, str]] = Counter()
    for one in history.expected:
        if one.amount is not None:
            planted[one.about, one.currency] += one.amount
    told = amounts_told(breaks, files)
    off = {key: (told[key], minor) for key, minor in planted.items() if told[key] != minor}
    assert not off, f"told and planted: {off}"


def check_books(market: Market, ran: Ran) -> None:
    """Everything is explained, the books sum to zero, no rule took more than its cap."""
    assert ran.unexplained == {}
    assert ran.report["agrees"], ran.report["verdict"]
    assert market.balances.newest is not None
    assert set(market.balances.newest.totals.values()) <= {0}
    assert market.findings.rows == {}
    told = Counter[str]()
    for row in ran.residuals:
        told[row.currency] += row.amount if row.fact is Fact.BALANCE else 0
    assert {c: minor for c, minor in told.items() if minor} == market.balance(
        f"psp_receivable:{PSP}"
    )
    left = Counter[str]()
    for brk in market.breaks.rows.values():
        left.update(dict(brk.left))
    for currency, parts in ran.report["explanation"].items():
        assert parts["open_breaks"] == left[currency]
        assert parts["balance"] == sum(
            parts[name] for name in ("not_due", "open_breaks", "unsettled_files")
        )
    check_caps(market)


def check_caps(market: Market) -> None:
    drawn = Counter[Any]()
    for change in market.breaks.changes:
        if change.draw is not None:
            drawn[change.draw.key] += change.draw.amount_minor
    for key, use in market.caps.rows.items():
        caps = {str(one): rule.cap_minor for one, rule in market.rules.rules.items()}
        assert use.used_minor == drawn.pop(key) <= caps[key.rule_id][key.currency]
    assert not drawn


def as_they_stand(market: Market) -> tuple[dict[str, Break], list[str], dict[Any, Any]]:
    """Breaks but for when they were looked at, journals, and what was drawn on caps."""
    breaks = {
        key: replace(brk, version=0, updated_at=0, seen_at=0, seen_in="")
        for key, brk in market.breaks.rows.items()
    }
    return breaks, list(market.ledger.linked), dict(market.caps.rows)
