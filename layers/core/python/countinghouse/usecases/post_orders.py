"""Book what orders' states call for: journals and wallets, up to ten in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from countinghouse.bookkeeping import book_in_groups
from countinghouse.domain.errors import CountinghouseError
from countinghouse.domain.late_journals import late_journals
from countinghouse.domain.order import Order
from countinghouse.domain.order_journals import order_drafts
from countinghouse.domain.posting import Bookable
from countinghouse.ports.books import OrderBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Journals, Ledger


def post_orders(
    order_ids: Iterable[str], orders: OrderBook, ledger: Ledger, journals: Journals, clock: Clock
) -> dict[str, CountinghouseError]:
    """Book every journal that these orders' states call for; return what failed, by order id.

    One group is one wallet's orders: if it cannot be committed, only they fail.
    """
    found = orders.get_many(order_ids)
    failed: dict[str, CountinghouseError] = {}
    for group in _by_wallet(list(found.values())):
        try:
            drafts = [draft for order in group for draft in _lacking(order, journals, clock)]
            failed |= book_in_groups(drafts, ledger, journals)
        except CountinghouseError as error:
            failed |= {order.order_id: error for order in group}
    return failed


def _by_wallet(orders: Sequence[Order]) -> Iterator[list[Order]]:
    in_order = sorted(orders, key=lambda order: (order.wallet.group, order.order_id))
    for _, same_wallet in groupby(in_order, key=lambda order: order.wallet.group):
        yield list(same_wallet)


def _lacking(order: Order, journals: Journals, clock: Clock) -> Sequence[Bookable]:
    """The order's journals that are not booked; a lone capture finds out by its own condition.

    Any other draft is drawn against the wallet, which may refuse what it has booked already.
    """
    if order.late_payment is not None:
        late = late_journals(order, clock.now())
        known = journals.posted(journal.key for journal in late)
        return [journal for journal in late if journal.key not in known]
    drafts = order_drafts(order, clock.now())
    if all(draft.place is None for draft in drafts):
        return drafts
    posted = journals.posted(draft.key for draft in drafts)
    return [draft for draft in drafts if draft.key not in posted]
