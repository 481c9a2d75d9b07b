"""The HTTP API: the routes promised, all signed but two, throttled, logged without bodies."""

from __future__ import annotations

import re

from infra.routes import ROUTES
from tests.infra.templates import Synthesized, naming_table, plain


def test_routes_are_those_of_the_naming_page() -> None:
    promised = {
        (row["function"].strip("`"), route)
        for row in naming_table("Functions")
        for route in re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /\S+)`", row["trigger"])
    }

    listed = {(route.function, route.key) for route in ROUTES}

    assert listed == promised


def test_template_serves_exactly_the_listed_routes(any_stage: Synthesized) -> None:
    deployed = {
        route["Properties"]["RouteKey"]: route["Properties"].get("AuthorizationType", "NONE")
        for route in any_stage.of_type("AWS::ApiGatewayV2::Route").values()
    }

    assert deployed == {r.key: "AWS_IAM" if r.authorised else "NONE" for r in ROUTES}


def test_only_webhooks_and_health_are_open() -> None:
    assert {route.function for route in ROUTES if not route.authorised} == {"webhooks", "health"}


def test_each_route_reaches_its_function(any_stage: Synthesized) -> None:
    integrations = any_stage.of_type("AWS::ApiGatewayV2::Integration")
    owners = {
        any_stage.target({"Ref": logical}): name
        for name, function in any_stage.functions().items()
        for logical, one in any_stage.of_type("AWS::Lambda::Function").items()
        if one is function
    }
    reached = {}
    for route in any_stage.of_type("AWS::ApiGatewayV2::Route").values():
        target = any_stage.target(route["Properties"]["Target"]).removeprefix("integrations/")
        function = any_stage.target(integrations[target]["Properties"]["IntegrationUri"])
        reached[route["Properties"]["RouteKey"]] = owners[function]

    assert reached == {route.key: route.function for route in ROUTES}


def test_payload_is_version_two_and_no_browser_may_call(any_stage: Synthesized) -> None:
    versions = {
        one["Properties"]["PayloadFormatVersion"]
        for one in any_stage.of_type("AWS::ApiGatewayV2::Integration").values()
    }
    (api,) = any_stage.of_type("AWS::ApiGatewayV2::Api").values()

    assert versions == {"2.0"}
    assert "CorsConfiguration" not in api["Properties"]


def test_stage_is_throttled(any_stage: Synthesized) -> None:
    (stage,) = any_stage.of_type("AWS::ApiGatewayV2::Stage").values()
    settings = stage["Properties"]["DefaultRouteSettings"]

    assert settings["ThrottlingRateLimit"] > 0
    assert settings["ThrottlingBurstLimit"] > 0


def test_access_log_outside_the_laptop_holds_no_body(prod: Synthesized, local: Synthesized) -> None:
    (cloud,) = prod.of_type("AWS::ApiGatewayV2::Stage").values()
    (laptop,) = local.of_type("AWS::ApiGatewayV2::Stage").values()

    written = cloud["Properties"]["AccessLogSettings"]["Format"]
    assert "body" not in written.lower()
    assert "$context.requestId" in written
    assert "AccessLogSettings" not in laptop["Properties"]


def test_only_the_webhooks_have_a_url_of_their_own_and_only_in_production(
    prod: Synthesized, local: Synthesized
) -> None:
    (url,) = prod.of_type("AWS::Lambda::Url").values()
    open_to_all = [
        one["Properties"]
        for one in prod.of_type("AWS::Lambda::Permission").values()
        if one["Properties"]["Principal"] == "*"
    ]

    assert plain(prod.target(url["Properties"]["TargetFunctionArn"])) == "WebhooksFunction"
    assert url["Properties"]["AuthType"] == "NONE"
    assert "Cors" not in url["Properties"]
    assert {one["Action"] for one in open_to_all} == {
        "lambda:InvokeFunctionUrl",
        "lambda:InvokeFunction",
    }
    # By its URL alone: nobody calls the function as a function.
    for one in open_to_all:
        assert one.get("FunctionUrlAuthType") == "NONE" or one.get("InvokedViaFunctionUrl") is True
        assert plain(prod.target(one["FunctionName"])) == "WebhooksFunction"
    assert local.of_type("AWS::Lambda::Url") == {}
    reserve = prod.functions()["webhooks"]["Properties"]["ReservedConcurrentExecutions"]
    # Ten a second for each: the busiest hour's 2,280 webhooks a second fit.
    assert reserve * 10 >= 2_280
