from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countinghouse.domain.ledger import Journal
from countinghouse.domain.money import Money
from countinghouse.domain.posting import LinkedJournal, addresses_of, plan_posting
from countinghouse.domain.stream_window import check_window
from countinghouse.domain.wallet import Link, Wallet, WalletAddress
from tests.builders import a_journal
from tests.strategies import journals

S1 = WalletAddress("seller:s1", "EUR")


def chain(*wanted: Journal) -> list[LinkedJournal]:
    """The journals as they are booked one after the other, from empty books."""
    return list(plan_posting(wanted, {a: Wallet(a) for a in addresses_of(wanted)}).posting.journals)


THREE = chain(a_journal("o1"), a_journal("o2"), a_journal("o3"))


def bent(linked: LinkedJournal, **changes: Any) -> LinkedJournal:
    """The journal at another place than its own."""
    return LinkedJournal(linked.journal, {S1: replace(linked.links[S1], **changes)})


@settings(max_examples=30)
@given(st.lists(journals(), max_size=8), st.data())
def test_any_part_of_sound_books_in_any_order_and_twice_is_sound(
    wanted: list[Journal], data: st.DataObject
) -> None:
    booked = chain(*{journal.ledger_id: journal for journal in wanted}.values())
    some = data.draw(st.lists(st.sampled_from(booked), max_size=12)) if booked else []

    assert check_window(some) == []


def test_a_wallet_whose_journals_are_elsewhere_is_sound() -> None:
    assert check_window([THREE[0], THREE[2]]) == []
    assert check_window(THREE[1:]) == []


@pytest.mark.parametrize(
    "window",
    [
        [bent(THREE[0], chain="0" * 64)],
        [bent(THREE[0], previous="jrn_other")],
        [bent(THREE[0], sequence=2)],
        [bent(THREE[1], previous=None)],
        [THREE[0], bent(THREE[1], previous=THREE[2].journal.ledger_id)],
        [THREE[0], bent(THREE[1], chain=THREE[2].links[S1].chain)],
        [THREE[1], bent(THREE[2], sequence=2)],
        [THREE[0], LinkedJournal(a_journal("o2", minor=1), THREE[1].links)],
    ],
    ids=[
        "first chain",
        "first has one before",
        "second has none before",
        "none before",
        "another before",
        "another chain",
        "one place twice",
        "another journal",
    ],
)
def test_a_place_that_does_not_fit_is_found(window: list[LinkedJournal]) -> None:
    problems = check_window(reversed(window))

    assert {(one.subject, one.currency) for one in problems} == {("seller:s1#EUR#0", "EUR")}
    assert check_window(window) != []


def test_legs_that_do_not_add_up_are_found_by_currency() -> None:
    (linked,) = chain(a_journal("o1", minor=50))
    first, second = linked.journal.legs
    forged = replace(linked.journal)
    # Past the check that no journal of ours can pass.
    object.__setattr__(forged, "legs", (first, replace(second, amount=Money(-49, "EUR"))))

    problems = check_window([LinkedJournal(forged, {})])

    assert [(one.currency, one.detail) for one in problems] == [
        ("EUR", "the journals of a window sum to 1 EUR")
    ]


def test_problems_say_where() -> None:
    link = Link(9, None, "x")

    (problem,) = check_window([LinkedJournal(a_journal("o1"), {S1: link})])

    assert (problem.sequence, problem.detail) == (
        9,
        "place 9 of seller:s1#EUR#0 is the first, or has one before it, and not both",
    )
