from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.errors import Invalid, Unavailable
from countinghouse.domain.finding import DamagedRow
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import DAY, start_of_day
from countinghouse.domain.ledger import Journal
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.usecases.revalue_positions import Revalued, Revaluing, revalue_positions
from tests.builders import NOW
from tests.converted import RATES, TODAY, days_before
from tests.fakes.clock import FakeClock
from tests.fakes.fx import RULES, FakeReferenceRates
from tests.fakes.ledger import FakeLedger
from tests.payouts import ADA, movement

TOMORROW = days_before(-1)


def crossed(usd: int, eur: int, reference: str = "trade", seller_id: str = "s1") -> list[Journal]:
    """Dollars taken and euros given, in the books of a seller and his exchange."""
    dollars = movement(reference, {"fx_position:USD": -usd, "bank:sandbox": usd}, "USD")
    euros = movement(
        f"{reference}-2", {"fx_position:EUR": eur, f"seller_pending:{seller_id}": -eur}
    )
    return [replace(dollars, home=f"exchange:{seller_id}"), euros]


@dataclass
class Treasury:
    ledger: FakeLedger = field(default_factory=FakeLedger)
    rates: FakeReferenceRates = field(
        default_factory=lambda: FakeReferenceRates().lay(RATES, TODAY, days_before(1))
    )
    rules: FxRules = RULES
    clock: FakeClock = field(default_factory=FakeClock)

    def ports(self) -> Revaluing:
        return Revaluing(self.ledger, self.ledger, self.ledger, self.rates, self.rules, self.clock)

    def book(self, *journals: Journal) -> None:
        assert book(journals, self.ledger, self.ledger) == {}

    def revalue(self, day: str = TODAY) -> Revalued:
        return revalue_positions(day, ADA, self.ports())

    def result(self) -> int:
        """What stands on the result account in all books, a gain below zero."""
        rows = [row for row in self.ledger.all_wallets() if isinstance(row, Wallet)]
        return sum(row.balances.get("fx_gain_loss", 0) for row in rows)


@pytest.fixture
def treasury() -> Treasury:
    treasury = Treasury()
    # USD 70.00 are worth EUR 62.66 at today's mid rate.
    treasury.book(*crossed(7_000, 6_200))
    return treasury


def signed(journal: Journal | None) -> dict[str, int]:
    assert journal is not None
    return {leg.account.name: leg.amount.minor for leg in journal.legs}


def test_what_is_held_is_worth_more_than_was_promised_for_it(treasury: Treasury) -> None:
    done = treasury.revalue()

    assert done.found is not None
    assert [(p.currency, p.held_minor, p.value_minor) for p in done.found.positions] == [
        ("EUR", -6_200, -6_200),
        ("USD", 7_000, 6_266),
    ]
    assert signed(done.journal) == {"fx_position:EUR": 66, "fx_gain_loss": -66}
    assert treasury.result() == -66


def test_a_loss_stands_on_the_other_side() -> None:
    treasury = Treasury()
    treasury.book(*crossed(7_000, 6_300))

    assert signed(treasury.revalue().journal) == {"fx_position:EUR": -34, "fx_gain_loss": 34}


def test_a_day_is_booked_once_whatever_moved_since(treasury: Treasury) -> None:
    first = treasury.revalue()
    treasury.book(*crossed(100, 1, "later"))
    again = treasury.revalue()

    assert (again.journal, again.found) == (first.journal, None)
    assert treasury.result() == -66


def test_the_next_day_books_what_is_new(treasury: Treasury) -> None:
    treasury.revalue(days_before(1))

    assert treasury.revalue().journal is None
    assert treasury.result() == -66

    treasury.book(*crossed(7_000, 6_200, "another", "s2"))
    # USD 140.00 are worth EUR 125.31: a position is rounded once.
    assert signed(treasury.revalue().journal) == {"fx_position:EUR": 65, "fx_gain_loss": -65}


def test_nothing_is_booked_where_the_positions_cancel() -> None:
    treasury = Treasury()
    treasury.book(*crossed(7_000, 6_266))

    done = treasury.revalue()

    assert done.journal is None
    assert done.found is not None
    assert done.found.result_minor == 0
    assert treasury.result() == 0


