"""The reference rates that count on a day."""

from countinghouse.domain.errors import Invalid, NotFound
from countinghouse.domain.fx import RateTable
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import day_of
from countinghouse.ports.clock import Clock
from countinghouse.ports.fx import ReferenceRates


def read_fx_rates(
    day: str | None, rates: ReferenceRates, rules: FxRules, clock: Clock
) -> RateTable:
    """The newest rates of a day or of the days before that a quote might have used; None is today.

    Raises NotFound when there are none, Invalid for a day to come.
    """
    today = day_of(clock.now())
    if day is not None and day > today:
        raise Invalid("that day has not come", field="date")
    table = rates.newest(day or today, rules.max_age_days)
    if table is None:
        raise NotFound(f"there are no reference rates for {day or today}")
    return table
