"""The whole document."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence

from tools.local.places import ROOT
from tools.openapi.components import Json, Schemas
from tools.openapi.errors import ErrorCode, Undocumented, error_codes
from tools.openapi.names import OPERATION_IDS, TAGS
from tools.openapi.operations import PARAMETERS, SIGNED, described
from tools.openapi.responses import HEADERS, problem_responses
from tools.openapi.tables import Tables, route_tables

_ABOUT = """\
The payment system of a marketplace: checkouts in, sellers paid, every cent in a balanced ledger.

Money is `amount`, an integer in minor units, beside its `currency` (ISO 4217). Unknown fields are
refused. Times are RFC 3339, UTC. Every answer carries `x-request-id`; errors are RFC 9457 problems
with a stable `code`. A signature that does not hold and a call over the limit are answered by API
Gateway itself, as `{"message": ...}`.

A POST that moves money is safe to repeat: under the same `Idempotency-Key`, or under the same id
where the body's own id is the key.

| status | code | meaning |
|---|---|---|
"""


def document(tables: Tables | None = None) -> Json:
    """The OpenAPI 3.1 document of these route tables, by default of every function's.

    Raises NameTaken for two models of one name, Undocumented for a route, tag or error code
    without its line in `names`.
    """
    tables = route_tables() if tables is None else tables
    _check_names(tables)
    codes, schemas = error_codes(), Schemas()
    paths: Json = {}
    for function, operations in tables.items():
        for operation in operations:
            method, _, path = operation.route.key.partition(" ")
            shown = described(function, operation, schemas)
            paths.setdefault(path, {})[method.lower()] = shown
    return {
        "openapi": "3.1.0",
        "info": _info(codes),
        "servers": [{"url": "/", "description": "The stage this document is served beside."}],
        "tags": [{"name": name, "description": TAGS[name]} for name in TAGS],
        "paths": paths,
        "components": {
            "headers": HEADERS,
            "parameters": PARAMETERS,
            "responses": problem_responses(schemas, codes),
            "schemas": schemas.all(),
            "securitySchemes": {SIGNED: _SIGV4},
        },
        "x-error-codes": [
            {"status": each.status, "code": each.code, "meaning": each.meaning} for each in codes
        ],
    }


def rendered(shown: Json) -> str:
    """The document as it is committed: the same code always gives the same bytes."""
    return json.dumps(shown, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


_SIGV4: Json = {
    "type": "apiKey",
    "in": "header",
    "name": "Authorization",
    "description": "AWS Signature Version 4 for `execute-api`. The stage maps the caller's ARN to "
    "roles; `x-roles` says which of them may call.",
    "x-amazon-apigateway-authtype": "awsSigv4",
}


def _info(codes: Sequence[ErrorCode]) -> Json:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    rows = "".join(f"| {each.status} | `{each.code}` | {each.meaning} |\n" for each in codes)
    return {"title": "Countinghouse", "version": project["version"], "description": _ABOUT + rows}


def _check_names(tables: Tables) -> None:
    keys = {each.route.key for operations in tables.values() for each in operations}
    for what, needed, named in (
        ("OPERATION_IDS", keys, set(OPERATION_IDS)),
        ("TAGS", set(tables), set(TAGS)),
    ):
        if needed != named:
            raise Undocumented(
                f"{what} in tools/openapi/names.py and the route tables differ in: "
                f"{sorted(needed ^ named)}"
            )
