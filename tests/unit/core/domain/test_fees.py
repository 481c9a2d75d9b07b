import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid
from countinghouse.domain.fees import FeeRule, FrozenFee, freeze_fee
from tests.strategies import minor_units

rules = st.builds(
    FeeRule,
    st.just("r"),
    basis_points=st.integers(0, 10_000),
    fixed_minor=st.integers(0, 10**6),
    tax_basis_points=st.integers(0, 20_000),
)


@given(minor_units, rules)
def test_fee_and_tax_never_take_more_than_the_order(amount: int, rule: FeeRule) -> None:
    fee = freeze_fee(amount, rule)

    assert 0 <= fee.fee_minor <= amount
    assert 0 <= fee.tax_minor <= amount - fee.fee_minor


@given(minor_units, rules)
def test_a_fee_is_within_half_a_minor_unit_of_exact(amount: int, rule: FeeRule) -> None:
    exact = amount * rule.basis_points + rule.fixed_minor * 10_000
    fee = freeze_fee(amount, rule)

    assert abs(10_000 * fee.fee_minor - min(exact, amount * 10_000)) <= 5_000


def test_the_worked_example() -> None:
    assert freeze_fee(7_000) == FrozenFee("default-v1", 700, 133)


def test_half_a_minor_unit_is_rounded_up() -> None:
    assert freeze_fee(5, FeeRule("r", basis_points=1_000)).fee_minor == 1
    assert freeze_fee(4, FeeRule("r", basis_points=1_000)).fee_minor == 0


@pytest.mark.parametrize("bounds", [(-1, 0, 0), (10_001, 0, 0), (0, -1, 0), (0, 0, -1)])
def test_a_rule_out_of_bounds_is_refused(bounds: tuple[int, int, int]) -> None:
    with pytest.raises(Invalid):
        FeeRule("r", *bounds)
