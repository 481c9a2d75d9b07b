"""The one process of these tests: built once a module, so that no other test meets its patches."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from xdist.scheduler import WorkStealingScheduling  # type: ignore[import-untyped]

from tests.simulation.machine import Machine, machine


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("simulation")
    group.addoption("--seed", type=int, default=1, help="the first seed of random histories")
    group.addoption("--histories", type=int, default=3, help="random histories of each flow")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let idle workers take over: handed out in chunks, the longest tests would meet in one."""
    if config.getoption("dist") != "load":
        return None
    return WorkStealingScheduling(config, log)


@pytest.fixture(scope="session")
def first_seed(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--seed", 1))


@pytest.fixture(scope="session")
def histories(request: pytest.FixtureRequest) -> int:
    return int(request.config.getoption("--histories", 3))


@pytest.fixture(scope="module")
def process() -> Iterator[Machine]:
    with machine() as made:
        yield made
