from dataclasses import replace
from typing import NamedTuple

import pytest

from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.payout import Payout, PayoutJournal, PayoutStatus, PayoutTrigger
from countinghouse.domain.payout_account import bare_place
from countinghouse.domain.payout_journals import PayoutDraft, payout_key
from countinghouse.domain.posting import Posting, plan_posting
from countinghouse.payout_bookkeeping import PayoutBooks, book_payout, reserve_payout
from countinghouse.ports.ledger import Journals, Ledger
from countinghouse.ports.payouts import PayoutAccounts, PayoutBook, PayoutChange, PayoutQuery
from countinghouse_aws.dynamodb.ledger import DynamoJournals, DynamoLedger
from countinghouse_aws.dynamodb.payouts import DynamoPayoutAccounts, DynamoPayoutBook
from tests.builders import NOW
from tests.contract.tables import Tables
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.fakes.payouts import FakePayoutAccounts, FakePayoutBook
from tests.payouts import RULES, S1_EUR, X_USD, a_payout, an_account, an_exchange, earned

S = PayoutStatus
J = PayoutJournal
TAKEN = an_account(open_payout="po_1", version=2)


class Books(NamedTuple):
    payouts: PayoutBook
    accounts: PayoutAccounts
    ledger: Ledger
    journals: Journals


