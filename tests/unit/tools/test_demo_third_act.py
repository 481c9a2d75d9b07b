"""The third act's comparisons: what was planted against what was found, and what is left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tools.client import Json
from tools.demo.third_act import Reconciled, compare_breaks, compare_clearing


def planted(kind: str, code: str, reference: str = "ch_1") -> Json:
    return {
        "kind": kind,
        "code": code,
        "psp_reference": reference,
        "order_id": "o1",
        "currency": "EUR",
        "amount": 100,
    }


def found(break_id: str, code: str, reference: str = "ch_1", **more: Any) -> Json:
    return {
        "break_id": break_id,
        "code": code,
        "psp_reference": reference,
        "status": "open",
        "day": "2026-11-22",
        **more,
    }


def reconciled(planted_: list[Json], breaks: list[Json], **report: Any) -> Reconciled:
    told = {"balance": 5, "not_due": 2, "open_breaks": 3, "unsettled_files": 0, "unexplained": 0}
    whole: Json = {"explanation": {"EUR": told}, "trial_balance": {"EUR": 0}, **report}
    return Reconciled({"date": "2026-11-22"}, planted_, breaks, whole, Path())


def test_what_was_planted_and_found_agrees() -> None:
    compared = compare_breaks(
        reconciled(
            [planted("amount", "AMOUNT_OVER"), planted("reserve", "RESERVE_MOVEMENT", "")],
            [
                found("b1", "AMOUNT_OVER"),
                found(
                    "b2",
                    "RESERVE_MOVEMENT",
                    "",
                    status="auto_resolved",
                    resolution={"rule_id": "reserve_movement", "rule_version": 1},
                ),
            ],
        )
    )

    assert compared.differences == ()
    assert [row[-1] for row in compared.rows] == ["ok", "ok"]
    assert compared.rows[1][3] == "auto_resolved by reserve_movement@1"


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        ([], "found as nothing, not TIMING"),
        ([found("b1", "AMOUNT_OVER")], "found as ['AMOUNT_OVER'], not TIMING"),
        ([found("b1", "TIMING"), found("b2", "ROUNDING", "ch_9")], "which nobody planted"),
    ],
)
def test_what_is_missed_misnamed_or_made_up_is_a_difference(breaks: list[Json], says: str) -> None:
    compared = compare_breaks(reconciled([planted("missing", "TIMING")], breaks))

    assert len(compared.differences) == 1
    assert says in compared.differences[0]


@pytest.mark.parametrize(
    ("day", "about", "differences"),
    [
        ("2026-11-20", {}, 0),
        ("2026-11-22", {}, 1),
        ("2026-11-20", {"order_id": "o2"}, 1),
    ],
)
def test_a_batch_of_an_earlier_day_is_not_the_demos(
    day: str, about: Json, differences: int
) -> None:
    breaks = [found("b1", "TIMING"), found("b2", "PAYOUT_BANK_MISSING", "", day=day, **about)]

    compared = compare_breaks(reconciled([planted("missing", "TIMING")], breaks))

    assert len(compared.differences) == differences


def test_what_has_been_missing_for_days_has_its_other_name() -> None:
    late = reconciled([planted("missing", "TIMING")], [found("b1", "MISSING_AT_PSP")])

    assert compare_breaks(late).differences == ()


@pytest.mark.parametrize(("unexplained", "total"), [(1, 0), (0, -1)])
def test_what_nothing_explains_is_a_difference(unexplained: int, total: int) -> None:
    told = {"balance": 5, "not_due": 2, "open_breaks": 3, "unsettled_files": 0}
    explanation = {"EUR": {**told, "unexplained": unexplained}}
    wrong = reconciled([], [], explanation=explanation, trial_balance={"EUR": total})

    assert compare_clearing(reconciled([], [])).differences == ()
    assert len(compare_clearing(wrong).differences) == 1
