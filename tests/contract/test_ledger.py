from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Protocol, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from countinghouse.bookkeeping import book
from countinghouse.domain.accounts import Account
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.finding import DamagedRow
from countinghouse.domain.instants import DAY, day_of, start_of_day
from countinghouse.domain.ledger import Journal, credit, debit
from countinghouse.domain.market_rules import RESERVE_DAYS_MAX
from countinghouse.domain.money import Money
from countinghouse.domain.order_journals import booking_key, capture_key, order_drafts
from countinghouse.domain.posting import (
    AlreadyPosted,
    Claim,
    Posting,
    addresses_of,
    plan_posting,
)
from countinghouse.domain.trial_balance import compare, fold_journals, fold_wallets
from countinghouse.domain.wallet import Wallet, WalletAddress, buckets
from countinghouse.domain.wallet_folds import FOLD_IN, FOLD_OUT, fold_reference
from countinghouse.ports.ledger import Journals, JournalScan, Ledger, WalletScan
from countinghouse.wallet_folding import fold_sub_wallets
from countinghouse_aws.dynamodb.balances import DynamoJournalScan, DynamoWalletScan
from countinghouse_aws.dynamodb.ledger import DynamoJournals, DynamoLedger
from tests.builders import NOW, a_delivered_order, a_journal, a_transfer, disputed, refunded
from tests.contract.tables import Tables
from tests.fakes.clock import FakeClock
from tests.fakes.ledger import FakeLedger
from tests.payouts import movement
from tests.strategies import journals

S1 = WalletAddress("seller:s1", "EUR")
_MANY = count()


class Books(Ledger, Journals, WalletScan, JournalScan, Protocol):
    """Everything there is to do with journals and wallets."""


class Joined:
    """Several adapters as one, as the fake is."""

    def __init__(self, *parts: object) -> None:
        self._parts = parts

    def __getattr__(self, name: str) -> object:
        return next(getattr(part, name) for part in self._parts if hasattr(part, name))


def dynamo_books(tables: Tables, code_version: str | None = None) -> Books:
    joined = Joined(
        DynamoLedger(tables.ledger, tables.wallet, code_version),
        DynamoJournals(tables.ledger),
        DynamoWalletScan(tables.wallet),
        DynamoJournalScan(tables.ledger),
    )
    return cast(Books, joined)


@pytest.fixture(params=["fake", "dynamo"])
def books(request: pytest.FixtureRequest) -> Books:
    if request.param == "fake":
        return FakeLedger()
    return dynamo_books(request.getfixturevalue("tables"))


def planned(books: Books, wanted: Iterable[Journal], claim: Claim | None = None) -> Posting:
    journals_ = list(wanted)
    return plan_posting(journals_, books.wallets(addresses_of(journals_)), claim).posting


def post(books: Books, *wanted: Journal) -> Posting:
    posting = planned(books, wanted)
    books.commit(posting)
    return posting


def test_a_journal_and_its_wallet_are_read_back(books: Books) -> None:
    journal = a_journal(wallet_shard=2, reverses="jrn_x", psp_reference="ch_1")

    posting = post(books, journal)

    assert books.journal(journal.key) == journal
    ((_, wallet),) = posting.wallets
    assert books.wallets([wallet.address]) == {wallet.address: wallet}
    assert books.journal(capture_key("other")) is None


@pytest.mark.parametrize("adapter", ["fake", "dynamo"])
@pytest.mark.parametrize("version", ["3f2a91bc", None])
def test_a_journal_names_the_code_that_booked_it(
    adapter: str, version: str | None, request: pytest.FixtureRequest
) -> None:
    if adapter == "fake":
        books: Books = FakeLedger(code_version=version)
    else:
        books = dynamo_books(request.getfixturevalue("tables"), version)
    journal = a_journal()

    written = books.commit(planned(books, [journal]))

    assert written == (replace(journal, code_version=version),)
    assert books.journal(journal.key) == written[0]
    assert next(iter(books.all_journals())) == written[0]


