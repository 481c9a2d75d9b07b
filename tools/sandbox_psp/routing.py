"""What a route is: its path, what answers it, its operation (for faults) and its door."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from tools.sandbox_psp.desk import Call, Desk
from tools.sandbox_psp.wire import Refused, Response

Handler: TypeAlias = Callable[[Desk, Call], Response]


@dataclass(frozen=True)
class Route:
    """One call. ``operation`` is what faults name it; only a merchant's call needs the key."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    needs_key: bool = False
    operation: str | None = None


def merchants(method: str, path: str, handler: Handler, operation: str | None = None) -> Route:
    """A call of the merchant's: with its key, in the shape of the face that serves it."""
    return Route(method, _pattern(path), handler, needs_key=True, operation=operation)


def opened(method: str, path: str, handler: Handler) -> Route:
    """A call that needs no key: the buyer's, or the test's."""
    return Route(method, _pattern(path), handler)


def _pattern(path: str) -> re.Pattern[str]:
    """``/v1/charges/{psp_reference}`` as a pattern with a group for each name."""
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9_.-]{1,80})", path))


def find(routes: Iterable[Route], method: str, path: str) -> tuple[Route, dict[str, str]]:
    """The route of a call and what its path names.

    Raises:
        Refused: 404, or 405 when the path has other methods.
    """
    known = False
    for route in routes:
        match = route.pattern.fullmatch(path)
        if match and route.method == method:
            return route, match.groupdict()
        known = known or match is not None
    if known:
        raise Refused(405, "method_not_allowed", "this path has other methods")
    raise Refused(404, "not_found", "no such path")
