"""What was heard: read by time, added up by name, waited for until it is still."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tools.load.heard import Heard, failures, read, short, tally, wait_for_quiet

RELAY = {"function": "countinghouse-local-relay", "by": "stream", "records": 3, "failed": False}
QUERY = {"call": "dynamodb.Query", "status": 200}


def heard(told: dict[str, Any], at: float = 1.0, took: float = 0.5) -> Heard:
    return Heard(at, took, told)


def test_only_what_began_within_the_time_is_read_in_its_order(tmp_path: Path) -> None:
    file = tmp_path / "heard.jsonl"
    written = [{"at": at, "took": 0.1, **QUERY} for at in (4.0, 2.0, 3.0, 1.0, 5.0)]
    file.write_text("".join(f"{json.dumps(one)}\n" for one in written) + '{"at": 2.5, "to')

    assert [one.at for one in read(file, 2.0, 4.0)] == [2.0, 3.0, 4.0]
    first_two = len("".join(f"{json.dumps(one)}\n" for one in written[:2]))
    assert [one.at for one in read(file, 2.0, 4.0, start=first_two)] == [3.0]
    assert read(file, 2.0, 2.0) == [Heard(2.0, 0.1, QUERY)]


def test_a_tally_counts_records_and_seconds_by_name_functions_first() -> None:
    rows = tally([heard(QUERY), heard(RELAY), heard(QUERY, took=0.25), heard(RELAY)])

    assert [(one.name, one.count, one.records) for one in rows] == [
        ("relay (stream)", 2, 6),
        ("dynamodb.Query", 2, 2),
    ]
    assert rows[1].seconds == pytest.approx(0.75)


def test_failures_are_refused_calls_and_functions_that_broke() -> None:
    some = [heard(QUERY | {"status": status}) for status in (200, 399, 400, 500)]

    assert failures([*some, heard(RELAY), heard(RELAY | {"failed": True})]) == 3


def test_a_function_is_called_by_its_short_name() -> None:
    assert short("countinghouse-local-order-execution") == "order-execution"


def test_who_writes_on_is_waited_for_and_not_for_ever(tmp_path: Path) -> None:
    file = tmp_path / "heard.jsonl"
    file.write_text("")
    wait_for_quiet(file, 0.0, 0.0)

    over = threading.Event()

    def write() -> None:
        while not over.wait(0.01):
            with file.open("a") as still:
                still.write("x")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with pytest.raises(TimeoutError):
            wait_for_quiet(file, 5.0, 0.1)
    finally:
        over.set()
        writer.join()
