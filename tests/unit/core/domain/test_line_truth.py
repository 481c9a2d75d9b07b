from dataclasses import replace

import pytest

from countinghouse.domain.accounts import Account
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.ledger import Journal, credit, debit, journal_key
from countinghouse.domain.line_truth import (
    answer_of,
    has_another_charge,
    payout_answer,
    payout_of,
    reference_of,
)
from countinghouse.domain.money import Money
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payout import PayoutJournal
from countinghouse.domain.payout_journals import payout_key
from countinghouse.domain.settlement import MOVEMENTS
from tests.breaks import a_difference
from tests.builders import NOW, an_order


def booked(kind: str, minor: int, psp_reference: str | None) -> Journal:
    """A journal that moves the PSP's account by `minor`."""
    sides = (debit, credit) if minor > 0 else (credit, debit)
    amount = Money(abs(minor), "EUR")
    return Journal(
        key=journal_key("o1", kind),
        kind=kind,
        reference="o1",
        legs=(
            sides[0](Account("psp_receivable", "sandbox"), amount),
            sides[1](Account("refund_clearing"), amount),
        ),
        event_at=NOW,
        created_at=NOW,
        cause="order:o1",
        psp_reference=psp_reference,
    )


def line(category: str, **changes: object) -> Difference:
    changes = {"modification_reference": "" if category == "capture" else "re_1"} | changes
    return a_difference(Sides.THEIRS, category, **changes)


KINDS = {
    "capture": "capture",
    "refund": "refund_paid",
    "refund_reversal": "refund_reversed",
    "chargeback": "dispute_withdrawn",
    "chargeback_reversal": "dispute_reinstated",
}


@pytest.mark.parametrize("category", sorted(MOVEMENTS))
def test_every_movement_has_the_journal_that_answers_it(category: str) -> None:
    difference = line(category)
    answer = booked(KINDS[category], 7_000, reference_of(difference))
    others = [booked(kind, 7_000, "re_1") for kind in KINDS.values() if kind != KINDS[category]]

    assert answer_of(difference, [*others, answer]) is answer
    assert answer_of(difference, others) is None


def test_a_capture_that_came_too_late_is_answered_by_its_own_kind_of_journal() -> None:
    late = booked("late_payment", 7_000, reference_of(line("capture")))

    assert answer_of(line("capture"), [late]) is late
    assert answer_of(line("refund"), [late]) is None


def test_another_refund_of_the_order_is_no_answer() -> None:
    assert answer_of(line("refund"), [booked("refund_paid", 7_000, "re_2")]) is None


def test_a_journal_that_names_nothing_answers_by_its_amount() -> None:
    refund = line("refund", their_amount=-3_000)

    assert answer_of(refund, [booked("refund_paid", -3_000, None)]) is not None
    assert answer_of(refund, [booked("refund_paid", -3_001, None)]) is None
    assert (
        answer_of(replace(refund, their_currency="USD"), [booked("refund_paid", -3_000, None)])
        is None
    )


def test_a_reserve_has_no_journal_of_an_order() -> None:
    assert answer_of(line("reserve_held"), [booked("capture", 7_000, "ch_1")]) is None


def test_a_return_is_known_by_its_own_id_and_a_capture_by_its_charge() -> None:
    assert reference_of(line("capture", modification_reference="cap_1")) == "ch_1"
    assert reference_of(line("refund")) == "re_1"
    assert reference_of(line("refund", modification_reference="")) == "ch_1"


@pytest.mark.parametrize(
    ("status", "reference", "another"),
    [
        (OrderStatus.CAPTURED, "ch_2", True),
        (OrderStatus.PARTIALLY_CAPTURED, "ch_2", True),
        (OrderStatus.CAPTURED, "ch_1", False),
        (OrderStatus.CAPTURED, "", False),
        (OrderStatus.SENT, "ch_2", False),
        (OrderStatus.FAILED, "ch_2", False),
    ],
)
def test_a_second_charge_is_one_beside_that_which_was_captured(
    status: OrderStatus, reference: str, another: bool
) -> None:
    order = an_order(status, psp_reference="ch_1")

    assert has_another_charge(order, line("capture", psp_reference=reference)) is another


def test_the_payout_that_a_bank_line_names() -> None:
    returned = a_difference(Sides.BANK_THEIRS, "payout_return", order_id="po_1")

    assert payout_of(returned) == "po_1"
    assert payout_of(replace(returned, order_id="", psp_reference="po_2")) == "po_2"
    assert payout_of(replace(returned, order_id="o1")) is None


@pytest.mark.parametrize(
    ("category", "kind"),
    [("payout_return", PayoutJournal.RETURNED), ("seller_payout", PayoutJournal.PAID)],
)
def test_the_journal_that_answers_a_bank_line(category: str, kind: PayoutJournal) -> None:
    named = a_difference(Sides.BANK_THEIRS, category, order_id="po_1")

    assert payout_answer(named) == payout_key("po_1", kind)
    assert payout_answer(replace(named, order_id="x")) is None
    assert payout_answer(replace(named, category="settlement")) is None