@pytest.fixture(params=["fake", "dynamo"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "fake":
        accounts, fake = FakePayoutAccounts(), FakeLedger()
        return Books(FakePayoutBook(accounts, fake), accounts, fake, fake)
    tables: Tables = request.getfixturevalue("tables")
    ledger = DynamoLedger(tables.ledger, tables.wallet)
    return Books(
        DynamoPayoutBook(tables.payouts, lambda: ledger),
        DynamoPayoutAccounts(tables.payouts),
        ledger,
        DynamoJournals(tables.ledger),
    )


def opened(books: Books, payout: Payout | None = None) -> Payout:
    """A draft in the book, its seller's place taken, its money there."""
    payout = payout or a_payout()
    books.accounts.add(an_account())
    assert books.payouts.open(payout, (an_account(), TAKEN)) is None
    return payout


def earn(books: Books, minor: int = 8_000, reference: str = "earned") -> None:
    wallets = books.ledger.wallets([S1_EUR])
    books.ledger.commit(plan_posting([earned(minor, reference)], wallets).posting)


def till(books: Books) -> PayoutBooks:
    """Where its payouts are booked."""
    return PayoutBooks(books.payouts, books.accounts, books.ledger, FakeClock())


def reserve(books: Books, payout: Payout) -> Posting:
    draft = PayoutDraft(payout, J.RESERVE, NOW)
    return plan_posting([draft], books.ledger.wallets([S1_EUR])).posting


@pytest.mark.parametrize("status", sorted(PayoutStatus))
def test_what_is_stored_is_what_is_read(books: Books, status: PayoutStatus) -> None:
    payout = opened(books, a_payout(status))

    assert books.payouts.get("po_1") == payout
    assert books.accounts.get("s1", "EUR") == TAKEN


@pytest.mark.parametrize(
    "payout",
    [
        a_payout(trigger=PayoutTrigger.MONTHLY, period="2026-11", carried_over_minor=40),
        a_payout(S.PENDING_APPROVAL, exchange=an_exchange()),
        a_payout(S.IN_TRANSIT, task_token="token", awaited=S.IN_TRANSIT, asked=3, sent_at=None),
        a_payout(S.UNKNOWN, conflicted=True, recovered_minor=700, approved_by="linus"),
        a_payout(S.RETURNED, booked=(J.RESERVE, J.PAID), next_at=NOW),
    ],
)
def test_every_field_survives(books: Books, payout: Payout) -> None:
    opened(books, payout)

    assert books.payouts.get("po_1") == payout


def test_an_account_keeps_every_field(books: Books) -> None:
    account = an_account(previous="ba_0", open_payout="po_9", left_over_minor=7, version=3)

    assert books.accounts.add(account) is None
    assert books.accounts.get("s1", "EUR") == account
    assert books.accounts.add(an_account()) == account


def test_what_is_not_there_is_none(books: Books) -> None:
    books.accounts.add(an_account())

    assert books.payouts.get("po_none") is None
    assert books.payouts.get("account#s1#EUR") is None
    assert books.accounts.get("s1", "USD") is None
    assert books.payouts.statuses(["po_none"]) == {}


def test_where_payouts_stand_is_told_of_those_that_exist(books: Books) -> None:
    first = opened(books)

    assert books.payouts.statuses([first.payout_id, "po_none"]) == {first.payout_id: S.DRAFT}


def test_a_payout_is_opened_once_and_with_its_account_only(books: Books) -> None:
    first = opened(books)

    again = books.payouts.open(replace(first, amount_minor=1), (TAKEN, TAKEN.changed()))

    assert again == first
    assert books.accounts.get("s1", "EUR") == TAKEN


def test_an_account_that_moved_opens_nothing(books: Books) -> None:
    books.accounts.add(an_account(version=5))

    with pytest.raises(Conflict):
        books.payouts.open(a_payout(), (an_account(), TAKEN))

    assert books.payouts.get("po_1") is None


def test_an_account_changes_on_the_version_it_was_read_at(books: Books) -> None:
    books.accounts.add(an_account())
    books.accounts.replace(an_account(), TAKEN)

    with pytest.raises(Conflict):
        books.accounts.replace(an_account(), TAKEN)

    assert books.accounts.get("s1", "EUR") == TAKEN


def test_a_change_alone_is_conditional_on_its_version(books: Books) -> None:
    payout = opened(books)
    changed = payout.changed(NOW + 1, task_token="token")
    books.payouts.commit(PayoutChange(payout, changed))

    with pytest.raises(Conflict):
        books.payouts.commit(PayoutChange(payout, changed))

    assert books.payouts.get("po_1") == changed


def test_a_payout_its_journal_and_the_wallet_are_one_commit(books: Books) -> None:
    payout = opened(books)
    earn(books)
    reserved = a_payout(S.RESERVED)

    books.payouts.commit(PayoutChange(payout, reserved, posting=reserve(books, payout)))

    assert books.payouts.get("po_1") == reserved
    assert books.journals.journal(payout_key("po_1", J.RESERVE)) is not None
    wallet = books.ledger.wallets([S1_EUR])[S1_EUR]
    assert wallet.balances["seller_in_payout:s1"] == -5_000


@pytest.mark.parametrize("moved", ["payout", "wallet", "account", "journal"])
def test_nothing_is_committed_when_one_of_them_has_moved(books: Books, moved: str) -> None:
    payout = opened(books)
    earn(books)
    posting = reserve(books, payout)
    change = PayoutChange(
        payout, a_payout(S.RESERVED), (TAKEN, TAKEN.changed(open_payout=None)), posting
    )
    stored = payout
    if moved == "payout":
        stored = payout.changed(NOW + 1)
        books.payouts.commit(PayoutChange(payout, stored))
    elif moved == "wallet":
        earn(books, 1, "meanwhile")
    elif moved == "account":
        books.accounts.replace(TAKEN, TAKEN.changed())
    else:
        books.ledger.commit(posting)

    with pytest.raises(Conflict):
        books.payouts.commit(change)

    assert books.payouts.get("po_1") == stored
    account = books.accounts.get("s1", "EUR")
    assert account is not None
    assert account.open_payout == "po_1"


def test_a_life_from_draft_to_rest(books: Books) -> None:
    opened(books)
    earn(books)
    house = till(books)

    reserved = reserve_payout(a_payout(), RULES, house)
    failed = reserved.moved(S.SUBMITTED, NOW).moved(S.FAILED, NOW, failure="closed")
    books.payouts.commit(PayoutChange(reserved, failed))
    ended = book_payout(failed, house)

    assert books.payouts.get("po_1") == ended
    assert ended.is_resting
    assert books.accounts.get("s1", "EUR") == an_account(left_over_minor=3_000, version=3)
    kinds = [journal.kind for journal in books.ledger.entries(S1_EUR, None, 10)]
    assert kinds == ["payout_failed", "payout_reserve", "movement"]


def stock(books: Books, count: int) -> list[Payout]:
    """Payouts of one seller, newest first, every third of them paid."""
    books.accounts.add(an_account())
    account = an_account()
    payouts = []
    for number in range(count):
        status = S.PAID if number % 3 == 0 else S.IN_TRANSIT
        payout = a_payout(status, payout_id=f"po_{number:02}", created_at=NOW + number)
        books.payouts.open(payout, (account, account.changed()))
        account = account.changed()
        payouts.append(payout)
    return payouts[::-1]


def query(**changes: object) -> PayoutQuery:
    return replace(PayoutQuery("s1", None, None, 4), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [None, S.PAID, S.CANCELLED])
@pytest.mark.parametrize("limit", [1, 4, 100])
def test_a_sellers_payouts_come_newest_first_page_by_page(
    books: Books, status: PayoutStatus | None, limit: int
) -> None:
    stored = stock(books, 10)
    wanted = [one for one in stored if status in (None, one.status)]
    found: list[Payout] = []
    cursor = None
    for _ in range(20):
        page = books.payouts.find(query(status=status, cursor=cursor, limit=limit))
        assert len(page.payouts) <= limit
        found += page.payouts
        cursor = page.next_cursor
        if cursor is None:
            break

    assert found == wanted


def test_another_sellers_payouts_are_not_among_them(books: Books) -> None:
    stock(books, 2)

    assert books.payouts.find(query(seller_id="s2")).payouts == ()


def test_without_a_seller_those_under_way_are_listed(books: Books) -> None:
    stored = stock(books, 7)
    open_ones = tuple(one for one in stored if one.status is S.IN_TRANSIT)

    assert books.payouts.find(query(seller_id=None, limit=100)).payouts == open_ones
    assert books.payouts.find(query(seller_id=None, limit=2)).payouts == open_ones[:2]
    assert books.payouts.find(query(seller_id=None, status=S.PAID)).payouts == ()


@pytest.mark.parametrize("seller_id", ["s1", None])
@pytest.mark.parametrize("cursor", ["nonsense", "~po_1", "12~", "x~po_1", f"{'9' * 40}~po_1"])
def test_a_cursor_of_another_list_is_refused(
    books: Books, seller_id: str | None, cursor: str
) -> None:
    with pytest.raises(Invalid):
        books.payouts.find(query(seller_id=seller_id, cursor=cursor))


def test_a_sellers_accounts_are_listed_by_currency_without_the_payouts(books: Books) -> None:
    stock(books, 3)
    books.accounts.add(an_account(currency="CHF"))
    books.accounts.add(an_account(seller_id="s2"))

    assert [one.currency for one in books.accounts.of_seller("s1")] == ["CHF", "EUR"]
    assert books.accounts.of_seller("s3") == []


def test_a_place_alone_and_a_late_start_are_kept(books: Books) -> None:
    place, late = bare_place("s1", "EUR", NOW), an_account(currency="USD", foreign_from=NOW + 9)
    payout = a_payout(exchange=an_exchange())
    taken = place.changed(open_payout="po_1")
    books.accounts.add(place)
    books.accounts.add(late)

    assert books.payouts.open(payout, (place, taken)) is None
    assert books.payouts.get("po_1") == payout
    assert books.accounts.of_seller("s1") == [taken, late]


def test_a_payout_in_another_currency_is_booked_in_both(books: Books) -> None:
    earn(books)
    reserved = reserve_payout(opened(books, a_payout(exchange=an_exchange())), RULES, till(books))
    paid = replace(reserved, status=S.PAID, settled_at=NOW, version=reserved.version + 1)
    books.payouts.commit(PayoutChange(reserved, paid))

    book_payout(paid, till(books))

    held = books.ledger.wallets([S1_EUR, X_USD])
    assert held[S1_EUR].balances["fx_position:EUR"] == -5_000
    assert held[X_USD].balances["fx_position:USD"] == 5_586
    assert {wallet.total for wallet in held.values()} == {0}
