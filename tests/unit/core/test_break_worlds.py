"""Whatever PSP and ledger disagree on, the PSP's account is explained to the minor unit.

A world is movements and lines. Its files are settled by the real settlement journal, its breaks
are judged by the real rules; matching is by id, as simple as can be. At every moment:

    movements - what settlements took off + what breaks booked = what the breaks say is left
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import pairwise
from random import Random

import pytest

from countinghouse.domain.break_requests import ResolveRequest
from countinghouse.domain.break_rules import CapKey
from countinghouse.domain.breaks import UNSETTLED, BreakAction, BreakStatus
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.errors import Rejected
from countinghouse.domain.ledger import totals
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.reconciliation import shifted
from countinghouse.domain.settlement import Category, SettlementLine
from countinghouse.domain.settlement_file import FileSummary, settlement_legs
from countinghouse.usecases.close_matched_breaks import close_matched_breaks
from countinghouse.usecases.judge_differences import Judging, judge_differences
from countinghouse.usecases.resolve_break import resolve_break
from tests.breaks import DAY, PSP, RULES, a_difference, a_look, balance, books_of
from tests.fakes.books import FakeOrderBook
from tests.fakes.breaks import FakeBreakBook
from tests.fakes.clock import FakeClock

CONTRACT = ContractFee(14, 25)
CURRENCIES = ("EUR", "USD", "JPY")
RETURNS = ("refund", "chargeback", "refund_reversal", "chargeback_reversal")
PERSONS = [action for action in BreakAction if action not in (BreakAction.VOID, BreakAction.RULE)]


@dataclass
class Pair:
    """What the ledger booked and what the PSP's file says of one thing; either may be absent."""

    number: int
    category: str
    booked: tuple[str, int] | None
    line: SettlementLine | None

    @property
    def difference(self) -> Difference | None:
        """What a match makes of it; None when both agree."""
        line, ours = self.line, self.booked
        sides = Sides.BOTH if line and ours else Sides.THEIRS if line else Sides.OURS
        found = a_difference(
            sides,
            self.category,
            anchor=f"line:{self.number}" if sides is Sides.THEIRS else f"ledger:{self.number}",
            order_id="",
            checkout_id="",
            our_currency=ours[0] if ours else "",
            our_amount=ours[1] if ours else 0,
            their_currency=line.currency if line else "",
            their_amount=line.gross if line else 0,
            fee=line.fee if line else 0,
            expected_fee=CONTRACT.of(line.gross) if line and line.category == "capture" else 0,
        )
        agree = line is not None and ours == (line.currency, said(line)) and not excess(line)
        return None if agree else found


def said(line: SettlementLine) -> int:
    """What a movement would have to be to agree."""
    return line.net if line.category is Category.CHARGEBACK else line.gross


def excess(line: SettlementLine) -> int:
    """The fee that no contract knows; a chargeback's is booked with it."""
    if line.category is Category.CHARGEBACK:
        return 0
    return line.fee - (CONTRACT.of(line.gross) if line.category is Category.CAPTURE else 0)


