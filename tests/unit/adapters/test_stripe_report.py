"""The report's columns: what is asked for is what is read."""

from __future__ import annotations

from typing import Any

from countinghouse_aws import stripe_report
from countinghouse_aws.settlement import stripe
from countinghouse_aws.settlement.cells import Cells
from countinghouse_aws.settlement.entries import Origin
from tests.unit.adapters.test_settlement_stripe import CHARGE


class Places(dict[str, int]):
    """Where a row's columns stand, and which of them were looked for."""

    def __init__(self, names: list[str]) -> None:
        super().__init__({name: place for place, name in enumerate(names)})
        self.looked_for: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.looked_for.add(name)
        return super().get(name, default)


def test_every_column_that_is_read_is_asked_for_and_no_other() -> None:
    row = {**CHARGE, "customer_facing_currency": "usd", "customer_facing_amount": "81.20"}
    places = Places(list(row))

    stripe.read(Cells(places, list(row.values())), Origin("stripe", "f1", None), 2)

    assert sorted(stripe_report.READ) == sorted(places.looked_for)
    assert set(stripe_report.NEEDED) < set(stripe_report.READ)
