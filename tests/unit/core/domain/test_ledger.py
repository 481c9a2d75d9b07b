from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from countinghouse.domain.accounts import Account
from countinghouse.domain.errors import Invalid
from countinghouse.domain.ledger import (
    LEGS_MAX,
    Journal,
    Leg,
    TransactType,
    book_of,
    credit,
    debit,
    journal_key,
    parse_ledger_id,
    totals,
)
from countinghouse.domain.money import Money
from tests.builders import a_journal
from tests.strategies import ids, journals


@given(journals())
def test_every_journal_sums_to_zero_in_every_currency(journal: Journal) -> None:
    assert set(totals(journal.legs).values()) == {0}


@given(journals(), st.integers(0, 100), st.integers(1, 10**6))
def test_a_journal_that_does_not_sum_to_zero_cannot_be_built(
    journal: Journal, place: int, drift: int
) -> None:
    index = place % len(journal.legs)
    leg = journal.legs[index]
    assume(leg.amount.minor + drift != 0)
    bent = Leg(leg.account, Money(leg.amount.minor + drift, leg.amount.currency))

    with pytest.raises(Invalid):
        replace(journal, legs=(*journal.legs[:index], bent, *journal.legs[index + 1 :]))


@given(journals(), st.integers(0, 100))
def test_a_journal_without_one_of_its_legs_cannot_be_built(journal: Journal, place: int) -> None:
    index = place % len(journal.legs)

    with pytest.raises(Invalid):
        replace(journal, legs=journal.legs[:index] + journal.legs[index + 1 :])


def test_a_sum_of_zero_over_two_currencies_is_not_balanced() -> None:
    legs = (
        debit(Account("fx_position", "EUR"), Money(5, "EUR")),
        credit(Account("fx_position", "USD"), Money(5, "USD")),
    )

    with pytest.raises(Invalid, match="do not balance"):
        replace(a_journal(), legs=legs)


@pytest.mark.parametrize("count", [0, LEGS_MAX + 2])
def test_a_journal_has_a_bounded_number_of_legs(count: int) -> None:
    account, euro = Account("rounding"), Money(1, "EUR")
    legs = (debit(account, euro), credit(account, euro)) * (count // 2)

    with pytest.raises(Invalid):
        replace(a_journal(), legs=legs)


@pytest.mark.parametrize("count", [2, LEGS_MAX])
def test_the_fewest_and_the_most_legs_are_a_journal(count: int) -> None:
    account, euro = Account("rounding"), Money(1, "EUR")
    legs = (debit(account, euro), credit(account, euro)) * (count // 2)

    assert replace(a_journal(), legs=legs).legs == legs


def test_totals_are_signed_and_of_each_currency() -> None:
    bank, rounding = Account("bank", "b"), Account("rounding")
    legs = [debit(bank, Money(5, "EUR")), debit(rounding, Money(2, "EUR"))]

    assert totals([*legs, credit(bank, Money(9, "USD"))]) == {"EUR": 7, "USD": -9}


@given(ids, ids, ids)
def test_a_ledger_id_decodes_to_its_storage_key(reference: str, kind: str, sequence: str) -> None:
    key = journal_key(reference, kind, sequence)

    assert parse_ledger_id(key.ledger_id) == key
    assert key.book == book_of(reference)


@pytest.mark.parametrize(
    "ledger_id", ["", "jrn_", "jrn_" + "a" * 39, "jrn_" + "a" * 41, "a" * 40, "po_" + "a" * 40]
)
def test_another_text_is_no_ledger_id(ledger_id: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_ledger_id(ledger_id)

    assert refusal.value.field == "ledger_id"


def test_the_same_cause_is_the_same_journal_and_another_is_not() -> None:
    key = journal_key("o1", "capture")

    assert journal_key("o1", "capture") == key == journal_key("o1", "capture", "0")
    assert journal_key("o1", "refund").entry != key.entry
    assert journal_key("o1", "capture", "1").entry != key.entry
    assert journal_key("o2", "capture").book != key.book


def test_a_sides_amount_is_above_zero() -> None:
    account = Account("rounding")

    assert debit(account, Money(5, "EUR")).transact_type is TransactType.DEBIT
    assert credit(account, Money(5, "EUR")).transact_type is TransactType.CREDIT
    assert credit(account, Money(5, "EUR")).amount.minor == -5
    for minor in (0, -5):
        for side in (debit, credit):
            with pytest.raises(Invalid, match="above zero") as refusal:
                side(account, Money(minor, "EUR"))
            assert refusal.value.field == "amount"
    with pytest.raises(Invalid) as refusal:
        Leg(account, Money(0, "EUR"))
    assert refusal.value.field == "amount"


def test_the_digest_shows_any_change_of_what_was_booked() -> None:
    journal = a_journal()
    changed = [
        a_journal(minor=7_001),
        a_journal(seller_id="s2"),
        a_journal(order_id="o2"),
        replace(journal, kind="refund"),
        replace(journal, event_at=journal.event_at + 1),
        replace(journal, legs=tuple(reversed(journal.legs))),
    ]

    assert journal.digest == a_journal().digest
    assert journal.digest == a_journal(psp_reference="ch_1").digest, "old journals have none"
    assert journal.digest not in {other.digest for other in changed}
