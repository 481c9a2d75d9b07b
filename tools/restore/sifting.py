"""Which journals of a restored ledger stand, and what the wallets are by them.

Tables that are restored to a moment may hold half of a transaction: a journal without its wallet, a
wallet without its journal, one journal of two. A journal stands when the row it was booked for
calls for it, and when it hangs on an unbroken chain in every wallet that it moved; the others are
set aside. Wallets are then what the journals that stand add up to, which needs no row of theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from countinghouse.domain.booking import BookingKind
from countinghouse.domain.instants import Instant
from countinghouse.domain.late_journals import late_journals
from countinghouse.domain.ledger import Journal, JournalKey
from countinghouse.domain.order import CAPTURED_STATUSES, Order
from countinghouse.domain.order_journals import booking_key, capture_key
from countinghouse.domain.payout import Payout, PayoutJournal
from countinghouse.domain.payout_journals import payout_key
from countinghouse.domain.posting import LinkedJournal
from countinghouse.domain.wallet import Wallet, WalletAddress, wallet_parts

NOT_CALLED_FOR = "the row it was booked for does not call for it"
NO_CHAIN = "a journal before it is missing"
_OF_ORDERS = frozenset(map(str, BookingKind))
_OF_PAYOUTS = frozenset(map(str, PayoutJournal))


@dataclass(frozen=True, slots=True)
class Sifted:
    """The journals that stand, why the others do not, and the wallets by those that stand."""

    kept: tuple[LinkedJournal, ...]
    set_aside: tuple[tuple[LinkedJournal, str], ...]
    wallets: Mapping[WalletAddress, Wallet]


def sift(
    journals: Iterable[LinkedJournal],
    orders: Mapping[str, Order],
    payouts: Mapping[str, Payout],
    now: Instant,
) -> Sifted:
    """Tell the journals that stand from those that do not."""
    called = called_for(orders.values(), payouts.values(), now)
    kept: list[LinkedJournal] = []
    aside: list[tuple[LinkedJournal, str]] = []
    for linked in journals:
        if _is_derived(linked.journal, orders) and linked.journal.key not in called:
            aside.append((linked, NOT_CALLED_FOR))
        else:
            kept.append(linked)
    while loose := _loose(kept):
        aside += [(linked, NO_CHAIN) for linked in kept if linked.journal.key in loose]
        kept = [linked for linked in kept if linked.journal.key not in loose]
    return Sifted(tuple(kept), tuple(aside), _folded(kept))


def called_for(
    orders: Iterable[Order], payouts: Iterable[Payout], now: Instant
) -> frozenset[JournalKey]:
    """Every journal that orders and payouts call for, as far as they know it booked or due."""
    found: set[JournalKey] = set()
    for order in orders:
        if order.status in CAPTURED_STATUSES:
            found.add(capture_key(order.order_id))
            found.update(booking_key(order, place) for place in range(len(order.bookings)))
        if order.late_payment is not None:
            found.update(journal.key for journal in late_journals(order, now))
    for payout in payouts:
        found.update(payout_key(payout.payout_id, kind) for kind in payout.booked)
    return frozenset(found)


def _is_derived(journal: Journal, orders: Mapping[str, Order]) -> bool:
    """Whether an order or a payout calls for it; all else is known from the journal alone."""
    kind = str(journal.kind)
    return kind in _OF_ORDERS or kind in _OF_PAYOUTS or journal.reference in orders


def _places(journals: Iterable[LinkedJournal]) -> dict[WalletAddress, list[LinkedJournal]]:
    """The journals by wallet, each in the order of its chain."""
    found: dict[WalletAddress, list[LinkedJournal]] = {}
    for linked in journals:
        for address in linked.links:
            found.setdefault(address, []).append(linked)
    for address, chain in found.items():
        chain.sort(key=lambda linked: linked.links[address].sequence)
    return found


def _loose(journals: Iterable[LinkedJournal]) -> frozenset[JournalKey]:
    """The journals that stand behind a gap in some wallet's chain."""
    loose: set[JournalKey] = set()
    for address, chain in _places(journals).items():
        before: str | None = None
        for place, linked in enumerate(chain, 1):
            link = linked.links[address]
            if (link.sequence, link.previous) != (place, before):
                loose.update(behind.journal.key for behind in chain[place - 1 :])
                break
            before = linked.journal.ledger_id
    return frozenset(loose)


def _folded(journals: Iterable[LinkedJournal]) -> dict[WalletAddress, Wallet]:
    wallets: dict[WalletAddress, Wallet] = {}
    for address, chain in _places(journals).items():
        wallet = Wallet(address)
        for linked in chain:
            wallet = wallet.post(linked.journal, wallet_parts(linked.journal)[address])
        wallets[address] = wallet
    return wallets
