"""What a payout pays, journal by journal: from its reserve back to the reserve before it."""

from collections.abc import Iterator

from countinghouse.domain.errors import NotFound
from countinghouse.domain.ledger import Journal
from countinghouse.domain.payout import Payout, PayoutJournal
from countinghouse.domain.payout_journals import effect_on_available, payout_key
from countinghouse.ports.ledger import Ledger
from countinghouse.ports.payouts import PayoutBook
from countinghouse.records import dataclass

WALK_MAX = 500
"""Journals looked at for one page: most of a busy wallet's do not touch what is available."""


@dataclass(frozen=True, slots=True)
class PayoutItem:
    """A journal and what it did to the seller's available balance, minor units."""

    journal: Journal
    amount_minor: int


@dataclass(frozen=True, slots=True)
class PayoutItems:
    """A page of items, newest first, and where the next begins (None at the end).

    All items together and what the payout before left (`payout.carried_over_minor`) are what was
    available when this one was reserved.
    """

    payout: Payout
    items: tuple[PayoutItem, ...]
    next_cursor: str | None


def itemise_payout(
    payout_id: str, cursor: str | None, limit: int, payouts: PayoutBook, ledger: Ledger
) -> PayoutItems:
    """At most `limit` items; none before the money is reserved.

    The cursor is the last journal looked at. Raises NotFound, and Invalid for a cursor that is no
    journal of this wallet.
    """
    payout = payouts.get(payout_id)
    if payout is None:
        raise NotFound(f"there is no payout {payout_id}")
    if PayoutJournal.RESERVE not in payout.booked:
        return PayoutItems(payout, (), None)
    after = cursor or payout_key(payout_id, PayoutJournal.RESERVE).ledger_id
    items: list[PayoutItem] = []
    for journal in _before(after, payout, limit, ledger):
        if journal is None or journal.kind == PayoutJournal.RESERVE:
            return PayoutItems(payout, tuple(items), None)
        if len(items) == limit:
            break
        after = journal.ledger_id
        effect = effect_on_available(journal, payout.seller_id, payout.currency)
        if effect:
            items.append(PayoutItem(journal, effect))
    return PayoutItems(payout, tuple(items), after)


def _before(after: str, payout: Payout, chunk: int, ledger: Ledger) -> Iterator[Journal | None]:
    """The wallet's journals back from `after`, at most WALK_MAX; None at the chain's start."""
    for _ in range(WALK_MAX // chunk):
        found = ledger.entries(payout.wallet, after, chunk)
        yield from found
        if len(found) < chunk:
            yield None
            return
        after = found[-1].ledger_id
