"""Book what orders' states call for: journals and wallets, up to ten in one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from countinghouse.domain.errors import Conflict, CountinghouseError
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import Order
from countinghouse.domain.posting import (
    GROUP_MAX,
    AlreadyPosted,
    addresses_of,
    journals_due,
    plan_posting,
)
from countinghouse.ports.books import OrderBook
from countinghouse.ports.clock import Clock
from countinghouse.ports.ledger import Ledger

RACES_MAX = 8


def post_orders(
    order_ids: Iterable[str], orders: OrderBook, ledger: Ledger, clock: Clock
) -> dict[str, CountinghouseError]:
    """Book every journal that these orders' states call for; return what failed, by order id.

    One group is one wallet's journals: if it cannot be committed, only its orders fail.
    """
    found = orders.get_many(order_ids)
    failed: dict[str, CountinghouseError] = {}
    for group in _groups(list(found.values())):
        try:
            journals = [journal for order in group for journal in journals_due(order, clock.now())]
            refused = post_journals(journals, ledger)
        except CountinghouseError as error:
            failed |= {order.order_id: error for order in group}
            continue
        failed |= {j.reference: refused[j.ledger_id] for j in journals if j.ledger_id in refused}
    return failed


def _groups(orders: Sequence[Order]) -> Iterator[list[Order]]:
    by_wallet = sorted(orders, key=lambda order: (order.wallet.group, order.order_id))
    for _, same_wallet in groupby(by_wallet, key=lambda order: order.wallet.group):
        members = list(same_wallet)
        for start in range(0, len(members), GROUP_MAX):
            yield members[start : start + GROUP_MAX]


def post_journals(journals: Sequence[Journal], ledger: Ledger) -> dict[str, CountinghouseError]:
    """Commit journals that are not booked yet; return those a wallet's floor refused, by id.

    Raises Conflict when a wallet kept moving under us.
    """
    left = list(journals)
    refused: dict[str, CountinghouseError] = {}
    for _ in range(RACES_MAX):
        if not left:
            return refused
        plan = plan_posting(left, ledger.wallets(addresses_of(left)))
        refused = dict(plan.refused)
        if not plan.posting.journals:
            return refused
        try:
            ledger.commit(plan.posting)
        except AlreadyPosted as known:
            left = [journal for journal in left if journal.ledger_id not in known.ledger_ids]
        except Conflict:
            continue
        else:
            return refused
    raise Conflict("a wallet kept moving while its journals were booked")
