import pytest

from countinghouse.domain.errors import Invalid
from countinghouse.domain.money import AMOUNT_MAX
from tests.builders import NOW
from tests.payouts import an_exchange


def test_the_spread_is_what_lies_between_the_two_amounts() -> None:
    assert an_exchange(minor=5_530, mid_minor=5_586).spread_minor == 56
    assert an_exchange(minor=5_586, mid_minor=5_586).spread_minor == 0


@pytest.mark.parametrize(
    ("minor", "mid_minor"), [(0, 5), (-1, 5), (6, 5), (AMOUNT_MAX, AMOUNT_MAX + 1)]
)
def test_a_payout_sends_something_and_no_more_than_it_is_worth(minor: int, mid_minor: int) -> None:
    with pytest.raises(Invalid) as refusal:
        an_exchange(minor=minor, mid_minor=mid_minor)

    assert refusal.value.field == "amount"


@pytest.mark.parametrize("minor", [1, AMOUNT_MAX])
def test_the_least_and_the_most_may_be_sent(minor: int) -> None:
    assert an_exchange(minor=minor, mid_minor=AMOUNT_MAX).minor == minor


def test_it_is_over_when_the_quote_is() -> None:
    exchange = an_exchange(expires_at=NOW)

    assert (exchange.is_over(NOW - 1), exchange.is_over(NOW)) == (False, True)
