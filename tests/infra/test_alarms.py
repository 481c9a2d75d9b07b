"""Alarms: every place where work can stop, and for each a chapter that exists."""

from __future__ import annotations

import re
from typing import Any

from aws_cdk import App, Stack

from countinghouse_aws.observability import MAY_WAIT
from countinghouse_aws.psp import breakers, routed
from infra.catalogue import FILES, FX_RATES, USES_PSP
from infra.constructs.alarms import RUNBOOK, runbook
from infra.constructs.code_alarms import COUNTED
from infra.dashboards.seen import Seen
from infra.dashboards.widgets import Text
from infra.grants import GRANTS, INSERT
from tests.infra.templates import ROOT, Synthesized, plain


def _alarms(any_stage: Synthesized) -> list[dict[str, Any]]:
    found = any_stage.of_type("AWS::CloudWatch::Alarm").values()
    return [one["Properties"] for one in found]


def _watched(any_stage: Synthesized, metric: str) -> set[str]:
    return {
        any_stage.target(dimension["Value"])
        for alarm in _alarms(any_stage)
        if alarm.get("MetricName") == metric
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


def _counting(any_stage: Synthesized, metric: str) -> dict[str, int]:
    """Return the functions whose own metric of that name alarms, each with its period."""
    found = {}
    for alarm in _alarms(any_stage):
        if (alarm.get("MetricName"), alarm.get("Namespace")) == (metric, "Countinghouse"):
            (dimension,) = alarm["Dimensions"]
            assert (dimension["Name"], alarm["Statistic"], alarm["Threshold"]) == (
                "service",
                "Sum",
                0,
            )
            found[dimension["Value"]] = alarm["Period"]
    return found


def test_a_circuit_that_opens_is_watched_in_every_function_that_may_open_it(
    prod: Synthesized,
) -> None:
    writing = {name for name, row in GRANTS.items() if row.get("PspHealth", set()) >= INSERT}

    assert set(_counting(prod, breakers.OPENED)) == writing


def test_a_key_with_two_bodies_is_watched_wherever_a_psp_is_told_to_act(
    any_stage: Synthesized,
) -> None:
    # One only listens to PSPs, the other fetches their files.
    telling = USES_PSP - {"webhooks", "settlement_files"}

    assert set(_counting(any_stage, "PspKeyReused")) == telling


def test_an_old_screening_list_alarms_once_an_hour_wherever_somebody_is_screened(
    any_stage: Synthesized,
) -> None:
    naming = (ROOT / "docs" / "naming.md").read_text(encoding="utf-8")
    told = re.search(r"`SCREENING_FILE` likewise.*?, on (.*?)\.\n", naming, flags=re.DOTALL)
    assert told
    screening = re.findall(r"`(\w+)`", told[1])

    assert _counting(any_stage, "ScreeningListStale") == dict.fromkeys(screening, 3_600)


def test_damaged_reference_rates_alarm_once_an_hour_wherever_they_are_read(
    any_stage: Synthesized,
) -> None:
    reading = {name for name, folders in FILES.items() if FX_RATES in folders}

    assert _counting(any_stage, "FxRatesDamaged") == dict.fromkeys(reading, 3_600)


def test_a_psp_that_is_gone_alarms_once_an_hour_wherever_something_is_to_be_done_there(
    prod: Synthesized,
) -> None:
    # `payments` routes sessions alone, to PSPs that the stage has.
    routing = {
        wiring.parent.name
        for wiring in (ROOT / "functions").glob("*/wiring.py")
        if re.search(r"psp\.routed|psp_assembly", wiring.read_text())
    }
    assert _counting(prod, routed.ABSENT) == dict.fromkeys(routing - {"payments"}, 3_600)


def test_every_alarm_reaches_the_alerts_topic(any_stage: Synthesized) -> None:
    for alarm in _alarms(any_stage):
        assert [plain(any_stage.target(one)) for one in alarm["AlarmActions"]] == ["Alerts"]


def test_every_alarm_says_what_silence_means_and_has_a_name_of_its_own(
    any_stage: Synthesized,
) -> None:
    alarms = _alarms(any_stage)

    assert {one["TreatMissingData"] for one in alarms} == {"breaching", "notBreaching"}
    assert len({one["AlarmName"] for one in alarms}) == len(alarms)
    assert all(re.fullmatch(r"countinghouse-[\w-]+", one["AlarmName"]) for one in alarms)


def test_what_alarms_cost_is_what_the_deployers_page_says(prod: Synthesized) -> None:
    alarms = _alarms(prod)
    metrics = sum(
        sum("MetricStat" in part for part in one["Metrics"]) if "Metrics" in one else 1
        for one in alarms
    )
    deploy = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")

    # Ten cents for each metric that an alarm looks at, whichever region is the cheapest.
    assert f"| alarms ({len(alarms)} over {metrics} metrics)" in deploy
    assert f"| ${metrics / 10:.2f} + $6 |" in deploy


def test_with_an_address_the_runbook_is_a_link() -> None:
    address = "https://wiki.example/runbook"

    assert runbook(Stack(App(context={"runbook": address}), "Any")) == address
    assert runbook(Stack(App(), "Any")) == RUNBOOK == "docs/runbook.md"
    for place, link in {
        address: f"[relay]({address}#relay)",
        RUNBOOK: f"`{RUNBOOK}#relay`",
    }.items():
        assert link in Text(f"See {_seen(place).chapter('relay')}").markdown


def _seen(place: str) -> Seen:
    return Seen("any", place, (), {}, {}, {}, {}, {}, {}, {}, {}, {}, "api", 1, (), quotas=False)


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


def test_nothing_that_an_alarm_reads_is_told_late() -> None:
    assert MAY_WAIT.isdisjoint(one.metric for one in COUNTED.values())
