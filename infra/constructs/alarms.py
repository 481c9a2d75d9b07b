"""Alarms that tell the woken person where to read on: each names its chapter of the runbook."""

from __future__ import annotations

from typing import Final, Literal

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cw
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

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
    "reconciliation-failed",
]
PERIOD: Final = Duration.minutes(1)


class Alarms:
    """Adds alarms to the construct they watch and sends them all to one topic."""

    def __init__(self, topic: sns.ITopic) -> None:
        """Remember where alarms go."""
        self._action = actions.SnsAction(topic)

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
        alarm = cw.Alarm(
            scope,
            alarm_id,
            metric=metric,
            threshold=limit,
            evaluation_periods=periods,
            comparison_operator=cw.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cw.TreatMissingData.NOT_BREACHING,
            alarm_description=f"{says} See {RUNBOOK}#{anchor}",
        )
        alarm.add_alarm_action(self._action)
        return alarm

    def silent(
        self, scope: Construct, alarm_id: str, metric: cw.IMetric, *, says: str, anchor: Anchor
    ) -> cw.Alarm:
        """Alarm when nothing was counted for ten minutes; here silence is the fault."""
        alarm = cw.Alarm(
            scope,
            alarm_id,
            metric=metric,
            threshold=1,
            evaluation_periods=10,
            comparison_operator=cw.ComparisonOperator.LESS_THAN_THRESHOLD,
            treat_missing_data=cw.TreatMissingData.BREACHING,
            alarm_description=f"{says} See {RUNBOOK}#{anchor}",
        )
        alarm.add_alarm_action(self._action)
        return alarm

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
