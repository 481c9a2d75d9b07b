"""Whether the ledger itself answers a line that the lake has nothing for.

The lake is filled from streams, minutes behind the books. These questions are put to the books.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from countinghouse.domain.booking import BookingKind
from countinghouse.domain.break_journals import RECEIVABLE
from countinghouse.domain.difference import Difference
from countinghouse.domain.ledger import Journal, JournalKey
from countinghouse.domain.order import CAPTURED_STATUSES, Order
from countinghouse.domain.payout import PayoutJournal
from countinghouse.domain.payout_journals import payout_key
from countinghouse.domain.settlement import BankCategory, Category

K = BookingKind

JOURNALS_OF: Mapping[str, frozenset[BookingKind]] = MappingProxyType(
    {
        Category.CAPTURE: frozenset({K.CAPTURE, K.LATE_PAYMENT}),
        Category.REFUND: frozenset({K.REFUND_PAID}),
        Category.REFUND_REVERSAL: frozenset({K.REFUND_REVERSED}),
        Category.CHARGEBACK: frozenset({K.DISPUTE_WITHDRAWN}),
        Category.CHARGEBACK_REVERSAL: frozenset({K.DISPUTE_REINSTATED}),
    }
)
"""The journals that may answer a line of that category: a movement on `psp_receivable`."""

_PAYOUT_JOURNAL: Mapping[str, PayoutJournal] = MappingProxyType(
    {
        BankCategory.SELLER_PAYOUT: PayoutJournal.PAID,
        BankCategory.PAYOUT_RETURN: PayoutJournal.RETURNED,
    }
)
_PAYOUT_PREFIX = "po_"


def answer_of(difference: Difference, journals: Iterable[Journal]) -> Journal | None:
    """The journal of the order that books what a line tells of; None when there is none."""
    return next((one for one in journals if _answers(difference, one)), None)


def _answers(difference: Difference, journal: Journal) -> bool:
    if journal.kind not in JOURNALS_OF.get(difference.category, frozenset()):
        return False
    if journal.psp_reference is None:
        # Booked before journals named what they book: then the amount has to tell.
        return _moves(journal, difference.their_currency) == difference.their_amount
    return journal.psp_reference == reference_of(difference)


def _moves(journal: Journal, currency: str) -> int:
    return sum(
        leg.amount.minor
        for leg in journal.legs
        if leg.account.kind == RECEIVABLE and leg.amount.currency == currency
    )


def reference_of(difference: Difference) -> str:
    """The PSP's id of what a line tells of: the charge, or the refund or dispute."""
    if difference.category == Category.CAPTURE:
        return difference.psp_reference
    return difference.modification_reference or difference.psp_reference


def has_another_charge(order: Order, difference: Difference) -> bool:
    """Whether the order was captured, and by another charge than the line tells of."""
    named = bool(difference.psp_reference) and order.psp_reference is not None
    captured = order.status in CAPTURED_STATUSES
    return captured and named and order.psp_reference != difference.psp_reference


def payout_of(difference: Difference) -> str | None:
    """The payout of ours that a line of the bank's statement names."""
    names = (difference.order_id, difference.psp_reference, difference.modification_reference)
    return next((name for name in names if name.startswith(_PAYOUT_PREFIX)), None)


def payout_answer(difference: Difference) -> JournalKey | None:
    """Where the journal stands that answers a bank line about a payout of ours."""
    payout_id, kind = payout_of(difference), _PAYOUT_JOURNAL.get(difference.category)
    return payout_key(payout_id, kind) if payout_id is not None and kind is not None else None
