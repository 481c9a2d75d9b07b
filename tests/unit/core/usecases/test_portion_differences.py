"""Differences laid out in portions come back as they were, and none twice."""

from __future__ import annotations

import json

import pytest

from countinghouse.domain.difference import Difference, Sides
from countinghouse.usecases.portion_differences import (
    PORTION,
    portion_differences,
    portions_name,
    read_portion,
)
from tests.fakes.reconciliation import FakeRunPapers


def difference(number: int) -> Difference:
    return Difference(
        anchor=f"line:{number}",
        sides=Sides.THEIRS,
        category="capture",
        day="2026-11-22",
        order_id=f"o{number}",
        checkout_id="c",
        ledger_id="",
        psp_reference="ch_1",
        modification_reference="",
        file_id="f",
        line_no=number,
        batch="1",
        our_currency="",
        our_amount=0,
        their_currency="EUR",
        their_amount=number,
        fee=1,
        expected_fee=1,
        parent_known=False,
        checkout_open=0,
        returned=0,
        suggestion="",
        raw_type="charge",
    )


@pytest.mark.parametrize("count", [0, 1, PORTION, PORTION + 1, 3 * PORTION])
def test_what_was_laid_out_comes_back(count: int) -> None:
    papers = FakeRunPapers()
    wanted = [difference(number) for number in range(count)]

    key, portions = portion_differences(iter(wanted), 1, papers)

    names = json.loads(papers.read(portions_name(1)) or b"")
    assert key.endswith(portions_name(1))
    assert len(names) == portions == -(-count // PORTION)
    assert [one for name in names for one in read_portion(name, papers)] == wanted
    assert all(len(read_portion(name, papers)) <= PORTION for name in names)


def test_laying_out_again_writes_the_same() -> None:
    papers, again = FakeRunPapers(), FakeRunPapers()
    for where in (papers, again, again):
        portion_differences([difference(n) for n in range(PORTION + 5)], 2, where)

    assert papers.papers == again.papers
    assert len(papers.papers) == 3


def test_a_portion_that_was_never_laid_out_is_not_taken_for_an_empty_one() -> None:
    with pytest.raises(LookupError):
        read_portion("pass-1/portion-000009.json", FakeRunPapers())
