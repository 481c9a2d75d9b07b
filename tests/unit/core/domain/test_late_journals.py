"""The books of late money: it passes through, and no seller has any part in it."""

from dataclasses import replace
from typing import Any

import pytest

from countinghouse.domain.booking import BookingKind
from countinghouse.domain.conversion import Conversion
from countinghouse.domain.late_journals import SIDES, late_journals
from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import Order, OrderStatus
from countinghouse.domain.order_facts import apply_fact
from countinghouse.domain.order_journals import booking_key, order_drafts
from countinghouse.domain.order_late import taken_late
from countinghouse.domain.order_refunds import apply_refund_fact, start_refund
from countinghouse.domain.psp import FactKind, SettlementKind
from countinghouse.domain.wallet import WalletAddress, wallet_parts
from tests.builders import NOW, POLICY, a_fact, a_refund_fact, an_info, an_order

F = SettlementKind
B = BookingKind


def late(*said: SettlementKind, **changes: Any) -> Order:
    """An expired order whose money came, its refund sent and told of."""
    order = an_order(OrderStatus.EXPIRED, payment_info=an_info(method="qr"), **changes)
    fact = a_fact(order, FactKind.CAPTURED)
    order = taken_late(apply_fact(order, fact, NOW, POLICY), fact, NOW).order
    (refund,) = order.refunds
    if said:
        order = start_refund(order, refund, NOW, POLICY)
    for kind in said:
        fact_ = a_refund_fact(order, kind, refund.refund_id)
        order = apply_refund_fact(order, fact_, NOW, POLICY)[1]
    return order


def moved(journal: Journal) -> dict[str, int]:
    return {leg.account.name: leg.amount.minor for leg in journal.legs}


def balances(order: Order) -> dict[str, int]:
    """What is left on each account after all of the order's journals."""
    left: dict[str, int] = {}
    for journal in late_journals(order, NOW):
        for name, minor in moved(journal).items():
            left[name] = left.get(name, 0) + minor
    return {name: minor for name, minor in left.items() if minor}


PSP, UNALLOCATED, GOING = "psp_receivable:sandbox", "unallocated:sandbox", "refund_clearing"


def test_each_step_moves_the_whole_sum_from_one_account_to_the_next() -> None:
    journals = late_journals(late(F.SUCCEEDED, F.FAILED), NOW)

    assert [(str(j.kind), moved(j)) for j in journals] == [
        ("late_payment", {PSP: 7_000, UNALLOCATED: -7_000}),
        ("refund_requested", {UNALLOCATED: 7_000, GOING: -7_000}),
        ("refund_paid", {GOING: 7_000, PSP: -7_000}),
        ("refund_reversed", {PSP: 7_000, UNALLOCATED: -7_000}),
    ]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ((), {PSP: 7_000, GOING: -7_000}),
        ((F.SUCCEEDED,), {}),
        ((F.FAILED,), {PSP: 7_000, UNALLOCATED: -7_000}),
        ((F.SUCCEEDED, F.FAILED), {PSP: 7_000, UNALLOCATED: -7_000}),
    ],
)
def test_what_is_left_is_what_has_not_gone_back(
    said: tuple[SettlementKind, ...], left: dict[str, int]
) -> None:
    assert balances(late(*said)) == left


def test_what_undoes_a_reservation_names_it() -> None:
    order = late(F.FAILED)
    *_, failed = late_journals(order, NOW)

    assert failed.reverses == booking_key(order, 1).ledger_id
    assert [j.reverses for j in late_journals(late(F.SUCCEEDED), NOW)] == [None] * 3


def test_the_psps_names_are_on_what_moved_at_the_psp() -> None:
    order = late(F.SUCCEEDED, F.FAILED)
    refund = f"re_{order.refunds[0].refund_id}"

    assert [j.psp_reference for j in late_journals(order, NOW)] == ["ch_1", None, refund, refund]


def test_without_the_refund_nothing_is_named_by_it() -> None:
    order = replace(late(F.SUCCEEDED), refunds=())

    assert [j.psp_reference for j in late_journals(order, NOW)] == ["ch_1", None, None]


def test_a_journal_says_of_which_order_it_is_when_and_why() -> None:
    order = late(F.SUCCEEDED)
    refund = order.refunds[0].refund_id

    journals = late_journals(order, NOW + 5)

    told = [f"order:o1:{subject}" for subject in ("ch_1", refund, refund)]
    assert [j.cause for j in journals] == told
    assert {(j.reference, j.home, j.created_at) for j in journals} == {("o1", "late:s1", NOW + 5)}
    assert [j.event_at for j in journals] == [b.event_at for b in order.bookings]


def test_no_sellers_wallet_carries_any_of_it() -> None:
    for journal in late_journals(late(F.SUCCEEDED, wallet_shard=3), NOW):
        assert set(wallet_parts(journal)) == {WalletAddress("late:s1", "EUR", 0)}


def test_of_a_converted_order_only_the_buyers_currency_moves() -> None:
    order = late(
        F.SUCCEEDED, conversion=Conversion("q1", "ecb", "2026-11-18", "11/10", "USD", 7_700, 7_800)
    )

    assert {leg.amount.currency for j in late_journals(order, NOW) for leg in j.legs} == {"EUR"}
    assert balances(order) == {}


def test_the_journals_are_those_of_the_bookings_from_the_first_that_may_lack() -> None:
    order = late(F.SUCCEEDED)

    assert [j.key for j in late_journals(order, NOW)] == [booking_key(order, p) for p in range(3)]
    assert [j.kind for j in late_journals(replace(order, booked=2), NOW)] == [B.REFUND_PAID]
    assert {j.checkout_id for j in late_journals(order, NOW)} == {"c1"}


def test_without_late_money_there_are_none_and_with_it_no_others() -> None:
    assert late_journals(an_order(OrderStatus.EXPIRED), NOW) == ()
    assert late_journals(an_order(OrderStatus.CAPTURED), NOW) == ()
    assert order_drafts(late(), NOW) == ()


def test_every_way_of_a_refund_has_its_sides() -> None:
    assert SIDES.keys() == {
        B.LATE_PAYMENT, B.REFUND_REQUESTED, B.REFUND_PAID, B.REFUND_FAILED, B.REFUND_REVERSED,
    }  # fmt: skip
