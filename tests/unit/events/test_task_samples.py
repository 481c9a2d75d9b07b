"""Every task's sample, through its function: answered as stated, refused, and safe to repeat."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.unit.events.books import Books
from tests.unit.events.conftest import Run
from tests.unit.events.task_cases import ANSWERS, GIVEN


@pytest.mark.parametrize("folder", ANSWERS)
def test_a_task_is_answered_as_stated_and_again_the_same(
    folder: str, books: Books, run: Run
) -> None:
    if folder in GIVEN:
        GIVEN[folder](books)
    minimal, full = ANSWERS[folder]

    assert run(f"{folder}/minimal") == minimal
    assert run(f"{folder}/full") == full
    assert run(f"{folder}/duplicate") == full


@pytest.mark.parametrize("folder", ANSWERS)
def test_a_malformed_task_is_refused(folder: str, books: Books, run: Run) -> None:
    with pytest.raises(ValidationError):
        run(f"{folder}/malformed")
    assert books.documents.versions == {}
    assert books.reconciling.documents.versions == {}
