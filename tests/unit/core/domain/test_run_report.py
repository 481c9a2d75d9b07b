"""The sum that proves a run whole: what stands on the account is explained, or it shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.close_pack import AGE_NAMES
from countinghouse.domain.errors import Invalid
from countinghouse.domain.run_report import (
    SETTLED_STATUSES,
    BreakLine,
    CurrencyLine,
    RunFacts,
)

UNSETTLED = ("expected", "open", "pending_approval", "a state of next year")
CURRENCIES = ("EUR", "JPY", "KWD")
MINORS = st.integers(-(10**12), 10**12)


def line(
    residual: int, status: str = "open", currency: str = "EUR", age: int = 0, number: int = 1
) -> BreakLine:
    return BreakLine(f"brk_{number}", "TIMING", status, "o1", currency, residual, age)


def facts(*breaks: BreakLine, **more: object) -> RunFacts:
    known: dict[str, object] = {"trial_balance": {"EUR": 0}, "breaks": breaks, **more}
    return RunFacts("rec_1", "sandbox", "2026-11-22", 0, 0, **known)  # type: ignore[arg-type]


def balance(minor: int, not_due: int = 0, unsettled: int = 0, code: str = "EUR") -> CurrencyLine:
    return CurrencyLine(code, balance_minor=minor, not_due_minor=not_due, unsettled_minor=unsettled)


def test_the_balance_is_what_is_not_due_what_breaks_leave_and_what_is_not_settled() -> None:
    run = facts(line(300), line(-50, "expected"), currencies=(balance(1_250, 900, 100),))

    (told,) = run.explanations()

    assert (told.balance_minor, told.not_due_minor) == (1_250, 900)
    assert (told.breaks_minor, told.unsettled_minor) == (250, 100)
    assert run.unexplained() == {}


@pytest.mark.parametrize(
    "found", [balance(1), balance(0, not_due=-1), balance(0, unsettled=-1)], ids=str
)
def test_one_minor_unit_is_seen(found: CurrencyLine) -> None:
    assert facts(currencies=(found,)).unexplained() == {"EUR": 1}


def test_a_break_in_a_currency_that_nothing_else_has_is_not_lost() -> None:
    run = facts(line(7, currency="JPY"), currencies=(balance(0),))

    assert run.unexplained() == {"JPY": -7}


def test_currencies_do_not_explain_each_other() -> None:
    run = facts(currencies=(balance(5, code="EUR"), balance(-5, code="JPY")))

    assert run.unexplained() == {"EUR": 5, "JPY": -5}


@pytest.mark.parametrize("status", sorted(SETTLED_STATUSES))
def test_a_settled_break_leaves_nothing(status: str) -> None:
    run = facts(line(99, status), currencies=(balance(0),))

    assert (run.unsettled, run.unexplained(), run.aged()) == ((), {}, {})


@pytest.mark.parametrize("status", UNSETTLED)
def test_any_other_break_does(status: str) -> None:
    assert facts(line(99, status), currencies=(balance(99),)).unexplained() == {}


@pytest.mark.parametrize(
    ("age", "named"),
    [(0, "0-1"), (1, "1-4"), (3, "1-4"), (4, "4-30"), (29, "4-30"), (30, "over-30")],
)
def test_ages_are_those_of_the_close_pack(age: int, named: str) -> None:
    assert line(1, age=age).age == named


def test_a_break_without_money_explains_nothing() -> None:
    run = facts(line(0, currency="", age=5))

    assert (run.explanations(), run.aged(), run.unexplained()) == ((), {}, {})
    assert len(run.unsettled) == 1


def test_an_amount_has_a_currency() -> None:
    with pytest.raises(Invalid):
        line(1, currency="")


def test_books_that_do_not_sum_to_zero_are_named() -> None:
    run = facts(trial_balance={"EUR": 0, "JPY": -3})

    assert run.unbalanced() == {"JPY": -3}


def test_the_account_is_the_psps() -> None:
    assert facts().account == "psp_receivable:sandbox"


BREAKS = st.lists(
    st.builds(
        line,
        MINORS,
        st.sampled_from((*UNSETTLED, *sorted(SETTLED_STATUSES))),
        st.sampled_from(CURRENCIES),
        st.integers(0, 60),
        st.integers(1, 9),
    ),
    max_size=12,
)


@given(BREAKS, st.lists(st.tuples(MINORS, MINORS, MINORS), min_size=3, max_size=3))
def test_what_is_explained_and_what_is_not_add_up(
    breaks: list[BreakLine], sums: list[tuple[int, int, int]]
) -> None:
    lines = [balance(*three, code=code) for code, three in zip(CURRENCIES, sums, strict=True)]
    run = facts(*breaks, currencies=tuple(lines))

    for told in run.explanations():
        rows = [b for b in breaks if b.currency == told.currency and b.status in UNSETTLED]
        left = sum(row.residual_minor for row in rows)
        assert told.breaks_minor == left
        assert told.balance_minor == (
            told.not_due_minor + left + told.unsettled_minor + told.unexplained_minor
        )
        aged = run.aged().get(told.currency)
        assert (sum(aged.amounts.values()) if aged else 0) == left
        assert (sum(aged.items.values()) if aged else 0) == len(rows)
        assert aged is None or tuple(aged.items) == AGE_NAMES
