"""Every stream sample, through the lake: its rows, their days, and what is set aside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from countinghouse.lake_rows import LakeLine
from functions.lake_days.handler import lambda_handler as tell_days
from tests.unit.events.books import Books
from tests.unit.events.conftest import Context, Run, load
from tests.unit.events.lake_cases import CASES, DAY, Case
from tools.sample_events.gateway import SET


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_sample_becomes_the_rows_that_are_stated(case: Case, books: Books, run: Run) -> None:
    answer = run(case.path)

    assert answer == {"batchItemFailures": []}
    assert tuple(map(_row, books.filed)) == case.rows
    assert {line.day for line in books.filed} <= {DAY}
    assert len(books.poison) == case.poison


def _row(line: LakeLine) -> str:
    row = json.loads(line.text)
    shown = {
        "postings": ("leg", "account", "amount"),
        "orders": ("order_id", "version", "status"),
        "psp_events": ("event_key", "version", "status"),
    }[line.table]
    return " ".join([line.table, *(str(row[name]) for name in shown)])


@pytest.mark.parametrize("name", SET)
def test_every_record_is_told_its_day_and_goes_on_as_it_came(name: str) -> None:
    event: Any = load(f"lake_days/{name}")

    outcomes = tell_days(event, Context())["records"]

    assert [(o["recordId"], o["data"]) for o in outcomes] == [
        (record["recordId"], record["data"]) for record in event["records"]
    ]
    assert outcomes[0]["metadata"] == {"partitionKeys": {"day": DAY}}
    failed = [outcome for outcome in outcomes if outcome["result"] != "Ok"]
    assert len(failed) == (3 if name == "malformed" else 0)
    assert not [outcome for outcome in failed if "metadata" in outcome]
