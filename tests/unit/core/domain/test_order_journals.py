"""The worked example of domain rules, section 3, to the minor unit: what is booked for each fact.

Gross 7000, fee 10 %, tax on the fee 19 %, reserve 5 %.
"""

from dataclasses import replace

import pytest

from countinghouse.domain.booking import BookingKind, Split
from countinghouse.domain.dispute import DisputeStage, DisputeStatus
from countinghouse.domain.errors import Conflict
from countinghouse.domain.instants import DAY, SECOND, start_of_day
from countinghouse.domain.ledger import journal_key
from countinghouse.domain.market_rules import RESERVE_DAYS_MAX, DisputeRules, ReserveRule
from countinghouse.domain.order import CAPTURED_STATUSES, Order, OrderStatus
from countinghouse.domain.order_delivery import deliver
from countinghouse.domain.order_journals import booking_key, capture_key, order_drafts
from countinghouse.domain.order_refunds import apply_refund_fact
from countinghouse.domain.psp import SettlementKind
from countinghouse.domain.wallet import Wallet, WalletAddress
from tests.builders import (
    DISPUTES,
    NOW,
    POLICY,
    RESERVE,
    a_delivered_order,
    a_dispute_fact,
    a_refund_fact,
    an_order,
    disputed,
    refunded,
    refunding,
)
from tests.converted import a_converted_order
from tests.seller_books import SellerBooks, legs_of

S = OrderStatus
D = DisputeStatus
F = SettlementKind
PSP = "psp_receivable:sandbox"
OPENED = a_dispute_fact()
WON = replace(OPENED, sequence=2, status=D.WON, withdrawn_minor=0)
LOST = replace(OPENED, sequence=2, status=D.LOST)
DELIVERED = {"available": 5_859, "reserved": 308}


@pytest.fixture
def books() -> SellerBooks:
    return SellerBooks()


def fails(order: Order) -> Order:
    """The order after its refund failed, or came back after it had succeeded."""
    return apply_refund_fact(order, a_refund_fact(order, F.FAILED), NOW, POLICY)[1]


def test_capture(books: SellerBooks) -> None:
    order = books.book(an_order(S.CAPTURED))

    journal = books.ledger.journal(capture_key("o1"))
    assert journal is not None
    assert legs_of(journal) == {PSP: 7_000, "seller_pending": -7_000}
    assert (journal.event_at, journal.created_at) == (NOW, NOW)
    assert (journal.reference, journal.checkout_id, journal.kind) == ("o1", "c1", "capture")
    assert books.shown(order) == {"pending": 7_000}


def test_a_partial_capture_books_what_was_captured(books: SellerBooks) -> None:
    assert books.shown(books.book(an_order(S.PARTIALLY_CAPTURED))) == {"pending": 3_000}


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - CAPTURED_STATUSES))
def test_nothing_is_booked_before_money_was_taken(status: OrderStatus) -> None:
    assert order_drafts(an_order(status), NOW) == ()


def test_delivery(books: SellerBooks) -> None:
    order = books.book(a_delivered_order())

    assert books.legs(order) == {
        "seller_pending": 7_000,
        "platform_fee_revenue": -700,
        "fee_tax_payable": -133,
        "seller_reserve": -308,
        "seller_available": -5_859,
    }
    assert books.shown(order) == DELIVERED


def test_the_reserve_is_released_in_its_time(books: SellerBooks) -> None:
    order = books.book(a_delivered_order())
    assert order.delivery is not None
    freed_at = start_of_day(order.delivery.release_on or "")
    books.clock.instant = freed_at - 1
    assert books.release(order) == 0

    books.clock.instant = freed_at
    assert books.release(order) == 1

    assert books.shown(order) == {"available": 6_167}


def test_a_refund_before_delivery(books: SellerBooks) -> None:
    order = books.book(refunding(an_order(S.CAPTURED), 7_000))

    assert books.legs(order) == {"seller_pending": 7_000, "refund_clearing": -7_000}
    assert books.shown(order) == {}


