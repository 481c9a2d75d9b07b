import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given

from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import DAY, day_of
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.posting import LinkedJournal, addresses_of, plan_posting
from countinghouse.domain.psp import EventStatus, FactKind
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse.lake_rows import LINE_MAX, LakeRow, LakeTable, lines_of, rows_of
from countinghouse.routing import (
    BookDamaged,
    Change,
    JournalPosted,
    OrderChanged,
    PaymentChanged,
    PspEventChanged,
    WalletMoved,
)
from tests.builders import (
    HARD,
    NOW,
    a_delivered_order,
    a_journal,
    a_payment,
    a_transfer,
    an_event,
    an_order,
    disputed,
    refunded,
)
from tests.converted import a_converted_order
from tests.strategies import journals

S = OrderStatus
S1 = WalletAddress("seller:s1", "EUR")
TODAY = day_of(NOW)


def linked(journal: Journal) -> LinkedJournal:
    wallets = {address: Wallet(address) for address in addresses_of([journal])}
    (found,) = plan_posting([journal], wallets).posting.journals
    return found


def posted(journal: Journal) -> JournalPosted:
    return JournalPosted(journal, linked(journal).links)


def columns(change: Change) -> list[dict[str, object]]:
    return [dict(row.columns) for row in rows_of(change)]


def test_a_journal_is_a_row_a_leg() -> None:
    journal = a_journal(psp_reference="ch_1", wallet_shard=0, code_version="3f2a91bc")
    first, second = columns(posted(journal))

    assert first == {
        "ledger_id": journal.ledger_id,
        "leg": 0,
        "kind": "capture",
        "reference": "o1",
        "account": "psp_receivable:sandbox",
        "account_kind": "psp_receivable",
        "owner_id": "sandbox",
        "currency": "EUR",
        "amount": 7_000,
        "event_at": NOW,
        "created_at": NOW,
        "checkout_id": "c1",
        "cause": "order:o1:3",
        "psp_reference": "ch_1",
        "reverses": None,
        "home": None,
        "wallet_shard": 0,
        "digest": journal.digest,
        "digest_number": int(journal.digest[:15], 16),
        "links": first["links"],
        "legs": 2,
        "code_version": "3f2a91bc",
    }
    own = ("leg", "account", "account_kind", "owner_id", "amount", "links")
    assert {name: second[name] for name in own} == {
        "leg": 1,
        "account": "seller_pending:s1",
        "account_kind": "seller_pending",
        "owner_id": "s1",
        "amount": -7_000,
        "links": None,
    }
    assert {k: v for k, v in first.items() if k not in own} == {
        k: v for k, v in second.items() if k not in own
    }


def test_the_first_leg_holds_the_journals_place_in_every_wallet() -> None:
    journal = a_transfer("seller_receivable:s1", "seller_available:s2")
    first, *others = columns(posted(journal))

    places = json.loads(str(first["links"]))

    assert [(p["owner"], p["wallet_id"], p["sequence"]) for p in places] == [
        ("seller:s1", "EUR#0", 1),
        ("seller:s2", "EUR#0", 1),
    ]
    links = linked(journal).links
    assert [p["chain"] for p in places] == [links[address].chain for address in sorted(links)]
    assert {place["previous"] for place in places} == {None}
    assert {other["links"] for other in others} == {None}


@given(journals())
def test_the_rows_of_any_journal_balance_and_have_keys_of_their_own(journal: Journal) -> None:
    rows = rows_of(JournalPosted(journal))

    keys = {(row.columns["ledger_id"], row.columns["leg"]) for row in rows}
    sums: dict[object, int] = {}
    for row in rows:
        currency, amount = row.columns["currency"], row.columns["amount"]
        assert isinstance(amount, int)
        sums[currency] = sums.get(currency, 0) + amount
    assert len(keys) == len(rows) == len(journal.legs)
    assert {row.columns["legs"] for row in rows} == {len(rows)}
    assert set(sums.values()) == {0}


def test_late_data_belongs_to_the_day_it_happened_on() -> None:
    late = a_journal(event_at=NOW - 3 * DAY, created_at=NOW)
    order = an_order(created_at=NOW - 40 * DAY, updated_at=NOW)
    event = replace(an_event(order, FactKind.CAPTURED), received_at=NOW - DAY)

    found = [
        *rows_of(JournalPosted(late)),
        *rows_of(OrderChanged(None, order)),
        *rows_of(PspEventChanged(None, event)),
    ]

    days = [day_of(NOW - days * DAY) for days in (3, 3, 40, 1)]
    assert [row.day for row in found] == days


def test_an_orders_versions_lie_beside_each_other() -> None:
    old = an_order(S.SENT)
    new = an_order(S.CAPTURED, version=3, updated_at=NOW + 2 * DAY)

    (first,), (second,) = rows_of(OrderChanged(None, old)), rows_of(OrderChanged(old, new))

    assert first.day == second.day == TODAY
    assert (first.columns["version"], second.columns["version"]) == (2, 3)
    assert (first.columns["status"], second.columns["status"]) == ("sent", "captured")


