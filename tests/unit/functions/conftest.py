"""Functions are driven without a network; whatever they log can be read."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from hypothesis import settings

import tests.strategies  # noqa: F401 - registers the profiles
from tests.fakes.lambdas import logged

settings.load_profile("gate")


@pytest.fixture(autouse=True)
def _no_network(socket_disabled: None) -> None:
    """A test that opens a socket fails."""


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """What the function logged."""
    with logged() as stream:
        yield stream