def test_a_refund_after_delivery(books: SellerBooks) -> None:
    order = books.book(refunding(a_delivered_order()))

    assert books.legs(order) == {
        "seller_available": 2_511,
        "seller_reserve": 132,
        "platform_fee_revenue": 300,
        "fee_tax_payable": 57,
        "refund_clearing": -3_000,
    }
    assert books.shown(order) == {"available": 3_348, "reserved": 176}


def test_a_refund_that_the_psp_confirms(books: SellerBooks) -> None:
    order = books.book(refunded(a_delivered_order()))

    assert books.legs(order) == {"refund_clearing": 3_000, PSP: -3_000}
    assert books.journal(order, -1).event_at == NOW + SECOND
    assert books.journal(order, -1).reverses is None
    assert books.platform(order)[PSP] == 4_000


def test_a_refund_that_fails(books: SellerBooks) -> None:
    order = books.book(refunded(a_delivered_order(), F.FAILED))

    assert books.legs(order) == {
        "refund_clearing": 3_000,
        "seller_available": -2_511,
        "seller_reserve": -132,
        "platform_fee_revenue": -300,
        "fee_tax_payable": -57,
    }
    assert books.journal(order, -1).reverses == booking_key(order, 1).ledger_id
    assert books.shown(order) == DELIVERED


def test_a_refund_that_is_reversed_later(books: SellerBooks) -> None:
    order = books.book(fails(books.book(refunded(a_delivered_order()))))

    assert books.legs(order) == {
        PSP: 3_000,
        "seller_available": -2_511,
        "seller_reserve": -132,
        "platform_fee_revenue": -300,
        "fee_tax_payable": -57,
    }
    assert books.shown(order) == DELIVERED
    assert books.platform(order) == {
        PSP: 7_000,
        "platform_fee_revenue": -700,
        "fee_tax_payable": -133,
    }


def test_a_reserve_that_was_freed_meanwhile_comes_back_as_available(books: SellerBooks) -> None:
    order = books.book(refunded(a_delivered_order()))
    books.clock.advance(40 * DAY)
    books.release(order)

    books.book(fails(order))

    assert books.shown(order) == {"available": 6_167}


def test_a_refund_of_a_seller_who_has_nothing_left(books: SellerBooks) -> None:
    order = books.book(a_delivered_order())
    spend(books, order, 5_000)

    order = books.book(refunding(order))

    assert books.legs(order) == {
        "seller_available": 859,
        "seller_reserve": 132,
        "seller_receivable": 1_652,
        "platform_fee_revenue": 300,
        "fee_tax_payable": 57,
        "refund_clearing": -3_000,
    }
    assert books.shown(order) == {"reserved": 176, "debt": 1_652}


def test_debt_is_recovered_from_the_next_release(books: SellerBooks) -> None:
    order = books.book(a_delivered_order())
    spend(books, order, 5_859)
    books.book(refunding(order))

    other = books.book(a_delivered_order("o2"))

    assert books.legs(other)["seller_receivable"] == -2_511
    assert books.legs(other)["seller_available"] == -(5_859 - 2_511)
    assert "debt" not in books.shown(other)


def test_debt_that_was_recovered_comes_back_as_available_when_the_refund_fails(
    books: SellerBooks,
) -> None:
    order = books.book(a_delivered_order())
    spend(books, order, 5_859)
    order = books.book(refunded(order, F.PENDING))
    books.book(a_delivered_order("o2"))

    books.book(fails(order))

    assert books.shown(order) == {"available": 5_859, "reserved": 616}


def test_debt_that_was_not_recovered_is_taken_back(books: SellerBooks) -> None:
    order = books.book(a_delivered_order())
    spend(books, order, 5_859)
    order = books.book(refunded(order, F.PENDING))

    books.book(fails(order))

    assert books.shown(order) == {"reserved": 308}


def chargeback(books: SellerBooks) -> Order:
    """The order of the example: 3000 refunded, then 4000 charged back."""
    return books.book(disputed(books.book(refunded(a_delivered_order()))))


