from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.ledger import Leg, totals
from countinghouse.domain.psp_fees import ContractFee
from countinghouse.domain.reconciliation import FileStatus
from countinghouse.domain.settlement import BatchTotal, Category, Reject, Repeat, SettlementLine
from countinghouse.domain.settlement_file import (
    BATCHES_MAX,
    REASONS_NAMED,
    REJECTS_KEPT,
    FileResult,
    FileSummary,
    settlement_legs,
)

CONTRACT = ContractFee(14, 25)
C = Category


def a_line(
    number: int,
    category: Category = C.CAPTURE,
    gross: int = 7_000,
    fee: int = 0,
    currency: str = "EUR",
    *,
    batch: str = "7",
    raw_type: str = "",
    day: str = "2026-11-22",
) -> SettlementLine:
    return SettlementLine(
        line_hash=hashlib.sha256(f"{number}".encode()).hexdigest()[:32],
        file_id="f1",
        line_no=number,
        psp="sandbox",
        batch=batch,
        category=category,
        raw_type=raw_type or category.value,
        merchant_reference=f"ord_{number}",
        psp_reference=f"ch_{number}",
        modification_reference="",
        currency=currency,
        gross=gross,
        fee=fee,
        net=gross - fee,
        original_currency="",
        original_gross=0,
        booked_at=1_700_000_000_000,
        settlement_day=day,
    )


GOOD = [
    a_line(1, C.CAPTURE, 7_000, 130),
    a_line(2, C.CAPTURE, 1_000, 39),
    a_line(3, C.REFUND, -500, 5),
    a_line(4, C.CHARGEBACK, -1_000, 1_500),
    a_line(5, C.FEE, 0, 30),
    a_line(6, C.RESERVE_HELD, -300),
    a_line(7, C.CAPTURE, 2_000, 53, "USD"),
    a_line(8, C.PAYOUT, -4_496),
    a_line(9, C.PAYOUT, -1_947, 0, "USD"),
]


def result_of(*lines: SettlementLine | Reject) -> FileResult:
    summary = FileSummary(CONTRACT)
    for line in lines:
        summary.take(line)
    return summary.result()


def test_a_file_comes_to_a_total_for_each_batch_and_currency() -> None:
    found = result_of(*GOOD)

    assert found.totals == (
        BatchTotal(
            batch="7",
            currency="EUR",
            lines=6,
            gross=6_200,
            fee=1_704,
            # 123 and 39 by the contract, and the batch's own 30: no refund's, no chargeback's.
            expected_fee=192,
            net=4_496,
            paid_out=4_496,
        ),
        BatchTotal("7", "USD", 1, gross=2_000, fee=53, expected_fee=53, net=1_947, paid_out=1_947),
    )
    assert found.lines == 9
    assert found.counts == {
        "capture": 3,
        "chargeback": 1,
        "fee": 1,
        "payout": 2,
        "refund": 1,
        "reserve_held": 1,
    }
    assert found.days == ("2026-11-22",)
    assert (found.status, found.reasons) == (FileStatus.ACCEPTED, ())


@given(st.permutations(GOOD), st.lists(st.sampled_from(GOOD), max_size=5))
def test_neither_order_nor_repetition_changes_what_a_file_comes_to(
    order: list[SettlementLine], again: list[SettlementLine]
) -> None:
    found = result_of(*order, *again)

    assert replace(found, duplicates=0, repeats=()) == result_of(*GOOD)
    assert found.duplicates == len(again)


def test_only_a_line_that_is_new_and_good_is_to_be_kept() -> None:
    summary = FileSummary(CONTRACT)

    assert summary.take(GOOD[0])
    assert not summary.take(replace(GOOD[0], line_no=99))
    assert not summary.take(Reject(3, "is not UTF-8"))
    assert summary.take(GOOD[1])


def test_lines_that_stood_before_are_named_as_far_as_that_goes() -> None:
    again = [replace(GOOD[1], line_no=number) for number in range(10, 10 + REJECTS_KEPT + 5)]

    found = result_of(*GOOD, *again)

    assert found.repeats[0] == Repeat(10, "ord_2", "ch_2")
    assert (len(found.repeats), found.duplicates) == (REJECTS_KEPT, REJECTS_KEPT + 5)
    assert found.status is FileStatus.ACCEPTED


def test_a_rejected_line_stops_the_file_and_the_first_hundred_are_kept() -> None:
    rejects = [Reject(number, "is not UTF-8") for number in range(1, REJECTS_KEPT + 6)]

    found = result_of(*GOOD, *rejects)

    assert found.status is FileStatus.STOPPED
    assert found.reasons == (f"{REJECTS_KEPT + 5} lines could not be taken",)
    assert found.rejects == tuple(rejects[:REJECTS_KEPT])
    assert found.rejected == REJECTS_KEPT + 5
    assert found.totals == result_of(*GOOD).totals


def test_a_type_that_nobody_mapped_stops_the_file_and_is_named() -> None:
    unknown = [a_line(number, C.UNKNOWN, 0, raw_type="surcharge") for number in (20, 21)]

    found = result_of(*GOOD, *unknown)

    assert found.status is FileStatus.STOPPED
    assert found.reasons == ("types that nobody mapped: surcharge",)
    assert found.counts["unknown"] == 2


