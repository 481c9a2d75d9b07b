"""What every deploy may replace: queues, functions, routes, workflows, schedules, outputs."""

from __future__ import annotations

import json
from pathlib import Path

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.catalogue import (
    BATCH,
    CONSUMERS,
    FILES,
    GRANTS,
    POSTINGS,
    RELAY_POISON,
    SCHEDULES_DLQ,
    timeout_s,
)
from infra.config import Stage
from infra.constructs.acknowledged import FOLDERS, acknowledge, folder_rule
from infra.constructs.alarms import PERIOD, Alarms
from infra.constructs.clock import Clock
from infra.constructs.consumed_queue import ConsumedQueue, plain_queue
from infra.constructs.function import ServiceFunction, surroundings
from infra.constructs.http_api import PaymentsApi
from infra.constructs.month_close import MonthClose
from infra.constructs.payout_workflows import PayoutWorkflows
from infra.constructs.relay_streams import RelayStreams
from infra.constructs.workflow import machine_arn
from infra.equipment import Equipment
from infra.routes import ROUTES
from infra.stacks.data import DataStack

# A wallet's oldest booking may wait this long before somebody is woken.
POSTING_AGE_S = 300


class ServiceStack(Stack):
    """Everything that runs, over the data stack it is given."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        data: DataStack,
        assets: Path,
        **stack: object,
    ) -> None:
        """Build the service; `stack` passes through to CDK."""
        super().__init__(scope, construct_id, **stack)  # type: ignore[arg-type]
        self._stage = stage
        self._data = data
        self._alarms = Alarms(data.alerts)
        # In a scope of their own: a queue and a function may both be called Orders.
        scope_of_queues = Construct(self, "Queues")
        self.queues = self._make_queues(scope_of_queues)
        self.poison = plain_queue(scope_of_queues, RELAY_POISON, tls_only=stage.tls_only)
        self._alarms.not_empty(self.poison, scope_of_queues, "RelayPoisoned", "relay-poison")
        self.missed = plain_queue(scope_of_queues, SCHEDULES_DLQ, tls_only=stage.tls_only)
        self._alarms.not_empty(self.missed, scope_of_queues, "Missed", "schedule-missed")
        self.bus = events.EventBus(self, "Events", event_bus_name=f"countinghouse-{stage.name}")
        self.functions = self._make_functions(assets)
        self._feed_workers()
        RelayStreams(
            self,
            "Streams",
            stage=stage,
            relay=self.functions["relay"],
            tables=data.streamed,
            poison=self.poison,
            alarms=self._alarms,
        )
        self.workflows = PayoutWorkflows(
            self,
            "Workflows",
            stage=stage,
            steps=self.functions["payout_steps"],
            documents=data.documents,
            key=data.key,
            alarms=self._alarms,
        )
        self.month_close = self._make_month_close()
        self.clock = self._make_clock()
        self.api = PaymentsApi(
            self,
            "Api",
            stage=stage,
            routes=ROUTES,
            functions=self.functions,
            alarms=self._alarms,
        )
        self._write_outputs()

    def _family(self, queue_id: str) -> list[str]:
        """Return the queues an id stands for: `Postings` for all its numbered ones."""
        if queue_id != POSTINGS:
            return [queue_id]
        return [f"{POSTINGS}{number}" for number in range(self._stage.posting_queues)]

    def _make_queues(self, scope: Construct) -> dict[str, ConsumedQueue]:
        """Return every consumed queue by construct id; postings also alarm on age."""
        made = {}
        for family, consumer in CONSUMERS.items():
            for queue_id in self._family(family):
                made[queue_id] = ConsumedQueue(
                    scope,
                    queue_id,
                    consumer_timeout_s=timeout_s(consumer, self._stage),
                    alarms=self._alarms,
                    tls_only=self._stage.tls_only,
                    fifo=family == POSTINGS,
                )
        for queue_id in self._family(POSTINGS):
            self._alarms.above(
                made[queue_id],
                "Age",
                made[queue_id].queue.metric_approximate_age_of_oldest_message(
                    period=PERIOD, statistic="Maximum"
                ),
                limit=POSTING_AGE_S,
                says=f"{queue_id}: a wallet's booking waits; others behind it wait too.",
                anchor="postings-behind",
            )
        return made

    def _equipment(self) -> Equipment:
        """Return what functions are given, from all that is built before them."""
        consumed = {
            family: [self.queues[queue_id] for queue_id in self._family(family)]
            for family in CONSUMERS
        }
        sent: dict[str, list[sqs.IQueue]] = {
            family: [pair.queue for pair in pairs] for family, pairs in consumed.items()
        }
        return Equipment(
            stage=self._stage,
            account=self.account,
            data=self._data,
            bus=self.bus,
            missed=self.missed,
            consumed=consumed,
            sent={**sent, RELAY_POISON: [self.poison]},
            machine=lambda name: machine_arn(self, self._stage, name),
        )

    def _make_functions(self, assets: Path) -> dict[str, lambda_.Function]:
        """Return every function with exactly its row of the catalogue."""
        around = surroundings(self, self._stage, assets, self._alarms)
        equipment = self._equipment()
        made = {
            name: ServiceFunction(
                self,
                name,
                around=around,
                environment=equipment.environment(name),
                statements=equipment.statements(name),
            )
            for name in GRANTS
        }
        for name, folders in FILES.items():
            acknowledge(
                made[name].role, {rule: FOLDERS[rule] for rule in map(folder_rule, folders)}
            )
        return {name: one.function for name, one in made.items()}

    def _feed_workers(self) -> None:
        """Join every consumed queue to its one consumer."""
        for family, consumer in CONSUMERS.items():
            for queue_id in self._family(family):
                self.queues[queue_id].feed(
                    self.functions[consumer],
                    batch=BATCH,
                    max_concurrency=self._stage.max_concurrency[family],
                )

    def _make_month_close(self) -> MonthClose:
        """Return the machine that closes months."""
        return MonthClose(
            self,
            "Closing",
            stage=self._stage,
            functions=self.functions,
            documents=self._data.documents,
            key=self._data.key,
            alarms=self._alarms,
        )

    def _make_clock(self) -> Clock:
        """Return the schedules; the repair sweep is also missed when it is silent."""
        times = self._stage.schedules
        clock = Clock(self, "Clock", dead_letters=self.missed)
        every = {"repair": times.repair_min, "rollup": times.rollup_min}
        for name, minutes in every.items():
            rate = events.Schedule.rate(Duration.minutes(minutes))
            clock.tick(name.capitalize(), self.functions[name], rate)
        daily = events.Schedule.cron(hour=str(times.audit_hour_utc), minute="0")
        clock.tick("Audit", self.functions["audit"], daily)
        monthly = events.Schedule.cron(
            day=str(times.payout_day), hour=str(times.payout_hour_utc), minute="0"
        )
        clock.start("PayoutRun", self.workflows.run.machine, monthly)
        after_the_month = events.Schedule.cron(
            day=str(times.close_day), hour=str(times.close_hour_utc), minute="0"
        )
        clock.start("MonthClose", self.month_close.machine, after_the_month)
        self._alarms.silent(
            clock,
            "RepairSilent",
            self.functions["repair"].metric_invocations(period=PERIOD, statistic="Sum"),
            says="The repair sweep has not run for ten minutes: lost messages stay lost.",
            anchor="repair-stopped",
        )
        return clock

    def _write_outputs(self) -> None:
        """Write what the local runner and the redrive command read."""
        urls = {RELAY_POISON: self.poison.queue_url, SCHEDULES_DLQ: self.missed.queue_url}
        for queue_id, pair in self.queues.items():
            urls[queue_id] = pair.queue.queue_url
            urls[f"{queue_id}Dlq"] = pair.dead_letters.queue_url
        outputs = {
            "ApiUrl": self.api.api.api_endpoint,
            "ApiId": self.api.api.api_id,
            "EventBusName": self.bus.event_bus_name,
            "FunctionNames": json.dumps(
                {name: made.function_name for name, made in self.functions.items()}
            ),
            "QueueUrls": json.dumps(urls),
            "TableNames": json.dumps(
                {name: table.table_name for name, table in self._data.tables.items()}
            ),
            "PspSecretArn": self._data.psp_secret_arn,
            "StateMachineArns": json.dumps(self.workflows.arns() | self.month_close.arns()),
            "DocumentsBucket": self._data.documents.bucket_name,
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
