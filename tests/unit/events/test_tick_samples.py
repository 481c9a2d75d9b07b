"""Every scheduled sample, through its function: the clock says when, never what."""

from __future__ import annotations

import pytest

from tests.unit.events.books import Books
from tests.unit.events.conftest import Run
from tests.unit.events.tick_cases import GIVEN, PATHS, REPORTS


@pytest.mark.parametrize("path", PATHS)
def test_tick_does_its_work_whatever_it_says(path: str, books: Books, run: Run) -> None:
    function = path.partition("/")[0]
    GIVEN[function](books)

    assert run(path) == REPORTS[function]


@pytest.mark.parametrize("function", REPORTS)
def test_tick_that_comes_twice_reports_the_same(function: str, books: Books, run: Run) -> None:
    GIVEN[function](books)

    assert run(f"{function}/full") == run(f"{function}/duplicate")
