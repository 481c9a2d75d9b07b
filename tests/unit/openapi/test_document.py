"""The document against the code, against the infrastructure, and against OpenAPI's own rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from countinghouse_aws.edge.access import ROLES
from infra.routes import ROUTES
from tests.unit.openapi.conftest import Json
from tools.openapi.__main__ import COMMITTED
from tools.openapi.document import document, rendered
from tools.openapi.errors import Undocumented, error_codes
from tools.openapi.names import ERROR_MEANINGS, OPERATION_IDS, REPLAYED, TAGS, WAITING
from tools.openapi.tables import route_tables, with_answers

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
MONEY_MOVES_UNDER_A_KEY = {"createJournal", "createPayout", "createRefund", "createWalletEntry"}
RATES_ARE_LOCKED_UNDER_A_KEY = {"createFxQuote"}


def operations(shown: Json) -> Iterator[tuple[str, Json]]:
    """Every operation by its route key."""
    for path, methods in shown["paths"].items():
        assert set(methods) <= METHODS
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def references(value: Any) -> Iterator[str]:
    """Every $ref below a value."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name == "$ref":
                yield part
            yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def resolve(shown: Json, reference: str) -> Any:
    """What a local reference points at. Raises KeyError when that is nothing."""
    assert reference.startswith("#/")
    found: Any = shown
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def test_committed_document_is_what_the_code_says(generated: Json) -> None:
    committed = COMMITTED.read_text(encoding="utf-8")

    assert committed == rendered(generated), "run make openapi"


def test_generation_is_deterministic(generated: Json) -> None:
    again = rendered(document())

    assert again == rendered(generated)
    assert again == json.dumps(json.loads(again), indent=2, sort_keys=True, ensure_ascii=False) + (
        "\n"
    )


def test_routes_are_those_of_the_infrastructure(generated: Json) -> None:
    documented = {(op["tags"][0], key, bool(op["security"])) for key, op in operations(generated)}

    assert documented == {(route.function, route.key, route.authorised) for route in ROUTES}


def test_it_is_openapi_3_1(generated: Json) -> None:
    assert generated["openapi"] == "3.1.0"
    assert {"title", "version"} <= set(generated["info"])
    assert set(generated) <= {
        *("openapi", "info", "servers", "tags", "paths", "components", "x-error-codes"),
    }


def test_every_reference_resolves(generated: Json) -> None:
    for reference in references(generated):
        assert resolve(generated, reference), reference


def test_every_component_is_used(generated: Json) -> None:
    used = set(references(generated))
    components = generated["components"]

    for family in ("headers", "parameters", "responses", "schemas"):
        for name in components[family]:
            assert f"#/components/{family}/{name}" in used, name


def test_every_operation_is_complete(generated: Json) -> None:
    for key, operation in operations(generated):
        statuses = operation["responses"]

        assert {"operationId", "summary", "description", "tags", "security"} <= set(operation), key
        assert any(status.startswith("2") for status in statuses), key
        assert {"422", "429", "500", "503"} <= set(statuses), key
        for response in statuses.values():
            full = resolve(generated, response["$ref"]) if "$ref" in response else response
            assert full["description"]
            assert "x-request-id" in full["headers"]
            assert all("schema" in media for media in full["content"].values())


def test_operation_ids_and_tags_are_the_named_ones(generated: Json) -> None:
    ids = [operation["operationId"] for _, operation in operations(generated)]

    assert len(ids) == len(set(ids))
    assert set(ids) == set(OPERATION_IDS.values())
    assert set(ids) >= REPLAYED | WAITING
    assert [tag["name"] for tag in generated["tags"]] == list(TAGS)


def test_path_parameters_are_those_of_the_path(generated: Json) -> None:
    for key, operation in operations(generated):
        declared = [p["name"] for p in operation["parameters"] if p.get("in") == "path"]
        assert declared == re.findall(r"\{(\w+)\}", key)
        for parameter in operation["parameters"]:
            full = resolve(generated, parameter["$ref"]) if "$ref" in parameter else parameter
            assert {"name", "in", "required", "schema"} <= set(full), key
            assert full["in"] in ("path", "query", "header")


