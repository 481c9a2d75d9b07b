"""What the platform holds between two currencies, and what it is worth at a day's rates.

A converted order leaves the buyer's money on one `fx_position` and what was promised for it on
another, each in its own currency. At a close all are valued in one currency: what does not cancel
is a gain or a loss (domain rules, section 3: "residual -> fx_gain_loss at close").
"""

from __future__ import annotations

from collections.abc import Mapping

from countinghouse.domain.accounts import Account
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fx import RateTable, exchanged
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import Journal, Leg, journal_key
from countinghouse.domain.money import Money
from countinghouse.records import dataclass

SPREAD = Account("fx_spread_revenue")
RESULT = Account("fx_gain_loss")
REVALUATION = "fx_revaluation"
_POSITION = "fx_position"

EXCHANGE = "exchange"
"""The owner, with the seller's id, of the books in which a seller's money changes currency."""

BRIDGES = frozenset({_POSITION, SPREAD.kind})
"""The kinds of account by which a journal gets from one currency to another."""


def position_account(currency: str) -> Account:
    """What went from this currency into others (credit), or came out of others (debit)."""
    return Account(_POSITION, currency)


@dataclass(frozen=True, slots=True)
class Position:
    """What the platform holds of a currency, or is short of below zero: the account, turned round.

    `value_minor` is that in the currency of the valuation; minor units of each.
    """

    currency: str
    held_minor: int
    value_minor: int


@dataclass(frozen=True, slots=True)
class Revaluation:
    """Every position at a day's rates, valued in `currency`."""

    currency: str
    as_of: str
    source: str
    positions: tuple[Position, ...]

    @property
    def result_minor(self) -> int:
        """The gain that is not booked yet, or the loss below zero; minor units of `currency`."""
        return sum(position.value_minor for position in self.positions)


def revalue(balances: Mapping[str, int], rates: RateTable, currency: str) -> Revaluation:
    """The balances of `fx_position`, debit positive by currency, valued in one of them.

    Each is rounded once. Raises Invalid with `fx_currency_unknown` for one without a rate.
    """
    positions = tuple(
        Position(code, -minor, exchanged(-minor, code, currency, rates.mid(code, currency)))
        for code, minor in sorted(balances.items())
        if minor
    )
    return Revaluation(currency, rates.as_of, rates.source, positions)


def revaluation_journal(found: Revaluation, reference: str, now: Instant, cause: str) -> Journal:
    """The result as a journal: afterwards the positions cancel at these rates.

    Once a reference, such as a month's. Raises Invalid when there is nothing to book.
    """
    result = found.result_minor
    if result == 0:
        raise Invalid("the positions cancel: there is nothing to book")
    legs = (
        Leg(position_account(found.currency), Money(result, found.currency)),
        Leg(RESULT, Money(-result, found.currency)),
    )
    return Journal(
        key=journal_key(reference, REVALUATION, found.currency),
        kind=REVALUATION,
        reference=reference,
        legs=legs,
        event_at=now,
        created_at=now,
        cause=cause,
    )
