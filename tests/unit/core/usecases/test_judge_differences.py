from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.break_codes import DUPLICATE_LINE, id_of
from countinghouse.domain.break_rules import CapKey
from countinghouse.domain.breaks import Break, BreakAction, BreakCode, BreakStatus
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.instants import DAY as A_DAY
from countinghouse.domain.late_journals import late_journals
from countinghouse.domain.order import RESTING_STATUSES, OrderStatus
from countinghouse.domain.order_journals import order_drafts
from countinghouse.domain.payout import PayoutJournal, PayoutStatus
from countinghouse.domain.payout_journals import PayoutDraft
from countinghouse.domain.posting import plan_posting
from countinghouse.domain.reconciliation import shifted
from countinghouse.messages import aftercare_message, orders_message, payouts_message
from countinghouse.usecases.judge_differences import (
    LAG_MAX,
    RACES_MAX,
    Judged,
    Judging,
    judge_differences,
)
from tests.breaks import DAY, PSP, RULES, a_difference, a_look, balance, books_of, kinds
from tests.builders import NOW, a_late_order, an_order, refunded
from tests.converted import RATES
from tests.fakes.books import FakeOrderBook
from tests.fakes.breaks import FakeBreakBook
from tests.fakes.clock import FakeClock
from tests.fakes.fx import FakeReferenceRates, a_desk
from tests.payouts import S1_EUR, a_payout, earned

C = BreakCode
S = BreakStatus
O = OrderStatus  # noqa: E741
RECEIVABLE = f"psp_receivable:{PSP}"
FEE_UP = a_difference(fee=125)
SHORT = a_difference(their_amount=6_500, anchor="ledger:jrn_2")
LINE = a_difference(Sides.THEIRS)


@dataclass
class House:
    breaks: FakeBreakBook = field(default_factory=FakeBreakBook)
    orders: FakeOrderBook = field(default_factory=FakeOrderBook)
    clock: FakeClock = field(default_factory=FakeClock)
    rates: FakeReferenceRates = field(default_factory=FakeReferenceRates)

    def judge(self, *differences: Difference, day: str = DAY, mark: str = "exec-1/1") -> Judged:
        """One portion of one look."""
        ports = Judging(books_of(self.breaks, self.clock), self.orders, RULES, a_desk(self.rates))
        return judge_differences(differences, a_look(day, mark), ports)

    def of(self, difference: Difference) -> Break:
        return self.breaks.rows[id_of(difference, PSP)]

    def cap(self, rule: str, day: str = DAY) -> tuple[int, int]:
        """How many breaks a rule settled that day, and how much."""
        uses = self.breaks.caps.used([CapKey(rule, PSP, "EUR", day)])
        return (uses[0].count, uses[0].used_minor) if uses else (0, 0)


@pytest.fixture
def house() -> House:
    return House()


def test_a_difference_becomes_a_break(house: House) -> None:
    judged = house.judge(SHORT)

    assert judged.counts == {"opened": 1}
    assert judged.messages == ()
    brk = house.of(SHORT)
    assert (brk.code, brk.status, brk.residuals) == (C.SPLIT_MISMATCH, S.OPEN, (("EUR", 500),))
    assert kinds(house.breaks.ledger) == []


def test_a_rule_settles_within_its_limit_with_a_journal_that_names_it(house: House) -> None:
    judged = house.judge(FEE_UP)

    assert judged.counts == {"opened": 1, "auto_resolved": 1}
    brk = house.of(FEE_UP)
    assert (brk.code, brk.status, brk.left) == (C.FEE_VARIANCE, S.AUTO_RESOLVED, ())
    ((ledger_id, row),) = house.breaks.ledger.linked.items()
    assert (row.journal.kind, row.journal.cause) == ("recon_fee_variance", "rule:fee_variance@1")
    assert brk.standing == (ledger_id,)
    assert balance(house.breaks.ledger, "psp_fee_expense") == 2
    assert balance(house.breaks.ledger, RECEIVABLE) == -2
    assert house.cap("fee_variance") == (1, 2)


