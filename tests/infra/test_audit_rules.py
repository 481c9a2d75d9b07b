"""What is raised reaches a person; what the relay sees damaged also whoever stops payouts."""

from __future__ import annotations

from typing import Any

from countinghouse.audit_routing import SEEN_BY_THE_RELAY
from countinghouse_aws.messaging.bus import SOURCE
from tests.infra.templates import Synthesized, plain


def _rules(stage: Synthesized) -> dict[str, dict[str, Any]]:
    """The rules of the bus by what they lead to."""
    rules = [one["Properties"] for one in stage.of_type("AWS::Events::Rule").values()]
    return {
        plain(stage.target(rule["Targets"][0]["Arn"])): rule
        for rule in rules
        if "audit.raised" in rule.get("EventPattern", {}).get("detail-type", [])
    }


def test_everything_raised_reaches_a_person_and_damage_is_recorded(any_stage: Synthesized) -> None:
    rules = _rules(any_stage)

    assert set(rules) == {"Alerts", "AuditEventsFunction"}
    for rule in rules.values():
        (target,) = rule["Targets"]
        assert plain(any_stage.target(rule["EventBusName"])) == "Events"
        assert plain(any_stage.target(target["DeadLetterConfig"]["Arn"])) == "QueuesSchedulesDlq"
    assert rules["Alerts"]["EventPattern"] == {
        "source": [SOURCE],
        "detail-type": ["audit.raised"],
    }


def test_what_an_audit_recorded_is_not_recorded_again(any_stage: Synthesized) -> None:
    pattern = _rules(any_stage)["AuditEventsFunction"]["EventPattern"]

    assert pattern == {
        "source": [SOURCE],
        "detail-type": ["audit.raised"],
        "detail": {"data": {"code": list(SEEN_BY_THE_RELAY)}},
    }


def test_an_event_that_cannot_be_recorded_is_kept(any_stage: Synthesized) -> None:
    (config,) = [
        one["Properties"]
        for one in any_stage.of_type("AWS::Lambda::EventInvokeConfig").values()
        if plain(any_stage.target(one["Properties"]["FunctionName"])) == "AuditEventsFunction"
    ]
    failed = config["DestinationConfig"]["OnFailure"]["Destination"]

    assert plain(any_stage.target(failed)) == "QueuesSchedulesDlq"
    assert ("sqs:SendMessage", "QueuesSchedulesDlq") in [
        (action, plain(target)) for action, target in any_stage.allowed("audit_events")
    ]


def test_the_bus_may_write_to_the_encrypted_topic(prod: Synthesized) -> None:
    (key,) = prod.of_type("AWS::KMS::Key").values()
    policies = [
        str(one["Properties"]["PolicyDocument"])
        for one in prod.of_type("AWS::SNS::TopicPolicy").values()
        if plain(prod.target(one["Properties"]["Topics"][0])) == "Alerts"
    ]

    assert "events.amazonaws.com" in str(key["Properties"]["KeyPolicy"]["Statement"])
    assert len(policies) == 1
    assert "events.amazonaws.com" in policies[0]
