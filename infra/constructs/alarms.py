"""Alarms that tell the woken person where to read on: each names its chapter of the runbook."""

from __future__ import annotations

from typing import Any, Final, Literal

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cw
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.dashboards.seen import SeenAlarm
from infra.dashboards.widgets import Expression

# Where the runbook is, unless the context `runbook` says at what address people read it.
RUNBOOK: Final = "docs/runbook.md"
Anchor = Literal[
    "dead-letters",
    "relay-poison",
    "relay-behind",
    "function-errors",
    "lake-behind",
    "lake-errors",
    "lake-poison",
    "postings-behind",
    "psp-absent",
    "psp-circuit-open",
    "psp-key-reused",
    "screening-list-stale",
    "fx-rates-damaged",
    "api-5xx",
    "repair-stopped",
    "schedule-missed",
    "month-close-failed",
    "payout-failed",
    "payout-run-failed",
    "quota-near",
    "reconciliation-failed",
]
PERIOD: Final = Duration.minutes(1)


def runbook(scope: Construct) -> str:
    """Return where the runbook is read: an address, or its path in the repository."""
    return str(scope.node.try_get_context("runbook") or RUNBOOK)


class Alarms:
    """Adds alarms to the construct they watch and sends them all to one topic."""

    def __init__(self, topic: sns.ITopic) -> None:
        """Remember where alarms go."""
        self._action = actions.SnsAction(topic)
        self.made: list[SeenAlarm] = []

    def above(
        self,
        scope: Construct,
        alarm_id: str,
        metric: cw.IMetric,
        *,
        limit: float,
        says: str,
        anchor: Anchor,
        periods: int = 1,
    ) -> cw.Alarm:
        """Alarm when the metric is over the limit for that many periods; silence is health."""
        return self._make(
            scope,
            alarm_id,
            anchor,
            metric=metric,
            threshold=limit,
            evaluation_periods=periods,
            comparison_operator=cw.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cw.TreatMissingData.NOT_BREACHING,
            alarm_description=says,
        )

    def above_share(
        self,
        scope: Construct,
        alarm_id: str,
        share: Expression,
        *,
        limit: float,
        says: str,
        anchor: Anchor,
        period: Duration,
    ) -> cw.Alarm:
        """Alarm when metric math is over the limit for a period; silence is health."""
        parts = {f"m{place}": part for place, part in enumerate(share.of)}
        metric = cw.MathExpression(
            expression=share.text.format(*parts),
            using_metrics={
                name: cw.Metric(
                    namespace=part.namespace,
                    metric_name=part.name,
                    dimensions_map=dict(part.dimensions),
                    statistic=part.stat,
                )
                for name, part in parts.items()
            },
            label=share.label,
            period=period,
        )
        return self.above(scope, alarm_id, metric, limit=limit, says=says, anchor=anchor)

    def silent(
        self, scope: Construct, alarm_id: str, metric: cw.IMetric, *, says: str, anchor: Anchor
    ) -> cw.Alarm:
        """Alarm when nothing was counted for ten minutes; here silence is the fault."""
        return self._make(
            scope,
            alarm_id,
            anchor,
            metric=metric,
            threshold=1,
            evaluation_periods=10,
            comparison_operator=cw.ComparisonOperator.LESS_THAN_THRESHOLD,
            treat_missing_data=cw.TreatMissingData.BREACHING,
            alarm_description=says,
        )

    def _make(self, scope: Construct, alarm_id: str, anchor: Anchor, **alarm: Any) -> cw.Alarm:
        """Return the alarm under a name that can be read aloud, and that dashboards know it by."""
        stack = Stack.of(scope)
        _, *path = scope.node.path.split("/")
        name = "-".join([stack.stack_name, *path, alarm_id])
        says = f"{alarm.pop('alarm_description')} See {runbook(scope)}#{anchor}"
        made = cw.Alarm(scope, alarm_id, alarm_name=name, alarm_description=says, **alarm)
        made.add_alarm_action(self._action)
        # Not its own attribute: that would be an export of its stack, in use and never to be freed.
        arn = f"arn:aws:cloudwatch:{stack.region}:{stack.account}:alarm:{name}"
        self.made.append(SeenAlarm(arn, anchor))
        return made

    def not_empty(self, queue: sqs.Queue, scope: Construct, alarm_id: str, anchor: Anchor) -> None:
        """Alarm as soon as one message lies in a queue that should stay empty."""
        self.above(
            scope,
            alarm_id,
            queue.metric_approximate_number_of_messages_visible(period=PERIOD, statistic="Maximum"),
            limit=0,
            says=f"{queue.node.path} holds messages nobody could handle.",
            anchor=anchor,
        )
