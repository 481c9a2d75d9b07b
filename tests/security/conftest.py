"""The house, once a module: what it stands on is patched for as long as it is open."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.security.house import House, open_house
from tests.security.laid_out import lay


@pytest.fixture(scope="module")
def standing() -> Iterator[House]:
    logging.disable(logging.CRITICAL)
    with open_house(lay) as made:
        yield made
    logging.disable(logging.NOTSET)


@pytest.fixture
def house(standing: House) -> House:
    """The house as it is laid out."""
    standing.fresh()
    return standing
