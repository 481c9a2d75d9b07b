"""Queues and streams: nothing lost silently, blocked for good or retried early."""

from __future__ import annotations

from typing import Any

import pytest

from infra.config import stage
from tests.infra.templates import Synthesized, naming_table, plain

UNHEARD = {"Billing", "PspHealth", "FxQuote", "Proposal", "Buyer"}
MONTHLY = {"cron(0 4 1 * ? *)", "cron(0 6 3 * ? *)"}
# The reconciliation: a day's, so it is tried for half of one.
DAILY_RUN = "cron(0 3 * * ? *)"
FOURTEEN_DAYS_S = 14 * 24 * 3600


def _queues(any_stage: Synthesized) -> dict[str, dict[str, Any]]:
    found = any_stage.of_type("AWS::SQS::Queue")
    return {name: one["Properties"] for name, one in found.items()}


def _mappings(any_stage: Synthesized, service: str) -> list[dict[str, Any]]:
    found = any_stage.of_type("AWS::Lambda::EventSourceMapping").values()
    wanted = "AWS::SQS::Queue" if service == "sqs" else "AWS::DynamoDB::GlobalTable"
    names = any_stage.of_type(wanted)
    return [
        one["Properties"]
        for one in found
        if any_stage.target(one["Properties"]["EventSourceArn"]) in names
    ]


def test_consumed_queues_are_those_of_the_naming_page(prod: Synthesized) -> None:
    consumed = {
        plain(prod.target(one["EventSourceArn"])).removeprefix("Queues")
        for one in _mappings(prod, "sqs")
    }
    rows = {row["queue (construct id)"].strip("`") for row in naming_table("Queues")}
    postings = {f"Postings{number}" for number in range(stage("prod").posting_queues)}

    unread = {"Postings0..N-1", "RelayPoison", "LakePoison"}
    assert unread < rows
    assert consumed == (rows - unread) | postings


def test_each_queue_feeds_the_consumer_of_the_naming_page(prod: Synthesized) -> None:
    promised = {
        row["queue (construct id)"].strip("`"): row["consumer"].strip("`")
        for row in naming_table("Queues")
    }
    functions = prod.of_type("AWS::Lambda::Function")

    for mapping in _mappings(prod, "sqs"):
        queue = plain(prod.target(mapping["EventSourceArn"])).removeprefix("Queues")
        family = "Postings0..N-1" if queue.startswith("Postings") else queue
        consumer = functions[prod.target(mapping["FunctionName"])]
        assert consumer is prod.functions()[promised[family]]


def test_a_message_is_hidden_six_times_as_long_as_its_consumer_runs(
    any_stage: Synthesized,
) -> None:
    functions = any_stage.of_type("AWS::Lambda::Function")
    for mapping in _mappings(any_stage, "sqs"):
        queue = _queues(any_stage)[any_stage.target(mapping["EventSourceArn"])]
        timeout = functions[any_stage.target(mapping["FunctionName"])]["Properties"]["Timeout"]
        assert queue["VisibilityTimeout"] >= 6 * timeout


def test_every_consumed_queue_has_a_dead_letter_queue_of_its_own_type(
    any_stage: Synthesized,
) -> None:
    queues = _queues(any_stage)
    taken = []
    for mapping in _mappings(any_stage, "sqs"):
        queue = queues[any_stage.target(mapping["EventSourceArn"])]
        redrive = queue["RedrivePolicy"]
        dlq = any_stage.target(redrive["deadLetterTargetArn"])
        taken.append(dlq)
        assert redrive["maxReceiveCount"] == 5
        assert queues[dlq]["MessageRetentionPeriod"] == FOURTEEN_DAYS_S
        assert queues[dlq].get("FifoQueue") == queue.get("FifoQueue")

    assert len(taken) == len(set(taken))


def test_postings_keep_order_per_wallet_at_high_throughput(any_stage: Synthesized) -> None:
    for name, queue in _queues(any_stage).items():
        if "Postings" in name and "Dlq" not in name:
            assert queue["FifoQueue"] is True
            assert queue["DeduplicationScope"] == "messageGroup"
            assert queue["FifoThroughputLimit"] == "perMessageGroupId"


def test_every_queue_is_encrypted_and_refuses_plain_http(prod: Synthesized) -> None:
    guarded = {
        prod.target(queue)
        for policy in prod.of_type("AWS::SQS::QueuePolicy").values()
        for queue in policy["Properties"]["Queues"]
        if "aws:SecureTransport" in str(policy["Properties"]["PolicyDocument"])
    }

    assert guarded == set(_queues(prod))
    assert all(queue["SqsManagedSseEnabled"] for queue in _queues(prod).values())