def test_a_chargeback(books: SellerBooks) -> None:
    order = chargeback(books)

    assert books.legs(order, -2) == {
        "chargeback_suspense": 4_000,
        "dispute_fee_expense": 1_500,
        PSP: -5_500,
    }
    assert books.legs(order, -1) == {
        "seller_available": 3_348,
        "seller_reserve": 176,
        "seller_receivable": 476,
        "seller_dispute_hold": -4_000,
    }
    assert books.shown(order) == {"debt": 476, "disputed": 4_000}


def test_a_chargeback_that_is_won(books: SellerBooks) -> None:
    order = books.book(disputed(chargeback(books), WON))

    assert books.legs(order, -2) == {PSP: 4_000, "chargeback_suspense": -4_000}
    assert books.legs(order, -1) == {
        "seller_dispute_hold": 4_000,
        "seller_available": -3_348,
        "seller_reserve": -176,
        "seller_receivable": -476,
    }
    assert books.journal(order, -1).reverses == books.journal(order, 4).ledger_id
    assert books.shown(order) == {"available": 3_348, "reserved": 176}
    # The fee is what a dispute costs, won or not.
    assert books.platform(order)[PSP] == 7_000 - 3_000 - 1_500


def test_a_chargeback_that_is_lost(books: SellerBooks) -> None:
    order = books.book(disputed(chargeback(books), LOST))

    assert books.legs(order) == {"seller_dispute_hold": 4_000, "chargeback_suspense": -4_000}
    assert books.shown(order) == {"debt": 476}
    assert "chargeback_suspense" not in books.platform(order)


def test_a_chargeback_that_the_platform_bears(books: SellerBooks) -> None:
    lost = replace(LOST, reason="not_received")

    order = books.book(disputed(chargeback(books), lost))

    assert books.legs(order, -2) == {"chargeback_loss": 4_000, "chargeback_suspense": -4_000}
    assert books.legs(order, -1) == {
        "seller_dispute_hold": 4_000,
        "seller_available": -3_348,
        "seller_reserve": -176,
        "seller_receivable": -476,
    }
    assert books.shown(order) == {"available": 3_348, "reserved": 176}


def test_the_fee_is_given_back_where_that_is_the_rule(books: SellerBooks) -> None:
    order = books.book(disputed(chargeback(books), LOST, rules=DisputeRules(frozenset(), True)))

    # All that is left of it: the refund gave back 300 and 57. It pays the debt first.
    assert books.legs(order) == {
        "platform_fee_revenue": 400,
        "fee_tax_payable": 76,
        "seller_receivable": -476,
    }
    assert books.shown(order) == {}


def test_a_second_round(books: SellerBooks) -> None:
    won = books.book(disputed(chargeback(books), WON))
    second = replace(OPENED, stage=DisputeStage.PRE_ARBITRATION, sequence=3, fee_minor=3_000)

    order = books.book(disputed(won, second))

    assert books.legs(order, -2)["dispute_fee_expense"] == 1_500
    assert books.shown(order) == {"debt": 476, "disputed": 4_000}
    order = books.book(disputed(order, replace(second, sequence=4, status=D.LOST)))
    assert books.shown(order) == {"debt": 476}
    assert books.platform(order)[PSP] == 7_000 - 3_000 - 4_000 - 2 * 1_500


def test_an_inquiry_holds_and_escalates(books: SellerBooks) -> None:
    inquiry = a_dispute_fact(stage=DisputeStage.PRE_DISPUTE)
    order = books.book(disputed(a_delivered_order(), inquiry))
    assert books.shown(order) == {"available": 1_859, "reserved": 308, "disputed": 4_000}
    assert books.platform(order)[PSP] == 7_000

    order = books.book(disputed(order, replace(OPENED, sequence=2)))

    assert books.shown(order) == {"available": 1_859, "reserved": 308, "disputed": 4_000}
    assert books.platform(order)[PSP] == 7_000 - 5_500


def test_a_dispute_of_what_is_not_delivered(books: SellerBooks) -> None:
    order = books.book(disputed(an_order(S.CAPTURED)))
    assert books.legs(order) == {"seller_pending": 4_000, "seller_dispute_hold": -4_000}

    order = books.book(deliver(order, NOW, NOW, RESERVE))
    assert books.shown(order) == {"available": 2_511, "reserved": 132, "disputed": 4_000}

    order = books.book(disputed(order, WON))
    assert books.shown(order) == DELIVERED


