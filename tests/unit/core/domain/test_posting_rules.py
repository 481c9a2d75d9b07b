from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.booking import Booking, BookingKind, Split
from countinghouse.domain.delivery import Delivery
from countinghouse.domain.late_journals import SIDES
from countinghouse.domain.ledger import totals
from countinghouse.domain.posting_rules import POSTING_RULES
from countinghouse.domain.purse import Purse
from countinghouse.domain.wallet import Wallet
from tests.builders import NOW, a_delivered_order
from tests.converted import a_converted_order

K = BookingKind
ORDER = a_delivered_order()
TRANCHE = f"seller_reserve:s1@{ORDER.delivery.release_on if ORDER.delivery else ''}"
RICH = {
    "seller_pending:s1": -50_000,
    "seller_available:s1": -50_000,
    TRANCHE: -50_000,
    "seller_dispute_hold:s1": -50_000,
}
# A rule of a booking that undoes another books its own side only.
ONE_SIDED = {K.REFUND_FAILED, K.REFUND_REVERSED, K.DISPUTE_RELEASED}
WHOLE = Split(1_000, 300, 57, 132, 2_511)


def booked(kind: BookingKind, split: Split = WHOLE, charge: int = 0) -> dict[str, int]:
    """What a rule moves for a seller who has plenty of everything."""
    purse = Purse(Wallet(ORDER.wallet, RICH), "s1")
    POSTING_RULES[kind](purse, ORDER, Booking(kind, split, NOW, charge_minor=charge))
    return {leg.account.name: leg.amount.minor for leg in purse.legs()}


def test_every_kind_has_its_rule_but_for_what_no_seller_has_a_part_in() -> None:
    assert POSTING_RULES.keys() == set(BookingKind) - {K.LATE_PAYMENT}
    assert K.LATE_PAYMENT in SIDES


LEGS = {
    K.CAPTURE: {"psp_receivable:sandbox": 1_000, "seller_pending:s1": -1_000},
    K.RELEASE: {
        "seller_pending:s1": 3_000,
        "platform_fee_revenue": -300,
        "fee_tax_payable": -57,
        TRANCHE: -132,
        "seller_available:s1": -2_511,
    },
    K.REFUND_REQUESTED: {
        "seller_pending:s1": 1_000,
        "platform_fee_revenue": 300,
        "fee_tax_payable": 57,
        TRANCHE: 132,
        "seller_available:s1": 2_511,
        "refund_clearing": -4_000,
    },
    K.REFUND_PAID: {"refund_clearing": 4_000, "psp_receivable:sandbox": -4_000},
    K.REFUND_FAILED: {"refund_clearing": 4_000},
    K.REFUND_REVERSED: {"psp_receivable:sandbox": 4_000},
    K.DISPUTE_HELD: {
        "seller_pending:s1": 1_000,
        "seller_available:s1": 2_511,
        "seller_dispute_hold:s1": -3_511,
    },
    K.DISPUTE_WITHDRAWN: {
        "chargeback_suspense": 4_000,
        "dispute_fee_expense": 1_500,
        "psp_receivable:sandbox": -5_500,
    },
    K.DISPUTE_REINSTATED: {"psp_receivable:sandbox": 4_000, "chargeback_suspense": -4_000},
    K.DISPUTE_RELEASED: {"seller_dispute_hold:s1": 4_000},
    K.DISPUTE_LOST: {"seller_dispute_hold:s1": 4_000, "chargeback_suspense": -4_000},
    K.DISPUTE_ABSORBED: {"chargeback_loss": 4_000, "chargeback_suspense": -4_000},
    K.DISPUTE_FEE_GIVEN_BACK: {
        "platform_fee_revenue": 300,
        "fee_tax_payable": 57,
        "seller_available:s1": -357,
    },
}


@pytest.mark.parametrize("kind", sorted(POSTING_RULES))
def test_each_rule_moves_the_accounts_of_the_table(kind: BookingKind) -> None:
    # A hold knows no fee, tax or reserve: all that was released counts as the seller's.
    parts = {K.DISPUTE_HELD: Split(pending=1_000, seller=2_511), K.CAPTURE: Split(1_000)}
    split = parts.get(kind, WHOLE)

    assert booked(kind, split, charge=1_500) == LEGS[kind]


@given(
    st.sampled_from(sorted(POSTING_RULES.keys() - ONE_SIDED)),
    st.builds(Split, *[st.integers(0, 10**6)] * 5),
    st.integers(0, 10**6),
)
def test_whatever_is_booked_balances(kind: BookingKind, split: Split, charge: int) -> None:
    if kind is K.CAPTURE:
        split = Split(pending=split.pending)
    if kind is K.DISPUTE_HELD:
        split = Split(pending=split.pending, seller=split.seller)
    purse = Purse(Wallet(ORDER.wallet), "s1")

    POSTING_RULES[kind](purse, ORDER, Booking(kind, split, NOW, charge_minor=charge))

    assert totals(purse.legs()).get("EUR", 0) == 0


