"""All journeys, played once for all of these tests."""

from __future__ import annotations

import pytest

from tools.cost.counted import Counted
from tools.cost.played import play


@pytest.fixture(scope="session")
def journeys() -> dict[str, Counted]:
    return play()
