import pytest
from hypothesis import given

from countinghouse.domain.close import Closes, MonthClose, month_after, start_of_month
from countinghouse.domain.close_pack import AGE_NAMES, ClosePack, age_at, draw_pack
from countinghouse.domain.finding import DamagedRow
from countinghouse.domain.instants import DAY, HOUR
from countinghouse.domain.invoice import PaperKind, draw_papers
from countinghouse.domain.ledger import Journal
from countinghouse.domain.trial_balance import fold_journals
from tests.builders import a_transfer
from tests.months import CURRENCIES, Story, moved, stories
from tests.unit.core.domain.test_statement import drawn

AS_OF = start_of_month("2026-12") + 2 * DAY
CLOSES = Closes((MonthClose("2026-11", AS_OF),))


@pytest.mark.parametrize(
    ("age", "name"),
    [
        (0, "0-1"),
        (DAY - 1, "0-1"),
        (DAY, "1-4"),
        (4 * DAY - 1, "1-4"),
        (4 * DAY, "4-30"),
        (30 * DAY - 1, "4-30"),
        (30 * DAY, "over-30"),
        (-HOUR, "0-1"),
    ],
)
def test_ages_have_four_classes(age: int, name: str) -> None:
    assert age_at(AS_OF - age, AS_OF) == name


def capture(order: str, minor: int, days_ago: int, sequence: str = "0") -> Journal:
    legs = {"psp_receivable:sandbox": minor, "seller_pending:s1": -minor}
    at = AS_OF - days_ago * DAY
    return moved("capture", order, legs, at, at, sequence=sequence)


def test_open_items_are_by_reference_and_age() -> None:
    found = [
        capture("o1", 100, 3),
        capture("o2", 100, 40),
        capture("o2", -100, 20, "1"),
        capture("o3", 100, 40),
        capture("o3", -100, 20, "1"),
        capture("o3", 7, 10, "2"),
    ]

    pack = draw_pack("2026-11", found, CLOSES, AS_OF)

    # What is open is as old as its last time at zero, not as its first journal.
    assert [(i.reference, i.residual_minor, i.age) for i in pack.open_items] == [
        ("o1", 100, "1-4"),
        ("o3", 7, "4-30"),
    ]
    aged = pack.aged()["EUR"]["psp_receivable:sandbox"]
    assert aged.residual_minor == 107
    assert dict(aged.items) == {"0-1": 0, "1-4": 1, "4-30": 1, "over-30": 0}
    assert dict(aged.amounts) == {"0-1": 0, "1-4": 100, "4-30": 7, "over-30": 0}
    assert tuple(aged.amounts) == AGE_NAMES


def test_journals_of_later_months_are_left_out() -> None:
    later = a_transfer("bank:main", "adjustments", created_at=AS_OF, event_at=AS_OF)
    late = a_transfer("bank:main", "rounding", reference="late", created_at=AS_OF, event_at=1)

    pack = draw_pack("2026-11", [later, late], CLOSES, AS_OF)

    assert dict(pack.trial_balance.accounts) == {}


def test_what_cannot_be_read_is_named() -> None:
    pack = draw_pack(
        "2026-11",
        [DamagedRow("journal b: Invalid"), DamagedRow("journal a: Invalid")],
        CLOSES,
        AS_OF,
    )

    assert pack.unreadable == ("journal a: Invalid", "journal b: Invalid")


@given(stories())
def test_the_pack_ties_to_statements_documents_and_trial_balance(story: Story) -> None:
    journals = story.told
    month = "2026-06"
    while month <= "2027-12":
        pack = draw_pack(month, journals, story.closes, story.now)
        assert pack == draw_pack(month, reversed(journals), story.closes, story.now)
        assert set(pack.trial_balance.totals.values()) <= {0}
        mine = {row.currency: row for row in pack.fees if row.owner == "seller:s1"}
        for code in CURRENCIES:
            statement = drawn(story, month, code)
            fee = statement.fee_minor if statement else 0
            assert (mine[code].fee_minor if code in mine else 0) == fee
            papers = draw_papers(statement) if statement else ()
            signs = {PaperKind.INVOICE: 1, PaperKind.CREDIT_NOTE: -1}
            assert sum(signs[paper.kind] * paper.fee_minor for paper in papers) == fee
        month = month_after(month)
    last = draw_pack("2099-01", journals, story.closes, story.now)
    assert last.trial_balance.accounts == fold_journals(journals, story.now).accounts
    _clearing_adds_up(last)


def _clearing_adds_up(pack: ClosePack) -> None:
    accounts = pack.trial_balance.accounts
    for currency, found in pack.aged().items():
        kinds: dict[str, int] = {}
        for name, aged in found.items():
            kind = "seller_in_payout" if name.startswith("seller_in_payout") else name
            kinds[kind] = kinds.get(kind, 0) + aged.residual_minor
        for kind, residual in kinds.items():
            assert accounts[currency].get(kind, 0) == residual
