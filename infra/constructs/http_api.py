"""The HTTP API: the routes of `infra.routes` and no others, signed unless that list says not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.constructs import acknowledged
from infra.constructs.alarms import PERIOD, Alarms
from infra.constructs.log_group import log_group
from infra.routes import Route
from infra.stage import Stage
from infra.stage_parts import CALLS_KEPT_DAYS

# No bodies, no query strings, and when it was: each line has the moment of its request anyway.
ACCESS_LOG = {
    "request_id": "$context.requestId",
    "caller": "$context.identity.userArn",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "error": "$context.integrationErrorMessage",
}


class PaymentsApi(Construct):
    """One HTTP API (payload 2.0) with its only stage, its throttle and its alarm."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        routes: Sequence[Route],
        functions: Mapping[str, lambda_.Function],
        key: kms.IKey | None,
        alarms: Alarms,
    ) -> None:
        """Build the API over the functions, which are found by name."""
        super().__init__(scope, construct_id)
        self.api = apigw.HttpApi(
            self,
            "HttpApi",
            api_name=stage.stack_name("api"),
            create_default_stage=False,
        )
        self._add_routes(routes, functions)
        self._add_stage(stage, key)
        alarms.above(
            self,
            "ServerErrors",
            self.api.metric_server_error(period=PERIOD, statistic="Sum"),
            limit=0,
            periods=2,
            says="The API answered 5xx two minutes running.",
            anchor="api-5xx",
        )

    def _add_routes(
        self, routes: Sequence[Route], functions: Mapping[str, lambda_.Function]
    ) -> None:
        """Add every route, with one integration and one permission per function."""
        signed = authorizers.HttpIamAuthorizer()
        targets: dict[str, integrations.HttpLambdaIntegration] = {}
        for route in routes:
            if route.function not in targets:
                targets[route.function] = integrations.HttpLambdaIntegration(
                    f"{route.function}Integration",
                    functions[route.function],
                    payload_format_version=apigw.PayloadFormatVersion.VERSION_2_0,
                    scope_permission_to_route=False,
                )
            made = self.api.add_routes(
                path=route.path,
                methods=[apigw.HttpMethod[route.method]],
                integration=targets[route.function],
                authorizer=signed if route.authorised else apigw.HttpNoneAuthorizer(),
            )
            if not route.authorised:
                for one in made:
                    acknowledged.acknowledge(one, acknowledged.OPEN_ROUTE)

    def _add_stage(self, stage: Stage, key: kms.IKey | None) -> None:
        """Add the `$default` stage; its access log exists outside the laptop only."""
        throttle = apigw.ThrottleSettings(
            rate_limit=stage.throttle.rate_per_s, burst_limit=stage.throttle.burst
        )
        default = apigw.HttpStage(
            self,
            "DefaultStage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=throttle,
            detailed_metrics_enabled=True,
        )
        if not stage.told.access_log:
            return
        group = log_group(self, "AccessLog", stage=stage, key=key, days=CALLS_KEPT_DAYS)
        cfn = cast("apigw.CfnStage", default.node.default_child)
        cfn.access_log_settings = apigw.CfnStage.AccessLogSettingsProperty(
            destination_arn=group.log_group_arn, format=json.dumps(ACCESS_LOG)
        )