def test_running_the_day_again_opens_and_books_nothing(house: House) -> None:
    portion = [FEE_UP, SHORT, LINE, a_difference(Sides.OURS, anchor="ledger:jrn_3")]
    house.judge(*portion)
    before, journals = dict(house.breaks.rows), kinds(house.breaks.ledger)

    judged = house.judge(*portion, mark="exec-2/1")

    assert judged.counts == {"known": 4}
    assert kinds(house.breaks.ledger) == journals
    assert house.cap("fee_variance") == (1, 2)
    for break_id, brk in house.breaks.rows.items():
        seen = replace(before[break_id], seen_in="exec-2/1", seen_at=NOW, version=brk.version)
        assert brk == seen


def test_what_a_line_without_a_journal_brought_is_parked_and_a_persons(house: House) -> None:
    judged = house.judge(LINE)

    brk = house.of(LINE)
    assert (brk.code, brk.status, brk.is_parked, brk.left) == (
        C.MISSING_IN_LEDGER,
        S.OPEN,
        True,
        (),
    )
    assert balance(house.breaks.ledger, f"unallocated:{PSP}") == -7_000
    assert balance(house.breaks.ledger, RECEIVABLE) == 7_000
    assert judged.counts == {"opened": 1}


def test_a_line_that_was_dropped_is_told_of_and_wants_nothing(house: House) -> None:
    repeated = a_difference(
        Sides.THEIRS, DUPLICATE_LINE, their_currency="", their_amount=0, fee=0, expected_fee=0
    )

    first = house.judge(repeated)
    second = house.judge(repeated, mark="exec-2/1")

    assert first.counts == {"opened": 1, "dropped": 1}
    assert second.counts == {"known": 1, "dropped": 1}
    brk = house.of(repeated)
    assert (brk.code, brk.status, brk.left) == (C.DUPLICATE_LINE, S.VOID, ())


def test_what_a_cap_has_no_room_for_is_a_persons(house: House) -> None:
    rounded = [a_difference(their_amount=7_001, anchor=f"ledger:jrn_{n}") for n in range(5)]

    judged = house.judge(*rounded)

    assert judged.counts == {"opened": 5, "auto_resolved": 3}
    assert house.cap("rounding") == (3, 3)
    left = [brk for brk in house.breaks.rows.values() if brk.status is S.OPEN]
    assert len(left) == 2
    assert all("rule rounding@2 has no more left of its cap" in brk.detail for brk in left)
    assert balance(house.breaks.ledger, "rounding") == -3
    # The next day's cap is for the next day's breaks.
    house.judge(*rounded, day=shifted(DAY, 1), mark="exec-2/1")
    assert balance(house.breaks.ledger, "rounding") == -3
    fresh = replace(rounded[0], anchor="ledger:jrn_9", day=shifted(DAY, 1))
    house.judge(fresh, day=shifted(DAY, 1), mark="exec-2/1")
    assert house.of(fresh).status is S.AUTO_RESOLVED


def test_a_late_movement_becomes_a_persons(house: House) -> None:
    missing = a_difference(Sides.OURS)
    house.judge(missing)
    house.judge(missing, day=shifted(DAY, 4), mark="exec-2/1")

    assert (house.of(missing).code, house.of(missing).status) == (C.MISSING_AT_PSP, S.OPEN)
    assert house.of(missing).run_id == "rec_sandbox_20261118"


def test_an_orphan_that_stays_one_is_a_persons(house: House) -> None:
    orphan = a_difference(Sides.THEIRS, "refund", order_id="")
    house.judge(orphan)
    assert house.of(orphan).status is S.EXPECTED

    house.judge(orphan, day=shifted(DAY, 2), mark="exec-2/1")

    assert (house.of(orphan).status, house.of(orphan).is_parked) == (S.OPEN, False)


