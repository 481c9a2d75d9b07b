import pytest

from tests.payout_conversions import played, unwound


@pytest.mark.parametrize("seed", range(12))
def test_a_history_of_converted_payouts_loses_nothing(seed: int) -> None:
    unwound(played(seed, 30))
