"""Dashboards: what they draw exists and is emitted, what exists is drawn, CloudWatch's limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from infra.catalogue import MACHINE_ENV, PAYOUT_RUN
from infra.constructs.quota_alarms import NEAR
from infra.dashboards.money import BEHIND_BREAKERS, CALLS_PSPS, POSTING_AGE_S
from infra.dashboards.widgets import Dashboard, Row, Text
from infra.grants import GRANTS, INSERT
from infra.lake_tables import FED
from tests.infra.emitted import emits
from tests.infra.templates import ROOT, Synthesized, plain

# "CloudWatch service quotas" allows 2,500 and 500; what a person can look at is less.
METRICS_MAX, OF_A_WIDGET_MAX, ALARMS_MAX = 500, 100, 100
# The metrics that AWS documents for these dimensions, as far as we draw them.
OF_AWS: dict[tuple[str, tuple[str, ...]], set[str]] = {
    ("AWS/Lambda", ("FunctionName",)): {
        "ConcurrentExecutions",
        "Duration",
        "Errors",
        "IteratorAge",
        "Throttles",
    },
    ("AWS/Lambda", ()): {"ClaimedAccountConcurrency", "ConcurrentExecutions"},
    ("AWS/SQS", ("QueueName",)): {
        "ApproximateAgeOfOldestMessage",
        "ApproximateNumberOfMessagesNotVisible",
        "ApproximateNumberOfMessagesVisible",
    },
    ("AWS/DynamoDB", ("TableName",)): {
        "ConsumedReadCapacityUnits",
        "ConsumedWriteCapacityUnits",
        "ReadThrottleEvents",
        "TransactionConflict",
        "WriteThrottleEvents",
    },
    ("AWS/DynamoDB", ("TableName", "GlobalSecondaryIndexName")): {
        "ConsumedWriteCapacityUnits",
        "ReadThrottleEvents",
        "WriteThrottleEvents",
    },
    ("AWS/DynamoDB", ()): {"AccountMaxTableLevelWrites"},
    ("AWS/ApiGateway", ("ApiId",)): {"4xx", "5xx", "Count", "IntegrationLatency", "Latency"},
    ("AWS/Firehose", ("DeliveryStreamName",)): {
        "BytesPerSecondLimit",
        "DeliveryToS3.DataFreshness",
        "IncomingBytes",
        "ThrottledRecords",
    },
    ("AWS/States", ("StateMachineArn",)): {
        "ExecutionThrottled",
        "ExecutionsFailed",
        "ExecutionsTimedOut",
    },
    ("AWS/States", ("ServiceMetric",)): {"ThrottledEvents"},
    ("AWS/Events", ()): {"PutEventsApproximateThrottledCount", "PutEventsEntriesCount"},
}
KIND_OF = {
    "FunctionName": "AWS::Lambda::Function",
    "QueueName": "AWS::SQS::Queue",
    "TableName": "AWS::DynamoDB::GlobalTable",
    "ApiId": "AWS::ApiGatewayV2::Api",
    "StateMachineArn": "AWS::StepFunctions::StateMachine",
}


def widgets(stage: Synthesized, kind: str = "metric") -> Iterator[dict[str, Any]]:
    for body in stage.dashboards().values():
        yield from (one["properties"] for one in body["widgets"] if one["type"] == kind)


def metrics_of(widget: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield namespace, name and dimensions of everything it fetches; expressions fetch nothing."""
    for row in widget["metrics"]:
        words = [part for part in row if isinstance(part, str)]
        if words:
            namespace, name, *where = words
            yield namespace, name, dict(zip(where[::2], where[1::2], strict=True))


def drawn(stage: Synthesized) -> Iterator[tuple[str, str, dict[str, str]]]:
    for widget in widgets(stage):
        yield from metrics_of(widget)


def seen(stage: Synthesized, dimension: str, *names: str) -> set[str]:
    """Return what these metrics are drawn of."""
    return {where[dimension] for _, name, where in drawn(stage) if name in names and where}


def test_there_are_two_for_each_costs_three_dollars_a_month(any_stage: Synthesized) -> None:
    assert set(any_stage.dashboards()) == {"money", "machine"}


def test_none_is_larger_than_cloudwatch_takes_or_a_person_can_look_at(
    any_stage: Synthesized,
) -> None:
    for body in any_stage.dashboards().values():
        fetched = [
            len(list(metrics_of(one["properties"])))
            for one in body["widgets"]
            if one["type"] == "metric"
        ]
        assert sum(fetched) <= METRICS_MAX
        assert 0 < min(fetched) <= max(fetched) <= OF_A_WIDGET_MAX
    assert all(len(one["alarms"]) <= ALARMS_MAX for one in widgets(any_stage, "alarm"))


