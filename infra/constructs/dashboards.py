"""The dashboards in CloudWatch, drawn of what the stacks hold: a new resource is on them too."""

from __future__ import annotations

from dataclasses import replace

from aws_cdk import aws_cloudwatch as cw
from constructs import Construct

from infra.catalogue import CONSUMERS, POSTINGS
from infra.constructs.alarms import runbook
from infra.constructs.assessed import called_by
from infra.constructs.quota_alarms import QuotaAlarms
from infra.dashboards.machine import machine
from infra.dashboards.money import money
from infra.dashboards.seen import Seen, SeenTable
from infra.stacks.data import TABLES, DataStack
from infra.stacks.lake import DAYS, LakeStack
from infra.stacks.service import ServiceStack
from infra.stage import Stage


class Watch(Construct):
    """Quotas watched, and two dashboards: each costs three dollars a month, a third wants a reason.

    Made last: all that alarms is drawn.
    """

    def __init__(
        self,
        service: ServiceStack,
        construct_id: str,
        *,
        stage: Stage,
        data: DataStack,
        lake: LakeStack,
    ) -> None:
        """Watch and draw what the three stacks hold."""
        super().__init__(service, construct_id)
        self._stage, self._data, self._lake, self._service = stage, data, lake, service
        seen = self._look()
        api = service.api.api
        QuotaAlarms(self, "Quotas", stage=stage, seen=seen, api=api, alarms=service.alarms)
        drawn = replace(seen, alarms=[*lake.alarms.made, *service.alarms.made])
        for dashboard in (money(drawn), machine(drawn)):
            cw.CfnDashboard(
                self,
                dashboard.name.capitalize(),
                dashboard_name=seen.dashboard_name(dashboard.name),
                dashboard_body=service.to_json_string(dashboard.body(service.region)),
            )

    def _look(self) -> Seen:
        """Return what there is, as CloudWatch names it; no alarms yet."""
        stage, service = self._stage, self._service
        queues = service.queues
        functions = {**service.functions, DAYS: self._lake.days.function}
        drive = (service.workflows, service.month_close, service.reconciliation)
        names = {name: queue.queue_name for name, queue in queues.by_name().items()}
        stops = {name for name in names if name.endswith("Dlq") or name in queues.last_stops}
        return Seen(
            stage=stage.name,
            runbook=runbook(self),
            psps=[psp.name for psp in stage.psps],
            functions={name: one.function_name for name, one in functions.items()},
            called_by={name: called_by(name).name for name in functions},
            reserved=stage.reserved_concurrency,
            at_most=_at_most(stage),
            queues={name: real for name, real in names.items() if name not in stops},
            last_stops={name: real for name, real in names.items() if name in stops},
            tables={
                name: _table(stage, name, one.table_name) for name, one in self._data.tables.items()
            },
            streams={name: one.name for name, one in self._lake.streams.items()},
            machines={name: arn for one in drive for name, arn in one.arns().items()},
            api_id=service.api.api.api_id,
            api_rate_per_s=stage.throttle.rate_per_s,
            alarms=(),
            quotas=stage.watches_quotas,
        )


def _table(stage: Stage, name: str, real: str) -> SeenTable:
    warm = stage.warm.get(name)
    indexes = [index for index, _, _ in TABLES[name].indexes]
    if warm is None:
        return SeenTable(real, indexes, None, None)
    return SeenTable(real, indexes, warm.reads, warm.writes)


def _at_most(stage: Stage) -> dict[str, int]:
    """Return how many of each consumer its queues let run at once; postings are several queues."""
    return {
        CONSUMERS[family]: bound * (stage.posting_queues if family == POSTINGS else 1)
        for family, bound in stage.max_concurrency.items()
    }