def test_an_order_shows_what_it_has_come_to() -> None:
    order = disputed(refunded(a_delivered_order()))
    (row,) = columns(OrderChanged(None, order))

    assert row == {
        "order_id": "o1",
        "version": order.version,
        "checkout_id": "c1",
        "seller_id": "s1",
        "status": "captured",
        "currency": "EUR",
        "amount": 7_000,
        "captured": 7_000,
        "refunded": 3_000,
        "disputed": 4_000,
        "method": "credit_card",
        "psp": "sandbox",
        "psp_reference": "ch_1",
        "attempts": 1,
        "failure_code": None,
        "decline_type": None,
        "country": None,
        "created_at": NOW,
        "updated_at": order.updated_at,
        "captured_at": NOW,
        "delivered_at": NOW,
        "seller_country": None,
        "seller_currency": None,
        "seller_amount": None,
    }


def test_a_failed_order_says_why() -> None:
    (row,) = columns(OrderChanged(None, an_order(S.FAILED)))

    assert (row["failure_code"], row["decline_type"]) == (HARD.code, "hard")
    assert (row["captured_at"], row["delivered_at"], row["captured"]) == (None, None, 0)


def test_an_order_says_where_buyer_and_seller_are() -> None:
    (row,) = columns(OrderChanged(None, replace(an_order(), country="JP", seller_country="FR")))

    assert (row["country"], row["seller_country"]) == ("JP", "FR")


def test_a_converted_orders_row_says_what_the_seller_gets() -> None:
    (row,) = columns(OrderChanged(None, a_converted_order()))

    assert (row["amount"], row["currency"]) == (7_000, "USD")
    assert (row["seller_amount"], row["seller_currency"]) == (6_203, "EUR")


def test_an_event_is_a_row_a_version() -> None:
    event = an_event(an_order(), FactKind.CAPTURED)
    told = replace(event, status=EventStatus.APPLIED, version=2, alarm="event_id_reused")

    (row,) = columns(PspEventChanged(event, told))

    assert row == {
        "event_key": "sandbox#evt_1",
        "version": 2,
        "psp": "sandbox",
        "event_type": "charge.captured",
        "order_id": "o1",
        "status": "applied",
        "alarm": "event_id_reused",
        "received_at": NOW,
    }


@pytest.mark.parametrize(
    "change",
    [PaymentChanged(None, a_payment()), WalletMoved(Wallet(S1))],
    ids=["payment", "wallet"],
)
def test_what_the_lake_does_not_keep_makes_no_row(change: Change) -> None:
    assert rows_of(change) == ()


@pytest.mark.parametrize("make", [rows_of, lines_of])
def test_no_row_is_made_of_a_damaged_journal(make: Callable[[Change], object]) -> None:
    with pytest.raises(Invalid, match="book1: altered"):
        make(BookDamaged("book1", "altered"))


def test_a_line_is_the_row_and_its_day_without_what_is_not_there() -> None:
    change = OrderChanged(None, an_order(S.SENT))
    (row,), (line,) = rows_of(change), lines_of(change)

    known = {name: value for name, value in row.columns.items() if value is not None}
    assert line.text.endswith(b"}\n")
    assert line.text.count(b"\n") == 1
    assert json.loads(line.text) == {"day": TODAY, **known}
    assert (line.table, line.day) == (LakeTable.ORDERS, TODAY)


def test_a_line_is_one_line_whatever_stands_in_it() -> None:
    cause = 'ada: said "no"\nand\u2028went, \u00fcber \U0001f4b6'
    (first, _) = lines_of(JournalPosted(a_journal(cause=cause)))

    assert first.text.count(b"\n") == 1
    assert json.loads(first.text)["cause"] == cause


def test_a_row_is_the_same_however_often_it_is_made() -> None:
    assert lines_of(posted(a_journal())) == lines_of(posted(a_journal()))


def test_a_row_that_no_record_holds_is_refused() -> None:
    fits = a_journal(cause="x" * (LINE_MAX - 2_000))
    too_long = a_journal(cause="x" * LINE_MAX)

    assert len(lines_of(JournalPosted(fits))) == 2
    with pytest.raises(Invalid, match="does not fit the lake"):
        lines_of(JournalPosted(too_long))


def test_rows_know_their_table() -> None:
    found: list[LakeRow] = [
        *rows_of(JournalPosted(a_journal())),
        *rows_of(OrderChanged(None, an_order())),
        *rows_of(PspEventChanged(None, an_event(an_order(), FactKind.CAPTURED))),
    ]

    assert [row.table for row in found] == ["postings", "postings", "orders", "psp_events"]
