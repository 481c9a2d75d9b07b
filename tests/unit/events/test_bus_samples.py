"""Every sample of the event bus, through the function that the rule hands it to."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tests.unit.events.books import Books
from tests.unit.events.bus_cases import CASES, REFUSED
from tests.unit.events.conftest import Run


@pytest.mark.parametrize("path", CASES)
def test_what_was_raised_is_recorded_and_stops_payouts(path: str, books: Books, run: Run) -> None:
    code, stops = CASES[path]

    answer = run(path)

    (finding,) = books.findings.rows.values()
    assert answer == {"finding_id": finding.finding_id}
    assert (finding.code, finding.stops) == (code, stops)


def test_an_event_that_comes_twice_is_recorded_once(books: Books, run: Run) -> None:
    assert run("audit_events/full") == run("audit_events/duplicate")
    assert len(books.findings.rows) == 1


@pytest.mark.parametrize("path", REFUSED)
def test_what_the_rule_should_not_have_let_through_is_refused(
    path: str, books: Books, run: Run
) -> None:
    with pytest.raises(ValidationError):
        run(path)

    assert books.findings.rows == {}
