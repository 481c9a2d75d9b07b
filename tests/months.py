"""Months of a seller's business: journals as the posting rules book them, closes in between.

Time only goes on; events are told late, some of them after their month was closed, and now and then
by a clock that runs ahead.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from countinghouse.bookkeeping import book
from countinghouse.domain.accounts import Account
from countinghouse.domain.close import Closes, Month, month_of
from countinghouse.domain.instants import DAY, HOUR, MINUTE, Instant, start_of_day
from countinghouse.domain.ledger import Journal, Leg, journal_key
from countinghouse.domain.money import Money
from tests.fakes.ledger import FakeLedger

BEGIN = start_of_day("2026-09-20")
OWNER = "seller:s1"
CURRENCIES = ("EUR", "JPY")


def moved(
    kind: str,
    reference: str,
    legs: dict[str, int],
    event_at: Instant,
    created_at: Instant,
    currency: str = "EUR",
    sequence: str = "0",
    shard: int = 0,
) -> Journal:
    """A journal by account names, minor units, debit positive."""
    return Journal(
        key=journal_key(reference, kind, sequence),
        kind=kind,
        reference=reference,
        legs=tuple(
            Leg(Account(*name.split(":")), Money(minor, currency)) for name, minor in legs.items()
        ),
        event_at=event_at,
        created_at=created_at,
        cause="story",
        wallet_shard=shard,
        home=OWNER,
    )


@dataclass
class Story:
    """A ledger that grows, and the closes; `told` are the journals that were booked."""

    ledger: FakeLedger = field(default_factory=FakeLedger)
    closes: Closes = field(default_factory=Closes)
    told: list[Journal] = field(default_factory=list)
    now: Instant = BEGIN

    def tell(self, *journals: Journal) -> None:
        """Book journals; what a wallet refuses did not happen."""
        for journal in journals:
            if not book([journal], self.ledger, self.ledger):
                self.told.append(journal)

    def capture(self, order: str, minor: int = 1_000, days_ago: int = 0) -> None:
        event_at = self.now - days_ago * DAY
        legs = {"psp_receivable:sandbox": minor, "seller_pending:s1": -minor}
        self.tell(moved("capture", order, legs, event_at, self.now))

    def release(self, order: str, minor: int = 1_000, fee: int = 100, tax: int = 19) -> None:
        legs = {
            "seller_pending:s1": minor,
            "platform_fee_revenue": -fee,
            "fee_tax_payable": -tax,
            "seller_available:s1": fee + tax - minor,
        }
        legs = {name: amount for name, amount in legs.items() if amount}
        self.tell(moved("release", order, legs, self.now, self.now))

    def refund(
        self, order: str, minor: int = 500, fee: int = 50, tax: int = 9, days_ago: int = 0
    ) -> None:
        legs = {
            "platform_fee_revenue": fee,
            "fee_tax_payable": tax,
            "seller_available:s1": minor - fee - tax,
            "refund_clearing": -minor,
        }
        legs = {name: amount for name, amount in legs.items() if amount}
        event_at = self.now - days_ago * DAY
        self.tell(moved("refund_requested", order, legs, event_at, self.now))

    def close(self, month: Month) -> None:
        self.closes = self.closes.closing(month, self.now, early=True)

    def go_to(self, day: str) -> Story:
        self.now = start_of_day(day)
        return self


_WAYS: dict[str, dict[str, int]] = {
    "capture": {"psp_receivable:sandbox": 1, "seller_pending:s1": -1},
    "release": {
        "seller_pending:s1": 100,
        "platform_fee_revenue": -10,
        "fee_tax_payable": -2,
        "seller_reserve:s1": -5,
        "seller_available:s1": -83,
    },
    "refund_requested": {
        "platform_fee_revenue": 10,
        "fee_tax_payable": 2,
        "seller_available:s1": 88,
        "refund_clearing": -100,
    },
    "refund_paid": {"refund_clearing": 1, "psp_receivable:sandbox": -1},
    "dispute_held": {"seller_receivable:s1": 1, "seller_dispute_hold:s1": -1},
    "payout_reserve": {"seller_available:s1": 1, "seller_in_payout:s1": -1},
    "payout_paid": {"seller_in_payout:s1": 1, "bank:main": -1},
    "gift": {"seller_available:s2": 1, "seller_available:s1": -1},
    "given": {"adjustments": 1, "seller_available:s2": -1},
}


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """A few months of journals of any kind in any order, with closes wherever they are due."""
    story = Story()
    for number in range(draw(st.integers(0, 25))):
        story.now += draw(st.integers(1, 12)) * DAY + draw(st.integers(0, HOUR))
        if draw(st.booleans()):
            _close_what_is_due(draw, story)
        kind = draw(st.sampled_from(sorted(_WAYS)))
        lag = draw(st.integers(-2, 70)) * DAY
        shard = draw(st.integers(0, 1))
        code = draw(st.sampled_from(CURRENCIES))
        minor = draw(st.integers(1, 40))
        legs = {name: share * minor for name, share in _WAYS[kind].items()}
        # The wallet's order is not always the order in which journals were drawn up.
        created_at = story.now - draw(st.integers(0, MINUTE))
        order = f"o{draw(st.integers(0, 4))}"
        journal = moved(kind, order, legs, story.now - lag, created_at, code, str(number), shard)
        story.tell(journal)
    story.now += DAY
    return story


def _close_what_is_due(draw: st.DrawFn, story: Story) -> None:
    closes = story.closes
    month = closes.first_open(story.now) or month_of(story.now - 30 * DAY)
    if month < month_of(story.now) or draw(st.integers(0, 9)) == 0:
        # Nothing that was drawn up before the close is booked after it: billing waits for that.
        story.close(month)
        story.now += HOUR
