"""OWASP's ten risks of APIs, 2023: each is tried, and nothing gets through."""

from __future__ import annotations

from tests.security.house import House
from tests.security.owasp import risks


def test_each_of_the_ten_is_tried_and_nothing_gets_through(house: House) -> None:
    found = risks(house)

    assert [(risk.name, risk.through[:3]) for risk in found if risk.through] == []
    assert [risk.name.split()[0] for risk in found] == [f"API{n}" for n in range(1, 11)]
    assert all(risk.count >= 6 for risk in found)