def test_roles_are_those_of_the_route_tables(generated: Json) -> None:
    tables = {
        each.route.key: each.route.roles for table in route_tables().values() for each in table
    }

    for key, operation in operations(generated):
        assert operation["x-roles"] == list(tables[key])
        assert set(operation["x-roles"]) <= set(ROLES)
        assert bool(operation["x-roles"]) == bool(operation["security"])
        assert ("403" in operation["responses"]) == bool(operation["x-roles"])


def test_bodies_come_with_every_way_to_refuse_them(generated: Json) -> None:
    for key, operation in operations(generated):
        if key.startswith("POST") and "requestBody" in operation and operation["x-roles"]:
            assert {"400", "413", "415", "422"} <= set(operation["responses"]), key


def test_key_is_required_where_the_body_has_none_of_its_own(generated: Json) -> None:
    with_key = {
        operation["operationId"]
        for _, operation in operations(generated)
        if {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
    }

    assert with_key == MONEY_MOVES_UNDER_A_KEY | RATES_ARE_LOCKED_UNDER_A_KEY


def test_bodies_refuse_unknown_fields_and_fractions(generated: Json) -> None:
    schemas = generated["components"]["schemas"]
    body = schemas["PaymentBody"]

    assert body["additionalProperties"] is False
    order = resolve(generated, body["properties"]["orders"]["items"]["$ref"])
    assert order["properties"]["amount"]["type"] == "integer"


def test_bodies_carry_the_samples_as_examples(generated: Json) -> None:
    for key, operation in operations(generated):
        if "requestBody" in operation and operation["x-roles"]:
            content = operation["requestBody"]["content"]["application/json"]
            assert content.get("examples"), key


def test_problems_are_problems(generated: Json) -> None:
    responses = generated["components"]["responses"]

    for name, response in responses.items():
        if name != "Problem429":
            schema = response["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}
    assert "Retry-After" in responses["Problem429"]["headers"]
    assert "Retry-After" in responses["Problem503"]["headers"]


def test_every_error_code_is_listed_with_its_status(generated: Json) -> None:
    listed = {row["code"]: row["status"] for row in generated["x-error-codes"]}

    assert set(listed) == set(ERROR_MEANINGS)
    assert listed["idempotency_key_missing"] == 400
    assert listed["illegal_transition"] == 409
    assert listed["order_id_in_use"] == 422
    assert listed["temporarily_unavailable"] == 503
    for code in listed:
        assert f"`{code}`" in generated["info"]["description"]


def test_error_code_without_a_sentence_stops_the_generation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(ERROR_MEANINGS, "psp_refused")

    with pytest.raises(Undocumented, match="psp_refused"):
        error_codes()


def test_sentence_without_an_error_code_stops_the_generation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ERROR_MEANINGS, "gone_for_good", "Nothing raises this.")

    with pytest.raises(Undocumented, match="gone_for_good"):
        error_codes()


def test_route_without_an_operation_id_stops_the_generation() -> None:
    tables = route_tables()
    (health,) = tables["health"]
    wealth = replace(health, route=replace(health.route, key="GET /v1/wealth"))

    with pytest.raises(Undocumented, match="wealth"):
        document({**tables, "health": (wealth,)})


def test_route_without_answers_stops_the_generation() -> None:
    (health,) = route_tables()["health"]

    with pytest.raises(Undocumented, match=r"health.*GET /v1/health"):
        with_answers("health", [health.route], {})


def test_answers_without_a_route_stop_the_generation() -> None:
    (health,) = route_tables()["health"]
    answers = {health.route.key: health.answers, "GET /v1/wealth": health.answers}

    with pytest.raises(Undocumented, match=r"health.*GET /v1/wealth"):
        with_answers("health", [health.route], answers)


def test_function_without_a_tag_stops_the_generation() -> None:
    tables = route_tables()
    tables["wellness"] = tables.pop("health")

    with pytest.raises(Undocumented, match="wellness"):
        document(tables)