# What the ledger says, when the lake has nothing.


def captured(house: House, **changes: Any) -> None:
    """The order is captured and its journal booked."""
    order = an_order(O.CAPTURED, **changes)
    house.orders.put(order)
    book(order_drafts(order, house.clock.now()), house.breaks.ledger, house.breaks.ledger)


def test_a_journal_that_is_booked_only_lags(house: House) -> None:
    captured(house)
    before = kinds(house.breaks.ledger)

    judged = house.judge(LINE)

    assert judged.counts == {"lagging": 1}
    assert house.breaks.rows == {}
    assert kinds(house.breaks.ledger) == before


def test_a_journal_that_lags_for_a_day_is_a_break_and_not_booked_again(house: House) -> None:
    captured(house)
    house.clock.instant += LAG_MAX

    judged = house.judge(LINE)

    assert judged.counts == {"opened": 1}
    brk = house.of(LINE)
    assert (brk.status, brk.is_parked, brk.left) == (S.OPEN, False, (("EUR", -7_000),))
    assert "has not reached the lake" in brk.detail


def test_a_refund_whose_journal_is_booked_only_lags(house: House) -> None:
    order = refunded(an_order(O.CAPTURED))
    house.orders.put(order)
    book(order_drafts(order, NOW), house.breaks.ledger, house.breaks.ledger)
    refund = partial(a_difference, Sides.THEIRS, "refund", parent_known=True)

    known = house.judge(refund(modification_reference="re_r1"))
    other = house.judge(refund(modification_reference="re_r2", anchor="line:2"))

    assert known.counts == {"lagging": 1}
    assert other.counts == {"opened": 1}
    assert other.messages == (aftercare_message("o1"),)
    assert house.of(refund(anchor="line:2")).code is C.STATUS_MISMATCH


def test_an_orphan_of_an_order_that_only_the_lake_lacks_is_a_mismatch(house: House) -> None:
    captured(house)
    orphan = a_difference(Sides.THEIRS, "refund", modification_reference="re_1")

    house.judge(orphan)

    assert house.of(orphan).code is C.STATUS_MISMATCH


def test_a_second_charge_that_the_lake_does_not_know_for_one_is_a_duplicate(house: House) -> None:
    captured(house, psp_reference="ch_0")

    judged = house.judge(LINE)

    assert (house.of(LINE).code, house.of(LINE).is_parked) == (C.DUPLICATE_AT_PSP, False)
    assert judged.counts == {"opened": 1}


UNDER_WAY = sorted({*OrderStatus} - RESTING_STATUSES)


@pytest.mark.parametrize("status", UNDER_WAY)
def test_an_order_under_way_is_asked_after_and_its_money_not_parked(
    house: House, status: OrderStatus
) -> None:
    house.orders.put(an_order(status))

    judged = house.judge(LINE, replace(LINE, anchor="line:2"))

    assert judged.counts == {"opened": 2, "under_way": 2}
    assert judged.messages == (orders_message("o1", "c1"),)
    assert (house.of(LINE).status, house.of(LINE).is_parked) == (S.EXPECTED, False)
    assert kinds(house.breaks.ledger) == []


def test_late_money_that_is_booked_only_lags_and_until_then_is_under_way(house: House) -> None:
    order = a_late_order()
    house.orders.put(order)
    assert house.judge(LINE).messages == (aftercare_message("o1"),)
    assert (house.of(LINE).status, house.of(LINE).is_parked) == (S.EXPECTED, False)

    book(late_journals(order, NOW), house.breaks.ledger, house.breaks.ledger)

    assert house.judge(replace(LINE, anchor="line:2")).counts == {"lagging": 1}


def test_a_captured_order_without_its_journal_is_under_way_as_well(house: House) -> None:
    house.orders.put(an_order(O.CAPTURED))

    judged = house.judge(LINE)

    assert judged.messages == (aftercare_message("o1"),)
    assert house.of(LINE).status is S.EXPECTED


