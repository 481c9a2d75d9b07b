"""Breaks and caps in memory: with their journals, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from countinghouse.domain.break_rules import CapDraw, CapKey, CapReached, CapUse
from countinghouse.domain.breaks import Break
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.ports.breaks import BreakChange, BreakPage, BreakQuery
from tests.fakes.ledger import FakeLedger

CURSOR_DIGITS_MAX = 16


@dataclass
class FakeCapBook:
    """What was drawn on each cap."""

    rows: dict[CapKey, CapUse] = field(default_factory=dict)

    def used(self, keys: Iterable[CapKey]) -> list[CapUse]:
        found = [self.rows[key] for key in {*keys} if key in self.rows]
        return sorted(found, key=lambda use: (use.key.rule_id, use.key.currency))

    def check(self, draw: CapDraw) -> None:
        """Raise CapReached when there is too little left."""
        drawn = self.rows.get(draw.key, CapUse(draw.key, 0, 0)).used_minor
        if drawn + draw.amount_minor > draw.cap_minor:
            raise CapReached(f"the cap of {draw.key} has too little left")

    def take(self, draw: CapDraw) -> None:
        """Draw, unconditionally."""
        known = self.rows.get(draw.key, CapUse(draw.key, 0, 0))
        self.rows[draw.key] = CapUse(
            draw.key, known.count + 1, known.used_minor + draw.amount_minor
        )


@dataclass
class FakeBreakBook:
    """The breaks, with the ledger and the caps that its transactions write as well.

    `interfere` holds actions that run just before the next writes.
    """

    ledger: FakeLedger = field(default_factory=FakeLedger)
    caps: FakeCapBook = field(default_factory=FakeCapBook)
    rows: dict[str, Break] = field(default_factory=dict)
    changes: list[BreakChange] = field(default_factory=list)
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def put(self, *breaks: Break) -> FakeBreakBook:
        """Lay rows in place, unconditionally: the test's given."""
        self.rows |= {one.break_id: one for one in breaks}
        return self

    def get(self, break_id: str) -> Break | None:
        return self.rows.get(break_id)

    def get_many(self, break_ids: Iterable[str]) -> dict[str, Break]:
        return {key: self.rows[key] for key in break_ids if key in self.rows}

    def commit(self, change: BreakChange) -> None:
        if self.interfere:
            self.interfere.pop(0)()
        stored = self.rows.get(change.new.break_id)
        if (stored and stored.version) != (change.old and change.old.version):
            raise Conflict("the break moved on")
        if change.posting is not None:
            # Who lost a race hears of that, whether or not the cap is full as well.
            probe = FakeLedger(dict(self.ledger.linked), dict(self.ledger.wallet_rows))
            probe.commit(change.posting)
        if change.draw is not None:
            self.caps.check(change.draw)
        if change.posting is not None:
            self.ledger.commit(change.posting)
        if change.draw is not None:
            self.caps.take(change.draw)
        self.put(change.new)
        self.changes.append(change)

    def find(self, query: BreakQuery) -> BreakPage:
        found = [one for one in sorted(self.rows.values(), key=_place) if _is_wanted(one, query)]
        if query.cursor is not None:
            after = _place_at(query.cursor)
            found = [one for one in found if _place(one) > after]
        page, rest = found[: query.limit], found[query.limit :]
        return BreakPage(tuple(page), _cursor(page[-1]) if rest else None)

    def open_breaks(self, psp: str) -> Iterator[Break]:
        query = BreakQuery(None, psp, None, len(self.rows))
        yield from self.find(query).breaks


def _is_wanted(brk: Break, query: BreakQuery) -> bool:
    if query.run_id is not None:
        return brk.run_id == query.run_id
    if query.open_psp is None:
        raise Invalid("breaks are listed by run or by PSP", field="run_id")
    return brk.psp == query.open_psp and not brk.is_settled


def _place(brk: Break) -> tuple[int, str]:
    return (brk.opened_at, brk.break_id)


def _cursor(brk: Break) -> str:
    return f"{brk.opened_at}~{brk.break_id}"


def _place_at(cursor: str) -> tuple[int, str]:
    opened_at, _, break_id = cursor.partition("~")
    digits = opened_at.isascii() and opened_at.isdecimal()
    if not digits or len(opened_at) > CURSOR_DIGITS_MAX or not break_id.startswith("brk_"):
        raise Invalid("that is not a cursor of this list", field="cursor")
    return (int(opened_at), break_id)