def test_every_mapping_reports_failures_one_by_one(any_stage: Synthesized) -> None:
    for mapping in any_stage.of_type("AWS::Lambda::EventSourceMapping").values():
        assert mapping["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_queue_consumer_is_bounded(any_stage: Synthesized) -> None:
    for mapping in _mappings(any_stage, "sqs"):
        assert mapping["BatchSize"] == 10
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def _read_by(any_stage: Synthesized, function: str) -> list[dict[str, Any]]:
    """The stream mappings into a function."""
    functions = any_stage.of_type("AWS::Lambda::Function")
    wanted = any_stage.functions()[function]
    return [
        one
        for one in _mappings(any_stage, "dynamodb")
        if functions[any_stage.target(one["FunctionName"])] is wanted
    ]


def _sources(any_stage: Synthesized, function: str) -> list[str]:
    return [any_stage.target(one["EventSourceArn"]) for one in _read_by(any_stage, function)]


def test_relay_reads_every_stream_and_gives_up_on_a_bad_record(any_stage: Synthesized) -> None:
    tables = set(any_stage.of_type("AWS::DynamoDB::GlobalTable"))

    assert set(_sources(any_stage, "relay")) == {n for n in tables if plain(n) not in UNHEARD}
    for one in _read_by(any_stage, "relay"):
        assert one["MaximumRetryAttempts"] == 10


def test_only_what_nothing_waits_for_is_gathered(prod: Synthesized) -> None:
    """A payment passes the relay three times; a wallet's change is only looked at."""
    gathered = [one for one in _read_by(prod, "relay") if one.get("MaximumBatchingWindowInSeconds")]

    (mapping,) = gathered
    assert "Wallet" in str(mapping["EventSourceArn"])


def test_the_lake_reads_what_it_keeps_and_tries_until_the_record_is_about_to_go(
    any_stage: Synthesized,
) -> None:
    sources = {plain(name) for name in _sources(any_stage, "lake")}

    assert sources == {"PaymentOrder", "PspEvent", "Ledger"}
    for one in _read_by(any_stage, "lake"):
        assert "MaximumRetryAttempts" not in one, "nothing sweeps the lake: never give up early"
        assert 0 <= one.get("MaximumBatchingWindowInSeconds", 0) <= 300
        assert 1 <= one["BatchSize"] <= 10_000


@pytest.mark.parametrize(("function", "poison"), [("relay", "Relay"), ("lake", "Lake")])
def test_a_stream_is_blocked_by_no_record_and_loses_none(
    any_stage: Synthesized, function: str, poison: str
) -> None:
    for one in _read_by(any_stage, function):
        destination = any_stage.target(one["DestinationConfig"]["OnFailure"]["Destination"])
        assert plain(destination) == f"Queues{poison}Poison"
        assert one["StartingPosition"] == "TRIM_HORIZON"
        assert one["BisectBatchOnFunctionError"] is True
        assert one["MaximumRecordAgeInSeconds"] < 24 * 3600


def test_no_stream_has_a_third_reader(any_stage: Synthesized) -> None:
    sources = [any_stage.target(one["EventSourceArn"]) for one in _mappings(any_stage, "dynamodb")]

    assert max(map(sources.count, sources)) <= 2


def test_poison_and_missed_schedules_are_kept_fourteen_days(any_stage: Synthesized) -> None:
    last_stops = [
        queue
        for name, queue in _queues(any_stage).items()
        if plain(name) in {"QueuesRelayPoison", "QueuesLakePoison", "QueuesSchedulesDlq"}
    ]

    assert [queue["MessageRetentionPeriod"] for queue in last_stops] == [FOURTEEN_DAYS_S] * 3


def test_schedules_have_a_dead_letter_queue_and_a_bound(any_stage: Synthesized) -> None:
    rules = any_stage.of_type("AWS::Events::Rule").values()
    schedules = set()
    for rule in (one for one in rules if "ScheduleExpression" in one["Properties"]):
        schedules.add(rule["Properties"]["ScheduleExpression"])
        for target in rule["Properties"]["Targets"]:
            dead = any_stage.target(target["DeadLetterConfig"]["Arn"])
            assert plain(dead) == "QueuesSchedulesDlq"
            # What runs once a month is tried for a day; what runs again in minutes is not.
            bounds = {DAILY_RUN: 12 * 3600, **dict.fromkeys(MONTHLY, 24 * 3600)}
            bound = bounds.get(rule["Properties"]["ScheduleExpression"], 300)
            assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == bound

    assert schedules == {
        "rate(1 minute)",
        "rate(5 minutes)",
        "cron(0 2 * * ? *)",
        DAILY_RUN,
        *MONTHLY,
    }
