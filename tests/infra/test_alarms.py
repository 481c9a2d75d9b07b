"""Alarms: every place where work can stop, and for each a chapter that exists."""

from __future__ import annotations

import re
from typing import Any

from countinghouse_aws.psp import breakers
from infra.grants import GRANTS, INSERT
from tests.infra.templates import ROOT, Synthesized, plain


def _alarms(any_stage: Synthesized) -> list[dict[str, Any]]:
    found = any_stage.of_type("AWS::CloudWatch::Alarm").values()
    return [one["Properties"] for one in found]


def _watched(any_stage: Synthesized, metric: str) -> set[str]:
    return {
        any_stage.target(dimension["Value"])
        for alarm in _alarms(any_stage)
        if alarm["MetricName"] == metric
        for dimension in alarm["Dimensions"]
    }


def _anchors(markdown: str) -> set[str]:
    """Return the anchors of a page: its headings as GitHub spells them, and explicit ones."""
    headings = re.findall(r"^#+ +(.+?) *$", markdown, flags=re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}
    return slugs | set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", markdown))


def test_every_last_stop_is_watched(any_stage: Synthesized) -> None:
    last_stops = {
        name for name in any_stage.of_type("AWS::SQS::Queue") if "Dlq" in name or "Poison" in name
    }

    assert _watched(any_stage, "ApproximateNumberOfMessagesVisible") == last_stops


def test_every_function_is_watched_for_errors(any_stage: Synthesized) -> None:
    assert _watched(any_stage, "Errors") == set(any_stage.of_type("AWS::Lambda::Function"))


def test_lag_of_both_readers_posting_age_api_errors_and_a_silent_repair_are_watched(
    prod: Synthesized,
) -> None:
    ages = {plain(name) for name in _watched(prod, "ApproximateAgeOfOldestMessage")}

    assert {plain(name) for name in _watched(prod, "IteratorAge")} == {
        "RelayFunction",
        "LakeFunction",
    }
    assert ages == {f"QueuesPostings{number}" for number in range(4)}
    assert len(_watched(prod, "5xx")) == 1
    assert {plain(name) for name in _watched(prod, "Invocations")} == {"RepairFunction"}


def test_a_circuit_that_opens_is_watched_in_every_function_that_may_open_it(
    prod: Synthesized,
) -> None:
    watched = {
        dimension["Value"]
        for alarm in _alarms(prod)
        if (alarm["MetricName"], alarm["Namespace"]) == (breakers.OPENED, "Countinghouse")
        for dimension in alarm["Dimensions"]
    }

    writing = {name for name, row in GRANTS.items() if row.get("PspHealth", set()) >= INSERT}
    assert watched == writing


def test_every_alarm_reaches_the_alerts_topic(any_stage: Synthesized) -> None:
    for alarm in _alarms(any_stage):
        assert [plain(any_stage.target(one)) for one in alarm["AlarmActions"]] == ["Alerts"]


def test_only_a_silent_repair_takes_silence_for_a_fault(any_stage: Synthesized) -> None:
    breaching = [a for a in _alarms(any_stage) if a["TreatMissingData"] == "breaching"]

    assert [alarm["MetricName"] for alarm in breaching] == ["Invocations"]


def test_every_alarm_names_a_chapter_of_the_runbook(any_stage: Synthesized) -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    named = set()
    for alarm in _alarms(any_stage):
        found = re.search(r"docs/runbook\.md#([a-z0-9-]+)$", alarm["AlarmDescription"])
        assert found, alarm["AlarmDescription"]
        named.add(found[1])

    assert named <= _anchors(runbook)