def test_a_release_without_reserve_names_no_tranche() -> None:
    order = replace(ORDER, delivery=None)
    purse = Purse(Wallet(order.wallet), "s1")

    POSTING_RULES[K.RELEASE](purse, order, Booking(K.RELEASE, Split(fee=1, seller=9), NOW))

    assert {leg.account.kind for leg in purse.legs()} == {
        "seller_pending",
        "platform_fee_revenue",
        "seller_available",
    }


def test_a_charge_alone_is_booked_alone() -> None:
    assert booked(K.DISPUTE_WITHDRAWN, Split(), charge=500) == {
        "dispute_fee_expense": 500,
        "psp_receivable:sandbox": -500,
    }


@pytest.mark.parametrize("delivery", [None, Delivery(NOW, NOW)])
def test_a_reserve_that_no_delivery_frees_has_no_day(delivery: Delivery | None) -> None:
    purse = Purse(Wallet(ORDER.wallet, RICH), "s1")
    order = replace(ORDER, delivery=delivery)

    POSTING_RULES[K.RELEASE](purse, order, Booking(K.RELEASE, Split(reserve=9), NOW))

    assert {leg.account.name for leg in purse.legs()} == {"seller_pending:s1", "seller_reserve:s1"}


CONVERTED = replace(a_converted_order(), delivery=ORDER.delivery)
# EUR 40.00 of the seller for USD 45.00 of the buyer, which are worth EUR 40.50.
FROM_BUYER = {
    ("fx_position:USD", "USD"): -4_500,
    ("fx_position:EUR", "EUR"): 4_050,
    ("fx_spread_revenue", "EUR"): -50,
}
TO_BUYER = {account: -minor for account, minor in FROM_BUYER.items()}
AT_PSP, CLEARING = ("psp_receivable:sandbox", "USD"), ("refund_clearing", "USD")
SUSPENSE = ("chargeback_suspense", "USD")
BOTH_CURRENCIES = {
    K.CAPTURE: {AT_PSP: 4_500, ("seller_pending:s1", "EUR"): -4_000, **FROM_BUYER},
    K.REFUND_REQUESTED: {("seller_pending:s1", "EUR"): 4_000, CLEARING: -4_500, **TO_BUYER},
    K.REFUND_PAID: {CLEARING: 4_500, AT_PSP: -4_500},
    K.REFUND_FAILED: {CLEARING: 4_500, **FROM_BUYER},
    K.REFUND_REVERSED: {AT_PSP: 4_500, **FROM_BUYER},
    K.DISPUTE_WITHDRAWN: {SUSPENSE: 4_500, ("dispute_fee_expense", "USD"): 1_500, AT_PSP: -6_000},
    K.DISPUTE_REINSTATED: {AT_PSP: 4_500, SUSPENSE: -4_500},
    K.DISPUTE_RELEASED: {("seller_dispute_hold:s1", "EUR"): 4_000},
    K.DISPUTE_LOST: {("seller_dispute_hold:s1", "EUR"): 4_000, SUSPENSE: -4_500, **TO_BUYER},
    K.DISPUTE_ABSORBED: {("chargeback_loss", "USD"): 4_500, SUSPENSE: -4_500},
}


def booked_converted(
    kind: BookingKind, minor: int = 4_000, mid: int | None = 4_050
) -> dict[tuple[str, str], int]:
    """What a rule moves, in which currency, when the buyer's USD 45.00 are `minor` EUR."""
    purse = Purse(Wallet(CONVERTED.wallet, RICH), "s1")
    booking = Booking(kind, Split(minor), NOW, charge_minor=1_500, paid_minor=4_500, mid_minor=mid)
    POSTING_RULES[kind](purse, CONVERTED, booking)
    return {(leg.account.name, leg.amount.currency): leg.amount.minor for leg in purse.legs()}


@pytest.mark.parametrize("kind", sorted(BOTH_CURRENCIES))
def test_a_converted_order_moves_the_buyers_money_in_the_buyers_currency(
    kind: BookingKind,
) -> None:
    assert booked_converted(kind) == BOTH_CURRENCIES[kind]


def test_what_has_no_worth_at_the_reference_rate_moves_none_of_the_sellers_currency() -> None:
    assert booked_converted(K.REFUND_REVERSED, 0, None) == {
        AT_PSP: 4_500,
        ("fx_position:USD", "USD"): -4_500,
    }
