from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.counter import Counter
from tests.conformance.psps import Psp, served
from tests.conformance.sale import WallClock


@pytest.fixture(scope="session")
def clock() -> WallClock:
    return WallClock()


@pytest.fixture(scope="session")
def psps(tmp_path_factory: pytest.TempPathFactory, clock: WallClock) -> Iterator[dict[str, Psp]]:
    with served(tmp_path_factory.mktemp("psps"), clock) as found:
        yield found


@pytest.fixture
def counters(psps: dict[str, Psp], clock: WallClock) -> Iterator[dict[str, Counter]]:
    for psp in psps.values():
        psp.letterbox.take()
    yield {name: Counter(psp, clock) for name, psp in psps.items()}
    for psp in psps.values():
        psp.control("DELETE", "/_control/faults")