def test_a_hold_that_took_another_orders_reserve_gives_it_back_there(books: SellerBooks) -> None:
    first = books.book(a_delivered_order())
    books.clock.advance(DAY)
    second = books.book(deliver(an_order(S.CAPTURED, "o2"), NOW + DAY, NOW + DAY, RESERVE))
    spend(books, first, 2 * 5_859)
    before = books.shown(first), set(books.wallet(first).balances)

    order = books.book(disputed(first))
    assert books.shown(order) == {"disputed": 4_000, "debt": 4_000 - 2 * 308}
    books.book(disputed(order, WON))

    after = books.shown(first), set(books.wallet(second).balances) - {"dispute_fee_expense"}
    assert after == before


def test_a_years_tranches_are_held_in_one_journal(books: SellerBooks) -> None:
    whole_year = ReserveRule(10_000, RESERVE_DAYS_MAX)
    for day in range(RESERVE_DAYS_MAX):
        books.clock.instant = now = NOW + day * DAY
        order = an_order(S.CAPTURED, f"o{day}", amount_minor=10, captured_minor=10)
        books.book(deliver(order, now, now, whole_year))
    order = books.book(an_order(S.CAPTURED, "large"))
    assert books.shown(order) == {"pending": 7_000, "reserved": 9 * RESERVE_DAYS_MAX}
    order = books.book(refunding(order, 7_000))

    order = books.book(disputed(order))

    assert len(books.journal(order, -1).legs) == RESERVE_DAYS_MAX + 2
    assert books.shown(order) == {"disputed": 4_000, "debt": 4_000 - 9 * RESERVE_DAYS_MAX}


def spend(books: SellerBooks, order: Order, minor: int) -> None:
    """Pay the seller out, by hand."""
    from countinghouse.bookkeeping import book
    from tests.builders import a_transfer

    away = a_transfer("seller_available:s1", "bank:main", minor, f"spent {minor}")
    assert book([away], books.ledger, books.ledger) == {}


def test_drafts_are_the_capture_and_every_booking_in_their_order() -> None:
    order = refunded(a_delivered_order())

    drafts = order_drafts(order, NOW)

    assert [draft.booking.kind for draft in drafts] == [
        "capture",
        "release",
        "refund_requested",
        "refund_paid",
    ]
    assert [draft.key for draft in drafts] == [
        capture_key("o1"),
        *(booking_key(order, place) for place in range(3)),
    ]
    assert {draft.reference for draft in drafts} == {"o1"}
    assert {draft.addresses for draft in drafts} == {(order.wallet,)}


def test_what_is_known_to_be_booked_is_not_drafted() -> None:
    order = refunded(a_delivered_order())

    for booked in range(1, 4):
        drafts = order_drafts(replace(order, booked=booked), NOW)
        assert [draft.place for draft in drafts] == list(range(booked, 3))


def test_a_journals_id_says_order_kind_and_place_and_nothing_else() -> None:
    order = refunded(a_delivered_order())
    ids = {draft.key.ledger_id for draft in order_drafts(order, NOW)}

    assert ids == {
        draft.key.ledger_id
        for draft in order_drafts(replace(order, version=99, updated_at=NOW + 9), NOW + DAY)
    }
    assert len(ids) == 4
    assert booking_key(order, 1) == journal_key("o1", BookingKind.REFUND_REQUESTED, "1")
    assert capture_key("o1") == journal_key("o1", "capture")


def test_the_same_capture_is_always_the_same_journal() -> None:
    wallet = {an_order().wallet: Wallet(an_order().wallet)}
    (early,) = order_drafts(an_order(S.CAPTURED), NOW)
    (late,) = order_drafts(an_order(S.CAPTURED, version=9), NOW + 10**6)

    assert early.drawn(wallet, {}).digest == late.drawn(wallet, {}).digest


