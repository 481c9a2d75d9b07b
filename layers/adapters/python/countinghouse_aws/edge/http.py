"""HTTP in: one request to one route to one answer, the same way for every function.

API Gateway has matched the path already and names the route, so finding the handler is a lookup;
at a function's own URL `function_url` does it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from countinghouse.domain.errors import CountinghouseError, NotFound
from countinghouse.records import dataclass
from countinghouse_aws.card_numbers import holds_card_number
from countinghouse_aws.edge.access import Grants, authorize, caller_arn
from countinghouse_aws.edge.body import read_body
from countinghouse_aws.edge.card_numbers import refuse_card_numbers
from countinghouse_aws.edge.function_url import routed
from countinghouse_aws.edge.problems import problem_of
from countinghouse_aws.observability import count, logger

if TYPE_CHECKING:
    # Functions whose routes take no body start without pydantic.
    from countinghouse_aws.edge.schemas import Strict

JSON_TYPE = "application/json"
_PATH_ID = re.compile(r"(order~)?[A-Za-z0-9_-]{1,64}")
"""What an id in a path may be, as the API document has it; the prefix is of the checkout behind a
lone order. Nothing else is looked up, so that no caller spells a key of ours."""

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are lower case; `body` are the bytes as they came.

    `caller` is the ARN that API Gateway authenticated, empty on public routes.
    """

    route_key: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    request_id: str
    caller: str


class Ports(Protocol):
    """What every function with routes is wired with, beside its own ports."""

    @property
    def grants(self) -> Grants:
        """The stage's roles by caller."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: its status, headers beyond the usual ones, and a JSON object.

    Or bytes, which go as they are: as text where the media type is one, else in base64.
    """

    status: int
    body: Mapping[str, object] | bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = JSON_TYPE


@dataclass(frozen=True, slots=True)
class Route:
    """One row of a function's route table, and of the OpenAPI document.

    `roles` may call it, any of them (none: public). With `body`, the handler gets the validated
    model as its second argument (an empty one where `body_optional` allows none);
    `idempotency_key` says that the header is required. What it answers is in `answers.py` beside
    the handler; `media_types` are the types, beside JSON, that a success may have.
    """

    key: str
    roles: tuple[str, ...]
    handle: Callable[..., Answer]
    summary: str
    body: type[Strict] | None = None
    query: type[Strict] | None = None
    body_optional: bool = False
    idempotency_key: bool = False
    media_types: tuple[str, ...] = ()


def serve(
    routes: Sequence[Route], event: Mapping[str, Any], deps: Callable[[], Ports]
) -> dict[str, Any]:
    """Answer one event of the HTTP API or of the function's own URL (payload 2.0).

    Never raises for what a caller sent, and never echoes it.
    """
    request = read_request(routed(event, (route.key for route in routes)))
    try:
        answer = _dispatch(routes, request, deps)
    except CountinghouseError as error:
        answer = _problem(problem_of(error), request)
    except Exception as error:  # noqa: BLE001 - the edge: a bug becomes a 500 and an alarm
        _log_bug(error, request)
        answer = _problem(problem_of(None), request)
    count(f"Http{answer.status // 100}xx")
    logger().info("answered", extra={"route": request.route_key, "status": answer.status})
    return _render(answer, request)


def _dispatch(routes: Sequence[Route], request: Request, deps: Callable[[], Ports]) -> Answer:
    route = next((route for route in routes if route.key == request.route_key), None)
    if route is None:
        raise NotFound("there is no such route")
    ports = deps()
    authorize(request.caller, route.roles, ports.grants)
    if not all(map(_PATH_ID.fullmatch, request.path.values())):
        raise NotFound("there is no such thing: an id has 1 to 64 letters, digits, - and _")
    # The body is looked at where it is read; ids in path and query end in keys and logs as well.
    refuse_card_numbers([dict(request.path), dict(request.query)])
    if route.query is not None:
        return route.handle(request, route.query.read(request.query), ports)
    if route.body is not None:
        no_body = route.body_optional and not request.body.strip()
        media_type = request.headers.get("content-type", "")
        fields = {} if no_body else read_body(request.body, media_type)
        return route.handle(request, route.body.read(fields), ports)
    return route.handle(request, ports)


def read_request(event: Mapping[str, Any]) -> Request:
    """The request inside an API Gateway event."""
    context = event["requestContext"]
    text = event.get("body") or ""
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    # A warm process still holds the last request's ids.
    logger().clear_state()
    logger().append_keys(request_id=context["requestId"], **_ids(event))
    return Request(
        route_key=event["routeKey"],
        path=event.get("pathParameters") or {},
        query=event.get("queryStringParameters") or {},
        headers={name.lower(): value for name, value in event.get("headers", {}).items()},
        body=body,
        request_id=context["requestId"],
        caller=caller_arn(context.get("authorizer") or {}),
    )


def _ids(event: Mapping[str, Any]) -> dict[str, str]:
    known = ("checkout_id", "order_id", "seller_id", "ledger_id", "psp")
    given: Mapping[str, str] = event.get("pathParameters") or {}
    # Not yet refused, so perhaps no ids at all.
    ids = {k: v for k, v in given.items() if k in known and _PATH_ID.fullmatch(v)}
    return {k: v for k, v in ids.items() if not holds_card_number(v)}


def _problem(problem: Mapping[str, object], request: Request) -> Answer:
    status = int(str(problem["status"]))
    retry = (
        {"Retry-After": "1"} if status in (429, 503) or problem.get("code") == _IN_FLIGHT else {}
    )
    body = {**problem, "request_id": request.request_id}
    return Answer(status, body, retry, PROBLEM_TYPE)


_IN_FLIGHT = "idempotency_in_progress"


def _render(answer: Answer, request: Request) -> dict[str, Any]:
    body, in_base64 = _as_text(answer)
    return {
        "statusCode": answer.status,
        "headers": {
            "content-type": answer.media_type,
            "x-request-id": request.request_id,
            "cache-control": "no-store",
            **answer.headers,
        },
        "body": body,
        "isBase64Encoded": in_base64,
    }


def _as_text(answer: Answer) -> tuple[str, bool]:
    """The body as API Gateway takes it, and whether that is base64."""
    if not isinstance(answer.body, bytes):
        return json.dumps(answer.body, separators=(",", ":"), ensure_ascii=False), False
    if answer.media_type.startswith(("text/", JSON_TYPE)):
        return answer.body.decode(), False
    return base64.b64encode(answer.body).decode(), True


def _log_bug(error: Exception, request: Request) -> None:
    """Where it happened, not what it was about: a message could hold part of the body."""
    count("Bug")
    frames, step = [], error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        frames.append(f"{code.co_filename.rpartition('/')[2]}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    logger().error(
        "bug",
        extra={"route": request.route_key, "error": type(error).__name__, "frames": frames},
    )