def test_an_order_that_never_comes_to_its_end_is_a_persons(house: House) -> None:
    house.orders.put(an_order(O.UNKNOWN))
    house.judge(LINE)

    judged = house.judge(LINE, day=shifted(DAY, 4), mark="exec-2/1")

    assert (house.of(LINE).status, house.of(LINE).is_parked) == (S.OPEN, True)
    assert judged.messages == (orders_message("o1", "c1"),)


@pytest.mark.parametrize("status", [O.FAILED, O.VOIDED, O.CANCELLED, O.EXPIRED, O.CONFLICTED])
def test_an_order_that_came_to_nothing_leaves_its_money_unallocated(
    house: House, status: OrderStatus
) -> None:
    house.orders.put(an_order(status))

    judged = house.judge(LINE)

    assert judged.messages == ()
    assert house.of(LINE).is_parked


@pytest.mark.parametrize("echoed", ["", "x" * 65, "o9"])
def test_a_line_that_names_no_order_of_ours_is_parked(house: House, echoed: str) -> None:
    line = replace(LINE, order_id=echoed)

    house.judge(line)

    assert house.of(line).is_parked


def test_a_returned_payout_is_asked_after(house: House) -> None:
    returned = a_difference(
        Sides.BANK_THEIRS, "payout_return", order_id="po_1", our_currency="", our_amount=0
    )

    judged = house.judge(returned)

    assert judged.messages == (payouts_message("po_1"),)
    assert (house.of(returned).code, house.of(returned).status) == (C.PAYOUT_RETURNED, S.OPEN)


def test_a_returned_payout_that_is_booked_as_one_only_lags(house: House) -> None:
    ledger = house.breaks.ledger
    ledger.commit(plan_posting([earned(8_000)], ledger.wallets([S1_EUR])).posting)
    payout = a_payout(PayoutStatus.RETURNED, returned_at=NOW)
    for kind in (PayoutJournal.RESERVE, PayoutJournal.PAID, PayoutJournal.RETURNED):
        draft = PayoutDraft(payout, kind, NOW)
        ledger.commit(plan_posting([draft], ledger.wallets([S1_EUR])).posting)
    returned = a_difference(Sides.BANK_THEIRS, "payout_return", order_id="po_1")

    assert house.judge(returned).counts == {"lagging": 1}


# Races and repeats.


def test_a_break_that_another_opened_meanwhile_is_touched(house: House) -> None:
    house.breaks.interfere.append(lambda: house.judge(FEE_UP, mark="exec-2/1"))

    judged = house.judge(FEE_UP)

    assert judged.counts == {"known": 1}
    assert kinds(house.breaks.ledger) == ["recon_fee_variance"]
    assert house.cap("fee_variance") == (1, 2)


def test_a_wallet_that_moves_meanwhile_only_costs_a_try(house: House) -> None:
    other = a_difference(fee=124, anchor="ledger:jrn_9")
    house.breaks.ledger.interfere.append(lambda: house.judge(other, mark="exec-2/1"))

    house.judge(FEE_UP)

    assert house.of(FEE_UP).status is S.AUTO_RESOLVED
    assert house.cap("fee_variance") == (2, 3)


def test_a_break_that_never_keeps_still_is_tried_again_later(house: House) -> None:
    def move() -> None:
        brk = house.of(SHORT)
        house.breaks.put(brk.changed(NOW))

    house.judge(SHORT)
    house.breaks.interfere += [move] * RACES_MAX

    with pytest.raises(Conflict):
        house.judge(SHORT, mark="exec-2/1")


