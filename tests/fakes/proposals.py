"""Proposals in memory, committed with the fake ledger or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from countinghouse.domain.adjustment_rules import AdjustmentRules
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.instants import Instant
from countinghouse.domain.proposal import Proposal
from countinghouse.ports.clock import Clock
from countinghouse.ports.proposals import ProposalChange, ProposalPage, ProposalQuery
from countinghouse.usecases.book_adjustment import Adjusting
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger

CURSOR_DIGITS_MAX = 15
RULES = AdjustmentRules({"EUR": 10_000})
"""One person books up to 100.00 EUR alone, and nothing in any other currency."""


@dataclass
class FakeProposalBook:
    """The proposals; `interfere` runs before the next commits, as another writer would."""

    ledger: FakeLedger = field(default_factory=FakeLedger)
    rows: dict[str, Proposal] = field(default_factory=dict)
    interfere: list[Callable[[], object]] = field(default_factory=list)

    def get(self, proposal_id: str) -> Proposal | None:
        return self.rows.get(proposal_id)

    def commit(self, change: ProposalChange) -> None:
        if self.interfere:
            self.interfere.pop(0)()
        stored = self.rows.get(change.new.proposal_id)
        if (stored.version if stored else 0) != (change.old.version if change.old else 0):
            raise Conflict("the proposal has moved")
        if change.posting is not None:
            self.ledger.commit(change.posting)
        self.rows[change.new.proposal_id] = change.new

    def find(self, query: ProposalQuery) -> ProposalPage:
        found = [one for one in self.rows.values() if one.standing(query.now) is query.status]
        found.sort(key=_place, reverse=True)
        if query.cursor is not None:
            before = _place_at(query.cursor)
            found = [one for one in found if _place(one) < before]
        page = tuple(found[: query.limit])
        more = len(found) > query.limit
        last = f"{page[-1].created_at}~{page[-1].proposal_id}" if more else None
        return ProposalPage(page, last)


def _place(proposal: Proposal) -> tuple[Instant, str]:
    return proposal.created_at, proposal.proposal_id


def _place_at(cursor: str) -> tuple[Instant, str]:
    created_at, _, proposal_id = cursor.partition("~")
    digits = created_at.isascii() and created_at.isdecimal()
    if not digits or len(created_at) > CURSOR_DIGITS_MAX or not proposal_id.startswith("adj_"):
        raise Invalid("that is not a cursor of this list", field="cursor")
    return int(created_at), proposal_id


def an_adjusting(
    proposals: FakeProposalBook, rules: AdjustmentRules = RULES, clock: Clock | None = None
) -> Adjusting:
    """What booking by hand takes, over one fake ledger."""
    ledger = proposals.ledger
    return Adjusting(ledger, ledger, proposals, rules, clock or FakeClock())
