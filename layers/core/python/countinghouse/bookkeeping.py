"""Commit journals and drafts: the one way that anything gets into the books.

read the wallets -> draw up what is not booked yet -> one conditional transaction
     ^                                                        |
     +------------- a wallet moved, or some were booked ------+

A wallet refuses a second booking of what emptied it, so a refusal is believed only of what is not
booked: a commit whose answers were all lost has moved the wallets and looks like a race.
"""

from collections.abc import Mapping, Sequence

from countinghouse.domain.errors import Conflict, InsufficientFunds
from countinghouse.domain.ledger import Journal, JournalKey
from countinghouse.domain.posting import (
    GROUP_MAX,
    AlreadyPosted,
    Bookable,
    addresses_of,
    plan_posting,
)
from countinghouse.ports.ledger import Journals, Ledger

RACES_MAX = 8


def book(
    bookables: Sequence[Bookable], ledger: Ledger, journals: Journals
) -> dict[str, InsufficientFunds]:
    """Book what is not booked yet, in one transaction; return what a wallet refused, by journal id.

    Raises Conflict when a wallet kept moving under us, or when what a draft undoes is not booked.
    """
    left = list(bookables)
    booked = _originals(left, journals)
    for _ in range(RACES_MAX):
        if not left:
            return {}
        plan = plan_posting(left, ledger.wallets(addresses_of(left)), booked=booked)
        refused = dict(plan.refused)
        if there := _known(left, refused, journals):
            left = [one for one in left if one.key not in there]
            booked = _originals(left, journals)
            continue
        if not plan.posting.journals:
            return refused
        try:
            ledger.commit(plan.posting)
        except AlreadyPosted as known:
            left = [one for one in left if one.key.ledger_id not in known.ledger_ids]
            booked = _originals(left, journals)
        except Conflict:
            continue
        else:
            return refused
    raise Conflict("a wallet kept moving while its journals were booked")


def book_in_groups(
    bookables: Sequence[Bookable], ledger: Ledger, journals: Journals
) -> dict[str, InsufficientFunds]:
    """As `book`, ten to a transaction, in their order; return what was refused, by reference.

    What comes after a refusal for the same reference is left as well.
    """
    refused: dict[str, InsufficientFunds] = {}
    for start in range(0, len(bookables), GROUP_MAX):
        group = [b for b in bookables[start : start + GROUP_MAX] if b.reference not in refused]
        by_id = book(group, ledger, journals)
        refused |= {b.reference: by_id[b.key.ledger_id] for b in group if b.key.ledger_id in by_id}
    return refused


def _known(
    bookables: Sequence[Bookable], refused: Mapping[str, InsufficientFunds], journals: Journals
) -> frozenset[JournalKey]:
    """Those of what was refused that are booked."""
    keys = [one.key for one in bookables if one.key.ledger_id in refused]
    return journals.posted(keys) if keys else frozenset()


def _originals(bookables: Sequence[Bookable], journals: Journals) -> Mapping[JournalKey, Journal]:
    """The journals that drafts undo, as far as they are booked."""
    wanted = {
        one.original
        for one in bookables
        if not isinstance(one, Journal) and one.original is not None
    }
    found = {key: journals.journal(key) for key in sorted(wanted)}
    return {key: journal for key, journal in found.items() if journal is not None}