def test_every_metric_is_one_that_aws_documents_or_our_code_counts(any_stage: Synthesized) -> None:
    for namespace, name, where in drawn(any_stage):
        if namespace == "Countinghouse":
            assert list(where) == ["service"]
            assert emits(where["service"], name), f"{where['service']} never counts {name}"
        else:
            assert name in OF_AWS[namespace, tuple(where)], f"{namespace} {name} {where}"


def test_a_metric_that_nobody_counts_is_noticed() -> None:
    assert emits("order_execution", "Order_unknown")
    assert emits("relay", "Event_payment.succeeded")
    assert not emits("order_execution", "Order_lost")
    assert not emits("relay", "Event_payment.settled")
    assert not emits("wallet", "PaymentAccepted")


def test_every_dimension_names_a_resource_of_the_stage(any_stage: Synthesized) -> None:
    streams = {
        one["Properties"]["DeliveryStreamName"]
        for one in any_stage.of_type("AWS::KinesisFirehose::DeliveryStream").values()
    }
    for _, _, where in drawn(any_stage):
        for dimension, value in where.items():
            if dimension in KIND_OF:
                assert value in any_stage.of_type(KIND_OF[dimension]), value
            elif dimension == "DeliveryStreamName":
                assert value in streams


def test_every_index_is_one_of_its_table(any_stage: Synthesized) -> None:
    tables = any_stage.of_type("AWS::DynamoDB::GlobalTable")
    for _, _, where in drawn(any_stage):
        if index := where.get("GlobalSecondaryIndexName"):
            indexes = tables[where["TableName"]]["Properties"]["GlobalSecondaryIndexes"]
            assert index in {one["IndexName"] for one in indexes}


def test_what_is_deployed_is_drawn_without_being_named_anywhere(any_stage: Synthesized) -> None:
    """A new function, queue, table, workflow or stream is on the dashboards by being there."""
    functions, queues = (
        any_stage.of_type("AWS::Lambda::Function"),
        any_stage.of_type("AWS::SQS::Queue"),
    )
    visible = "ApproximateNumberOfMessagesVisible"

    for name in ("Errors", "Throttles", "Duration"):
        assert seen(any_stage, "FunctionName", name) == set(functions)
    assert seen(any_stage, "QueueName", visible) == set(queues)
    assert seen(any_stage, "TableName", "TransactionConflict") == set(
        any_stage.of_type("AWS::DynamoDB::GlobalTable")
    )
    assert seen(any_stage, "StateMachineArn", "ExecutionsFailed") == set(
        any_stage.of_type("AWS::StepFunctions::StateMachine")
    )
    assert len(seen(any_stage, "DeliveryStreamName", "DeliveryToS3.DataFreshness")) == len(FED)
    assert len(seen(any_stage, "StateMachineArn", "ExecutionsFailed")) == len(
        {*MACHINE_ENV, PAYOUT_RUN}
    )


def test_who_reads_a_stream_is_drawn_with_its_age(any_stage: Synthesized) -> None:
    mappings = any_stage.of_type("AWS::Lambda::EventSourceMapping").values()
    readers = {
        any_stage.target(one["Properties"]["FunctionName"])
        for one in mappings
        if "StartingPosition" in one["Properties"]
    }

    assert seen(any_stage, "FunctionName", "IteratorAge") == readers


def test_every_psp_of_the_stage_has_its_graphs(local: Synthesized, prod: Synthesized) -> None:
    def asked(stage: Synthesized) -> set[str]:
        names = {name for namespace, name, _ in drawn(stage) if namespace == "Countinghouse"}
        return {name.partition("_")[2] for name in names if name.startswith("PspMs_")}

    assert asked(local) == {"sandbox", "stripe", "adyen"}
    assert asked(prod) == {"sandbox"}


def test_all_who_call_psps_about_money_are_timed() -> None:
    calling = {
        wiring.parent.name
        for wiring in (ROOT / "functions").glob("*/wiring.py")
        if re.search(r"psp\.routed|psp_assembly", wiring.read_text(encoding="utf-8"))
    }
    guarded = {name for name, row in GRANTS.items() if row.get("PspHealth", set()) >= INSERT}

    assert set(CALLS_PSPS) == calling
    assert set(BEHIND_BREAKERS) == guarded


