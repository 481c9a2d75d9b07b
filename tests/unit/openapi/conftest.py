"""The generated document, made once."""

from __future__ import annotations

from typing import Any

import pytest

from tools.openapi.document import document

Json = dict[str, Any]


@pytest.fixture(scope="session")
def generated() -> Json:
    """The document of every function's routes."""
    return document()
