"""The whole check over what was read: journals, trial balance, chains and seals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from countinghouse.domain.seal import SealTallies
from tools.ledger_verify.chains import ChainCounts, check_chains
from tools.ledger_verify.journals import Rebuilder
from tools.ledger_verify.rows import Place, PostingRow, Problems
from tools.ledger_verify.seals import check_seals, read_seals

BALANCE = "trial balance"

Ordered = Callable[[Iterable[Place]], Iterator[Place]]
"""Puts places in order: of wallet, sequence and journal."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was counted, and everything that did not hold."""

    journals: int
    legs: int
    copies: int
    chains: ChainCounts
    balances: Mapping[str, Mapping[str, int]]
    seals: int
    unsealed: int
    problems: Problems

    @property
    def totals(self) -> dict[str, int]:
        """The trial balance's sum per currency: zero."""
        return {code: sum(accounts.values()) for code, accounts in self.balances.items()}

    @property
    def holds(self) -> bool:
        """Whether nothing was found wrong."""
        return len(self.problems) == 0


def verify(
    rows: Iterable[PostingRow],
    copies: Mapping[str, bytes],
    ordered: Ordered,
    *,
    whole: bool = True,
) -> Verified:
    """Count everything again. The rows come ordered by journal and leg.

    Without the `whole` lake, journals are checked one by one, and what of the chains is here;
    whether any is missing cannot be told, and seals are left alone.
    """
    problems = Problems()
    seals = read_seals(copies, problems) if whole else []
    tallies = SealTallies(seals)
    rebuilder = Rebuilder(tallies, problems)
    chains = check_chains(ordered(rebuilder.places(rows)), problems, whole=whole)
    if whole:
        check_seals(seals, tallies, problems)
    balances = {
        code: {name: minor for name, minor in sorted(accounts.items()) if minor}
        for code, accounts in sorted(rebuilder.balances.items())
    }
    verified = Verified(
        rebuilder.journals,
        rebuilder.legs,
        rebuilder.copies,
        chains,
        balances,
        len(seals),
        tallies.unsealed.figures.journals if whole else 0,
        problems,
    )
    for code, total in verified.totals.items():
        if total:
            problems.add(BALANCE, code, f"sums to {total}")
    return verified
