"""USD 70.00 paid and EUR paid out, at a mid rate of 2500/2793 less one per cent: docs/fx.md.

Histories without end are in tests/simulation/test_fx_conversions.py; these are the first of them.
"""

from dataclasses import replace

import pytest

from countinghouse.domain.booking import BookingKind
from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.ledger import Journal, totals
from countinghouse.domain.market_rules import DisputeRules
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_delivery import deliver
from countinghouse.domain.order_journals import capture_key, order_drafts
from countinghouse.domain.order_refunds import apply_refund_fact
from countinghouse.domain.psp import SettlementKind
from countinghouse.domain.refund import RefundStatus
from countinghouse.domain.wallet import WalletAddress
from tests.builders import (
    DISPUTES,
    NOW,
    POLICY,
    RESERVE,
    a_dispute_fact,
    a_refund_fact,
    disputed,
    refunded,
    refunding,
)
from tests.converted import a_conversion, a_converted_order
from tests.converted_market import ConvertedMarket, unwound
from tests.seller_books import SellerBooks
from tests.seller_market import played

D = DisputeStatus
F = SettlementKind
K = BookingKind
PSP = "psp_receivable:sandbox"
OPENED = a_dispute_fact(currency="USD", amount_minor=7_000, withdrawn_minor=7_000)
LOST = replace(OPENED, sequence=2, status=D.LOST)
USD, EUR = "USD", "EUR"


@pytest.fixture
def books() -> SellerBooks:
    return SellerBooks()


def legs(journal: Journal) -> dict[tuple[str, str], int]:
    """A journal's legs by currency and account, the seller's without their owner."""
    assert set(totals(journal.legs).values()) == {0}
    return {
        (
            leg.amount.currency,
            leg.account.kind if leg.account.wallet_owner else leg.account.name,
        ): leg.amount.minor
        for leg in journal.legs
    }


def booked(books: SellerBooks, order: Order, kind: BookingKind) -> dict[tuple[str, str], int]:
    """The legs of the order's last booking of a kind."""
    place = max(n for n, booking in enumerate(order.bookings) if booking.kind is kind)
    return legs(books.journal(order, place))


def left(books: SellerBooks, order: Order) -> dict[tuple[str, str], int]:
    """What all of the order's journals leave, but for what is nothing."""
    sums: dict[tuple[str, str], int] = {}
    for journal in books.ledger.journals(order.order_id):
        for place, minor in legs(journal).items():
            sums[place] = sums.get(place, 0) + minor
    return {place: minor for place, minor in sums.items() if minor}


def delivered(order: Order) -> Order:
    return deliver(order, NOW, NOW, RESERVE)


CAPTURED = {
    (USD, PSP): 7_000,
    (USD, "fx_position:USD"): -7_000,
    (EUR, "fx_position:EUR"): 6_266,
    (EUR, "fx_spread_revenue"): -63,
    (EUR, "seller_pending"): -6_203,
}


def test_capture(books: SellerBooks) -> None:
    order = books.book(a_converted_order())

    capture = books.ledger.journal(capture_key("o1"))
    assert capture is not None
    assert legs(capture) == CAPTURED
    assert books.wallet(order).address == WalletAddress("seller:s1", EUR)
    assert set(books.ledger.wallet_rows) == {
        WalletAddress("seller:s1", EUR),
        WalletAddress("exchange:s1", USD),
    }
    assert all(wallet.total == 0 for wallet in books.ledger.wallet_rows.values())


def test_the_books_of_a_large_sellers_exchange_are_split_as_his_wallet_is(
    books: SellerBooks,
) -> None:
    books.book(a_converted_order(wallet_shard=3))

    assert set(books.ledger.wallet_rows) == {
        WalletAddress("seller:s1", EUR, 3),
        WalletAddress("exchange:s1.3", USD),
    }


def test_release_is_of_the_sellers_side_alone(books: SellerBooks) -> None:
    order = books.book(delivered(a_converted_order()))

    # 10 % of 6203, 19 % of that, 5 % of the rest.
    assert booked(books, order, K.RELEASE) == {
        (EUR, "seller_pending"): 6_203,
        (EUR, "platform_fee_revenue"): -620,
        (EUR, "fee_tax_payable"): -118,
        (EUR, "seller_reserve"): -273,
        (EUR, "seller_available"): -5_192,
    }


def test_a_refund_before_delivery_is_the_capture_turned_round(books: SellerBooks) -> None:
    order = books.book(refunded(a_converted_order(), amount_minor=None))

    assert booked(books, order, K.REFUND_REQUESTED) == {
        (EUR, "seller_pending"): 6_203,
        (EUR, "fx_spread_revenue"): 63,
        (EUR, "fx_position:EUR"): -6_266,
        (USD, "fx_position:USD"): 7_000,
        (USD, "refund_clearing"): -7_000,
    }
    assert booked(books, order, K.REFUND_PAID) == {
        (USD, "refund_clearing"): 7_000,
        (USD, PSP): -7_000,
    }
    assert left(books, order) == {}


def test_a_refund_after_delivery_in_parts_leaves_nothing(books: SellerBooks) -> None:
    order = delivered(a_converted_order())
    for number, part in enumerate((1, 333, 3_333, None)):
        order = refunded(order, amount_minor=part, refund_id=f"r{number}")

    assert left(books, books.book(order)) == {}


