"""Answers that many operations share: problems by status, and the headers of every answer."""

from __future__ import annotations

from collections.abc import Sequence

from countinghouse_aws.edge.answers import Problem
from countinghouse_aws.edge.body import BODY_MAX
from countinghouse_aws.edge.http import JSON_TYPE, PROBLEM_TYPE, Route
from countinghouse_aws.edge.problems import TITLES
from tools.openapi.components import Json, Schemas
from tools.openapi.errors import ErrorCode
from tools.openapi.tables import Operation

SHARED = "edge"
"""Stands where a function's name does, for the models of no function."""

TOO_MANY = 429
_GATEWAY = (403, TOO_MANY, 503)
"""Statuses that API Gateway answers itself too, before any function runs: in its own words."""

_RETRIED = (409, TOO_MANY, 503)
_NOTES = {
    400: "The request cannot be read at all.",
    403: "The signature does not hold, or the caller's roles do not cover this call.",
    404: "There is no such thing.",
    409: "Not from the state the object is in.",
    410: "It was there, and its time is over.",
    413: f"A body has at most {BODY_MAX} bytes.",
    415: f"Only `{JSON_TYPE}` is read.",
    422: "The request can be read, and breaks a rule.",
    TOO_MANY: "More calls than the stage takes. Wait, then send the same call with the same key.",
    500: "A fault of ours. Nothing of it is told but the request id.",
    503: "The same call, with the same key, may work later.",
}

HEADERS: Json = {
    "RequestId": {
        "description": "Names this call in our logs. Problems repeat it as `request_id`.",
        "schema": {"type": "string"},
    },
    "IdempotentReplayed": {
        "description": "`true` when this very call was carried out before: nothing was done again.",
        "schema": {"type": "string", "const": "true"},
    },
    "RetryAfter": {
        "description": "Seconds to wait before the same call is worth another try.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "PreferenceApplied": {
        "description": "The wait that was asked for.",
        "schema": {"type": "string", "examples": ["wait=10"]},
    },
}
GATEWAY_MESSAGE: Json = {
    "title": "GatewayMessage",
    "description": "API Gateway's own refusal: the call did not reach a function.",
    "type": "object",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
}


def header(name: str) -> Json:
    """A reference to one of HEADERS."""
    return {"$ref": f"#/components/headers/{name}"}


def problem_responses(schemas: Schemas, codes: Sequence[ErrorCode]) -> Json:
    """The shared problem answers by their component's name."""
    problem = schemas.reference(Problem, "serialization", SHARED)
    gateway = schemas.add("GatewayMessage", GATEWAY_MESSAGE)
    return {
        component(status): _response(status, problem, gateway, codes)
        for status in sorted({*TITLES, TOO_MANY})
    }


def component(status: int) -> str:
    """The component's name of a status's problem."""
    return f"Problem{status}"


def _response(status: int, problem: Json, gateway: Json, codes: Sequence[ErrorCode]) -> Json:
    listed = ", ".join(f"`{each.code}`" for each in codes if each.status == status)
    headers = {"x-request-id": header("RequestId")}
    if status in _RETRIED:
        headers["Retry-After"] = header("RetryAfter")
    content: Json = {PROBLEM_TYPE: {"schema": problem}} if status != TOO_MANY else {}
    if status in _GATEWAY:
        content[JSON_TYPE] = {"schema": gateway}
    description = f"{_NOTES[status]} Codes: {listed}." if listed else _NOTES[status]
    return {"description": description, "headers": headers, "content": content}


def problem_statuses(operation: Operation) -> set[int]:
    """Every status with which a problem can answer this operation."""
    route = operation.route
    # 422 everywhere: ids in path and query are searched for card numbers too.
    statuses = {422, TOO_MANY, 500, 503}
    statuses |= {status for status in operation.answers if status >= 400}
    if route.roles:
        statuses |= {403}
    if "{" in route.key:
        # An id that could not be a key is nobody's.
        statuses |= {404}
    if route.body is not None:
        statuses |= {400, 413, 415}
    if route.idempotency_key:
        statuses |= {400}
    if is_webhook(route):
        # Its body has no model, and is bounded all the same.
        statuses |= {400, 413}
    return statuses


def is_webhook(route: Route) -> bool:
    """Whether a PSP calls this route, in words of its own."""
    return route.key.startswith("POST /v1/webhooks/")
