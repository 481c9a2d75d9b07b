from __future__ import annotations

from typing import Any

import pytest

from countinghouse_aws.edge.function_url import UNROUTED, routed
from countinghouse_aws.edge.http import Answer, Request, Route, serve
from tests.fakes.lambdas import GRANTS, http_event, read_answer

KEYS = ("GET /v1/payments/{checkout_id}", "POST /v1/webhooks/{psp}", "POST /v1/a.b")


class Ports:
    grants = GRANTS


def sent(method: str, path: str) -> dict[str, Any]:
    """An event of a function's URL, as Lambda makes it: no route, nothing of the path taken out."""
    event = http_event("POST /v1/webhooks/{psp}", {"a": 1})
    event["routeKey"], event["rawPath"] = UNROUTED, path
    event["requestContext"]["http"] = {"method": method, "path": path}
    event.pop("pathParameters", None)
    return event


@pytest.mark.parametrize(
    ("method", "path", "key", "parameters"),
    [
        ("POST", "/v1/webhooks/stripe", KEYS[1], {"psp": "stripe"}),
        ("POST", "/v1/webhooks/a%2Fb", KEYS[1], {"psp": "a/b"}),
        ("GET", "/v1/payments/c1", KEYS[0], {"checkout_id": "c1"}),
        ("POST", "/v1/a.b", KEYS[2], {}),
    ],
)
def test_a_path_finds_its_route(
    method: str, path: str, key: str, parameters: dict[str, str]
) -> None:
    event = routed(sent(method, path), KEYS)

    assert (event["routeKey"], event["pathParameters"]) == (key, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/webhooks/stripe"),
        ("POST", "/v1/webhooks/stripe/more"),
        ("POST", "/v1/webhooks/"),
        ("POST", "/x/v1/webhooks/stripe"),
        ("POST", "/v1/aXb"),
    ],
)
def test_what_fits_no_route_has_none(method: str, path: str) -> None:
    assert routed(sent(method, path), KEYS)["routeKey"] == UNROUTED


def test_what_api_gateway_routed_is_left_alone() -> None:
    event = http_event("GET /v1/payments/{checkout_id}", None)
    event["rawPath"] = "/v1/webhooks/stripe"

    assert routed(event, KEYS) is event


def _told(request: Request, _: object) -> Answer:
    return Answer(200, {"psp": request.path["psp"], "body": request.body.decode()})


def test_a_function_answers_at_its_own_url_as_behind_the_api() -> None:
    routes = (Route("POST /v1/webhooks/{psp}", (), _told, "x"),)

    there = read_answer(serve(routes, sent("POST", "/v1/webhooks/adyen"), Ports))
    nowhere = read_answer(serve(routes, sent("POST", "/v1/payments/event"), Ports))

    assert (there.status, there.body["psp"]) == (200, "adyen")
    assert nowhere.status == 404


def test_who_signs_nothing_is_nobody_at_a_url_too() -> None:
    routes = (Route("POST /v1/webhooks/{psp}", ("finance",), _told, "x"),)

    assert read_answer(serve(routes, sent("POST", "/v1/webhooks/adyen"), Ports)).status == 403
