"""The report says first whether it agrees, and its sums are those of the facts."""

import json
from dataclasses import replace

import pytest
from hypothesis import given

from countinghouse.domain.errors import Invalid
from countinghouse.domain.run_report import BreakLine, CurrencyLine, RuleLine, RunFacts
from countinghouse.reconciliation_report import notice, report, report_json, verdict
from tests.reconciliation_runs import A_RUN, runs

SAID = "psp_receivable:sandbox is explained to the minor unit and the books sum to zero."


def test_the_first_thing_said_is_that_all_is_explained() -> None:
    content = report_json(report(A_RUN)).decode()

    assert content.startswith(f'{{"verdict":"{SAID}","agrees":true,')


def test_the_first_thing_said_is_what_is_not_explained() -> None:
    euros, yen = A_RUN.currencies
    wrong = replace(
        A_RUN, currencies=(replace(euros, balance_minor=euros.balance_minor + 1_234), yen)
    )

    view = report(wrong)

    assert view["verdict"] == "NOT EXPLAINED on psp_receivable:sandbox: EUR 12.34."
    assert view["agrees"] is False
    assert view["explanation"]["EUR"]["unexplained"] == 1_234
    assert view["explanation"]["JPY"]["unexplained"] == 0


def test_books_that_do_not_sum_to_zero_are_said_as_loudly() -> None:
    wrong = replace(A_RUN, trial_balance={"EUR": 0, "JPY": -3})

    assert verdict(wrong) == "THE BOOKS DO NOT SUM TO ZERO: JPY -3."
    assert report(wrong)["agrees"] is False


def test_a_report_in_full() -> None:
    view = report(A_RUN)

    assert view["counts"] == {
        "lines": 5_004,
        "rejects": 1,
        "matched": 4_990,
        "open": 2,
        "expected": 1,
        "auto_resolved": 1,
        "resolved": 1,
        "by_code": {
            "AMOUNT_UNDER": {"open": 1, "expected": 0, "auto_resolved": 0, "resolved": 0},
            "CURRENCY_MISMATCH": {"open": 1, "expected": 0, "auto_resolved": 0, "resolved": 0},
            "ROUNDING": {"open": 0, "expected": 0, "auto_resolved": 1, "resolved": 0},
            "STATUS_MISMATCH": {"open": 0, "expected": 0, "auto_resolved": 0, "resolved": 1},
            "TIMING": {"open": 0, "expected": 1, "auto_resolved": 0, "resolved": 0},
        },
    }
    assert view["totals"]["EUR"] == {
        "gross": 700_000,
        "fee": 20_300,
        "net": 679_700,
        "paid_out": 679_000,
        "arrived": 678_000,
        "settled": 677_000,
    }
    assert view["explanation"]["EUR"] == {
        "balance": 12_600,
        "not_due": 7_000,
        "open_breaks": 5_600,
        "unsettled_files": 0,
        "unexplained": 0,
    }
    assert view["files"][0] == {
        "name": "settlement-2026-11-22.csv",
        "kind": "settlement",
        "hash": "ab" * 32,
        "status": "settled",
        "lines": 5_000,
        "rejects": 0,
        "duplicates": 2,
        "reasons": [],
    }
    assert view["resolved_by_rule"] == [
        {"rule": "rounding@1", "currency": "EUR", "count": 1, "used": 1, "cap": 500}
    ]
    assert view["trial_balance"] == {"EUR": 0, "JPY": 0}
    assert view["ageing"]["EUR"]["items"] == {"0-1": 1, "1-4": 0, "4-30": 2, "over-30": 0}


def test_breaks_stand_in_the_order_in_which_they_want_attention() -> None:
    rows = [(row["break_id"], row["currency"]) for row in report(A_RUN)["breaks"]]

    assert rows == [
        ("brk_old", "EUR"),
        ("brk_two", "EUR"),
        ("brk_two", "JPY"),
        ("brk_timing", "EUR"),
        ("brk_sent", "EUR"),
        ("brk_round", "EUR"),
    ]


def test_the_same_report_is_the_same_bytes_whatever_order_its_facts_came_in() -> None:
    turned = replace(
        A_RUN,
        breaks=A_RUN.breaks[::-1],
        currencies=A_RUN.currencies[::-1],
        trial_balance=dict([*A_RUN.trial_balance.items()][::-1]),
    )

    assert report_json(report(turned)) == report_json(report(A_RUN))


def test_rules_stand_by_name() -> None:
    rules = (RuleLine("b@1", "EUR", 1, 1, 9), RuleLine("a@2", "JPY", 2, 2, 9))

    view = report(replace(A_RUN, rules=rules))

    assert [row["rule"] for row in view["resolved_by_rule"]] == ["a@2", "b@1"]


def test_a_currency_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Invalid):
        report(replace(A_RUN, currencies=(CurrencyLine("ZZZ", balance_minor=1),)))


def test_the_notice_begins_with_the_verdict() -> None:
    subject, text = notice(report(A_RUN), "https://example.org/report.html")

    assert subject == "Reconciliation sandbox 2026-11-22: agrees, 2 open"
    assert text.splitlines()[0] == SAID
    assert "Paid out EUR 6790.00, arrived EUR 6780.00" in text
    assert text.endswith("\nhttps://example.org/report.html")


def test_the_notice_of_what_does_not_agree_says_so_in_its_subject() -> None:
    subject, text = notice(report(replace(A_RUN, trial_balance={"EUR": 1})))

    assert "DOES NOT AGREE" in subject
    assert text.startswith("THE BOOKS DO NOT SUM TO ZERO: EUR 0.01.")


def test_a_subject_is_one_that_sns_takes() -> None:
    named = replace(A_RUN, psp="é" * 64)

    subject, _ = notice(report(named))

    assert len(subject) <= 100
    assert subject.isascii()


@given(runs())
def test_sums_of_any_run(run: RunFacts) -> None:
    view = report(run)

    unsettled = {line.break_id for line in run.unsettled}
    counts = view["counts"]
    assert counts["open"] + counts["expected"] == len(unsettled)
    assert sum(sum(row.values()) for row in counts["by_code"].values()) == len(
        {line.break_id for line in run.breaks}
    )
    assert view["agrees"] == (
        not any(one["unexplained"] for one in view["explanation"].values())
        and not any(view["trial_balance"].values())
    )
    assert len(view["breaks"]) == len(run.breaks)
    assert json.loads(report_json(view)) == view


def test_a_break_in_two_currencies_is_one_break() -> None:
    two = tuple(
        BreakLine("brk_1", "CURRENCY_MISMATCH", "open", "o", code, minor, 0)
        for code, minor in (("EUR", 10), ("JPY", -9))
    )

    assert report(replace(A_RUN, breaks=two))["counts"]["open"] == 1
