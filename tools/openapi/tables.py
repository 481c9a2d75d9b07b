"""The route tables of every function that answers HTTP."""

from __future__ import annotations

from importlib import import_module

from countinghouse_aws.edge.http import Route
from tools.local.places import ROOT


def route_tables() -> dict[str, tuple[Route, ...]]:
    """Each function's ROUTES by the function's name; functions without routes are left out."""
    names = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
    modules = {name: import_module(f"functions.{name}.handler") for name in names}
    return {
        name: tuple(module.ROUTES) for name, module in modules.items() if hasattr(module, "ROUTES")
    }
