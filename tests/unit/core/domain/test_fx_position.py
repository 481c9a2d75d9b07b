from dataclasses import replace

import pytest

from countinghouse.domain.accounts import Account
from countinghouse.domain.errors import Invalid
from countinghouse.domain.fx import Ratio
from countinghouse.domain.fx_position import (
    REVALUATION,
    Position,
    position_account,
    revaluation_journal,
    revalue,
)
from countinghouse.domain.ledger import journal_key, totals
from tests.builders import NOW
from tests.converted import RATES, TODAY
from tests.seller_books import legs_of

# USD 70.00 came in, EUR 62.66 were promised for them at that day's mid rate.
OPEN = {"USD": -7_000, "EUR": 6_266}


def test_at_the_rate_of_the_deal_the_positions_cancel() -> None:
    found = revalue(OPEN, RATES, "EUR")

    assert found.positions == (Position("EUR", -6_266, -6_266), Position("USD", 7_000, 6_266))
    assert (found.result_minor, found.currency) == (0, "EUR")
    assert (found.source, found.as_of) == ("ecb", TODAY)
    with pytest.raises(Invalid):
        revaluation_journal(found, "fx~2026-11", NOW, "finance")


@pytest.mark.parametrize(("rate", "result"), [(Ratio(1), 734), (Ratio(5, 4), -666)])
def test_a_dearer_dollar_is_a_gain_on_dollars_held(rate: Ratio, result: int) -> None:
    rates = replace(RATES, per_euro={"USD": rate})

    found = revalue(OPEN, rates, "EUR")
    journal = revaluation_journal(found, "fx~2026-11", NOW, "finance")

    assert found.result_minor == result
    # Income stands on the credit side.
    assert legs_of(journal) == {"fx_position:EUR": result, "fx_gain_loss": -result}
    assert totals(journal.legs) == {"EUR": 0}
    assert (journal.kind, journal.reference) == (REVALUATION, "fx~2026-11")
    assert journal.key == journal_key("fx~2026-11", "fx_revaluation", "EUR")
    assert (journal.event_at, journal.created_at, journal.cause) == (NOW, NOW, "finance")
    after = {"USD": -7_000, "EUR": 6_266 + result}
    assert revalue(after, rates, "EUR").result_minor == 0


@pytest.mark.parametrize("result", [1, -1])
def test_a_single_minor_unit_is_booked(result: int) -> None:
    found = revalue({**OPEN, "EUR": OPEN["EUR"] - result}, RATES, "EUR")

    journal = revaluation_journal(found, "fx~2026-11", NOW, "finance")

    assert legs_of(journal) == {"fx_position:EUR": result, "fx_gain_loss": -result}


def test_it_may_be_valued_in_a_third_currency() -> None:
    found = revalue({**OPEN, "GBP": 0}, RATES, "JPY")

    assert {p.currency: p.value_minor for p in found.positions} == {"USD": 11_008, "EUR": -11_008}


def test_a_position_without_a_rate_is_not_guessed() -> None:
    with pytest.raises(Invalid) as refusal:
        revalue({"CHF": 1}, RATES, "EUR")

    assert refusal.value.code == "fx_currency_unknown"


def test_a_month_is_revalued_once_a_currency() -> None:
    rates = replace(RATES, per_euro={"USD": Ratio(1), "JPY": Ratio(150)})
    keys = {
        revaluation_journal(revalue(OPEN, rates, code), month, NOW, "finance").key
        for code, month in [("EUR", "a"), ("EUR", "a"), ("JPY", "a"), ("EUR", "b")]
    }

    assert len(keys) == 3


def test_each_currency_has_its_account() -> None:
    assert position_account("USD") == Account("fx_position", "USD")
