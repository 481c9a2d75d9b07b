from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest

from countinghouse.break_bookkeeping import BreakBooks
from countinghouse.domain.break_journals import resolution_journal, shares_of
from countinghouse.domain.break_requests import ResolveRequest
from countinghouse.domain.break_rules import CapDraw, CapKey, CapReached, CapUse
from countinghouse.domain.breaks import (
    UNSETTLED,
    Break,
    BreakAction,
    BreakStatus,
    Look,
    Resolution,
)
from countinghouse.domain.difference import Sides
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.posting import Posting, addresses_of, plan_posting
from countinghouse.ports.breaks import BreakBook, BreakChange, BreakQuery, CapBook
from countinghouse.ports.ledger import Journals, Ledger
from countinghouse.usecases.close_matched_breaks import close_matched_breaks
from countinghouse.usecases.judge_differences import Judging, judge_differences
from countinghouse.usecases.resolve_break import resolve_break
from countinghouse_aws.dynamodb.break_rows import encode_break
from countinghouse_aws.dynamodb.breaks import DynamoBreakBook, DynamoCapBook
from countinghouse_aws.dynamodb.codec import to_item
from countinghouse_aws.dynamodb.ledger import DynamoJournals, DynamoLedger
from tests.breaks import DAY, PSP, RULES, a_break, a_difference, a_look
from tests.builders import NOW
from tests.contract.tables import Tables
from tests.fakes.books import FakeOrderBook
from tests.fakes.breaks import FakeBreakBook
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger

S = BreakStatus
KEY = CapKey("rounding", PSP, "EUR", DAY)
RUN = a_look().run_id


class Books(NamedTuple):
    breaks: BreakBook
    caps: CapBook
    ledger: Ledger
    journals: Journals


