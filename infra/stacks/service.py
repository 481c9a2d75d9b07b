"""What every deploy may replace: queues, functions, routes, workflows, schedules, outputs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import code_version
from infra.catalogue import FILES, LAKE_POISON, RELAY_POISON, SCHEDULES_DLQ, construct_id
from infra.constructs.acknowledged import (
    FOLDERS,
    LAKE_USERS,
    acknowledge,
    folder_rule,
    on_lake,
)
from infra.constructs.alarms import PERIOD, Alarms
from infra.constructs.audit_rules import AuditRules
from infra.constructs.clock import MAX_AGE_OF_A_DAY, Clock
from infra.constructs.code_alarms import COUNTED, CodeAlarms
from infra.constructs.function import ServiceFunction, surroundings
from infra.constructs.http_api import PaymentsApi
from infra.constructs.lake_feed import LakeFeed
from infra.constructs.month_close import MonthClose
from infra.constructs.payout_workflows import PayoutWorkflows
from infra.constructs.queues import Queues
from infra.constructs.reconciliation import Reconciliation
from infra.constructs.relay_streams import RelayStreams
from infra.constructs.webhook_door import WebhookDoor
from infra.constructs.workflow import machine_arn
from infra.equipment import Equipment
from infra.grants import GRANTS
from infra.outputs import write_outputs
from infra.routes import ROUTES
from infra.stacks.data import DataStack
from infra.stacks.lake import DAYS, LakeStack
from infra.stage import Stage


class ServiceStack(Stack):
    """Everything that runs, over the data stack it is given."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        data: DataStack,
        lake: LakeStack,
        assets: Path,
        **stack: object,
    ) -> None:
        """Build the service; `stack` passes through to CDK."""
        super().__init__(scope, construct_id, **stack)  # type: ignore[arg-type]
        self._stage = stage
        self._data = data
        self._lake = lake
        self.alarms = Alarms(data.alerts)
        self.queues = Queues(self, "Queues", stage=stage, alarms=self.alarms)
        self.bus = events.EventBus(self, "Events", event_bus_name=f"countinghouse-{stage.name}")
        self.functions = self._make_functions(assets)
        self.queues.feed(self.functions)
        self._join_streams()
        self.workflows = PayoutWorkflows(
            self,
            "Workflows",
            stage=stage,
            steps=self.functions["payout_steps"],
            documents=data.documents,
            key=data.key,
            alarms=self.alarms,
        )
        self.month_close = self._make_month_close()
        self.reconciliation = self._make_reconciliation()
        self.clock = self._make_clock()
        self._hear_of_alarms()
        for alarms_id, counted in COUNTED.items():
            CodeAlarms(self, alarms_id, counted=counted, alarms=self.alarms)
        self.api = PaymentsApi(
            self,
            "Api",
            stage=stage,
            routes=ROUTES,
            functions=self.functions,
            key=data.key,
            alarms=self.alarms,
        )
        if stage.webhook_door:
            WebhookDoor(
                self, "WebhookDoor", webhooks=self.functions["webhooks"], alarms=self.alarms
            )
        self._write_outputs()

    def _join_streams(self) -> None:
        """Join the tables' streams to their two readers: the relay and the lake."""
        RelayStreams(
            self,
            "Streams",
            stage=self._stage,
            relay=self.functions["relay"],
            tables=self._data.streamed,
            poison=self.queues.last_stops[RELAY_POISON],
            alarms=self.alarms,
        )
        LakeFeed(
            self,
            "LakeFeed",
            stage=self._stage,
            lake=self.functions["lake"],
            tables=self._data.tables,
            poison=self.queues.last_stops[LAKE_POISON],
            alarms=self.alarms,
        )

    def _equipment(self, assets: Path) -> Equipment:
        """Return what functions are given, from all that is built before them."""
        return Equipment(
            stage=self._stage,
            account=self.account,
            data=self._data,
            lake=self._lake,
            bus=self.bus,
            missed=self.queues.last_stops[SCHEDULES_DLQ],
            consumed=self.queues.consumed,
            sent=self.queues.sent(),
            machine=lambda name: machine_arn(self, self._stage, name),
            code_version=partial(code_version.of_function, assets),
        )

    def _make_functions(self, assets: Path) -> dict[str, lambda_.Function]:
        """Return every function with exactly its row of the catalogue."""
        around = surroundings(self, self._stage, assets, self.alarms, self._data.key)
        equipment = self._equipment(assets)
        made = {
            name: ServiceFunction(
                self,
                name,
                around=around,
                environment=equipment.environment(name),
                statements=equipment.statements(name),
            )
            for name in GRANTS
            if name != DAYS
        }
        for name, folders in FILES.items():
            acknowledge(
                made[name].role, {rule: FOLDERS[rule] for rule in map(folder_rule, folders)}
            )
        for name in LAKE_USERS:
            acknowledge(made[name].role, on_lake(name))
        return {name: one.function for name, one in made.items()}

    def _make_month_close(self) -> MonthClose:
        """Return the machine that closes months."""
        return MonthClose(
            self,
            "Closing",
            stage=self._stage,
            functions=self.functions,
            documents=self._data.documents,
            key=self._data.key,
            alarms=self.alarms,
        )

    def _make_reconciliation(self) -> Reconciliation:
        """Return the machine that reconciles a PSP's day."""
        return Reconciliation(
            self,
            "Reconciling",
            stage=self._stage,
            functions=self.functions,
            documents=self._data.documents,
            workgroup_arn=self._lake.workgroup_arn,
            key=self._data.key,
            alarms=self.alarms,
        )

    def _make_clock(self) -> Clock:
        """Return the schedules; the repair sweep is also missed when it is silent."""
        times = self._stage.schedules
        clock = Clock(self, "Clock", dead_letters=self.queues.last_stops[SCHEDULES_DLQ])
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
        for psp in self._stage.psps:
            nightly = events.Schedule.cron(hour=str(times.reconcile_hour_utc), minute="0")
            rule, machine = f"Reconcile{construct_id(psp.name)}", self.reconciliation.machine
            clock.start(rule, machine, nightly, {"psp": psp.name}, MAX_AGE_OF_A_DAY)
        self.alarms.silent(
            clock,
            "RepairSilent",
            self.functions["repair"].metric_invocations(period=PERIOD, statistic="Sum"),
            says="The repair sweep has not run for ten minutes: lost messages stay lost.",
            anchor="repair-stopped",
        )
        return clock

    def _hear_of_alarms(self) -> None:
        """Have a person told what is raised, and damage to the books recorded."""
        AuditRules(
            self,
            "Audits",
            bus=self.bus,
            records=self.functions["audit_events"],
            alerts=self._data.alerts,
            dead_letters=self.queues.last_stops[SCHEDULES_DLQ],
        )

    def _write_outputs(self) -> None:
        """Write what the local runner and the redrive command read."""
        write_outputs(
            self,
            api=self.api.api,
            bus=self.bus,
            functions={**self.functions, DAYS: self._lake.days.function},
            queues=self.queues.by_name(),
            data=self._data,
            machines={
                **self.workflows.arns(),
                **self.month_close.arns(),
                **self.reconciliation.arns(),
            },
            reports=self.reconciliation.reports,
        )
        CfnOutput(self, "RedriveAlone", value="yes" if self._stage.redrive_alone else "no")
