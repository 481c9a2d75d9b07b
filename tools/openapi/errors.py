"""Every code a problem can carry, read from the code that raises it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from countinghouse.domain.errors import CountinghouseError
from countinghouse_aws.edge.problems import problem_of
from countinghouse_aws.psp.profile import NotExpressible
from tools.local.places import ROOT
from tools.openapi.names import ERROR_MEANINGS
from tools.source_path import LAYERS

SOURCES = (*LAYERS, ROOT / "functions")


class Undocumented(Exception):
    """Code and sentences do not match: one of them has what the other lacks."""


@dataclass(frozen=True, slots=True, order=True)
class ErrorCode:
    """A stable code, the status it comes with, and what it means."""

    status: int
    code: str
    meaning: str


def error_codes() -> list[ErrorCode]:
    """Every code by status. Raises Undocumented when one has no sentence, or the reverse."""
    # The PSPs' own error is named: nothing else brings it in, and what is not there is not seen.
    found = dict(_shown(CountinghouseError)) | dict(_shown(NotExpressible))
    found |= {code: status for path in _modules() for code, status in _raised_in(path)}
    if found.keys() != ERROR_MEANINGS.keys():
        differing = sorted(found.keys() ^ ERROR_MEANINGS.keys())
        raise Undocumented(
            f"ERROR_MEANINGS in tools/openapi/names.py and the code differ in: {differing}"
        )
    return sorted(ErrorCode(found[code], code, ERROR_MEANINGS[code]) for code in found)


def _shown(kind: type[CountinghouseError]) -> Iterator[tuple[str, int]]:
    """What a class of the family, and each below it, shows when it is raised as it is."""
    yield _as_problem(kind, kind.code)
    for below in kind.__subclasses__():
        yield from _shown(below)


def _as_problem(kind: type[CountinghouseError], code: str) -> tuple[str, int]:
    error = kind.__new__(kind)
    CountinghouseError.__init__(error, "", code=code)
    problem = problem_of(error)
    return str(problem["code"]), int(str(problem["status"]))


def _modules() -> Iterator[Path]:
    for source in SOURCES:
        yield from sorted(source.rglob("*.py"))


def _raised_in(path: Path) -> Iterator[tuple[str, int]]:
    """Calls that give an error of the family a code of their own: `Invalid(..., code="x")`."""
    text = path.read_text(encoding="utf-8")
    if "code=" not in text:
        return  # Nine modules in ten: to look takes a hundredth of parsing them.
    family = {kind.__name__: kind for kind in _family(CountinghouseError)}
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        kind = family.get(node.func.id)
        for keyword in node.keywords:
            given = keyword.value
            if kind and keyword.arg == "code" and isinstance(given, ast.Constant):
                yield _as_problem(kind, str(given.value))


def _family(kind: type[CountinghouseError]) -> Iterator[type[CountinghouseError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _family(below)
