import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.bookkeeping import book
from countinghouse.domain.errors import Invalid
from countinghouse.domain.ledger import Journal
from countinghouse.usecases.list_entries import list_entries
from tests.builders import NOW, a_journal
from tests.fakes.ledger import FakeLedger

OWNER = "seller:s1"


def booked(*journals: Journal) -> FakeLedger:
    ledger = FakeLedger()
    for journal in journals:
        book([journal], ledger, ledger)
    return ledger


def walk(ledger: FakeLedger, limit: int, currency: str | None = None) -> list[list[str]]:
    """Every page to the end, as ledger ids."""
    pages, cursor = [], None
    while True:
        page = list_entries(OWNER, currency, cursor, limit, ledger)
        pages.append([journal.ledger_id for journal in page.journals])
        cursor = page.next_cursor
        if cursor is None:
            return pages


@st.composite
def histories(draw: st.DrawFn) -> list[Journal]:
    count = draw(st.integers(0, 12))
    return [
        a_journal(
            f"o{n}",
            currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
            wallet_shard=draw(st.integers(0, 1)),
            created_at=NOW + n,
        )
        for n in range(count)
    ]


@given(histories(), st.integers(1, 5))
def test_pages_show_every_entry_once_newest_first(journals: list[Journal], limit: int) -> None:
    pages = walk(booked(*journals), limit)

    shown = [ledger_id for page in pages for ledger_id in page]
    assert shown == [journal.ledger_id for journal in reversed(journals)]
    assert all(len(page) == limit for page in pages[:-1])


def test_one_currency_is_shown_alone() -> None:
    euros = [a_journal(f"e{n}") for n in range(3)]
    ledger = booked(*euros, a_journal("j", currency="JPY"))

    assert walk(ledger, 2, "EUR") == [
        [euros[2].ledger_id, euros[1].ledger_id],
        [euros[0].ledger_id],
    ]


def test_entries_booked_meanwhile_do_not_shift_a_page() -> None:
    journals = [a_journal(f"o{n}") for n in range(4)]
    ledger = booked(*journals)
    first = list_entries(OWNER, None, None, 2, ledger)

    book([a_journal("new")], ledger, ledger)

    second = list_entries(OWNER, None, first.next_cursor, 2, ledger)
    assert second.journals == (journals[1], journals[0])


def test_an_owner_without_entries_has_an_empty_page() -> None:
    assert walk(FakeLedger(), 5) == [[]]


@pytest.mark.parametrize(
    "cursor", ["x", "EUR~0", "EUR~zero~jrn_1", "EUR~²~jrn_1", "EUR~0~jrn_1~x", ".", "EUR~0~nothing"]
)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    ledger = booked(a_journal())

    with pytest.raises(Invalid):
        list_entries(OWNER, None, cursor, 5, ledger)


def test_a_cursor_of_another_wallet_is_refused() -> None:
    other = a_journal("o2", "s2")
    ledger = booked(a_journal(), other)

    with pytest.raises(Invalid):
        list_entries(OWNER, None, f"EUR~0~{other.ledger_id}", 5, ledger)