def test_two_refunds_of_one_amount_are_two_journals(books: SellerBooks) -> None:
    order = books.book(refunding(refunding(a_delivered_order(), 1_000), 1_000, "r2"))

    assert books.platform(order)["refund_clearing"] == -2_000


def test_nothing_is_undone_that_is_not_booked() -> None:
    order = refunded(a_delivered_order(), F.FAILED)
    *_, failed = order_drafts(order, NOW)

    assert failed.original == booking_key(order, 1)
    with pytest.raises(Conflict):
        failed.drawn({order.wallet: Wallet(order.wallet)}, {})


def test_a_journal_says_where_it_comes_from(books: SellerBooks) -> None:
    order = books.book(refunded(a_delivered_order()))

    assert [books.journal(order, place).cause for place in range(3)] == [
        f"order:o1:{order.version}",
        "order:o1:r1",
        "order:o1:r1",
    ]
    assert {books.journal(order, place).home for place in range(3)} == {"seller:s1"}


def test_what_touches_no_seller_stands_in_his_wallet_all_the_same(books: SellerBooks) -> None:
    order = books.book(disputed(refunded(an_order(S.CAPTURED, wallet_shard=3))))

    assert order.wallet.shard == 3
    assert set(books.ledger.wallet_rows) == {order.wallet}


def test_a_capture_without_a_time_of_its_own_has_the_orders() -> None:
    (draft,) = order_drafts(an_order(S.CAPTURED, captured_at=None, updated_at=NOW + 7), NOW)

    assert draft.booking.event_at == NOW + 7
    assert draft.booking.split == Split(pending=7_000)


def test_the_examples_rules_are_the_ones_of_the_tests() -> None:
    assert "not_received" in DISPUTES.platform_liable_reasons
    assert OPENED.reason not in DISPUTES.platform_liable_reasons


def test_a_journal_names_what_the_psp_calls_the_fact(books: SellerBooks) -> None:
    order = books.book(disputed(disputed(fails(refunded(a_delivered_order()))), WON))

    named = {booking.kind: books.journal(order, n) for n, booking in enumerate(order.bookings)}
    capture = books.ledger.journal(capture_key("o1"))
    assert capture is not None
    assert capture.psp_reference == "ch_1"
    assert {kind: journal.psp_reference for kind, journal in named.items()} == {
        BookingKind.RELEASE: None,
        # Asked for before the PSP knew of it.
        BookingKind.REFUND_REQUESTED: None,
        BookingKind.REFUND_PAID: "re_r1",
        BookingKind.REFUND_REVERSED: "re_r1",
        BookingKind.DISPUTE_WITHDRAWN: "dp_1",
        BookingKind.DISPUTE_HELD: "dp_1",
        BookingKind.DISPUTE_REINSTATED: "dp_1",
        BookingKind.DISPUTE_RELEASED: "dp_1",
    }


def test_each_refund_is_named_by_its_own_id(books: SellerBooks) -> None:
    order = refunded(refunded(an_order(S.CAPTURED)), amount_minor=1_000, refund_id="r2")
    books.book(order)

    paid = [n for n, b in enumerate(order.bookings) if b.kind is BookingKind.REFUND_PAID]

    assert [books.journal(order, n).psp_reference for n in paid] == ["re_r1", "re_r2"]


def test_a_refund_that_the_order_does_not_have_has_no_name() -> None:
    order = replace(refunded(an_order(S.CAPTURED)), refunds=())
    *_, paid = order_drafts(order, NOW)

    assert paid.drawn({order.wallet: Wallet(order.wallet)}, {}).psp_reference is None


@pytest.mark.parametrize(("shard", "home"), [(0, "exchange:s1"), (3, "exchange:s1.3")])
def test_a_converted_order_has_books_of_its_own_beside_each_sub_wallet(
    shard: int, home: str
) -> None:
    order = a_converted_order(wallet_shard=shard)
    (draft,) = order_drafts(order, NOW)

    wallet, *exchange = draft.addresses
    assert wallet == order.wallet
    assert exchange == [WalletAddress(home, "USD"), WalletAddress(home, "EUR")]
    assert draft.drawn({wallet: Wallet(wallet)}, {}).home == home