def test_the_journal_counts_on_the_day_it_is_for(treasury: Treasury) -> None:
    yesterday, today = treasury.revalue(days_before(1)).journal, None
    treasury.book(*crossed(7_000, 6_200, "another"))
    today = treasury.revalue().journal

    assert yesterday is not None
    assert today is not None
    assert yesterday.event_at == start_of_day(TODAY) - 1
    assert today.event_at == NOW
    assert (yesterday.created_at, yesterday.cause) == (NOW, f"{ADA}: ecb")


def test_another_base_currency_is_the_markets_choice(treasury: Treasury) -> None:
    treasury.rules = replace(RULES, base_currency="USD")

    assert signed(treasury.revalue().journal) == {"fx_position:USD": 73, "fx_gain_loss": -73}


def test_a_day_to_come_is_refused(treasury: Treasury) -> None:
    with pytest.raises(Invalid) as caught:
        treasury.revalue(TOMORROW)

    assert caught.value.field == "date"


@pytest.mark.parametrize("days", [(), (days_before(6),)])
def test_without_rates_that_are_fresh_on_the_day_nothing_is_booked(
    treasury: Treasury, days: tuple[str, ...]
) -> None:
    treasury.rates = FakeReferenceRates()
    if days:
        treasury.rates.lay(RATES, *days)

    with pytest.raises(Unavailable) as caught:
        treasury.revalue()

    assert (caught.value.code, treasury.result()) == ("fx_rate_unavailable", 0)


def test_a_position_without_a_rate_is_refused(treasury: Treasury) -> None:
    treasury.book(movement("francs", {"fx_position:CHF": 5, "bank:sandbox": -5}, "CHF"))

    with pytest.raises(Invalid) as caught:
        treasury.revalue()

    assert caught.value.code == "fx_currency_unknown"


def test_of_two_at_once_one_is_booked(treasury: Treasury, monkeypatch: pytest.MonkeyPatch) -> None:
    while_committing(treasury, monkeypatch, lambda: treasury.revalue(days_before(1)))

    done = treasury.revalue()

    assert done.journal is None, "the other one booked the whole of it"
    assert treasury.result() == -66


def test_of_one_day_twice_at_once_both_get_the_same(
    treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    rivals: list[Revalued] = []
    while_committing(treasury, monkeypatch, lambda: rivals.append(treasury.revalue()))

    assert treasury.revalue().journal == rivals[0].journal
    assert treasury.result() == -66


def while_committing(
    treasury: Treasury, monkeypatch: pytest.MonkeyPatch, rival: Callable[[], object]
) -> None:
    commit = treasury.ledger.commit

    def late(posting: Any) -> None:
        monkeypatch.undo()
        rival()
        commit(posting)

    monkeypatch.setattr(treasury.ledger, "commit", late)


def test_a_journal_is_in_the_sum_whole_or_not_at_all(
    treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, moved = treasury.ledger.wallets_of, list[str]()

    def torn(owner: str) -> list[Wallet]:
        found = read(owner)
        if owner.startswith("exchange") and not moved:
            moved.append(owner)
            # Between the read of the dollars and that of the euros.
            treasury.book(*crossed(7_000, 6_266, "meanwhile"))
        return found

    monkeypatch.setattr(treasury.ledger, "wallets_of", torn)

    assert signed(treasury.revalue().journal) == {"fx_position:EUR": 65, "fx_gain_loss": -65}


def test_books_that_never_rest_are_given_up(
    treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = iter(range(1, 1_000))

    def moving(owner: str) -> list[Wallet]:
        return [Wallet(WalletAddress(owner, "EUR"), {}, sequence=next(numbers))]

    monkeypatch.setattr(treasury.ledger, "wallets_of", moving)

    with pytest.raises(Unavailable):
        treasury.revalue()


def test_with_a_row_that_cannot_be_read_nothing_is_booked(
    treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [*treasury.ledger.all_wallets(), DamagedRow("seller:s9 EUR#0")]
    monkeypatch.setattr(treasury.ledger, "all_wallets", lambda: iter(rows))

    with pytest.raises(Unavailable):
        treasury.revalue()

    assert treasury.result() == 0


def test_a_month_end_is_booked_days_later_at_its_own_rates(treasury: Treasury) -> None:
    treasury.clock.advance(3 * DAY)

    done = treasury.revalue()

    assert done.journal is not None
    assert done.journal.event_at == start_of_day(TODAY) + DAY - 1