@pytest.mark.parametrize("deliver_first", [False, True])
@pytest.mark.parametrize("told", [(F.FAILED,), (F.SUCCEEDED, F.FAILED)])
def test_a_refund_that_came_back_leaves_what_was_captured(
    books: SellerBooks, told: tuple[SettlementKind, ...], deliver_first: bool
) -> None:
    order = a_converted_order()
    order = delivered(order) if deliver_first else order
    before = left(books, books.book(order))

    order = books.book(refunded(order, *told, amount_minor=2_345))

    assert left(books, order) == before
    mirror = K.REFUND_FAILED if told == (F.FAILED,) else K.REFUND_REVERSED
    assert booked(books, order, mirror)[USD, "fx_position:USD"] == -2_345


def test_a_chargeback_that_is_lost_takes_the_spread_along(books: SellerBooks) -> None:
    order = books.book(disputed(a_converted_order(), OPENED, LOST))

    assert booked(books, order, K.DISPUTE_WITHDRAWN) == {
        (USD, "chargeback_suspense"): 7_000,
        (USD, "dispute_fee_expense"): 1_500,
        (USD, PSP): -8_500,
    }
    assert booked(books, order, K.DISPUTE_HELD) == {
        (EUR, "seller_pending"): 6_203,
        (EUR, "seller_dispute_hold"): -6_203,
    }
    assert booked(books, order, K.DISPUTE_LOST) == {
        (EUR, "seller_dispute_hold"): 6_203,
        (EUR, "fx_spread_revenue"): 63,
        (EUR, "fx_position:EUR"): -6_266,
        (USD, "fx_position:USD"): 7_000,
        (USD, "chargeback_suspense"): -7_000,
    }
    assert left(books, order) == {(USD, "dispute_fee_expense"): 1_500, (USD, PSP): -1_500}


def test_a_chargeback_that_is_won_leaves_what_was_captured(books: SellerBooks) -> None:
    won = replace(OPENED, sequence=2, status=D.WON, withdrawn_minor=0, fee_minor=1_500)

    order = books.book(disputed(a_converted_order(), OPENED, won))

    fee = {(USD, "dispute_fee_expense"): 1_500, (USD, PSP): 5_500}
    assert left(books, order) == {**CAPTURED, **fee}


def test_a_loss_that_the_platform_bears_stays_in_the_buyers_currency(books: SellerBooks) -> None:
    opened = replace(OPENED, reason="not_received")

    order = books.book(
        disputed(a_converted_order(), opened, replace(opened, sequence=2, status=D.LOST))
    )

    assert "not_received" in DISPUTES.platform_liable_reasons
    assert booked(books, order, K.DISPUTE_ABSORBED) == {
        (USD, "chargeback_loss"): 7_000,
        (USD, "chargeback_suspense"): -7_000,
    }
    assert left(books, order)[EUR, "seller_pending"] == -6_203


def test_the_fee_that_a_loser_gets_back_is_in_his_currency(books: SellerBooks) -> None:
    rules = DisputeRules(frozenset(), fee_given_back_when_lost=True)

    order = books.book(disputed(delivered(a_converted_order()), OPENED, LOST, rules=rules))

    assert {currency for currency, _ in booked(books, order, K.DISPUTE_FEE_GIVEN_BACK)} == {EUR}


def test_what_is_nothing_in_the_sellers_currency_is_refunded_all_the_same(
    books: SellerBooks,
) -> None:
    order = a_converted_order(conversion=a_conversion(1, 1), amount_minor=10, captured_minor=10)

    order = books.book(refunded(order, amount_minor=4))

    assert booked(books, order, K.REFUND_REQUESTED) == {
        (USD, "fx_position:USD"): 4,
        (USD, "refund_clearing"): -4,
    }
    opened = replace(OPENED, amount_minor=1, withdrawn_minor=1, fee_minor=0)
    order = books.book(disputed(order, opened, replace(opened, sequence=2, status=D.LOST)))
    assert left(books, order)[USD, PSP] == 5


def test_a_failed_refund_does_not_undo_the_exchange_twice(books: SellerBooks) -> None:
    order = books.book(refunding(a_converted_order(), 7_000))
    sent = refunded(a_converted_order(), F.FAILED, amount_minor=7_000)

    books.book(sent)

    assert left(books, order) == CAPTURED


def test_a_part_that_was_captured_is_converted_in_proportion(books: SellerBooks) -> None:
    order = books.book(a_converted_order(OrderStatus.PARTIALLY_CAPTURED))

    assert left(books, order) == {
        (USD, PSP): 3_000,
        (USD, "fx_position:USD"): -3_000,
        (EUR, "fx_position:EUR"): 2_685,
        (EUR, "fx_spread_revenue"): -27,
        (EUR, "seller_pending"): -2_658,
    }


def test_a_late_answer_to_a_refund_is_of_the_amounts_it_was_asked_for() -> None:
    order = refunding(a_converted_order(), 1_000)
    sent = replace(
        order, refunds=(replace(order.refunds[0], sent_at=NOW, status=RefundStatus.SENT),)
    )

    _, after = apply_refund_fact(sent, a_refund_fact(sent, F.SUCCEEDED), NOW, POLICY)

    asked, paid = after.bookings
    assert (paid.paid, paid.split, paid.mid_minor) == (1_000, asked.split, asked.mid_minor)


def test_a_draft_names_every_wallet_it_may_move() -> None:
    (draft,) = order_drafts(a_converted_order(), NOW)

    assert set(draft.addresses) == {
        WalletAddress("seller:s1", EUR),
        WalletAddress("exchange:s1", USD),
        WalletAddress("exchange:s1", EUR),
    }


def test_the_books_hold_whatever_happens() -> None:
    assert unwound(played(range(120), kind=ConvertedMarket)) > 20
