"""One name, one shape: the rule that keeps generated clients honest."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from tools.openapi import names
from tools.openapi.components import NameTaken, Schemas, parameters


def _model(name: str, **fields: Any) -> type[BaseModel]:
    annotations = {field: kind for field, (kind, _) in fields.items()}
    values = {field: value for field, (_, value) in fields.items()}
    return type(name, (BaseModel,), {"__annotations__": annotations, "__module__": name, **values})


def test_two_shapes_under_one_name_are_refused() -> None:
    schemas = Schemas()
    schemas.reference(_model("Item", size=(int, 1)), "validation", "shop")

    with pytest.raises(NameTaken) as refused:
        schemas.reference(_model("Item", size=(str, "")), "validation", "store")

    assert "functions/shop and functions/store have different models called Item" in str(
        refused.value
    )
    assert "SCHEMA_NAMES" in str(refused.value)


def test_one_shape_twice_is_one_schema() -> None:
    schemas = Schemas()

    first = schemas.reference(_model("Item", size=(int, 1)), "validation", "shop")
    second = schemas.reference(_model("Item", size=(int, 1)), "validation", "store")

    assert first == second == {"$ref": "#/components/schemas/Item"}
    assert list(schemas.all()) == ["Item"]


def test_a_clash_deep_inside_is_found_too() -> None:
    inner, other = _model("Part", size=(int, 1)), _model("Part", size=(str, ""))
    schemas = Schemas()
    schemas.reference(_model("Order", part=(inner, ...)), "validation", "shop")

    with pytest.raises(NameTaken, match="Part"):
        schemas.reference(_model("Parcel", part=(other, ...)), "validation", "shop")


def test_two_models_of_one_name_in_one_body_are_refused() -> None:
    class Part(BaseModel):
        size: int

    inner = Part

    class Elsewhere:
        class Part(BaseModel):
            size: str

    body = _model("Body", one=(inner, ...), other=(Elsewhere.Part, ...))

    with pytest.raises(NameTaken):
        Schemas().reference(body, "validation", "shop")


def test_another_name_in_the_document_reaches_every_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(names.SCHEMA_NAMES, ("shop", "Part"), "ShopPart")
    schemas = Schemas()

    schemas.reference(
        _model("Order", part=(_model("Part", size=(int, 1)), ...)), "validation", "shop"
    )

    found = schemas.all()
    assert found["ShopPart"]["title"] == "ShopPart"
    assert found["Order"]["properties"]["part"] == {"$ref": "#/components/schemas/ShopPart"}


def test_bodies_and_answers_of_one_model_may_not_differ() -> None:
    model = _model("Item", size=(Literal["s", "m"], "s"))
    schemas = Schemas()

    assert schemas.reference(model, "validation", "shop") == schemas.reference(
        model, "serialization", "shop"
    )


class _Query(BaseModel):
    """A query."""

    reference: str = Field(pattern="^[a-z]+$", description="whose")
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = Field(default=None, max_length=9)
    either: int | str | None = None


def test_query_fields_become_parameters_without_null() -> None:
    reference, limit, cursor, either = parameters(_Query)

    assert reference == {
        "name": "reference",
        "in": "query",
        "required": True,
        "description": "whose",
        "schema": {"type": "string", "pattern": "^[a-z]+$"},
    }
    assert limit["schema"] == {"type": "integer", "default": 20, "minimum": 1, "maximum": 100}
    assert cursor["schema"] == {"type": "string", "maxLength": 9}
    assert not cursor["required"]
    assert either["schema"] == {"anyOf": [{"type": "integer"}, {"type": "string"}]}