def test_only_so_many_unknown_types_are_named() -> None:
    found = result_of(*(a_line(n, C.UNKNOWN, 0, raw_type=f"t{n:02}") for n in range(30)))

    assert found.reasons[0].count(",") == REASONS_NAMED - 1


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (GOOD[1:], "batch 7 EUR: its lines come to -2374, its payout to 4496"),
        (GOOD[:7] + GOOD[8:], "batch 7 EUR: its lines come to 4496, it has no payout row"),
        (
            [*GOOD, a_line(30, C.PAYOUT, -1)],
            "batch 7 EUR: its lines come to 4496, its payout to 4497",
        ),
        (
            [*GOOD[:8], replace(GOOD[8], batch="8")],
            "batch 7 USD: its lines come to 1947, it has no payout row",
        ),
    ],
)
def test_a_batch_that_does_not_come_to_its_payout_stops_the_file(
    lines: list[SettlementLine], reason: str
) -> None:
    found = result_of(*lines)

    assert found.status is FileStatus.STOPPED
    assert found.reasons[0] == reason


def test_payouts_and_what_came_back_of_them_are_one_sum() -> None:
    found = result_of(
        a_line(1),
        a_line(2, C.PAYOUT, -7_000),
        a_line(3, C.PAYOUT, 2_000),
        a_line(4, C.PAYOUT, -2_000),
    )

    assert found.totals[0].paid_out == 7_000
    assert found.reasons == ()


def test_a_batch_that_comes_to_nothing_needs_no_payout() -> None:
    found = result_of(a_line(1, C.CAPTURE, 500), a_line(2, C.REFUND, -500))

    assert found.status is FileStatus.ACCEPTED
    assert found.totals[0].paid_out == 0


def test_a_file_without_lines_has_nothing_against_it() -> None:
    assert result_of() == FileResult(0, 0, 0, (), (), {}, (), (), ())
    assert result_of().status is FileStatus.ACCEPTED


def test_lines_of_two_days_stop_the_file() -> None:
    found = result_of(*GOOD, a_line(30, C.ADJUSTMENT, 0, day="2026-11-23"))

    assert found.reasons == ("lines of several settlement days",)
    assert found.days == ("2026-11-22", "2026-11-23")


def test_a_file_of_batches_without_end_is_bounded_and_stopped() -> None:
    found = result_of(*(a_line(n, C.ADJUSTMENT, 0, batch=str(n)) for n in range(BATCHES_MAX + 2)))

    assert len(found.totals) == BATCHES_MAX
    assert found.reasons == (f"more than {BATCHES_MAX} batches and currencies",)
    assert found.lines == BATCHES_MAX + 2


def test_only_so_many_open_batches_are_named() -> None:
    found = result_of(*(a_line(n, batch=str(n)) for n in range(30)))

    assert len(found.reasons) == REASONS_NAMED


def legs_of(arrived: int, expected_fee: int) -> dict[str, int]:
    total = BatchTotal("7", "EUR", 1, 0, 0, expected_fee, 0, arrived)
    legs = settlement_legs(total, arrived, "sandbox")
    assert {leg.amount.currency for leg in legs} <= {"EUR"}
    return {leg.account.name: leg.amount.minor for leg in legs}


@pytest.mark.parametrize(
    ("arrived", "expected_fee", "legs"),
    [
        (6_877, 123, (6_877, 123, -7_000)),
        (6_877, 0, (6_877, 0, -6_877)),
        (-500, 25, (-500, 25, 475)),
        (-500, -10, (-500, -10, 510)),
        (0, 25, (0, 25, -25)),
        (-25, 25, (-25, 25, 0)),
    ],
)
def test_a_settlement_moves_what_arrived_and_the_contracts_fee_off_the_psps_account(
    arrived: int, expected_fee: int, legs: tuple[int, int, int]
) -> None:
    accounts = ("bank:sandbox", "psp_fee_expense", "psp_receivable:sandbox")

    found = legs_of(arrived, expected_fee)

    assert found == {name: minor for name, minor in zip(accounts, legs, strict=True) if minor}


def test_nothing_moved_is_no_journal() -> None:
    assert legs_of(0, 0) == {}


@given(st.integers(-(10**15), 10**15), st.integers(-(10**12), 10**12))
def test_a_settlement_always_balances(arrived: int, expected_fee: int) -> None:
    total = BatchTotal("7", "EUR", 1, 0, 0, expected_fee, 0, arrived)

    legs: tuple[Leg, ...] = settlement_legs(total, arrived, "sandbox")

    assert sum(totals(legs).values()) == 0
    assert len(legs) != 1


def test_what_stays_on_the_psps_account_is_the_breaks_residuals() -> None:
    """Captures booked gross, a fee seven too high: seven stay, as the formula says."""
    found = result_of(a_line(1, C.CAPTURE, 7_000, 130), a_line(2, C.PAYOUT, -6_870))

    (total,) = found.totals
    receivable = 7_000 + legs_of(total.paid_out, total.expected_fee)["psp_receivable:sandbox"]

    assert receivable == 7_000 - (7_000 - (130 - CONTRACT.of(7_000)))
