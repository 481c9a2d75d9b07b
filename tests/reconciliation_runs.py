"""Reconciliation runs for reports: one with a bit of everything, and any at all."""

from __future__ import annotations

from hypothesis import strategies as st

from countinghouse.domain.instants import start_of_day
from countinghouse.domain.run_report import (
    SETTLED_STATUSES,
    BreakLine,
    CurrencyLine,
    FileLine,
    RuleLine,
    RunFacts,
)

A_RUN = RunFacts(
    run_id="rec_sandbox_20261122",
    psp="sandbox",
    day="2026-11-22",
    as_of=start_of_day("2026-11-23"),
    matched=4_990,
    trial_balance={"EUR": 0, "JPY": 0},
    files=(
        FileLine("settlement-2026-11-22.csv", "settlement", "ab" * 32, "settled", 5_000, 0, 2),
        FileLine("bank-2026-11-22.xml", "bank", "cd" * 32, "stopped", 4, 1, 0, ("LINE_REJECTED",)),
    ),
    currencies=(
        CurrencyLine(
            "EUR",
            gross_minor=700_000,
            fee_minor=20_300,
            net_minor=679_700,
            paid_out_minor=679_000,
            arrived_minor=678_000,
            settled_minor=677_000,
            balance_minor=12_600,
            not_due_minor=7_000,
        ),
        CurrencyLine("JPY", balance_minor=-2_100, not_due_minor=900),
    ),
    breaks=(
        BreakLine("brk_timing", "TIMING", "expected", "ord_1", "EUR", 5_000, 0),
        BreakLine("brk_old", "AMOUNT_UNDER", "open", "ord_2", "EUR", 100, 20),
        BreakLine("brk_two", "CURRENCY_MISMATCH", "pending_approval", "ord_3", "EUR", 500, 9),
        BreakLine("brk_two", "CURRENCY_MISMATCH", "pending_approval", "ord_3", "JPY", -3_000, 9),
        BreakLine("brk_round", "ROUNDING", "auto_resolved", "ord_4", "EUR", 1, 0, "rounding@1"),
        BreakLine("brk_sent", "STATUS_MISMATCH", "matched", "ord_5", "EUR", 60, 2),
    ),
    rules=(RuleLine("rounding@1", "EUR", 1, 1, 500),),
)
"""All is explained: two breaks want a person, one waits, two are over."""

_TEXT = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=10),
    st.sampled_from(["<script>alert(1)</script>", '"><img src=x>', "=1+1", "&amp;", "]]>"]),
)
_CODES = st.sampled_from(["EUR", "JPY", "KWD"])
_MINORS = st.integers(-(10**12), 10**12)
_STATUSES = st.sampled_from(["expected", "open", "pending_approval", *sorted(SETTLED_STATUSES)])


@st.composite
def _breaks(draw: st.DrawFn) -> tuple[BreakLine, ...]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        code, status = draw(_TEXT), draw(_STATUSES)
        if draw(st.booleans()):
            found.append(BreakLine(f"brk_m{number}", code, status, draw(_TEXT), "", 0, 1))
        for currency in draw(st.lists(_CODES, min_size=1, max_size=2, unique=True)):
            residual, age = draw(_MINORS), draw(st.integers(0, 50))
            found.append(
                BreakLine(f"brk_{number}", code, status, draw(_TEXT), currency, residual, age)
            )
    return tuple(found)


def runs() -> st.SearchStrategy[RunFacts]:
    """Any run, with texts that nobody has checked."""
    currencies = st.lists(
        st.builds(CurrencyLine, _CODES, *[_MINORS] * 9), max_size=3, unique_by=lambda c: c.currency
    )
    files = st.builds(FileLine, _TEXT, _TEXT, _TEXT, _TEXT, st.integers(0, 9), st.integers(0, 9))
    rules = st.builds(RuleLine, _TEXT, _CODES, st.integers(0, 9), _MINORS, _MINORS)
    return st.builds(
        RunFacts,
        run_id=_TEXT,
        psp=st.sampled_from(["sandbox", "adyen"]),
        day=st.just("2026-11-22"),
        as_of=st.just(start_of_day("2026-11-23")),
        matched=st.integers(0, 10**9),
        trial_balance=st.dictionaries(_CODES, st.integers(-1, 1)),
        files=st.lists(files, max_size=3).map(tuple),
        currencies=currencies.map(tuple),
        breaks=_breaks(),
        rules=st.lists(rules, max_size=3).map(tuple),
    )
