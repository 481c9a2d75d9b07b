"""The route tables of every function that answers HTTP, each route with what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from pydantic import BaseModel

from countinghouse_aws.edge.answers import Answers
from countinghouse_aws.edge.http import Route
from tools.local.places import ROOT
from tools.openapi.errors import Undocumented


@dataclass(frozen=True, slots=True)
class Operation:
    """A route of a handler's table, and its answers' models by status."""

    route: Route
    answers: Mapping[int, type[BaseModel]]


Tables = Mapping[str, Sequence[Operation]]
"""Operations by the name of their function."""


def route_tables() -> dict[str, tuple[Operation, ...]]:
    """Each function's operations by the function's name; functions without routes are left out.

    Raises Undocumented when a handler's ROUTES and the ANSWERS beside it name different routes.
    """
    names = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
    handlers = {name: import_module(f"functions.{name}.handler") for name in names}
    return {
        name: with_answers(name, handler.ROUTES, import_module(f"functions.{name}.answers").ANSWERS)
        for name, handler in handlers.items()
        if hasattr(handler, "ROUTES")
    }


def with_answers(function: str, routes: Sequence[Route], answers: Answers) -> tuple[Operation, ...]:
    """A function's operations. Raises Undocumented for routes without answers, or the reverse."""
    keys = {route.key for route in routes}
    if keys != answers.keys():
        raise Undocumented(
            f"functions/{function}: ROUTES in handler.py and ANSWERS in answers.py differ in: "
            f"{sorted(keys ^ answers.keys())}"
        )
    return tuple(Operation(route, answers[route.key]) for route in routes)
