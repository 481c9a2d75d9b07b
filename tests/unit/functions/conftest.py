"""Functions are driven without a network; whatever they log can be read."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

import tests.strategies  # noqa: F401 - loads the profile
from countinghouse_aws.observability import metrics
from tests.builders import NOW
from tests.fakes.lambdas import logged


@pytest.fixture(autouse=True)
def _no_network(socket_disabled: None) -> None:
    """A test that opens a socket fails."""


@pytest.fixture(autouse=True)
def _time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed has the same digits on every day: a test may look for some in it."""
    monkeypatch.setattr(metrics(), "clock_ns", lambda: NOW * 1_000_000)


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """What the function logged."""
    with logged() as stream:
        yield stream
