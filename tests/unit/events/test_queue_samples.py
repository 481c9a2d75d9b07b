"""Every SQS sample, through its function: who comes back, and what was done exactly once."""

from __future__ import annotations

import pytest

from tests.unit.events.books import Books
from tests.unit.events.conftest import Run, load
from tests.unit.events.queue_cases import CASES, GIVEN, SHOWN, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_sample_ends_as_stated(case: Case, books: Books, run: Run) -> None:
    function = case.path.partition("/")[0]
    GIVEN[function](books)

    answer = run(case.path)

    ids = [record["messageId"] for record in load(case.path)["Records"]]
    expected = [{"itemIdentifier": ids[place - 1]} for place in case.failed]
    assert answer == {"batchItemFailures": expected}
    assert SHOWN[function](books) == case.shown
