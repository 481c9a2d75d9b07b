"""The models' JSON schemas under one roof, each name standing for one shape."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from tools.openapi.names import SCHEMA_NAMES

Json = dict[str, Any]
Mode = Literal["validation", "serialization"]

_TEMPLATE = "#/components/schemas/{model}"
_PREFIX = _TEMPLATE.format(model="")


class NameTaken(Exception):
    """Two shapes under one name: one of the models has to be called something else."""


class Schemas:
    """Collects models' schemas for `components/schemas`."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Json, str]] = {}

    def reference(self, model: type[BaseModel], mode: Mode, function: str) -> Json:
        """Take in the model with all it refers to; returns the reference to it.

        Bodies are described as they are validated, answers as they are sent. Raises NameTaken when
        a name stands for another shape already.
        """
        schema = model.model_json_schema(ref_template=_TEMPLATE, mode=mode)
        nested: Json = schema.pop("$defs", {})
        for name, part in {**nested, model.__name__: schema}.items():
            self._add(name, part, function)
        return {"$ref": _TEMPLATE.format(model=_named(function, model.__name__))}

    def add(self, name: str, schema: Json) -> Json:
        """Take in a schema that no model stands for; returns the reference to it."""
        self._keep(name, schema, "this tool")
        return {"$ref": _TEMPLATE.format(model=name)}

    def all(self) -> Json:
        """Every schema by its name."""
        return {name: schema for name, (schema, _) in self._found.items()}

    def _add(self, name: str, schema: Json, function: str) -> None:
        if "__" in name:
            # pydantic's own way out of a clash inside one body: readable for nobody.
            raise NameTaken(f"functions/{function}: two models of one body are called {name}")
        known_as = _named(function, name)
        self._keep(known_as, _renamed(schema, function, known_as), f"functions/{function}")

    def _keep(self, name: str, schema: Json, source: str) -> None:
        known, first = self._found.setdefault(name, (schema, source))
        if known != schema:
            raise NameTaken(
                f"{first} and {source} have different models called {name}: rename one, or give "
                "it another name in SCHEMA_NAMES of tools/openapi/names.py"
            )


def parameters(model: type[BaseModel]) -> list[Json]:
    """A query model as parameters: what is optional may be left out, and is never null."""
    schema = model.model_json_schema(mode="validation")
    required = schema.get("required", [])
    found = []
    for name, field in schema["properties"].items():
        plain = _without_null(field)
        description = plain.pop("description", None)
        parameter = {"name": name, "in": "query", "required": name in required, "schema": plain}
        found.append(parameter | ({"description": description} if description else {}))
    return found


def _without_null(field: Json) -> Json:
    options = [option for option in field.get("anyOf", []) if option != {"type": "null"}]
    kept = {name: value for name, value in field.items() if name not in ("anyOf", "title")}
    if kept.get("default", "") is None:
        del kept["default"]
    if len(options) == 1:
        return {**options[0], **kept}
    return {**kept, "anyOf": options} if options else kept


def _named(function: str, model: str) -> str:
    return SCHEMA_NAMES.get((function, model), model)


def _renamed(schema: Json, function: str, title: str) -> Json:
    """The schema with its own name and those it refers to as the document has them."""

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walk(part) for name, part in value.items()}
        if isinstance(value, list):
            return [walk(part) for part in value]
        if isinstance(value, str) and value.startswith(_PREFIX):
            return _PREFIX + _named(function, value.removeprefix(_PREFIX))
        return value

    walked: Json = walk(schema)
    return {**walked, "title": title}