@dataclass
class World:
    """Pairs, the breaks they make, and everything booked about them."""

    chance: Random
    pairs: list[Pair] = field(default_factory=list)
    breaks: FakeBreakBook = field(default_factory=FakeBreakBook)
    clock: FakeClock = field(default_factory=FakeClock)
    looks: int = 0
    day: str = DAY

    def fill(self) -> None:
        """A few captures, returns and rows of the batch, mostly alike."""
        for number in range(self.chance.randrange(4, 12)):
            category = self.chance.choice(
                ["capture"] * 4 + [*RETURNS, "reserve_held", "adjustment"]
            )
            self.pairs.append(self._pair(number, category))

    def _pair(self, number: int, category: str) -> Pair:
        sign = -1 if category in ("refund", "chargeback", "reserve_held") else 1
        currency, gross = self.chance.choice(CURRENCIES), sign * self.chance.randrange(50, 90_000)
        line = self._line(number, category, currency, gross)
        ours = (currency, said(line))
        if category in ("reserve_held", "adjustment"):
            return Pair(number, category, None, line)
        how = self.chance.choice(
            ["alike"] * 3 + ["late", "unknown", "fee", "gross", "unit", "code"]
        )
        match how:
            case "late":
                return Pair(number, category, ours, None)
            case "unknown":
                return Pair(number, category, None, line)
            case "fee":
                line = self._changed(line, fee=self.chance.choice([-3, -1, 1, 2, 60]))
            case "gross":
                line = self._changed(line, gross=self.chance.choice([-40, -2, 2, 500]))
            case "unit":
                line = self._changed(line, gross=self.chance.choice([-1, 1]))
            case "code":
                line = replace(line, currency=self.chance.choice(CURRENCIES))
        return Pair(number, category, ours, line)

    def _line(self, number: int, category: str, currency: str, gross: int) -> SettlementLine:
        fee = CONTRACT.of(gross) if category == "capture" else 0
        if category == "chargeback":
            fee = self.chance.choice([0, 1_500])
        return SettlementLine(
            line_hash=f"{number:064x}",
            file_id="f1",
            line_no=number,
            psp=PSP,
            batch="41",
            category=Category(category),
            raw_type=category,
            merchant_reference="",
            psp_reference=f"ch_{number}",
            modification_reference="",
            currency=currency,
            gross=gross,
            fee=fee,
            net=gross - fee,
            original_currency="",
            original_gross=0,
            booked_at=0,
            settlement_day=DAY,
        )

    def _changed(self, line: SettlementLine, gross: int = 0, fee: int = 0) -> SettlementLine:
        """The line off by so much."""
        gross, fee = line.gross + gross, line.fee + fee
        return replace(line, gross=gross, fee=fee, net=gross - fee)

    def look(self, day: str | None = None) -> Counter[str]:
        """One look: every difference judged in portions, then those gone are closed."""
        self.looks += 1
        self.clock.instant += 1_000
        look = a_look(day or self.day, f"look-{self.looks}", began_at=self.clock.instant)
        found = [pair.difference for pair in self.pairs]
        differences = [one for one in found if one is not None]
        self.chance.shuffle(differences)
        self.clock.instant += 1_000
        ports = Judging(books_of(self.breaks, self.clock), FakeOrderBook(), RULES)
        cut = self.chance.randrange(len(differences) + 1)
        counts: Counter[str] = Counter()
        for portion in (differences[:cut], differences[cut:]):
            counts.update(judge_differences(portion, look, ports).counts)
        counts["closed"] = close_matched_breaks(look, books_of(self.breaks, self.clock))
        return counts

    def heal(self) -> None:
        """A line or journal that was missing comes, if nobody has settled it otherwise."""
        for pair in self.pairs:
            settled = {
                brk.anchor.partition(":")[2]
                for brk in self.breaks.rows.values()
                if brk.status not in UNSETTLED
            }
            if str(pair.number) in settled or self.chance.random() < 0.5:
                continue
            if pair.line is None and pair.booked is not None:
                currency, amount = pair.booked
                line = self._line(pair.number, pair.category, currency, amount)
                pair.line = replace(line, gross=amount + line.fee, net=amount)
                if pair.category != "chargeback":
                    pair.line = line
            elif pair.booked is None and pair.category not in ("reserve_held", "adjustment"):
                assert pair.line is not None
                pair.booked = (pair.line.currency, said(pair.line))

    def meddle(self) -> None:
        """Two people ask for whatever comes to their minds."""
        for _ in range(6):
            brk = self.chance.choice([*self.breaks.rows.values()] or [None])
            if brk is None:
                return
            who, action = self.chance.choice(["ada", "linus"]), self.chance.choice(PERSONS)
            request = ResolveRequest(brk.break_id, action, "so be it", who, may_approve=True)
            try:
                resolve_break(request, RULES, books_of(self.breaks, self.clock))
            except Rejected:
                continue

    def account(self, currency: str) -> int:
        """What stands on the PSP's account: movements, settlements and what breaks booked."""
        moved = sum(p.booked[1] for p in self.pairs if p.booked and p.booked[0] == currency)
        taken = 0
        summary = FileSummary(CONTRACT)
        for pair in self.pairs:
            if pair.line is not None:
                summary.take(pair.line)
        for total in summary.result().totals:
            for leg in settlement_legs(total, total.net, PSP):
                if leg.account.kind == "psp_receivable" and total.currency == currency:
                    taken += leg.amount.minor
        return moved + taken + balance(self.breaks.ledger, f"psp_receivable:{PSP}", currency)

    def check(self) -> None:
        """The one equation, and what holds of every break and journal."""
        for currency in CURRENCIES:
            left = sum(dict(brk.left).get(currency, 0) for brk in self.breaks.rows.values())
            assert self.account(currency) == left
        for row in self.breaks.ledger.linked.values():
            assert not any(totals(row.journal.legs).values())
            assert all(leg.account.wallet_owner is None for leg in row.journal.legs)
        reversed_ = {r.journal.reverses for r in self.breaks.ledger.linked.values()} - {None}
        standing = {one for brk in self.breaks.rows.values() for one in brk.standing}
        mirrors = {i for i, r in self.breaks.ledger.linked.items() if r.journal.reverses}
        assert standing == self.breaks.ledger.linked.keys() - reversed_ - mirrors
        self.check_caps()

    def check_caps(self) -> None:
        for key, use in self.breaks.caps.rows.items():
            rule = next(r for r in RULES.rules.values() if r.rule_id == key.rule_id)
            assert 0 <= use.used_minor <= rule.cap_minor[key.currency]


