"""The API under fire: schemathesis on the committed document, and requests made hostile by hand.

Everything goes through the gateway into the real functions (`tests/security/house.py`). A failure
is an answer of 500 or more, or one that the document does not promise: its status, media type,
headers or body, a schema's violation that is taken, an operation that answers without a signature.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Flaky
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from countinghouse_aws.edge.answers import Answers
from tests.security.doors import document
from tests.security.gateway import Json, Reply, Wsgi, signed
from tests.security.hostile import Template, requests
from tests.security.house import House, open_house
from tests.security.laid_out import lay
from tools.openapi.tables import route_tables

FRESH_EVERY = 400
"""Cases after which the house is as it was at first: full lists would make each case slower."""

# What a schema cannot say, such as that two sums agree, makes a valid request one that is refused.
EXCLUDED: Any = [positive_data_acceptance]
_SETTINGS: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
}


@dataclass(slots=True)
class Fired:
    """What was fired and what came back; `failures` has the first case of each kind."""

    cases: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    failures: dict[str, str] = field(default_factory=dict)
    cut_short: int = 0

    @property
    def generated(self) -> int:
        """The cases that schemathesis made."""
        return self.count - self.cases["hostile"]

    @property
    def count(self) -> int:
        """All cases."""
        return sum(self.cases.values())

    @property
    def server_errors(self) -> int:
        """Answers of 500 and more."""
        return sum(count for status, count in self.statuses.items() if status >= 500)

    def hit(self, kind: str, operation: str, status: int) -> None:
        """Count one case."""
        self.cases[kind] += 1
        self.statuses[status] += 1
        self.operations.add(operation)

    def add(self, other: Fired) -> None:
        """Take in what another has fired."""
        self.cases += other.cases
        self.statuses += other.statuses
        self.operations |= other.operations
        self.failures = {**other.failures, **self.failures}
        self.cut_short += other.cut_short

    def failed(self, operation: str, what: str, case: str) -> None:
        """Keep the first case of a failure."""
        self.failures.setdefault(f"{operation}: {what}", case[:1_000])


@dataclass(slots=True)
class Range:
    """The house with its document, as schemathesis reads it."""

    house: House
    fired: Fired = field(default_factory=Fired)
    shown: Json = field(default_factory=document)
    schema: OpenApiSchema = field(init=False)

    def __post_init__(self) -> None:
        app = Wsgi(self.house.gateway, json.dumps(self.shown).encode())
        self.schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
        self.schema.analysis.inject_links()

    def documented(self, examples: int, number: int = 0) -> None:
        """So many cases of each operation with data that fits its schema, and with data that does
        not."""
        for result in self.schema.get_all_operations():
            # None of ours is an Err: the document is checked by its own tests.
            operation = cast("Any", result).ok()
            for mode in GenerationMode:
                if mode is GenerationMode.POSITIVE or _can_be_violated(operation.definition.raw):
                    self._fire(operation, mode, examples, number)

    def _fire(self, operation: Any, mode: GenerationMode, examples: int, number: int) -> None:
        def one(case: Case[Any]) -> None:
            self._signed(case)
            self._judged(mode.value, case, case.call())

        strategy = operation.as_strategy(generation_mode=mode)
        test = settings(max_examples=examples, **_SETTINGS)(given(case=strategy)(one))
        with self._on_the_way():
            seed(f"{number} {operation.label} {mode}")(test)()

    @contextmanager
    def _on_the_way(self) -> Iterator[None]:
        """Ends early where the generator stumbles over its own replays; what was fired counts."""
        try:
            yield
        except Flaky:
            self.fired.cut_short += 1

    def linked(self, examples: int, steps: int, number: int = 0) -> None:
        """So many histories: calls whose ids come from the answers of calls before."""
        fire = self

        class Machine(self.schema.as_state_machine()):  # type: ignore[misc]
            def setup(self) -> None:
                super().setup()
                fire.house.fresh()

            def before_call(self, case: Case[Any]) -> None:
                fire._signed(case)

            def validate_response(self, response: Any, case: Case[Any], *_: Any, **__: Any) -> None:
                fire._judged("stateful", case, response)

        test = settings(max_examples=examples, stateful_step_count=steps, **_SETTINGS)
        Machine.TestCase.settings = test
        seed(number)(Machine.TestCase)
        with self._on_the_way():
            Machine.run(settings=test)

    def _signed(self, case: Case[Any]) -> None:
        roles = case.operation.definition.raw["x-roles"]
        if roles:
            case.headers["Authorization"] = signed(roles[0])

    def _judged(self, kind: str, case: Case[Any], response: Any) -> None:
        self._count(kind, case.operation.label, response.status_code)
        try:
            case.validate_response(response, excluded_checks=EXCLUDED)
        except (AssertionError, BaseExceptionGroup) as error:
            for one in getattr(error, "exceptions", [error]):
                what = f"{response.status_code} {type(one).__name__} {one}".partition("\n")[0]
                self.fired.failed(case.operation.label, what, case.as_curl_command())

    def hostile(self, count: int, number: int = 0) -> None:
        """So many good requests with something of them made hostile."""
        answers = answers_by_route()
        for template, sent in islice(requests(number, self.shown), count):
            reply = self.house.gateway.answer(sent)
            self._count("hostile", template.route.key, reply.status)
            if wrong := _not_promised(template, reply, self.shown, answers):
                self.fired.failed(template.route.key, wrong, repr(sent))

    def _count(self, kind: str, operation: str, status: int) -> None:
        self.fired.hit(kind, operation, status)
        if kind != "stateful" and self.fired.count % FRESH_EVERY == 0:
            self.house.fresh()


@dataclass(frozen=True, slots=True)
class Volley:
    """A round of everything: examples of an operation, histories and their steps, hostile ones."""

    number: int
    documented: int
    linked: int
    steps: int
    hostile: int

    def fire(self) -> Fired:
        """Fire it in a house of its own."""
        logging.disable(logging.CRITICAL)
        with open_house(lay) as house:
            fire = Range(house)
            fire.documented(self.documented, self.number)
            fire.linked(self.linked, self.steps, self.number)
            fire.hostile(self.hostile, self.number)
        return fire.fired


def _can_be_violated(operation: Json) -> bool:
    return bool(operation["parameters"] or "requestBody" in operation)


def answers_by_route() -> Answers:
    """The models of every answer, by route and status."""
    return {each.route.key: each.answers for table in route_tables().values() for each in table}


def _not_promised(template: Template, reply: Reply, shown: Json, answers: Answers) -> str:
    """What of a reply the document does not promise; nothing when all is well."""
    if reply.by_gateway and reply.status in (403, 404):
        return ""
    operation = shown["paths"][template.route.path][template.route.method.lower()]
    if reply.status >= 500 or str(reply.status) not in operation["responses"]:
        return f"{reply.status}"
    if "x-request-id" not in reply.headers:
        return f"{reply.status} without a request id"
    media_type = reply.headers["content-type"]
    if reply.status >= 400:
        said = reply.json()
        fits = media_type == "application/problem+json" and said["status"] == reply.status
        return "" if fits else f"{reply.status} and no problem"
    if media_type != "application/json":
        promised = operation["responses"][str(reply.status)]["content"]
        return "" if media_type in promised else f"{reply.status} as {media_type}"
    answers[template.route.key][reply.status].model_validate_json(reply.content, strict=True)
    return ""
