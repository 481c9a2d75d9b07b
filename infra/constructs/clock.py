"""What runs by the clock: a missed tick is alarmed, and a late one is never caught up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.constructs import assessed
from infra.constructs.acknowledged import acknowledge

# The next tick does the same work, so an old one is worth nothing.
MAX_AGE: Final = Duration.minutes(5)
# A month is long: what starts once in it is tried for a day before a person has to.
MAX_AGE_OF_A_RUN: Final = Duration.hours(24)
# A day's run is of the day before the one it starts in, so it must not start on the next.
MAX_AGE_OF_A_DAY: Final = Duration.hours(12)


class Clock(Construct):
    """Scheduled rules with one dead-letter queue between them."""

    def __init__(self, scope: Construct, construct_id: str, *, dead_letters: sqs.Queue) -> None:
        """Remember where ticks go that could not be delivered, or that failed."""
        super().__init__(scope, construct_id)
        self._dead_letters = dead_letters

    def tick(self, rule_id: str, function: lambda_.Function, schedule: events.Schedule) -> None:
        """Invoke the function by that schedule; Lambda's own queue retries once, not for hours."""
        function.configure_async_invoke(
            retry_attempts=1,
            max_event_age=MAX_AGE,
            on_failure=destinations.SqsDestination(self._dead_letters),
        )
        events.Rule(
            self,
            rule_id,
            schedule=schedule,
            targets=[
                targets.LambdaFunction(
                    function,
                    dead_letter_queue=self._dead_letters,
                    retry_attempts=2,
                    max_event_age=MAX_AGE,
                )
            ],
        )

    def start(
        self,
        rule_id: str,
        machine: sfn.StateMachine,
        schedule: events.Schedule,
        said: Mapping[str, str] | None = None,
        max_age: Duration = MAX_AGE_OF_A_RUN,
    ) -> None:
        """Start the machine by that schedule with `said`: what is not, it knows by itself.

        A tick that cannot be delivered is tried again until it is `max_age` old.
        """
        role = iam.Role(
            self,
            f"{rule_id}Role",
            assumed_by=iam.ServicePrincipal("events.amazonaws.com"),
            inline_policies={
                "own": iam.PolicyDocument(
                    statements=[
                        iam.PolicyStatement(
                            actions=["states:StartExecution"],
                            resources=[machine.state_machine_arn],
                        )
                    ]
                )
            },
        )
        acknowledge(role, assessed.ROLE)
        events.Rule(
            self,
            rule_id,
            schedule=schedule,
            targets=[
                targets.SfnStateMachine(
                    machine,
                    role=role.without_policy_updates(),
                    input=events.RuleTargetInput.from_object(dict(said or {})),
                    dead_letter_queue=self._dead_letters,
                    retry_attempts=20,
                    max_event_age=max_age,
                )
            ],
        )
