"""One ledger in memory, and orders booked into it as the posting function does."""

from __future__ import annotations

from dataclasses import dataclass, field

from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import Order
from countinghouse.domain.order_journals import booking_key
from countinghouse.domain.wallet import Wallet, buckets
from countinghouse.usecases.post_orders import post_orders
from countinghouse.usecases.release_reserves import release_reserves
from tests.fakes.books import FakeOrderBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger


@dataclass
class SellerBooks:
    """The seller `s1` in EUR; balances are read the way people read them."""

    ledger: FakeLedger = field(default_factory=FakeLedger)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    clock: FakeClock = field(default_factory=FakeClock)

    def book(self, order: Order) -> Order:
        """Book every journal that the order calls for and the ledger lacks."""
        self.orders.put(order)
        failed = post_orders([order.order_id], self.orders, self.ledger, self.ledger, self.clock)
        assert failed == {}
        return order

    def release(self, order: Order) -> int:
        """Release what is free of the reserve in the order's wallet."""
        return release_reserves(order.wallet, self.ledger, self.clock)

    def journal(self, order: Order, place: int) -> Journal:
        """The journal of the order's booking at `place`; -1 is the last."""
        found = self.ledger.journal(booking_key(order, place % len(order.bookings)))
        assert found is not None
        return found

    def legs(self, order: Order, place: int = -1) -> dict[str, int]:
        """That journal's legs by account, without the owner; debit positive."""
        return legs_of(self.journal(order, place))

    def wallet(self, order: Order) -> Wallet:
        """The wallet that the order's money is in."""
        return self.ledger.wallets([order.wallet])[order.wallet]

    def shown(self, order: Order) -> dict[str, int]:
        """The wallet's buckets that are not empty."""
        found = buckets([self.wallet(order)]).get(order.currency, {})
        return {name: minor for name, minor in found.items() if minor}

    def platform(self, order: Order) -> dict[str, int]:
        """The platform's accounts in that wallet, debit positive."""
        balances = self.wallet(order).balances
        return {name: minor for name, minor in balances.items() if not name.startswith("seller_")}


def legs_of(journal: Journal) -> dict[str, int]:
    """A journal's legs by account, the seller's without their owner; debit positive."""
    return {
        leg.account.kind if leg.account.wallet_owner else leg.account.name: leg.amount.minor
        for leg in journal.legs
    }
