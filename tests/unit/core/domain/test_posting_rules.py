from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.booking import Booking, BookingKind, Split
from countinghouse.domain.late_journals import SIDES
from countinghouse.domain.ledger import totals
from countinghouse.domain.posting_rules import POSTING_RULES
from countinghouse.domain.purse import Purse
from countinghouse.domain.wallet import Wallet
from tests.builders import NOW, a_delivered_order

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
