"""The market of tests/seller_market.py: the seller is paid in EUR, the buyers pay otherwise.

Every order has a rate of its own, from one at which a minor unit is nothing to one at which it is
thousands. What the PSP counts stays in the buyers' currency; what must hold besides is that each
currency is in balance by itself, and that nothing is left between the two of an order whose money
has all gone back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from countinghouse.domain.booking import BookingKind
from countinghouse.domain.conversion import Conversion
from countinghouse.domain.fees import FeeRule, freeze_fee
from countinghouse.domain.fx import Ratio, convert
from countinghouse.domain.ledger import totals
from countinghouse.domain.order import Order
from countinghouse.domain.order_conversion import captured_sides
from countinghouse.domain.wallet import WalletAddress, wallet_parts
from tests.converted import a_quote
from tests.seller_market import FEES, Market

K = BookingKind
CURRENCIES = ("USD", "JPY", "KWD", "UYW")
RATES = (
    Ratio(2500, 2793),
    Ratio(25, 4392),
    Ratio(10_000, 3421),
    Ratio(1, 3),
    Ratio(1),
    Ratio(987_654_321, 1_000),
    Ratio(7, 1_000),
)
SPREADS = (0, 1, 100, 2_000)
_BACK = {K.REFUND_REQUESTED: 1, K.REFUND_FAILED: -1, K.REFUND_REVERSED: -1}
_HELD = {K.DISPUTE_HELD: 1, K.DISPUTE_RELEASED: -1}


class ConvertedMarket(Market):
    """The seller `s1`, paid in EUR, with a few orders in another currency."""

    def __post_init__(self) -> None:
        self.currency = CURRENCIES[self.seed % len(CURRENCIES)]
        super().__post_init__()

    def _an_order(self, order_id: str) -> Order:
        order = super()._an_order(order_id)
        spread = self.chance.choice(SPREADS)
        mid = self.chance.choice(RATES)
        rate = mid.times(Ratio(10_000 - spread, 10_000))
        quote = replace(a_quote(), from_currency=self.currency, mid=mid, rate=rate)
        while not convert(order.amount_minor, quote).minor:
            # Intake refuses what comes to nothing.
            order = replace(order, amount_minor=order.amount_minor * 10)
        found = convert(order.amount_minor, quote)
        deal = Conversion("q", "ecb", "2026-11-20", str(rate), "EUR", found.minor, found.mid_minor)
        rule = FeeRule("r", self.chance.choice(FEES), self.chance.choice([0, 1_900]))
        fee = freeze_fee(deal.seller_minor, "EUR", rule)
        return replace(order, currency=self.currency, conversion=deal, fee=fee)

    @property
    def platform(self) -> Mapping[str, int]:
        address = WalletAddress("exchange:s1", self.currency)
        return self.ledger.wallets([address])[address].balances

    def _check_books(self) -> None:
        """Every journal balances by currency, and every wallet is what its journals add up to."""
        folds: dict[WalletAddress, Counter[str]] = {}
        for row in self.ledger.linked.values():
            assert set(totals(row.journal.legs).values()) == {0}, row.journal
            for address, legs in wallet_parts(row.journal).items():
                fold = folds.setdefault(address, Counter())
                for leg in legs:
                    fold[leg.account.name] += leg.amount.minor
        for address, wallet in self.ledger.wallets(folds).items():
            folded = {name: minor for name, minor in folds[address].items() if minor}
            assert dict(wallet.balances) == folded, "the wallet is not its journals"
            assert wallet.total == 0
        owners = {(address.owner, address.currency) for address in folds}
        allowed = {("seller:s1", "EUR"), ("exchange:s1", "EUR"), ("exchange:s1", self.currency)}
        assert owners <= allowed, "the seller has no wallet in the buyers' currency"
        for order in self.orders.rows.values():
            self._check_position(order)

    def _check_position(self, order: Order) -> None:
        """What stays between the currencies is what was captured and did not come back."""
        left = self._left_of(order)
        theirs, ours = left[f"fx_position:{self.currency}"], left["fx_position:EUR"]
        captured = captured_sides(order)
        whole = order.conversion
        assert whole is not None
        most, back = self._returned(order)
        assert theirs == back - (captured.paid_minor or 0), "the buyer's side"
        mid = (captured.mid_minor or 0) - ours
        spread = -left["fx_spread_revenue"]
        if most <= order.captured_minor == back:
            assert (theirs, ours, spread) == (0, 0, 0), "something is left of what all went back"
        # Out of turn, each booking may leave a minor unit to the next one.
        slack = len(order.bookings) + 1
        assert abs(mid * order.amount_minor - whole.mid_minor * back) <= slack * order.amount_minor
        # Money that went back twice takes its spread along twice.
        assert spread >= -slack or back > order.captured_minor

    def _returned(self, order: Order) -> tuple[int, int]:
        """The most that was on its way back or held at once, and what has crossed for good."""
        moving = most = crossed = 0
        for booking in order.bookings:
            unheld = booking.kind is K.DISPUTE_LOST and booking.split.total == 0
            moving += booking.paid * (_BACK.get(booking.kind, 0) + _HELD.get(booking.kind, unheld))
            most = max(most, moving)
            crossed += booking.paid * _BACK.get(booking.kind, booking.kind is K.DISPUTE_LOST)
        return most, crossed


def unwound(markets: Iterator[Market]) -> int:
    """How many orders' money went back whole, by whatever way."""
    count = 0
    for market in markets:
        assert isinstance(market, ConvertedMarket)
        for order in market.orders.rows.values():
            _, back = market._returned(order)
            count += 0 < order.captured_minor == back
    return count
