"""What every deploy may replace: queues, functions, routes, schedules, alarms, outputs."""

from __future__ import annotations

import json
from pathlib import Path

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra import permissions
from infra.catalogue import (
    BATCH,
    CONSUMERS,
    GRANTS,
    KNOWS_CALLERS,
    POSTINGS,
    QUEUE_ENV,
    RELAY_POISON,
    SCHEDULED,
    SCHEDULES_DLQ,
    SENDS,
    TABLE_ENV,
    USES_PSP,
    WAITS,
    timeout_s,
)
from infra.config import Stage
from infra.constructs.alarms import PERIOD, Alarms
from infra.constructs.clock import Clock
from infra.constructs.consumed_queue import ConsumedQueue, plain_queue
from infra.constructs.function import ServiceFunction, Surroundings, layer_versions
from infra.constructs.http_api import PaymentsApi
from infra.constructs.relay_streams import RelayStreams
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
        around = Surroundings(stage, assets, layer_versions(self, stage, assets), self._alarms)
        self.functions = {name: self._make_function(name, around) for name in GRANTS}
        self._feed_workers()
        RelayStreams(
            self,
            "Streams",
            stage=stage,
            relay=self.functions["relay"],
            tables=data.tables,
            poison=self.poison,
            alarms=self._alarms,
        )
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

    def _queue(self, queue_id: str) -> sqs.Queue:
        return self.poison if queue_id == RELAY_POISON else self.queues[queue_id].queue

    def _make_function(self, name: str, around: Surroundings) -> lambda_.Function:
        """Return the function with exactly its row of the catalogue."""
        made = ServiceFunction(
            self,
            name,
            around=around,
            environment=self._environment(name),
            statements=self._statements(name),
        )
        return made.function

    def _environment(self, name: str) -> dict[str, str]:
        """Return what docs/naming.md promises the function, beyond what all of them get."""
        # The relay touches no table and must know each one's stream by the table's name.
        known = TABLE_ENV if name == "relay" else GRANTS[name]
        tables = dict.fromkeys(target.partition("/")[0] for target in known)
        env = {TABLE_ENV[table]: self._data.tables[table].table_name for table in tables}
        for family in SENDS.get(name, ()):
            urls = [self._queue(queue_id).queue_url for queue_id in self._family(family)]
            env[QUEUE_ENV[family]] = ",".join(urls)
        if name in USES_PSP:
            env["PSP_SANDBOX_URL"] = self._stage.psp_url
            env["PSP_SECRET_ID"] = self._data.psp_secret_arn
            env["PSP_TIMEOUT_S"] = str(self._stage.psp_timeout_s)
        if name in WAITS:
            env["POLL_LADDER_S"] = self._stage.poll_ladder_s
        if name in KNOWS_CALLERS:
            env["CALLER_ROLES"] = json.dumps(self._stage.caller_roles(self.account))
        if name == "relay":
            env["EVENT_BUS_NAME"] = self.bus.event_bus_name
        if name == "health":
            env["VERSION"] = self._stage.version
        return env

    def _statements(self, name: str) -> list[iam.PolicyStatement]:
        """Return all the function may do: tables, queues, key, secret, streams, bus."""
        uses_psp, relays = name in USES_PSP, name == "relay"
        statements = permissions.on_tables(name, self._data.tables)
        statements += permissions.on_key(
            GRANTS[name].values(), self._data.key, also_reads=uses_psp or relays
        )
        for family, consumer in CONSUMERS.items():
            if consumer == name:
                queues = [self.queues[queue_id] for queue_id in self._family(family)]
                statements += [queue.consume_statement() for queue in queues]
        statements += permissions.send_to(
            [
                self._queue(queue_id).queue_arn
                for family in SENDS.get(name, ())
                for queue_id in self._family(family)
            ]
        )
        if name in SCHEDULED:
            # Lambda sends a failed run's event there in the function's own name.
            statements += permissions.send_to([self.missed.queue_arn])
        if uses_psp:
            statements += permissions.read_secret(self._data.psp_secret_arn)
        if relays:
            statements += permissions.read_streams(
                [table.table_stream_arn or "" for table in self._data.tables.values()]
            )
            statements += permissions.publish_to(self.bus)
        return statements

    def _feed_workers(self) -> None:
        """Join every consumed queue to its one consumer."""
        for family, consumer in CONSUMERS.items():
            for queue_id in self._family(family):
                self.queues[queue_id].feed(
                    self.functions[consumer],
                    batch=BATCH,
                    max_concurrency=self._stage.max_concurrency[family],
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
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
