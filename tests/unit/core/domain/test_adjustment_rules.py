import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.adjustment_rules import AdjustmentRules, parse_adjustments
from countinghouse.domain.errors import Invalid
from countinghouse.domain.money import AMOUNT_MAX, Money

RULES = AdjustmentRules({"EUR": 10_000})


@pytest.mark.parametrize(
    ("minor", "currency", "needs"),
    [(10_000, "EUR", False), (10_001, "EUR", True), (1, "JPY", True)],
)
def test_above_the_limit_and_where_there_is_none_it_takes_two(
    minor: int, currency: str, needs: bool
) -> None:
    assert RULES.needs_approval(Money(minor, currency)) is needs


@given(st.integers(0, AMOUNT_MAX), st.integers(1, AMOUNT_MAX))
def test_it_takes_two_exactly_above_the_limit(limit: int, minor: int) -> None:
    rules = parse_adjustments({"adjustments": {"approval_above_minor": {"EUR": limit}}})

    assert rules.needs_approval(Money(minor, "EUR")) is (minor > limit)


def test_a_document_without_the_section_lets_nobody_book_alone() -> None:
    assert parse_adjustments({"fees": []}).needs_approval(Money(1, "EUR"))


@pytest.mark.parametrize(
    ("section", "path"),
    [
        ({}, "adjustments.approval_above_minor"),
        (None, "adjustments"),
        ({"approval_above_minor": {"XXX": 1}}, "adjustments.approval_above_minor.XXX"),
        ({"approval_above_minor": {"EUR": -1}}, "adjustments.approval_above_minor.EUR"),
        ({"approval_above_minor": {"EUR": True}}, "adjustments.approval_above_minor.EUR"),
        ({"approval_above_minor": {}, "limit": 1}, "adjustments.limit"),
    ],
)
def test_what_is_wrong_is_refused_by_its_path(section: object, path: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_adjustments({"adjustments": section})

    assert refusal.value.field == path
