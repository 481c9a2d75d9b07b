"""Shares of AWS's quotas, where AWS says with what metrics they are measured.

- Lambda: "Monitoring concurrency" (ClaimedAccountConcurrency against SERVICE_QUOTA).
- Firehose: "Implement best practices with CloudWatch alarms" (IncomingBytes, BytesPerSecondLimit).
- DynamoDB: "DynamoDB metrics and dimensions" (AccountMaxTableLevelWrites caps on-demand tables).

EventBridge and Step Functions say what they refused, and nothing of how near their quotas are; API
Gateway answers 429 without a metric of the account's. docs/deploy.md says what is left.
"""

from __future__ import annotations

from infra.dashboards.seen import SeenTable
from infra.dashboards.tables import WRITES, of_table
from infra.dashboards.widgets import Expression, Metric


def lambda_share(*, right: bool = False) -> Expression:
    """Return the percentage of the account's concurrency that is taken or reserved."""
    return Expression(
        "100 * {0} / SERVICE_QUOTA({1})",
        "% of the quota taken or reserved",
        (
            Metric("AWS/Lambda", "ClaimedAccountConcurrency", {}, "Maximum", "claimed"),
            Metric("AWS/Lambda", "ConcurrentExecutions", {}, "Maximum", "at once"),
        ),
        right,
    )


def stream_share(stream: str, label: str) -> Expression:
    """Return the percentage of its bytes a second that a delivery stream takes in."""
    where = {"DeliveryStreamName": stream}
    return Expression(
        "100 * {0} / PERIOD({0}) / {1}",
        label,
        (
            Metric("AWS/Firehose", "IncomingBytes", where, "Sum", "bytes"),
            Metric("AWS/Firehose", "BytesPerSecondLimit", where, "Minimum", "limit"),
        ),
    )


def table_share(table: SeenTable, label: str) -> Expression:
    """Return the percentage that a table with its indexes writes of what one table may."""
    consumed = (
        of_table(table, WRITES, label),
        *(of_table(table, WRITES, index, index) for index in table.indexes),
    )
    parts = " + ".join(f"FILL({{{place}}}, 0)" for place in range(len(consumed)))
    limit = Metric("AWS/DynamoDB", "AccountMaxTableLevelWrites", {}, "Maximum", "limit")
    return Expression(
        f"100 * ({parts}) / PERIOD({{0}}) / {{{len(consumed)}}}", label, (*consumed, limit)
    )


def events_refused() -> Metric:
    """Return how many calls to put events, on any bus, were over the account's quota."""
    return Metric("AWS/Events", "PutEventsApproximateThrottledCount", {}, "Sum", "refused")


def transitions_refused() -> Metric:
    """Return how many state transitions, of any machine, were over the account's quota."""
    where = {"ServiceMetric": "StateTransition"}
    return Metric("AWS/States", "ThrottledEvents", where, "Sum", "held back")
