"""What the lake says, row by row, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple


class PostingRow(NamedTuple):
    """One row of `postings`: one leg of one journal, in the columns that the check reads."""

    ledger_id: str
    leg: int
    kind: str
    reference: str
    account: str
    currency: str
    amount: int
    event_at: int
    created_at: int
    cause: str
    checkout_id: str | None
    reverses: str | None
    home: str | None
    wallet_shard: int
    digest: str
    digest_number: int | None
    links: str | None
    legs: int
    day: str


class Place(NamedTuple):
    """A journal's place in one wallet's chain, in the order that the chains are checked in."""

    owner: str
    wallet_id: str
    sequence: int
    ledger_id: str
    previous: str
    chain: str
    digest: str


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something that does not hold: in which part of the check, about what, and what it is."""

    check: str
    subject: str
    detail: str


PROBLEMS_KEPT = 1_000
"""Problems of one part that are named; beyond them they are counted."""


@dataclass
class Problems:
    """Everything that did not hold, named up to a bound, counted beyond it."""

    kept: list[Problem] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, check: str, subject: str, detail: str) -> None:
        """Note one more."""
        self.counts[check] = self.counts.get(check, 0) + 1
        if self.counts[check] <= PROBLEMS_KEPT:
            self.kept.append(Problem(check, subject, detail))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.kept)

    def __len__(self) -> int:
        return sum(self.counts.values())
