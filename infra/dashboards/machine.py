"""What money runs on: the API, functions, queues, tables, streams and workflows, each by itself."""

from __future__ import annotations

from typing import Final

from infra.dashboards.quotas import events_refused, lambda_share, stream_share, transitions_refused
from infra.dashboards.seen import Seen
from infra.dashboards.tables import table_graphs
from infra.dashboards.widgets import (
    AlarmGrid,
    Dashboard,
    Expression,
    Graph,
    Metric,
    Row,
    Text,
    section,
)

# Who starts a function, as its graph is called.
STARTED_BY: Final = {
    "API": "behind the API",
    "QUEUE": "workers",
    "STREAM": "readers of streams",
    "EVENT": "by the clock and the bus",
    "MACHINE": "steps of workflows",
    "FIREHOSE": "of the lake",
}
RELAY_BEHIND_MS: Final = 60_000


def machine(seen: Seen) -> Dashboard:
    """Return the dashboard of everything that runs."""
    rows = [
        Row([_about(seen)], height=2),
        Row(_all_alarms(seen), height=8),
        *section("API", _api(seen)),
        *section("Functions", _functions(seen)),
        *section("Queues", _queues(seen)),
        *section("Tables", table_graphs(seen)),
        *section("Streams, lake, bus and workflows", _behind(seen)),
    ]
    return Dashboard("machine", rows)


def _about(seen: Seen) -> Text:
    money = seen.dashboard_name("money")
    return Text(
        f"# Countinghouse {seen.stage}: machine\n"
        f"Payments and PSPs: [{money}](#dashboards:name={money}). Each alarm's description names "
        f"its chapter of the runbook ({seen.chapter('first-look')})."
    )


def _all_alarms(seen: Seen) -> list[AlarmGrid]:
    return [
        AlarmGrid("Alarms", seen.alarm_arns(of_functions=False)),
        AlarmGrid("Alarms on functions' errors", seen.alarm_arns(of_functions=True)),
    ]


def _api(seen: Seen) -> list[Graph]:
    def api(name: str, stat: str, label: str) -> Metric:
        return Metric("AWS/ApiGateway", name, {"ApiId": seen.api_id}, stat, label)

    calls = Expression("{0} / PERIOD({0})", "calls", (api("Count", "Sum", "calls"),))
    return [
        Graph("Calls", [calls], "a second", {"throttle": seen.api_rate_per_s}),
        Graph(
            "Refused and failed", [api("4xx", "Sum", "4xx"), api("5xx", "Sum", "5xx")], "a minute"
        ),
        Graph(
            "Latency",
            [
                api("Latency", "p50", "p50"),
                api("Latency", "p99", "p99"),
                api("IntegrationLatency", "p99", "p99 of the function"),
            ],
            "ms",
        ),
    ]


def _lambda(seen: Seen, function: str, name: str, stat: str) -> Metric:
    return Metric("AWS/Lambda", name, {"FunctionName": seen.functions[function]}, stat, function)


def _functions(seen: Seen) -> list[Graph]:
    every = list(seen.functions)
    graphs = [
        Graph("Errors", [_lambda(seen, one, "Errors", "Sum") for one in every], "a minute"),
        Graph("Throttled", [_lambda(seen, one, "Throttles", "Sum") for one in every], "a minute"),
        *(
            Graph(
                f"99 of 100 within: {called}",
                [
                    _lambda(seen, one, "Duration", "p99")
                    for one in every
                    if seen.called_by[one] == caller
                ],
                "ms",
            )
            for caller, called in STARTED_BY.items()
        ),
    ]
    for title, bounds in {
        "At once, of what is reserved": seen.reserved,
        "At once, of what its queues allow": seen.at_most,
    }.items():
        if bounds:
            graphs.append(
                Graph(title, [_share(seen, one, bounds[one]) for one in bounds], "%", {"all": 100})
            )
    at_once = "ConcurrentExecutions"
    graphs.append(
        Graph(
            "All functions at once",
            [
                Metric("AWS/Lambda", at_once, {}, "Maximum", "of the account"),
                *([lambda_share(right=True)] if seen.quotas else []),
            ],
            "at once",
        )
    )
    return graphs


def _share(seen: Seen, function: str, bound: int) -> Expression:
    at_once = _lambda(seen, function, "ConcurrentExecutions", "Maximum")
    return Expression(f"100 * {{0}} / {bound}", f"{function} of {bound}", (at_once,))


def _queues(seen: Seen) -> list[Graph]:
    def queue(named: str, name: str, label: str) -> Metric:
        return Metric("AWS/SQS", name, {"QueueName": named}, "Maximum", label)

    visible, under_way = (
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
    )
    names = seen.queues.items()
    return [
        Graph("Waiting", [queue(real, visible, ours) for ours, real in names], "messages"),
        Graph(
            "Oldest",
            [queue(real, "ApproximateAgeOfOldestMessage", ours) for ours, real in names],
            "seconds",
        ),
        Graph("Under way", [queue(real, under_way, ours) for ours, real in names], "messages"),
        Graph(
            "Dead letters and last stops",
            [queue(real, visible, ours) for ours, real in seen.last_stops.items()],
            "messages",
            {"alarm": 1},
        ),
    ]


def _behind(seen: Seen) -> list[Graph]:
    def delivery(name: str, stat: str, named: str, real: str) -> Metric:
        return Metric("AWS/Firehose", name, {"DeliveryStreamName": real}, stat, named)

    def ends(name: str) -> list[Metric]:
        arns = seen.machines.items()
        return [Metric("AWS/States", name, {"StateMachineArn": arn}, "Sum", n) for n, arn in arns]

    streams = seen.streams.items()
    return [
        Graph(
            "Behind the tables",
            [_lambda(seen, one, "IteratorAge", "Maximum") for one in ("relay", "lake")],
            "ms",
            {"relay: alarm": RELAY_BEHIND_MS},
        ),
        Graph(
            "Rows not yet in the lake",
            [delivery("DeliveryToS3.DataFreshness", "Maximum", *one) for one in streams],
            "seconds",
        ),
        Graph(
            "Rows the lake's streams refused",
            [delivery("ThrottledRecords", "Sum", *one) for one in streams],
            "a minute",
        ),
        Graph("Workflows that failed", ends("ExecutionsFailed"), "a minute"),
        Graph("Workflows that ran out of time", ends("ExecutionsTimedOut"), "a minute"),
        Graph(
            "Workflows held back by a quota",
            [*ends("ExecutionThrottled"), transitions_refused()],
            "a minute",
        ),
        Graph(
            "Taken in by the lake's streams, of what they may",
            [stream_share(real, named) for named, real in streams],
            "%",
            {"all": 100},
        ),
        Graph(
            "Events put on all buses",
            [
                Metric("AWS/Events", "PutEventsEntriesCount", {}, "Sum", "events"),
                events_refused(),
            ],
            "a minute",
        ),
    ]
