"""What follows from `audit.raised`: a person hears of it, and damage to the books stops payouts.

The relay writes no table, so it says what it sees on the bus, and a rule hands that to the function
that records it within seconds. What audits find is recorded before it is raised; that rule lets it
pass by.
"""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

SEEN_BY_THE_RELAY: Final = ("book_damaged", "wallet_unbalanced", "window_unbalanced")
# As long as EventBridge and Lambda try at most: the daily audit finds the same fault anyway.
DELIVERED_WITHIN: Final = Duration.hours(24)
RECORDED_WITHIN: Final = Duration.hours(6)
TRIES: Final = 185


class AuditRules(Construct):
    """Two rules: all of it to the topic of alerts, damage to the function that records it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        bus: events.IEventBus,
        records: lambda_.Function,
        alerts: sns.ITopic,
        dead_letters: sqs.Queue,
    ) -> None:
        """Join the bus to both."""
        super().__init__(scope, construct_id)
        self._bus = bus
        kept = {
            "dead_letter_queue": dead_letters,
            "retry_attempts": TRIES,
            "max_event_age": DELIVERED_WITHIN,
        }
        self._rule("Told", {}, targets.SnsTopic(alerts, **kept))  # type: ignore[arg-type]
        records.configure_async_invoke(
            retry_attempts=2,
            max_event_age=RECORDED_WITHIN,
            on_failure=destinations.SqsDestination(dead_letters),
        )
        damage = {"detail": {"data": {"code": list(SEEN_BY_THE_RELAY)}}}
        self._rule("Recorded", damage, targets.LambdaFunction(records, **kept))  # type: ignore[arg-type]

    def _rule(self, rule_id: str, narrowed: dict[str, object], target: events.IRuleTarget) -> None:
        events.Rule(
            self,
            rule_id,
            event_bus=self._bus,
            event_pattern=events.EventPattern(
                source=["countinghouse"],
                detail_type=["audit.raised"],
                **narrowed,  # type: ignore[arg-type]
            ),
            targets=[target],
        )
