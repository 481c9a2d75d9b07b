from dataclasses import FrozenInstanceError

import pytest

from countinghouse.domain.delivery import Delivery
from tests.builders import NOW


def test_a_delivery_holds_nothing_back_unless_it_says_so() -> None:
    delivery = Delivery(NOW, NOW)

    assert (delivery.reserve_basis_points, delivery.release_on) == (0, None)
    with pytest.raises(FrozenInstanceError):
        delivery.release_on = "2026-12-22"  # type: ignore[misc]
