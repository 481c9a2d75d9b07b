import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.errors import Invalid
from countinghouse.domain.psp_fees import ContractFee
from tests.strategies import minor_units

CONTRACT = ContractFee(14, 25)


@pytest.mark.parametrize(
    ("gross", "fee"),
    [(1, 25), (35, 25), (36, 26), (107, 26), (108, 27), (1_000, 39), (7_000, 123), (0, 25)],
)
def test_a_capture_costs_its_share_rounded_half_up_and_the_fixed_part(gross: int, fee: int) -> None:
    assert CONTRACT.of(gross) == fee


def test_half_a_unit_is_rounded_up() -> None:
    assert ContractFee(5, 0).of(100) == 1
    assert ContractFee(5, 0).of(99) == 0


def test_a_contract_may_take_all_of_it_and_no_unit_gets_lost_however_large() -> None:
    # 2**53 + 1 is the first whole number that a float cannot hold.
    assert ContractFee(1_000, 0).of(2**53 + 1) == 2**53 + 1


@given(minor_units)
def test_taking_all_of_a_capture_back_gives_back_all_but_the_fixed_part(gross: int) -> None:
    assert CONTRACT.of(gross) + CONTRACT.of(-gross) == CONTRACT.fixed_minor


@given(minor_units, st.integers(0, 1_000), st.integers(0, 100))
def test_the_share_is_within_half_a_unit_of_the_exact_one(
    gross: int, per_mille: int, fixed: int
) -> None:
    share = ContractFee(per_mille, fixed).of(gross) - fixed

    assert abs(2 * (share * 1_000 - gross * per_mille)) <= 1_000


@pytest.mark.parametrize(
    ("per_mille", "fixed", "field"),
    [(-1, 0, "per_mille"), (1_001, 0, "per_mille"), (14, -1, "fixed_minor")],
)
def test_a_contract_takes_nothing_below_zero(per_mille: int, fixed: int, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        ContractFee(per_mille, fixed)

    assert refused.value.field == field