@pytest.fixture(params=["fake", "dynamo"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "fake":
        ledger = FakeLedger()
        fake = FakeBreakBook(ledger)
        return Books(fake, fake.caps, ledger, ledger)
    tables: Tables = request.getfixturevalue("tables")
    dynamo = DynamoLedger(tables.ledger, tables.wallet)
    return Books(
        DynamoBreakBook(tables.reconciliation, lambda: dynamo),
        DynamoCapBook(tables.reconciliation),
        dynamo,
        DynamoJournals(tables.ledger),
    )


def opened(books: Books, *breaks: Break) -> None:
    for brk in breaks:
        books.breaks.commit(BreakChange(None, brk))


def posting(books: Books, brk: Break) -> Posting:
    journal = resolution_journal(brk, "rounding", shares_of("rounding", brk), "x", NOW)
    return plan_posting([journal], books.ledger.wallets(addresses_of([journal]))).posting


def draw(amount_minor: int, cap_minor: int = 100) -> CapDraw:
    return CapDraw(KEY, amount_minor, cap_minor)


def used(books: Books) -> tuple[int, int]:
    uses = books.caps.used([KEY])
    return (uses[0].count, uses[0].used_minor) if uses else (0, 0)


DONE = Resolution(
    BreakAction.RULE, "small", "rule:rounding@2", NOW, NOW, "linus", "jrn_9", "rounding", 2
)
ASKED = Resolution(BreakAction.WRITE_OFF, "lost", "ada", NOW)


@pytest.mark.parametrize(
    "brk",
    [
        a_break(),
        a_break(S.EXPECTED, a_difference(Sides.OURS)),
        a_break(difference=a_difference(Sides.THEIRS, suggestion="jrn_7", order_id="")),
        a_break(difference=a_difference(our_currency="USD", their_currency="JPY")),
        a_break(S.MATCHED, a_difference(Sides.FILE, their_currency="")),
        a_break(S.AUTO_RESOLVED, resolution=DONE, past=(ASKED, DONE), standing=("jrn_9",)),
        a_break(S.PENDING_APPROVAL, resolution=ASKED, standing=("jrn_8", "jrn_9"), booked=5),
        a_break(evidence=(), detail="", psp_reference="", line_no=0, version=9),
    ],
)
def test_what_is_stored_is_what_is_read(books: Books, brk: Break) -> None:
    opened(books, brk)

    assert books.breaks.get(brk.break_id) == brk
    assert books.breaks.get_many([brk.break_id, "brk_none"]) == {brk.break_id: brk}


def test_what_is_not_there_is_none(books: Books) -> None:
    assert books.breaks.get("brk_none") is None
    assert books.breaks.get("run#sandbox") is None
    assert books.breaks.get_many([]) == {}
    assert list(books.breaks.open_breaks(PSP)) == []
    assert books.caps.used([KEY]) == []
    assert books.caps.used([]) == []


def test_a_break_is_opened_once(books: Books) -> None:
    opened(books, a_break())

    with pytest.raises(Conflict):
        opened(books, a_break(their_amount=1))

    assert books.breaks.get(a_break().break_id) == a_break()


def test_a_break_changes_on_the_version_it_was_read_at(books: Books) -> None:
    brk = a_break()
    opened(books, brk)
    moved = brk.moved(S.VOID, NOW + 1, resolution=ASKED, detail="")
    books.breaks.commit(BreakChange(brk, moved))

    with pytest.raises(Conflict):
        books.breaks.commit(BreakChange(brk, moved))

    assert books.breaks.get(brk.break_id) == moved


def test_a_break_its_journal_and_its_draw_are_one_commit(books: Books) -> None:
    brk = a_break()

    books.breaks.commit(BreakChange(None, brk, posting(books, brk), draw(60)))

    assert books.breaks.get(brk.break_id) == brk
    assert [one.kind for one in books.journals.journals(brk.break_id)] == ["recon_rounding"]
    assert books.caps.used([KEY, replace(KEY, currency="JPY")]) == [CapUse(KEY, 1, 60)]


@pytest.mark.parametrize("is_new", [True, False])
def test_what_a_cap_has_no_room_for_is_not_written_at_all(books: Books, is_new: bool) -> None:
    opened(books, a_break(break_id="brk_first"))
    first = a_break(break_id="brk_first")
    books.breaks.commit(BreakChange(first, first.changed(NOW), posting(books, first), draw(60)))
    brk = a_break(break_id="brk_second")
    if not is_new:
        opened(books, brk)
    old = None if is_new else brk
    change = BreakChange(old, brk.changed(NOW), posting(books, brk), draw(41))

    with pytest.raises(CapReached):
        books.breaks.commit(change)

    assert books.breaks.get("brk_second") == old
    assert books.journals.journals("brk_second") == []
    assert used(books) == (1, 60)
    books.breaks.commit(replace(change, draw=draw(40)))
    assert used(books) == (2, 100)


def test_more_than_a_whole_cap_is_never_drawn(books: Books) -> None:
    brk = a_break()

    with pytest.raises(CapReached):
        books.breaks.commit(BreakChange(None, brk, posting(books, brk), draw(101)))

    assert used(books) == (0, 0)
    assert books.breaks.get(brk.break_id) is None


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("moved", ["break", "wallet", "journal"])
def test_nothing_is_committed_when_another_was_first(books: Books, moved: str, full: bool) -> None:
    brk = stored = a_break()
    opened(books, brk)
    change = BreakChange(brk, brk.changed(NOW), posting(books, brk), draw(60))
    if full:
        other = a_break(break_id="brk_other", residuals=(("JPY", 1),))
        books.breaks.commit(BreakChange(None, other, posting(books, other), draw(100)))
    before = used(books)
    if moved == "break":
        stored = brk.changed(NOW + 1)
        books.breaks.commit(BreakChange(brk, stored))
    elif moved == "journal":
        books.ledger.commit(posting(books, brk))
    else:
        shard_mate = replace(brk, booked=7)
        books.ledger.commit(posting(books, shard_mate))

    with pytest.raises(Conflict) as conflict:
        books.breaks.commit(change)

    # Whoever hears of a full cap gives the break to a person: not for a lost race.
    assert not isinstance(conflict.value, CapReached)
    assert books.breaks.get(brk.break_id) == stored
    assert used(books) == before


def listed(books: Books, limit: int, **which: str) -> list[str]:
    """Every page of a list."""
    found: list[str] = []
    cursor = None
    for _ in range(20):
        query = BreakQuery(which.get("run_id"), which.get("open_psp"), cursor, limit)
        page = books.breaks.find(query)
        assert len(page.breaks) <= limit
        assert page.breaks or cursor is None, "a page beyond the last"
        found += [brk.break_id for brk in page.breaks]
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("the list never ends")


def stock(books: Books) -> None:
    """Eight of this run's, every third settled; one of another run and one of another PSP."""
    for number in range(8):
        status = S.WRITTEN_OFF if number % 3 == 0 else S.OPEN
        opened(books, a_break(status, break_id=f"brk_{number}", opened_at=NOW + number))
    opened(books, a_break(break_id="brk_8", opened_at=NOW + 8, run_id="rec_sandbox_20261119"))
    opened(books, a_break(break_id="brk_9", psp="adyen", run_id="rec_adyen_20261118"))


@pytest.mark.parametrize("limit", [1, 3, 8, 100])
def test_a_runs_breaks_come_oldest_first_page_by_page(books: Books, limit: int) -> None:
    stock(books)

    assert listed(books, limit, run_id=RUN) == [f"brk_{number}" for number in range(8)]
    assert listed(books, limit, run_id="rec_sandbox_20261101") == []


@pytest.mark.parametrize("limit", [1, 3, 6, 100])
def test_a_psps_open_breaks_come_oldest_first_whichever_run_found_them(
    books: Books, limit: int
) -> None:
    stock(books)
    wanted = ["brk_1", "brk_2", "brk_4", "brk_5", "brk_7", "brk_8"]

    assert listed(books, limit, open_psp=PSP) == wanted
    assert [brk.break_id for brk in books.breaks.open_breaks(PSP)] == wanted


def test_what_is_settled_leaves_the_open_ones_and_what_is_reopened_comes_back(
    books: Books,
) -> None:
    brk = a_break()
    opened(books, brk)
    closed = brk.moved(S.VOID, NOW)
    books.breaks.commit(BreakChange(brk, closed))
    assert listed(books, 5, open_psp=PSP) == []

    books.breaks.commit(BreakChange(closed, closed.moved(S.OPEN, NOW)))

    assert listed(books, 5, open_psp=PSP) == [brk.break_id]


def test_a_row_at_rest_is_not_in_the_index_of_open_ones() -> None:
    assert encode_break(a_break())["open_psp"] == PSP
    assert all("open_psp" not in encode_break(a_break(status)) for status in {*S} - UNSETTLED)


def test_an_index_that_lags_shows_nothing_that_is_settled(tables: Tables) -> None:
    late = encode_break(a_break(S.VOID)) | {"open_psp": PSP}
    table = tables.reconciliation
    table.client.put_item(TableName=table.name, Item=to_item(late))
    book = DynamoBreakBook(table, lambda: DynamoLedger(tables.ledger, tables.wallet))

    assert list(book.open_breaks(PSP)) == []
    assert book.find(BreakQuery(None, PSP, None, 5)).breaks == ()


def test_more_open_breaks_than_one_read_takes_are_all_given(books: Books) -> None:
    names = [f"brk_{number:03}" for number in range(101)]
    opened(books, *(a_break(break_id=name, opened_at=NOW + n) for n, name in enumerate(names)))

    assert [brk.break_id for brk in books.breaks.open_breaks(PSP)] == names


@pytest.mark.parametrize("which", [{"run_id": RUN}, {"open_psp": PSP}])
@pytest.mark.parametrize("cursor", ["nonsense", "~brk_1", "12~", "x~brk_1", "²~brk_1", "12~po_1"])
def test_a_cursor_of_another_list_is_refused(
    books: Books, which: dict[str, str], cursor: str
) -> None:
    with pytest.raises(Invalid):
        books.breaks.find(BreakQuery(which.get("run_id"), which.get("open_psp"), cursor, 5))


def test_a_list_needs_its_run_or_its_psp(books: Books) -> None:
    opened(books, a_break())

    with pytest.raises(Invalid):
        books.breaks.find(BreakQuery(None, None, None, 5))


def test_a_life_from_a_rule_to_a_person_and_to_its_counterpart(books: Books) -> None:
    house = BreakBooks(books.breaks, books.ledger, books.journals, FakeClock())
    fee, line = a_difference(fee=125), a_difference(Sides.THEIRS)
    ports = Judging(house, FakeOrderBook(), RULES)
    judge_differences([fee, line], a_look(), ports)
    judge_differences([fee, line], a_look(mark="exec-2/1"), ports)
    by_rule, parked = (brk for brk in books.breaks.find(BreakQuery(RUN, None, None, 5)).breaks)
    if by_rule.is_parked:
        by_rule, parked = parked, by_rule

    assert (by_rule.status, parked.is_parked) == (S.AUTO_RESOLVED, True)
    request = ResolveRequest(by_rule.break_id, BreakAction.REOPEN, "no", "ada")
    assert resolve_break(request, RULES, house).brk.status is S.OPEN
    look = Look(RUN, PSP, DAY, DAY, "exec-3/1", NOW + 1)
    assert close_matched_breaks(look, house) == 2

    assert listed(books, 5, open_psp=PSP) == []
    kinds = {one.kind for one in books.journals.journals(parked.break_id)}
    assert kinds == {"recon_unallocated", "recon_matched"}
    wallets = [w for n in range(16) for w in books.ledger.wallets_of(f"platform:{n}")]
    assert not any(minor for wallet in wallets for minor in wallet.balances.values())
