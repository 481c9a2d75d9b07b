"""Lines that say no more than they must, and counts that are told when they have to be."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from countinghouse_aws.observability import VALUES_MAX, WAITS_S, Lines, Tally
from tests.builders import NOW


def line(**extra: object) -> dict[str, Any]:
    record = logging.LogRecord("n", logging.INFO, "file", 1, "answered", None, None)
    record.__dict__.update(extra)
    formatter = Lines()
    formatter.append_keys(service="payments", request_id="r1")
    said: dict[str, Any] = json.loads(formatter.format(record))
    return said


class Process:
    """A process with a clock of its own, and what it prints."""

    def __init__(self) -> None:
        self.now_s = 1_000.0
        self.tally = Tally(lambda: self.now_s, lambda: NOW * 1_000_000)

    def invoke(self, *names: str) -> None:
        def handler(event: object, context: object) -> None:
            for name in names:
                self.tally.add(name, 1)

        self.tally.log_metrics(handler)(None, None)


@pytest.fixture
def process() -> Process:
    return Process()


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(one) for one in capsys.readouterr().out.splitlines()]


def test_a_line_has_its_ids_and_not_what_its_log_group_says() -> None:
    said = line(status=202)

    assert {"level", "message", "timestamp", "request_id", "status"} == said.keys()


@pytest.mark.parametrize(("sampled", "named"), [("0", False), ("1", True)])
def test_a_trace_is_named_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, sampled: str, named: bool
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root=1-2-3;Parent=4;Sampled={sampled}")

    assert ("xray_trace_id" in line()) is named


def test_counts_are_a_line_that_cloudwatch_reads(
    process: Process, capsys: pytest.CaptureFixture[str]
) -> None:
    process.invoke("PoisonRecord", "Http2xx", "Http2xx")

    (said,) = told(capsys)
    (block,) = said["_aws"]["CloudWatchMetrics"]
    assert block["Dimensions"] == [["service"]]
    assert {one["Name"]: said[one["Name"]] for one in block["Metrics"]} == {
        "PoisonRecord": 1,
        "Http2xx": 2,
    }
    assert block["Namespace"] == "Countinghouse"
    assert said["service"]
    assert said["_aws"]["Timestamp"] == NOW


def test_what_goes_well_is_told_together(
    process: Process, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        process.invoke("Http2xx")
    assert [one["Http2xx"] for one in told(capsys)] == [1]

    process.now_s += WAITS_S
    process.invoke("Http2xx")
    assert [one["Http2xx"] for one in told(capsys)] == [5]


def test_what_may_not_wait_takes_the_rest_along(
    process: Process, capsys: pytest.CaptureFixture[str]
) -> None:
    process.invoke("Http2xx")
    process.invoke("Http2xx")
    process.invoke("Bug")

    first, second = told(capsys)
    assert "Bug" not in first
    assert (second["Http2xx"], second["Bug"]) == (1, 1)


def test_a_handler_that_raises_tells_what_it_counted(
    process: Process, capsys: pytest.CaptureFixture[str]
) -> None:
    def handler(event: object, context: object) -> None:
        process.tally.add("Bug", 1)
        raise ValueError("no good")

    with pytest.raises(ValueError, match="no good"):
        process.tally.log_metrics(handler)(None, None)

    assert [one["Bug"] for one in told(capsys)] == [1]


def test_nothing_counted_is_nothing_told(
    process: Process, capsys: pytest.CaptureFixture[str]
) -> None:
    process.invoke()

    assert told(capsys) == []


@pytest.mark.parametrize("name", ["Bug", "MessageFailed", "PoisonRecord", "WindowUnbalanced"])
def test_what_goes_wrong_never_waits(
    process: Process, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    process.invoke("StreamRecords")
    process.invoke(name)

    assert len(told(capsys)) == 2


def test_values_are_told_one_by_one_with_their_unit(
    process: Process, capsys: pytest.CaptureFixture[str]
) -> None:
    for took_ms in (7, 9):
        process.tally.show("PspMs_stripe", "Milliseconds", took_ms)
    process.invoke("Event_payment.succeeded")

    (said,) = told(capsys)
    (block,) = said["_aws"]["CloudWatchMetrics"]
    assert {"Name": "PspMs_stripe", "Unit": "Milliseconds"} in block["Metrics"]
    assert (said["PspMs_stripe"], said["Event_payment.succeeded"]) == ([7, 9], 1)


def test_values_and_events_wait_but_not_longer_than_a_line_takes(
    process: Process, capsys: pytest.CaptureFixture[str]
) -> None:
    process.invoke("Bug")
    process.tally.show("PspMs_stripe", "Milliseconds", 7)
    process.invoke("Event_payment.succeeded")
    assert len(told(capsys)) == 1

    for took_ms in range(VALUES_MAX):
        process.tally.show("PspMs_stripe", "Milliseconds", took_ms)
    process.invoke()
    process.now_s += WAITS_S
    process.invoke()

    first, rest = told(capsys)
    assert [len(first["PspMs_stripe"]), rest["PspMs_stripe"]] == [VALUES_MAX, [VALUES_MAX - 1]]