def test_a_step_that_died_in_a_portion_is_repeated_whole(house: House) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    rounded = [a_difference(their_amount=7_001, anchor=f"ledger:jrn_{n}") for n in range(3)]
    house.breaks.interfere += [lambda: None, lambda: None, die]
    with pytest.raises(KeyboardInterrupt):
        house.judge(*rounded)

    judged = house.judge(*rounded)

    assert judged.counts == {"known": 2, "opened": 1, "auto_resolved": 1}
    assert house.cap("rounding") == (3, 3)
    assert balance(house.breaks.ledger, "rounding") == -3


def test_a_difference_in_which_nothing_differs_stops_the_portion(house: House) -> None:
    with pytest.raises(Invalid):
        house.judge(a_difference())


def test_other_facts_undo_what_a_rule_settled_and_are_a_persons(house: House) -> None:
    house.judge(FEE_UP)

    judged = house.judge(replace(FEE_UP, fee=224), mark="exec-2/1")

    brk = house.of(FEE_UP)
    assert (brk.status, brk.left, brk.standing) == (S.OPEN, (("EUR", 101),), ())
    assert balance(house.breaks.ledger, "psp_fee_expense") == 0
    assert kinds(house.breaks.ledger) == ["recon_fee_variance", "recon_reopen"]
    assert [one.action for one in brk.past] == [BreakAction.RULE]
    assert judged.counts == {"known": 1}


def test_a_break_that_a_person_reopened_is_left_to_them(house: House) -> None:
    house.judge(FEE_UP)
    settled = house.of(FEE_UP)
    house.breaks.put(settled.moved(S.OPEN, NOW, standing=()))

    house.judge(FEE_UP, mark="exec-2/1")

    assert house.of(FEE_UP).status is S.OPEN
    assert kinds(house.breaks.ledger) == ["recon_fee_variance"]


def test_time_is_read_once_a_step(house: House) -> None:
    house.clock.instant += A_DAY
    house.judge(SHORT)

    assert house.of(SHORT).opened_at == house.of(SHORT).seen_at == NOW + A_DAY


CONVERTED = a_difference(
    our_currency="JPY",
    our_amount=10_000,
    their_amount=5_690,
    fee=105,
    expected_fee=105,
    original_currency="JPY",
    original_gross=10_000,
)
"""JPY 10,000 are EUR 56.92 at that day's mid rate."""


def test_what_the_psp_converted_leaves_the_psps_account_in_both_currencies(house: House) -> None:
    house.rates.lay(replace(RATES, as_of=DAY))

    judged = house.judge(CONVERTED)

    assert judged.counts == {"opened": 1, "auto_resolved": 1}
    (row,) = house.breaks.ledger.linked.values()
    assert {
        (leg.account.name, leg.amount.currency): leg.amount.minor for leg in row.journal.legs
    } == {
        (RECEIVABLE, "JPY"): -10_000,
        ("fx_position:JPY", "JPY"): 10_000,
        (RECEIVABLE, "EUR"): 5_690,
        ("fx_position:EUR", "EUR"): -5_692,
        ("fx_gain_loss", "EUR"): 2,
    }
    assert house.cap("fx_variance") == (1, 2)


def test_rates_of_days_before_count_as_long_as_they_are_fresh(house: House) -> None:
    house.rates.lay(RATES, shifted(DAY, -5))
    assert house.judge(CONVERTED).counts["auto_resolved"] == 1

    house = House()
    house.rates.lay(RATES, shifted(DAY, -6))
    assert house.judge(CONVERTED).counts == {"opened": 1}
    assert (house.of(CONVERTED).code, house.of(CONVERTED).status) == (C.FX_VARIANCE, S.OPEN)


def test_no_rate_is_looked_for_where_the_psp_does_not_say_that_it_converted(house: House) -> None:
    house.rates.lay(replace(RATES, as_of=DAY))
    silent = replace(CONVERTED, anchor="ledger:jrn_9", original_currency="", original_gross=0)

    house.judge(silent, FEE_UP)

    assert house.of(silent).code is C.CURRENCY_MISMATCH
    assert house.rates.asked == []