def test_what_is_reserved_and_what_is_warm_bound_their_graphs(prod: Synthesized) -> None:
    titles = {one["title"]: one for one in widgets(prod)}
    reserved = {
        name
        for name, one in prod.functions().items()
        if "ReservedConcurrentExecutions" in one["Properties"]
    }

    def labels(title: str) -> set[str]:
        shown = [row[-1] for row in titles[title]["metrics"] if "expression" in row[-1]]
        return {how["label"].partition(" of ")[0] for how in shown}

    assert labels("At once, of what is reserved") == reserved
    assert {"Ledger", "Wallet", "Wallet/due"} <= labels("Written, of what is warm")


def test_all_alarms_are_on_both_and_the_first_shows_those_that_ring(any_stage: Synthesized) -> None:
    alarms = any_stage.of_type("AWS::CloudWatch::Alarm").values()
    names = sorted(one["Properties"]["AlarmName"] for one in alarms)
    for name, states in {"money": ["ALARM"], "machine": None}.items():
        grids = [
            one["properties"]
            for one in any_stage.dashboards()[name]["widgets"]
            if one["type"] == "alarm"
        ]
        shown = sorted(arn.rpartition(":alarm:")[2] for grid in grids for arn in grid["alarms"])

        assert shown == names
        assert all(grid.get("states") == states for grid in grids)


def test_expressions_are_of_metrics_in_their_own_widget(any_stage: Synthesized) -> None:
    for widget in widgets(any_stage):
        ids = [row[-1]["id"] for row in widget["metrics"] if "id" in row[-1]]
        assert len(ids) == len(set(ids))
        for row in widget["metrics"]:
            used = re.findall(r"\bm\d+\b", row[-1].get("expression", ""))
            assert set(used) <= set(ids)
            assert ("expression" in row[-1]) is bool(used)


def test_nothing_lies_on_anything_else(any_stage: Synthesized) -> None:
    for body in any_stage.dashboards().values():
        taken: set[tuple[int, int]] = set()
        for one in body["widgets"]:
            cells = {
                (x, y)
                for x in range(one["x"], one["x"] + one["width"])
                for y in range(one["y"], one["y"] + one["height"])
            }
            assert not cells & taken
            assert one["x"] + one["width"] <= 24
            taken |= cells


def test_titles_say_apart_what_is_beside_each_other(any_stage: Synthesized) -> None:
    for body in any_stage.dashboards().values():
        titles = [one["properties"]["title"] for one in body["widgets"] if one["type"] == "metric"]
        assert len(titles) == len(set(titles))


def test_quotas_are_watched_where_there_are_any(local: Synthesized, prod: Synthesized) -> None:
    def math(stage: Synthesized) -> dict[str, str]:
        alarms = stage.of_type("AWS::CloudWatch::Alarm").values()
        found = [one["Properties"] for one in alarms if "Metrics" in one["Properties"]]
        assert {one["Threshold"] for one in found} <= {NEAR}
        return {
            one["AlarmName"].rpartition("-")[2]: part["Expression"]
            for one in found
            for part in one["Metrics"]
            if "Expression" in part
        }

    watched = math(prod)

    assert math(local) == {}
    assert watched["Lambda"] == "100 * m0 / SERVICE_QUOTA(m1)"
    assert watched["StreamPostings"] == "100 * m0 / PERIOD(m0) / m1"
    assert {plain(name) for name in watched} == {
        "Lambda",
        "StreamPostings",
        "StreamOrders",
        "StreamPspEvents",
        *(
            f"Table{name}"
            for name in ("Ledger", "PaymentEvent", "PaymentOrder", "PspEvent", "Wallet")
        ),
    }


def test_the_line_of_an_alarm_is_where_the_alarm_is(prod: Synthesized) -> None:
    ages = [
        one["Properties"]["Threshold"]
        for one in prod.of_type("AWS::CloudWatch::Alarm").values()
        if one["Properties"].get("MetricName") == "ApproximateAgeOfOldestMessage"
    ]

    assert set(ages) == {POSTING_AGE_S}


@pytest.mark.parametrize("beside", [1, 2, 3, 5, 7])
def test_widgets_fill_their_row(beside: int) -> None:
    placed = list(Dashboard("any", [Row([Text("x")] * beside, 3), Row([Text("y")])]).placed())

    assert sum(one.width for one in placed[:beside]) == 24
    assert (placed[-1].x, placed[-1].y, placed[-1].width) == (0, 3, 24)
