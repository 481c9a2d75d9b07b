from dataclasses import FrozenInstanceError

import pytest

from countinghouse.domain.late_payment import LatePayment
from tests.builders import NOW


def test_what_came_is_what_the_psp_said_and_stays_so() -> None:
    late = LatePayment(6_999, "ch_1", NOW)

    assert (late.amount_minor, late.psp_reference, late.received_at) == (6_999, "ch_1", NOW)
    with pytest.raises(FrozenInstanceError):
        late.amount_minor = 7_000  # type: ignore[misc]
