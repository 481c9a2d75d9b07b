"""Adapters are tried without a network; whatever they log can be read."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

import tests.strategies  # noqa: F401 - loads the profile
from tests.fakes.lambdas import logged


@pytest.fixture(autouse=True)
def _no_network(socket_disabled: None) -> None:
    """A test that opens a socket fails."""


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """What was logged."""
    with logged() as stream:
        yield stream
