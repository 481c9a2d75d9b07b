import pytest

from countinghouse.domain.errors import Invalid, NotFound
from countinghouse.domain.fx_rules import FxRules
from countinghouse.usecases.read_fx_rates import read_fx_rates
from tests.converted import RATES, TODAY, days_before
from tests.fakes.clock import FakeClock
from tests.fakes.fx import FakeReferenceRates

RULES = FxRules(2, 0, 0, {})


@pytest.mark.parametrize(
    ("day", "wanted"), [(None, TODAY), (TODAY, TODAY), (days_before(3), days_before(5))]
)
def test_the_newest_rates_that_a_quote_of_that_day_might_use(day: str | None, wanted: str) -> None:
    rates = FakeReferenceRates().lay(RATES, TODAY, days_before(5), days_before(6))

    assert read_fx_rates(day, rates, RULES, FakeClock()).as_of == wanted


def test_a_day_without_rates() -> None:
    with pytest.raises(NotFound):
        read_fx_rates(days_before(2), FakeReferenceRates().lay(RATES), RULES, FakeClock())


def test_a_day_to_come() -> None:
    with pytest.raises(Invalid):
        read_fx_rates(days_before(-1), FakeReferenceRates(), RULES, FakeClock())