def test_a_journal_at_home_and_a_reserve_in_tranches_are_read_back(books: Books) -> None:
    """A whole life of one order: tranches, debt, and journals that touch no seller."""
    order = disputed(refunded(a_delivered_order(wallet_shard=2)))

    assert book(order_drafts(order, NOW), books, books) == {}

    (wallet,) = books.wallets_of("seller:s1")
    assert wallet.address == order.wallet
    assert wallet.due_at is None, "the hold took what the refund had left of the reserve"
    for place in range(len(order.bookings)):
        journal = books.journal(booking_key(order, place))
        assert journal is not None
        assert (journal.home, journal.wallet_shard) == ("seller:s1", 2)
    assert books.wallets([order.wallet]) == {order.wallet: wallet}
    assert wallet.total == 0


def test_a_wallets_tranches_keep_their_day(books: Books) -> None:
    order = a_delivered_order()
    assert order.delivery is not None
    book(order_drafts(order, NOW), books, books)

    (wallet,) = books.wallets_of("seller:s1")

    assert wallet.balances[f"seller_reserve:s1@{order.delivery.release_on}"] == -308
    assert wallet.due_at == start_of_day(order.delivery.release_on or "")


def test_a_years_tranches_fit_one_journal_and_one_row(books: Books) -> None:
    days = [day_of(NOW + n * DAY) for n in range(RESERVE_DAYS_MAX + 2)]
    owner = "s" * 64
    tranches = [debit(Account("adjustments"), Money(len(days), "EUR"))]
    tranches += [credit(Account("seller_reserve", owner, day), Money(1, "EUR")) for day in days]
    journal = a_transfer("adjustments", "bank:main", legs=tuple(tranches))

    post(books, journal)

    assert books.journal(journal.key) == journal
    (wallet,) = books.wallets_of(f"seller:{owner}")
    assert len(wallet.balances) == len(days) + 1


def test_a_wallet_that_was_never_written_is_empty(books: Books) -> None:
    assert books.wallets([S1]) == {S1: Wallet(S1)}
    assert books.wallets([]) == {}


def test_what_is_posted_is_known_by_its_key(books: Books) -> None:
    post(books, a_journal("o1"))

    assert books.posted([capture_key("o1"), capture_key("o2")]) == {capture_key("o1")}
    assert books.posted([]) == frozenset()


@dataclass
class Lagging:
    """DynamoDB whose reads, unless they are consistent, see nothing yet; or `lags` not."""

    client: Any
    lags: bool = True
    asked: list[bool] = field(default_factory=list)

    def batch_get_item(self, **parameters: Any) -> Any:
        (wanted,) = parameters["RequestItems"].values()
        self.asked.append(wanted["ConsistentRead"])
        if self.lags and not wanted["ConsistentRead"]:
            return {"Responses": {}}
        return self.client.batch_get_item(**parameters)


@pytest.mark.parametrize(("lags", "asked"), [(True, [False, True]), (False, [False])])
def test_a_read_that_lags_never_says_that_a_journal_is_missing(
    tables: Tables, lags: bool, asked: list[bool]
) -> None:
    post(dynamo_books(tables), a_journal("o1"))
    client = Lagging(tables.ledger.client, lags)
    journals = DynamoJournals(replace(tables.ledger, client=cast("Any", client)))

    assert journals.posted([capture_key("o1")]) == {capture_key("o1")}
    assert client.asked == asked
    assert journals.posted([capture_key("o2")]) == frozenset()


def test_already_posted_names_exactly_the_journals_that_are_there(books: Books) -> None:
    post(books, a_journal("o1"), a_journal("o2"))
    before = books.wallets([S1])

    with pytest.raises(AlreadyPosted) as known:
        post(books, a_journal("o1"), a_journal("o3"), a_journal("o2"))

    assert known.value.ledger_ids == {a_journal("o1").ledger_id, a_journal("o2").ledger_id}
    assert books.journal(capture_key("o3")) is None
    assert books.wallets([S1]) == before


def test_a_posting_planned_on_a_wallet_that_moved_is_refused_whole(books: Books) -> None:
    stale = planned(books, [a_journal("o1"), a_journal("o2", "s2")])
    post(books, a_journal("o3"))
    before = books.wallets([S1])

    with pytest.raises(Conflict) as conflict:
        books.commit(stale)

    assert not isinstance(conflict.value, AlreadyPosted)
    assert books.posted([capture_key("o1"), capture_key("o2")]) == frozenset()
    assert books.wallets([S1]) == before
    assert books.wallets_of("seller:s2") == []


