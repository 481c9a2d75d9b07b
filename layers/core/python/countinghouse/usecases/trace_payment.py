"""A payment's money trail: everything that happened to its money, and what is still open."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from countinghouse.domain.booking import BookingKind
from countinghouse.domain.errors import NotFound
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import Order
from countinghouse.domain.payout import Payout, PayoutJournal
from countinghouse.domain.payout_journals import payout_key
from countinghouse.domain.trail import Trail, residuals
from countinghouse.domain.wallet import WalletAddress
from countinghouse.domain.wallet_folds import FOLD_IN, FOLD_OUT, fold_key, fold_reference
from countinghouse.ports.books import OrderBook, PaymentBook, PspEventBook
from countinghouse.ports.ledger import Journals
from countinghouse.ports.payouts import PayoutBook, PayoutQuery

PAYOUTS_MAX = 100
"""A seller's newest payouts, looked through for those that carried an order's money."""


def trace_payment(
    checkout_id: str,
    payments: PaymentBook,
    orders: OrderBook,
    events: PspEventBook,
    ledger: Journals,
    payouts: PayoutBook,
) -> Trail:
    """The trail of one payment. Raises NotFound."""
    payment = payments.get(checkout_id)
    if payment is None:
        raise NotFound(f"there is no payment {checkout_id}")
    found = orders.get_many(line.order_id for line in payment.lines)
    own = tuple(order for order in found.values() if order.checkout_id == checkout_id)
    ids = [order.order_id for order in own]
    journals = tuple(journal for order_id in ids for journal in ledger.journals(order_id))
    seen = tuple(event for order_id in ids for event in events.of_order(order_id))
    carried = _carried(own, journals, ledger, payouts)
    return Trail(payment, own, seen, journals, carried, residuals(journals))


def _carried(
    orders: Iterable[Order], journals: Iterable[Journal], ledger: Journals, payouts: PayoutBook
) -> tuple[tuple[Payout, tuple[str, ...]], ...]:
    """Which payout paid out which orders: the first one reserved after the order's release.

    Of an order in a sub-wallet, after the fold that took its money into the first.
    """
    releases = [journal for journal in journals if journal.kind == BookingKind.RELEASE]
    found: dict[str, tuple[Payout, tuple[str, ...]]] = {}
    for order in orders:
        own = [journal.key for journal in releases if journal.reference == order.order_id]
        first = replace(order.wallet, shard=0)
        released_at = sorted(ledger.places(own, order.wallet).values())
        if order.wallet != first:
            released_at = _folded_at(released_at, order.wallet, first, ledger)
        reserves = _reserves(first, order, ledger, payouts) if released_at else []
        for place in released_at:
            after = bisect_right([sequence for sequence, _ in reserves], place)
            if after < len(reserves):
                payout = reserves[after][1]
                _, carried = found.get(payout.payout_id, (payout, ()))
                ids = tuple(dict.fromkeys((*carried, order.order_id)))
                found[payout.payout_id] = (payout, ids)
    return tuple(found.values())


def _folded_at(
    places: list[int], wallet: WalletAddress, first: WalletAddress, ledger: Journals
) -> list[int]:
    """Where in the first wallet's chain the money came in that was at these places of another's."""
    folds = ledger.journals(fold_reference(wallet)) if places else []
    outs = [journal.key for journal in folds if journal.kind == FOLD_OUT]
    folded = sorted(ledger.places(outs, wallet).values())
    nexts = [bisect_right(folded, place) for place in places]
    # A fold is named after the version of the wallet before it.
    taken = {fold_key(wallet, FOLD_IN, folded[n] - 1) for n in nexts if n < len(folded)}
    return sorted(ledger.places(taken, first).values())


def _reserves(
    first: WalletAddress, order: Order, ledger: Journals, payouts: PayoutBook
) -> list[tuple[int, Payout]]:
    """The seller's payouts in the order's currency, by where their reserve stands in the chain."""
    page = payouts.find(PayoutQuery(order.seller_id, None, None, PAYOUTS_MAX))
    by_id = {
        payout_key(payout.payout_id, PayoutJournal.RESERVE).ledger_id: payout
        for payout in page.payouts
        if payout.wallet == first
    }
    keys = [payout_key(payout.payout_id, PayoutJournal.RESERVE) for payout in by_id.values()]
    places = ledger.places(keys, first)
    return sorted(
        ((place, by_id[ledger_id]) for ledger_id, place in places.items()),
        key=lambda reserve: reserve[0],
    )
