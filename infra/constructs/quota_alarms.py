"""Alarms before a quota is reached: raising one takes AWS days (docs/capacity.md says to what)."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_cloudwatch as cw
from constructs import Construct

from infra.constructs.alarms import PERIOD, Alarms
from infra.dashboards.quotas import (
    events_refused,
    lambda_share,
    stream_share,
    table_share,
    transitions_refused,
)
from infra.dashboards.seen import Seen
from infra.dashboards.widgets import Expression, Metric
from infra.stage import Stage

NEAR: Final = 80
# Limits of tables and streams are shown every five minutes; a peak of one is no trend either.
WHILE: Final = Duration.minutes(5)
_MINUTE_S: Final = 60


class QuotaAlarms(Construct):
    """At 80 % of what AWS lets the account do, where it says how much that is."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        seen: Seen,
        api: apigw.HttpApi,
        alarms: Alarms,
    ) -> None:
        """Watch our own throttle, and the quotas where there are any."""
        super().__init__(scope, construct_id)
        self._alarms = alarms
        self._watch_throttle(api, stage.throttle.rate_per_s)
        if stage.watches_quotas:
            self._watch_quotas(seen)

    def _watch_quotas(self, seen: Seen) -> None:
        self._share("Lambda", lambda_share(), "Lambda has this much of its account's concurrency.")
        for name, stream in seen.streams.items():
            says = f"The delivery stream of {name} takes in this much of its bytes a second."
            self._share(f"Stream{name.title().replace('_', '')}", stream_share(stream, name), says)
        for name, table in seen.tables.items():
            if table.warm_writes is not None:
                says = f"{name} and its indexes write this much of what one table may."
                self._share(f"Table{name}", table_share(table, name), says)
        self._refused("Events", events_refused(), "EventBridge refused events")
        self._refused("Transitions", transitions_refused(), "Step Functions held steps back")

    def _watch_throttle(self, api: apigw.HttpApi, rate_per_s: int) -> None:
        """Watch our own limit in the same way: what is above it is answered 429."""
        self._alarms.above(
            self,
            "Throttle",
            api.metric_count(period=PERIOD, statistic="Sum"),
            limit=rate_per_s * _MINUTE_S * NEAR // 100,
            says=f"The API had over {NEAR} % of the calls that its throttle lets through.",
            anchor="quota-near",
        )

    def _share(self, alarm_id: str, share: Expression, says: str) -> None:
        self._alarms.above_share(
            self,
            alarm_id,
            share,
            limit=NEAR,
            says=f"Over {NEAR} % of a quota: {says}",
            anchor="quota-near",
            period=WHILE,
        )

    def _refused(self, alarm_id: str, metric: Metric, says: str) -> None:
        self._alarms.above(
            self,
            alarm_id,
            cw.Metric(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions_map=dict(metric.dimensions),
                period=PERIOD,
                statistic=metric.stat,
            ),
            limit=0,
            says=f"{says}: the account's quota is reached.",
            anchor="quota-near",
        )