def test_a_posting_planned_on_a_moved_wallet_is_refused_later_too(books: Books) -> None:
    post(books, a_journal("o1"))
    stale = planned(books, [a_journal("o2")])
    post(books, a_journal("o3"))

    with pytest.raises(Conflict):
        books.commit(stale)

    assert books.posted([capture_key("o2")]) == frozenset()


def test_a_repeat_on_a_moved_wallet_is_known_as_a_repeat(books: Books) -> None:
    first = planned(books, [a_journal("o1")])
    books.commit(first)

    with pytest.raises(AlreadyPosted) as known:
        books.commit(first)

    assert known.value.ledger_ids == {a_journal("o1").ledger_id}


def test_a_claim_is_kept_with_its_journal(books: Books) -> None:
    journal = a_transfer("adjustments", "seller_available:s1")
    claim = Claim("caller|route|key", "body", journal.ledger_id)

    books.commit(planned(books, [journal], claim))

    assert books.claim("caller|route|key") == claim
    assert books.claim("caller|route|other") is None


def test_a_taken_claim_refuses_the_whole_posting(books: Books) -> None:
    first = a_transfer("adjustments", "seller_available:s1", reference="r1")
    second = a_transfer("adjustments", "seller_available:s1", reference="r2")
    books.commit(planned(books, [first], Claim("scope", "body", first.ledger_id)))
    before = books.wallets([S1])

    with pytest.raises(Conflict) as conflict:
        books.commit(planned(books, [second], Claim("scope", "other", second.ledger_id)))

    assert not isinstance(conflict.value, AlreadyPosted)
    assert books.journal(second.key) is None
    assert books.wallets([S1]) == before
    assert books.claim("scope") == Claim("scope", "body", first.ledger_id)


def test_claims_are_no_journals(books: Books) -> None:
    journal = a_transfer("adjustments", "seller_available:s1")
    books.commit(planned(books, [journal], Claim("scope", "body", journal.ledger_id)))

    assert list(books.all_journals()) == [journal]


def test_a_references_journals_are_read_oldest_first(books: Books) -> None:
    late = a_transfer("bank:b", "psp_receivable:sandbox", reference="o1", created_at=NOW + 5)
    post(books, late)
    post(books, a_journal("o1"), a_journal("o2"))

    assert books.journals("o1") == [a_journal("o1"), late]
    assert books.journals("none") == []


def test_an_owners_wallets_are_found(books: Books) -> None:
    euro, yen = a_journal("o1"), a_journal("o2", currency="JPY", wallet_shard=1)
    post(books, euro, yen, a_journal("o3", "s10"))

    addresses = [wallet.address for wallet in books.wallets_of("seller:s1")]

    assert addresses == [S1, WalletAddress("seller:s1", "JPY", 1)]
    assert books.wallets_of("seller:s") == []


def test_a_wallets_chain_is_walked_newest_first(books: Books) -> None:
    booked = [a_journal(f"o{n}", minor=n + 1) for n in range(5)]
    post(books, *booked[:2])
    post(books, booked[2])
    post(books, *booked[3:])

    first = books.entries(S1, None, 2)
    rest = books.entries(S1, first[-1].ledger_id, 99)

    assert [*first, *rest] == list(reversed(booked))
    assert books.entries(S1, booked[0].ledger_id, 5) == []
    assert books.entries(WalletAddress("seller:s9", "EUR"), None, 5) == []


@pytest.mark.parametrize("cursor", [a_journal("o2", "s2").ledger_id, a_journal("no").ledger_id])
def test_a_journal_of_another_wallet_is_no_cursor(books: Books, cursor: str) -> None:
    post(books, a_journal("o1"), a_journal("o2", "s2"))

    with pytest.raises(Invalid):
        books.entries(S1, cursor, 5)


