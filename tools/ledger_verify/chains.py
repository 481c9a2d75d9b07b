"""The wallets' chains: every place taken once, each following from the one before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from countinghouse.domain.wallet import chained
from tools.ledger_verify.rows import Place, Problems

CHAINS = "chains"


@dataclass
class ChainCounts:
    """How many chains there are, and how many places in them."""

    wallets: int = 0
    places: int = 0


def check_chains(places: Iterable[Place], problems: Problems, *, whole: bool) -> ChainCounts:
    """Check every chain; the places come ordered by wallet and sequence.

    `whole` says that all days are here: then a chain begins at 1 and has no gap.
    """
    counts = ChainCounts()
    for (owner, wallet_id), chain in groupby(places, key=lambda place: place[:2]):
        counts.wallets += 1
        before: Place | None = None
        for place in chain:
            counts.places += 1
            for detail in _faults(before, place, whole):
                problems.add(CHAINS, f"{owner}#{wallet_id}", detail)
            before = place
    return counts


def _faults(before: Place | None, place: Place, whole: bool) -> list[str]:
    says = f"journal {place.ledger_id} at place {place.sequence}"
    if before is not None and place.sequence == before.sequence:
        return [f"{says} stands where {before.ledger_id} does"]
    expected = before.sequence + 1 if before is not None else 1
    if place.sequence > expected:
        if not whole:
            return []
        return [f"{place.sequence - expected} missing before {says}, the last {place.previous}"]
    if place.sequence < 1:
        return [f"{says} stands nowhere"]
    chain, previous = (before.chain, before.ledger_id) if before is not None else ("", "")
    found = []
    if place.previous != previous:
        wanted = previous or "nothing"
        found.append(f"{says} names {place.previous or 'nothing'} before it, {wanted} is there")
    if place.chain != chained(chain, place.digest):
        found.append(f"{says} has a running hash that does not follow")
    return found
