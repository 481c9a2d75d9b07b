"""One route of a function's table, with its answers, to one operation of the document."""

from __future__ import annotations

import base64
import inspect
import json
import re
from http import HTTPStatus

from countinghouse_aws.edge.answers import Picture
from countinghouse_aws.edge.http import JSON_TYPE, Route
from tools.local.places import ROOT
from tools.openapi.components import Json, Schemas, parameters
from tools.openapi.names import OPERATION_IDS, REPLAYED, WAITING
from tools.openapi.responses import component, header, is_webhook, problem_statuses
from tools.openapi.tables import Operation

SIGNED = "sigv4"
ID_PATTERN = "^[A-Za-z0-9_-]{1,64}$"
_PATTERNS = {
    # Behind an order that stands alone is a checkout of its own.
    "checkout_id": "^(order~)?[A-Za-z0-9_-]{1,64}$",
    "ledger_id": "^jrn_[0-9a-f]{40}$",
    "month": "^2[0-9]{3}-(0[1-9]|1[0-2])$",
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

PARAMETERS: Json = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "1 to 255 visible characters, unique per caller and route. The same key "
        "with the same body gets the first answer again; with another body it is refused.",
        "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "description": "`wait=N` holds the answer back, N seconds and at most 20, until the "
        "payment is final or needs the buyer: then 200, else 202.",
        "schema": {"type": "string", "examples": ["wait=10"]},
    },
}
_SIGNATURE: Json = {
    "name": "sandbox-signature",
    "in": "header",
    "required": False,
    "description": "`t=<epoch seconds>,v1=<hex HMAC-SHA256 of t.body>`: how the PSP `sandbox` "
    "signs. Each PSP signs in its own way; without a signature that fits, nothing is read.",
    "schema": {"type": "string"},
}


def described(function: str, operation: Operation, schemas: Schemas) -> Json:
    """An operation as the document has it."""
    route = operation.route
    operation_id = OPERATION_IDS[route.key]
    shown: Json = {
        "operationId": operation_id,
        "summary": route.summary,
        "description": _description(route),
        "tags": [function],
        "security": [{SIGNED: []}] if route.roles else [],
        "x-roles": list(route.roles),
        "parameters": _parameters(route, operation_id),
        "responses": _responses(function, operation, schemas),
    }
    if route.body is not None:
        content: Json = {"schema": schemas.reference(route.body, "validation", function)}
        examples = _examples(function, operation_id)
        shown["requestBody"] = {
            "required": not route.body_optional,
            "content": {JSON_TYPE: content | ({"examples": examples} if examples else {})},
        }
    elif is_webhook(route):
        shown["requestBody"] = {
            "required": True,
            "description": "The event as the PSP words it; its raw bytes are what is signed.",
            "content": {JSON_TYPE: {"schema": {"type": "object"}}},
        }
    return shown


def _description(route: Route) -> str:
    who = f"Roles: {', '.join(route.roles)}." if route.roles else "Public."
    return f"{inspect.getdoc(route.handle) or route.summary} {who}"


def _parameters(route: Route, operation_id: str) -> list[Json]:
    found = [_path_parameter(name) for name in _PLACEHOLDER.findall(route.key)]
    if route.query is not None:
        found += parameters(route.query)
    if route.idempotency_key:
        found.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if operation_id in WAITING:
        found.append({"$ref": "#/components/parameters/Prefer"})
    if is_webhook(route):
        found.append(_SIGNATURE)
    return found


def _path_parameter(name: str) -> Json:
    pattern = _PATTERNS.get(name, ID_PATTERN)
    schema = {"type": "string", "pattern": pattern}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _responses(function: str, operation: Operation, schemas: Schemas) -> Json:
    route = operation.route
    responses: Json = {
        str(status): {"$ref": f"#/components/responses/{component(status)}"}
        for status in problem_statuses(operation)
    }
    for status, model in operation.answers.items():
        if status >= HTTPStatus.BAD_REQUEST:
            continue
        content = _other_types(route)
        if model is not Picture:
            reference = schemas.reference(model, "serialization", function)
            content = {JSON_TYPE: {"schema": reference}, **content}
        responses[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "headers": _headers(OPERATION_IDS[route.key]),
            "content": content,
        }
    return responses


def _other_types(route: Route) -> Json:
    """What a success may be beside JSON: bytes of a media type."""
    return {
        media_type: {"schema": {"type": "string", "contentMediaType": media_type}}
        for media_type in route.media_types
    }


def _headers(operation_id: str) -> Json:
    headers = {"x-request-id": header("RequestId")}
    if operation_id in REPLAYED:
        headers["Idempotent-Replayed"] = header("IdempotentReplayed")
    if operation_id in WAITING:
        headers["Preference-Applied"] = header("PreferenceApplied")
    return headers


def _examples(function: str, operation_id: str) -> Json:
    """The bodies of the operation's sample inputs under `events/`."""
    folder = ROOT / "events" / function / snake_case(operation_id)
    paths = [path for name in ("minimal", "full") if (path := folder / f"{name}.json").exists()]
    samples = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
    return {name: {"value": _body(event)} for name, event in samples.items() if "body" in event}


def _body(event: Json) -> object:
    text: str = event["body"]
    return json.loads(base64.b64decode(text) if event["isBase64Encoded"] else text)


def snake_case(name: str) -> str:
    """`createPayment` -> `create_payment`, as the folders of `events/` are called."""
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()