@pytest.mark.parametrize("seed", range(60))
def test_the_psps_account_is_what_movements_settlements_and_breaks_leave(seed: int) -> None:
    world = World(Random(seed))
    world.fill()
    world.look()
    world.check()
    for later in range(4):
        world.day = shifted(DAY, later)
        if world.chance.random() < 0.5:
            world.meddle()
            world.check()
        if world.chance.random() < 0.5:
            world.heal()
            world.look()
        world.look()
        world.check()


@pytest.mark.parametrize("seed", range(12))
def test_running_a_day_again_changes_nothing(seed: int) -> None:
    world = World(Random(seed))
    world.fill()
    world.look()
    world.meddle()
    world.look()
    before = {brk.break_id: brk for brk in world.breaks.rows.values()}
    booked = [*world.breaks.ledger.linked]
    caps = dict(world.breaks.caps.rows)

    counts = world.look()

    assert counts["opened"] == counts["closed"] == counts["auto_resolved"] == 0
    assert [*world.breaks.ledger.linked] == booked
    assert world.breaks.caps.rows == caps
    for break_id, brk in world.breaks.rows.items():
        old = before[break_id]
        seen = replace(old, seen_in=brk.seen_in, seen_at=brk.seen_at)
        assert brk == replace(seen, version=brk.version, updated_at=brk.updated_at)


@pytest.mark.parametrize("seed", range(25))
def test_two_runs_at_once_book_no_break_twice_and_no_cap_is_exceeded(seed: int) -> None:
    chance = Random(seed)
    breaks = FakeBreakBook()
    ports = Judging(books_of(breaks), FakeOrderBook(), RULES)
    alike = [a_difference(their_amount=7_001)] * 4
    alike += [a_difference(fee=125)] * 3 + [a_difference(expected_fee=2_000, fee=2_040)] * 4
    pool = [replace(one, anchor=f"ledger:{n}") for n, one in enumerate(alike)]

    def run(mark: str) -> None:
        mine = chance.sample(pool, k=8)
        for portion in (mine[:5], mine[5:]):
            judge_differences(portion, a_look(mark=mark), ports)

    def meanwhile(mark: str) -> None:
        """Another run, from its beginning to its end, in front of somebody's write."""
        waiting, breaks.interfere[:] = breaks.interfere[:], []
        run(mark)
        breaks.interfere[:] = waiting

    for mark in ("b", "c"):
        place = chance.randrange(6)
        breaks.interfere += [lambda: None] * place + [lambda mark=mark: meanwhile(mark)]  # type: ignore[misc]
    run("a")

    for rule_id, cap in (("rounding", 3), ("fee_variance", 100)):
        ((use),) = breaks.caps.used([CapKey(rule_id, PSP, "EUR", DAY)])
        booked = [
            sum(leg.amount.minor for leg in row.journal.legs if leg.amount.minor > 0)
            for row in breaks.ledger.linked.values()
            if row.journal.kind == f"recon_{rule_id}"
        ]
        assert (use.count, use.used_minor) == (len(booked), sum(booked))
        assert use.used_minor <= cap
    for brk in breaks.rows.values():
        assert (brk.status is BreakStatus.AUTO_RESOLVED) == bool(brk.standing)
        assert brk.booked == len(brk.standing) <= 1
    for earlier, later in pairwise(breaks.changes):
        assert earlier.new != later.new
