"""Value what the platform holds between currencies at a day's rates, and book gain or loss.

    every wallet -> who holds a position -> each circle of books as it is at one moment -> the sum
    the sum at the day's mid rates -> one journal, whose id is made of the day: booked once

The positions are those of the moment it is asked; the day says which rates count, and where the
journal stands in time. Its wallet is read before the positions are: of two at once one is booked.
"""

from collections.abc import Iterable
from dataclasses import replace

from countinghouse.domain.errors import Conflict, Invalid, Unavailable
from countinghouse.domain.fx import RateTable, fresh
from countinghouse.domain.fx_books import REVALUATIONS, circles_of, holds_position, positions_of
from countinghouse.domain.fx_position import (
    REVALUATION,
    Revaluation,
    revaluation_journal,
    revalue,
)
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import DAY, Instant, day_of, start_of_day
from countinghouse.domain.ledger import Journal, journal_key
from countinghouse.domain.posting import plan_posting
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.ports.clock import Clock
from countinghouse.ports.fx import ReferenceRates
from countinghouse.ports.ledger import Journals, Ledger, WalletScan
from countinghouse.records import dataclass

RACES_MAX = 8
LOOKS_MAX = 10
"""Looks at a circle of books that keeps moving, before it is given up."""


@dataclass(frozen=True, slots=True)
class Revaluing:
    """The ports."""

    scan: WalletScan
    ledger: Ledger
    journals: Journals
    rates: ReferenceRates
    rules: FxRules
    clock: Clock


@dataclass(frozen=True, slots=True)
class Revalued:
    """A day's revaluation; `journal` is None when the positions cancel at its rates.

    `found` is None for one that was booked before: the positions have moved since.
    """

    day: str
    currency: str
    journal: Journal | None
    found: Revaluation | None


def reference_of(day: str) -> str:
    """What a day's revaluation is booked for."""
    return f"{REVALUATION}:{day}"


def revalue_positions(day: str, caller: str, ports: Revaluing) -> Revalued:
    """The day's revaluation, booked now unless it was before.

    Raises Invalid for a day to come and for a position in a currency without a rate, Unavailable
    (`fx_rate_unavailable`) without rates that are fresh on that day or when a row cannot be read,
    Conflict when others kept writing.
    """
    now, base = ports.clock.now(), ports.rules.base_currency
    if day > day_of(now):
        raise Invalid("that day has not come", field="date")
    key = journal_key(reference_of(day), REVALUATION, base)
    for _ in range(RACES_MAX):
        known = ports.journals.journal(key)
        if known is not None:
            return Revalued(day, base, known, None)
        try:
            return _book(day, caller, now, ports)
        except Conflict:
            continue
    raise Conflict("the positions kept being revalued")


def _book(day: str, caller: str, now: Instant, ports: Revaluing) -> Revalued:
    address = WalletAddress(REVALUATIONS, ports.rules.base_currency)
    wallets = ports.ledger.wallets([address])
    rates = _rates(day, ports)
    found = revalue(_positions(ports), rates, ports.rules.base_currency)
    if found.result_minor == 0:
        return Revalued(day, found.currency, None, found)
    drawn = revaluation_journal(found, reference_of(day), now, f"{caller}: {rates.source}")
    # It counts on its own day, as long as the month is not closed.
    journal = replace(drawn, home=REVALUATIONS, event_at=min(now, start_of_day(day) + DAY - 1))
    ports.ledger.commit(plan_posting([journal], wallets).posting)
    return Revalued(day, found.currency, journal, found)


def _rates(day: str, ports: Revaluing) -> RateTable:
    back = ports.rules.max_age_days
    return fresh(ports.rates.newest(day, back), start_of_day(day), back)


def _positions(ports: Revaluing) -> dict[str, int]:
    """The positions in all books, by currency."""
    owners: set[str] = set()
    for row in ports.scan.all_wallets():
        if not isinstance(row, Wallet):
            raise Unavailable(f"{row.name} cannot be read, so the positions cannot be added up")
        if holds_position(row):
            owners.add(row.address.owner)
    found: list[Wallet] = []
    for members in circles_of(sorted(owners)).values():
        found += _at_one_moment(members, ports.ledger)
    return dict(positions_of(found))


def _at_one_moment(owners: Iterable[str], ledger: Ledger) -> list[Wallet]:
    """A circle's wallets, none of which moved between the first read and the last."""
    before: list[Wallet] | None = None
    for _ in range(LOOKS_MAX):
        found = [wallet for owner in sorted(owners) for wallet in ledger.wallets_of(owner)]
        if found == before:
            return found
        before = found
    raise Unavailable("the books of a seller keep moving; try again in a quieter moment")
