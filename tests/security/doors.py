"""Every route tried by every role: the document's word against what the handlers do.

The handlers are the real ones over the sample events' books. An allowed call is the route's fullest
sample over what it needs, and has to be answered as that sample is; a refused one has to leave
everything as it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from unittest.mock import patch

from countinghouse_aws.edge.access import ROLES
from countinghouse_aws.edge.answers import Problem
from countinghouse_aws.observability import Tally
from infra.routes import ROUTES, Route
from infra.stage import CALLER_ROLE_NAMES
from tests.fakes.lambdas import FakeContext
from tests.sample_events import load_event
from tests.security.gateway import NOBODY, Gateway, Json, Reply, Sent, arn_of, replied, signed
from tests.unit.events import books as event_books
from tests.unit.events.books import DEPS, Books
from tests.unit.events.http_cases import CASES, GIVEN
from tools.local.places import ROOT
from tools.openapi.names import OPERATION_IDS
from tools.openapi.operations import snake_case
from tools.openapi.tables import route_tables

UNSIGNED = "unsigned"
CALLERS = (*CALLER_ROLE_NAMES, NOBODY, UNSIGNED)
"""Who knocks: each role, somebody signed without a role, and somebody who did not sign."""

GRANTS = {arn_of(role): [role] for role in ROLES}
_FULL = {case.path: case for case in CASES if case.path.endswith("/full")}


@dataclass(frozen=True, slots=True)
class Cell:
    """What became of one caller at one route; `wrong` says what should not have been."""

    route: Route
    caller: str
    may: bool
    status: int
    wrong: str = ""


def document() -> Json:
    """The API document as it is committed."""
    found: Json = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    return found


def roles_of(shown: Json) -> dict[str, tuple[str, ...]]:
    """`x-roles` by route; a route without them is left out."""
    return {
        f"{method.upper()} {path}": tuple(operation["x-roles"])
        for path, operations in shown["paths"].items()
        for method, operation in operations.items()
        if "x-roles" in operation
    }


def inventory(shown: Json) -> list[str]:
    """Where document, infrastructure and handlers know different routes; nothing if they agree."""
    documented = {f"{m.upper()} {p}" for p, found in shown["paths"].items() for m in found}
    deployed = {route.key for route in ROUTES}
    handled = {each.route.key for table in route_tables().values() for each in table}
    matrix = set(roles_of(shown))
    named = {"document": documented, "handlers": handled, "x-roles": matrix}
    wrong = [
        f"{name} and infra/routes.py differ in {sorted(keys ^ deployed)}"
        for name, keys in named.items()
        if keys != deployed
    ]
    unsigned = {route.key for route in ROUTES if not route.authorised}
    public = {key for key, roles in roles_of(shown).items() if not roles}
    if unsigned != public:
        wrong.append(f"routes without roles and without authorizer: {sorted(unsigned ^ public)}")
    if not len(CALLER_ROLE_NAMES) == len(ROLES) == len({*CALLER_ROLE_NAMES, *ROLES}):
        wrong.append("the stage and the functions know different roles")
    return wrong


def cells(shown: Json | None = None, callers: Iterable[str] = CALLERS) -> Iterator[Cell]:
    """Every cell of the matrix, tried."""
    roles = roles_of(document() if shown is None else shown)
    wanted = tuple(callers)
    for route in ROUTES:
        for caller in wanted:
            may = not roles[route.key] or caller in roles[route.key]
            with _uncounted():
                cell = _tried(route, caller, may=may)
            yield cell


@contextmanager
def _uncounted() -> Iterator[None]:
    """Without metrics, which want names that only a stage gives."""
    with patch.object(Tally, "flush", lambda _: None):
        yield


def _tried(route: Route, caller: str, *, may: bool) -> Cell:
    folder = f"{route.function}/{snake_case(OPERATION_IDS[route.key])}"
    with patch.object(event_books, "GRANTS", GRANTS):
        books = Books()
        if folder in GIVEN:
            GIVEN[folder](books)
        for path in _FULL[f"{folder}/full"].before:
            _invoked(books, route, load_event(path), GRANTED[route.key])
        before = repr(books)
        event = load_event(f"{folder}/full")
        unsigned = caller == UNSIGNED and route.authorised
        wrong = _past_the_gateway(route) if unsigned else ""
        reply = _invoked(books, route, event, caller)
    if may:
        stated = _FULL[f"{folder}/full"].status
        wrong = wrong or ("" if reply.status == stated else f"{reply.status}, not {stated}")
    else:
        wrong = wrong or _not_refused(reply) or ("" if repr(books) == before else "state written")
    return Cell(route, caller, may, reply.status, wrong)


GRANTED: Mapping[str, str] = {
    key: (roles or (NOBODY,))[0] for key, roles in roles_of(document()).items()
}


def _invoked(books: Books, route: Route, event: Json, caller: str) -> Reply:
    """The function's own answer, whoever API Gateway says has called."""
    handler = import_module(f"functions.{route.function}.handler")
    context = event["requestContext"]
    context.pop("authorizer", None)
    if caller != UNSIGNED:
        context["authorizer"] = {"iam": {"userArn": arn_of(caller)}}
    ports = DEPS[route.function](books)
    with patch.object(handler, "deps", lambda: ports):
        return replied(handler.lambda_handler(event, FakeContext()))


def _past_the_gateway(route: Route) -> str:
    """What is wrong when an unsigned call gets past API Gateway; nothing when it does not."""
    reached: list[str] = []

    def reach(function: str, _: Json) -> Json:
        reached.append(function)
        return {}

    gateway = Gateway(reach)
    path = route.path.replace("{", "").replace("}", "")
    reply = gateway.answer(Sent(route.method, path))
    if reached or reply.status != 403:
        return "the gateway let it pass"
    forged = Sent(route.method, path, headers=[("authorization", "Bearer " + signed("finance"))])
    return "" if gateway.answer(forged).status == 403 and not reached else "forged, and let pass"


def _not_refused(reply: Reply) -> str:
    if reply.status != 403:
        return f"{reply.status}, not 403"
    if reply.headers["content-type"] != "application/problem+json":
        return "403 without a problem"
    problem = Problem.model_validate_json(reply.content)
    return "" if problem.code == "forbidden" else f"403 with {problem.code}"
