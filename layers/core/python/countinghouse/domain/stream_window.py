"""What a batch of a table's stream must show: journals that add up, and places in chains that fit.

A stream's shard holds journals by their own key, so a batch sees of a wallet's chain only some
places: a gap between them is no fault. Two journals at one place are, and so is a place that does
not follow from the one before it when both are here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from countinghouse.domain.ledger import totals
from countinghouse.domain.posting import LinkedJournal
from countinghouse.domain.wallet import Link, WalletAddress, chained
from countinghouse.records import dataclass


@dataclass(frozen=True, slots=True)
class WindowProblem:
    """What is wrong in a window: with which wallet (or currency), at which place of its chain."""

    subject: str
    sequence: int
    currency: str
    detail: str


Places = dict[tuple[WalletAddress, int], LinkedJournal]


def check_window(journals: Iterable[LinkedJournal]) -> list[WindowProblem]:
    """Everything wrong among these journals; one that comes twice is one."""
    window = {linked.journal.ledger_id: linked for linked in journals}
    problems = list(_sums(window.values()))
    places: Places = {}
    for linked in window.values():
        for address, link in linked.links.items():
            other = places.setdefault((address, link.sequence), linked)
            if other is not linked:
                ids = sorted((other.journal.ledger_id, linked.journal.ledger_id))
                problems.append(_problem(address, link, f"holds both {ids[0]} and {ids[1]}"))
    problems += _links(places)
    return problems


def _sums(journals: Iterable[LinkedJournal]) -> Iterator[WindowProblem]:
    legs = (leg for linked in journals for leg in linked.journal.legs)
    for currency, minor in sorted(totals(legs).items()):
        if minor:
            detail = f"the journals of a window sum to {minor} {currency}"
            yield WindowProblem(f"window:{currency}", 1, currency, detail)


def _links(places: Places) -> Iterator[WindowProblem]:
    for (address, sequence), linked in places.items():
        link = linked.links[address]
        if (sequence == 1) != (link.previous is None):
            yield _problem(address, link, "is the first, or has one before it, and not both")
            continue
        before = places.get((address, sequence - 1))
        if sequence == 1:
            follows = link.chain == chained("", linked.journal.digest)
        elif before is None:
            continue
        else:
            chain = before.links[address].chain
            follows = link.previous == before.journal.ledger_id and link.chain == chained(
                chain, linked.journal.digest
            )
        if not follows:
            yield _problem(address, link, "does not follow from the one before it")


def _problem(address: WalletAddress, link: Link, says: str) -> WindowProblem:
    detail = f"place {link.sequence} of {address.group} {says}"
    return WindowProblem(address.group, link.sequence, address.currency, detail)