def test_a_posting_too_large_for_one_transaction_is_refused(books: Books) -> None:
    with pytest.raises(Invalid):
        post(books, *(a_journal(f"o{n}") for n in range(100)))

    assert list(books.all_journals()) == []


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(journals(), max_size=3), max_size=4))
@pytest.mark.parametrize("kind", ["fake", "dynamo"])
def test_fake_and_dynamo_books_agree_and_are_sound(
    kind: str, tables: Tables, batches: list[list[Journal]]
) -> None:
    fresh = Tables(tables.client, f"{tables.prefix}-{next(_MANY)}")
    books = FakeLedger() if kind == "fake" else dynamo_books(fresh)
    done: dict[str, Journal] = {}
    for batch in batches:
        wanted = {j.ledger_id: j for j in batch if j.ledger_id not in done}
        posting = planned(books, wanted.values())
        books.commit(posting)
        done |= {row.journal.ledger_id: row.journal for row in posting.journals}

    read = [row for row in books.all_journals() if isinstance(row, Journal)]
    wallets = [row for row in books.all_wallets() if isinstance(row, Wallet)]
    assert {journal.ledger_id: journal for journal in read} == done
    assert compare(fold_wallets(wallets, NOW), fold_journals(read, NOW), NOW) == ()
    assert all(wallet.total == 0 for wallet in wallets)


def test_an_altered_journal_is_not_believed(tables: Tables) -> None:
    books = dynamo_books(tables)
    post(books, a_journal("o1"), a_journal("o2"))
    altered = replace(a_journal("o1"), kind="refund")
    tables.client.update_item(
        TableName=tables.ledger.name,
        Key={"book": {"S": altered.key.book}, "entry": {"S": altered.key.entry}},
        UpdateExpression="SET kind = :kind",
        ExpressionAttributeValues={":kind": {"S": "refund"}},
    )

    with pytest.raises(Invalid):
        books.journal(altered.key)

    name = f"journal {altered.key.book}{altered.key.entry}: Invalid"
    assert DamagedRow(name, ("EUR",)) in list(books.all_journals())
    assert a_journal("o2") in list(books.all_journals())


@pytest.mark.parametrize(
    "balances",
    [
        {"M": {"seller_pending:s1": {"S": "many"}}},
        {"M": {"no_such_account": {"N": "5"}}},
        {"L": []},
        {"S": "none"},
    ],
)
def test_a_wallet_that_cannot_be_right_is_named_and_hides_no_other(
    tables: Tables, balances: dict[str, object]
) -> None:
    books = dynamo_books(tables)
    post(books, a_journal("o1", "s1"), a_journal("o2", "s2"))
    tables.client.update_item(
        TableName=tables.wallet.name,
        Key={"owner": {"S": "seller:s1"}, "wallet_id": {"S": "EUR#0"}},
        UpdateExpression="SET balances = :balances",
        ExpressionAttributeValues={":balances": balances},
    )

    rows = list(books.all_wallets())

    named = [row for row in rows if isinstance(row, DamagedRow)]
    sound = [row.address.owner for row in rows if isinstance(row, Wallet)]
    assert sound == ["seller:s2"]
    assert len(named) == 1
    assert "seller:s1" in named[0].name
    assert named[0].currencies == ("EUR",)


def test_sub_wallets_are_folded_into_the_first(books: Books) -> None:
    def moved(name: str, shard: int, minor: int, **more: int) -> Journal:
        return movement(name, {"seller_available:s1": -minor} | more, wallet_shard=shard)

    post(books, moved("sold 1", 1, 500), moved("sold 3", 3, 80), moved("sold 0", 0, 40))
    post(books, movement("owed", {"seller_receivable:s1": 120}, wallet_shard=2))
    post(books, moved("pending", 3, 0, **{"seller_pending:s1": -9}))

    first = fold_sub_wallets(S1, "payout:po_1:fold", books, FakeClock())

    assert first == books.wallets([S1])[S1]
    held = {w.address.shard: buckets([w])["EUR"] for w in books.wallets_of("seller:s1")}
    assert held[0]["available"] == 500
    assert [held[shard]["available"] + held[shard]["debt"] for shard in (1, 2, 3)] == [0, 0, 0]
    assert held[3]["pending"] == 9
    shard = replace(S1, shard=1)
    kinds = [journal.kind for journal in books.entries(shard, None, 5)]
    assert kinds == [FOLD_OUT, "movement"]
    (out,) = (one for one in books.journals(fold_reference(shard)) if one.kind == FOLD_OUT)
    assert books.places([out.key], shard) == {out.ledger_id: 2}
    assert [one.kind for one in books.entries(S1, None, 3)] == [FOLD_IN] * 3
    wallets = [one for one in books.all_wallets() if isinstance(one, Wallet)]
    assert "inter_wallet" not in fold_wallets(wallets, NOW).accounts["EUR"]
    again = fold_sub_wallets(S1, "payout:po_2:fold", books, FakeClock())
    assert again == first
