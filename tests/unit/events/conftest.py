"""Running a sample through the function that takes it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from countinghouse_aws.observability import metrics
from tests.unit.events.books import DEPS, Books
from tools.sample_events.__main__ import EVENTS

Json = dict[str, Any]
Run = Callable[[str], Json]


class Context:
    """What of Lambda's context the handlers read."""

    function_name = "sample"
    aws_request_id = "sample"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def load(path: str) -> Json:
    """The sample at a path of `events/`, without the ending."""
    sample: Json = json.loads((EVENTS / f"{path}.json").read_text(encoding="utf-8"))
    return sample


@pytest.fixture
def books() -> Books:
    """Empty books."""
    return Books()


@pytest.fixture
def run(books: Books, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Runs a sample through its function over `books`; returns what the function answers."""

    def answer(path: str) -> Json:
        function = path.partition("/")[0]
        handler = import_module(f"functions.{function}.handler")
        ports = DEPS[function](books)
        monkeypatch.setattr(handler, "deps", lambda: ports)
        found: Json = handler.lambda_handler(load(path), Context())
        return found

    yield answer
    metrics().counts.clear()
