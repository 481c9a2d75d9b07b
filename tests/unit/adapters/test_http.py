import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from countinghouse.domain.errors import (
    AlreadyExists,
    Conflict,
    CountinghouseError,
    Forbidden,
    IllegalTransition,
    InsufficientFunds,
    Invalid,
    KeyReused,
    NotFound,
    Rejected,
    Unavailable,
)
from countinghouse.domain.posting import AlreadyPosted
from countinghouse_aws.edge.access import Grants
from countinghouse_aws.edge.body import BodyTooLarge, UnsupportedMediaType
from countinghouse_aws.edge.http import Answer, Request, Route, read_request, serve
from countinghouse_aws.edge.problems import TITLES, TYPE_BASE, FieldsRefused, problem_of
from countinghouse_aws.edge.schemas import AmountMinor, Strict
from countinghouse_aws.psp.signatures import BadSignature, StaleTimestamp
from tests.fakes.lambdas import ACCOUNT, GRANTS, Response, http_event, read_answer

CALLER = {"iam": {"userArn": f"{ACCOUNT}/finance"}}


class Body(Strict):
    """A body with one field."""

    amount: AmountMinor


class Query(Strict):
    """A query with one field."""

    day: str


@dataclass
class Ports:
    grants: Grants = field(default_factory=lambda: GRANTS)


def asked(
    handle: Callable[..., Answer],
    event: dict[str, Any] | None = None,
    roles: tuple[str, ...] = (),
    **route: Any,
) -> Response:
    """What one route answers to one event."""
    routes = [Route("POST /x", roles, handle, "x", **route)]
    return read_answer(serve(routes, event or http_event("POST /x", {}), Ports))


def done(*_: object) -> Answer:
    return Answer(200, {"done": True})


def fails(error: Exception) -> Callable[..., Answer]:
    def handle(*_: object) -> Answer:
        raise error

    return handle


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Invalid("x", field="amount"), 422, "validation_failed"),
        (Invalid("x", code="amount_mismatch"), 422, "amount_mismatch"),
        (Invalid("x", code="malformed_request"), 400, "malformed_request"),
        (Invalid("x", code="idempotency_key_missing"), 400, "idempotency_key_missing"),
        (Rejected("x"), 422, "validation_failed"),
        (NotFound("x"), 404, "not_found"),
        (Forbidden("x"), 403, "forbidden"),
        (IllegalTransition("x"), 409, "illegal_transition"),
        (KeyReused("x"), 422, "idempotency_key_reused"),
        (InsufficientFunds("x"), 422, "insufficient_funds"),
        (BodyTooLarge("x"), 413, "body_too_large"),
        (UnsupportedMediaType("x"), 415, "unsupported_media_type"),
        (BadSignature("x"), 400, "bad_signature"),
        (StaleTimestamp("x"), 400, "stale_timestamp"),
        (Conflict("x"), 503, "temporarily_unavailable"),
        (AlreadyExists("x"), 503, "temporarily_unavailable"),
        (AlreadyPosted(frozenset()), 503, "temporarily_unavailable"),
        (Unavailable("x"), 503, "temporarily_unavailable"),
        (CountinghouseError("x"), 500, "internal_error"),
    ],
)
def test_every_fact_has_its_status_and_code(
    error: CountinghouseError, status: int, code: str
) -> None:
    answer = asked(fails(error))

    assert (answer.status, answer.code) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.body["type"] == f"{TYPE_BASE}{code}"
    assert answer.body["title"] == TITLES[status]
    assert answer.body["request_id"] == "req-1"
    assert (answer.headers.get("Retry-After") == "1") == (status == 503)


def test_a_refused_field_is_named_with_its_code() -> None:
    problem = problem_of(Invalid("too much", field="amount", code="amount_mismatch"))

    assert problem["errors"] == [
        {"field": "amount", "code": "amount_mismatch", "message": "too much"}
    ]


@pytest.mark.parametrize("error", [ValueError("a secret"), KeyError("a secret"), RecursionError()])
def test_a_bug_is_recorded_by_place_and_never_by_word(
    error: Exception, logs: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = asked(fails(error))

    assert (answer.status, answer.code) == (500, "internal_error")
    said = answer.text + logs.getvalue() + capsys.readouterr().out
    assert "a secret" not in said
    (bug,) = [json.loads(x) for x in logs.getvalue().splitlines() if '"bug"' in x]
    assert bug["error"] == type(error).__name__
    assert any("test_http.py" in frame and "handle" in frame for frame in bug["frames"])


@pytest.mark.parametrize("value", ["a-very-odd-value", -1, None, [1], {"deep": "a-very-odd-value"}])
def test_a_refused_body_names_fields_and_repeats_no_value(value: object, logs: io.StringIO) -> None:
    answer = asked(done, http_event("POST /x", {"amount": value, "extra": "an-odd-one"}), body=Body)

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert sorted(answer.fields) == ["amount", "extra"]
    assert "odd" not in answer.text + logs.getvalue()
    assert "pydantic" not in answer.text


def test_an_unknown_field_is_refused() -> None:
    answer = asked(done, http_event("POST /x", {"amount": 1, "Amount": 1}), body=Body)

    assert answer.fields == ["Amount"]
    assert answer.body["errors"][0]["code"] == "extra_forbidden"


def test_a_body_reaches_its_handler_as_a_model() -> None:
    def handle(request: Request, body: Body, ports: Ports) -> Answer:
        assert isinstance(ports, Ports)
        return Answer(200, {"done": body.amount == 7}, {"X-More": "1"})

    answer = asked(handle, http_event("POST /x", {"amount": 7}), body=Body)

    assert answer.body == {"done": True}
    assert answer.headers["X-More"] == "1"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"] == "req-1"


def test_a_body_may_be_left_out_only_where_it_is_optional() -> None:
    class Optional(Strict):
        amount: int | None = None

    def handle(_: Request, body: Optional, __: Ports) -> Answer:
        return Answer(200, {"done": body.amount is None})

    assert asked(handle, http_event("POST /x"), body=Optional, body_optional=True).status == 200
    assert (
        asked(handle, http_event("POST /x", " \n"), body=Optional, body_optional=True).status == 200
    )
    assert asked(handle, http_event("POST /x"), body=Optional).status == 400


def test_a_query_is_checked_as_a_body_is() -> None:
    def handle(_: Request, query: Query, __: Ports) -> Answer:
        return Answer(200, {"done": query.day == "today"})

    event = http_event("POST /x", query={"day": "today"})
    assert asked(handle, event, query=Query).body == {"done": True}
    for bad in ({}, {"day": "today", "x": "1"}):
        assert asked(handle, http_event("POST /x", query=bad), query=Query).status == 422


@pytest.mark.parametrize("where", ["path", "query"])
def test_a_card_number_in_path_or_query_stops_there(where: str, logs: io.StringIO) -> None:
    number = "4242424242424242"
    event = http_event("POST /x", {}, **{where: {"order_id": number}})

    answer = asked(fails(AssertionError("not to be called")), event)

    assert (answer.status, answer.code) == (422, "card_number_refused")
    assert number not in answer.text + logs.getvalue()


@pytest.mark.parametrize("value", ["", "x" * 65, "a b", "é", "account#s1#EUR", "a~b", "a\n", "a/b"])
def test_a_path_that_can_be_no_id_is_404(value: str) -> None:
    event = http_event("POST /x", {}, path={"order_id": value})

    assert asked(fails(AssertionError("not to be called")), event).status == 404
    for known in ("x" * 64, "order~o1", "rec_sandbox_20261121"):
        assert asked(done, http_event("POST /x", {}, path={"order_id": known})).status == 200


def test_roles_are_asked_before_the_body_is_looked_at() -> None:
    event = http_event("POST /x", "not json")
    refused = asked(done, event, roles=("operator",), body=Body)
    event["requestContext"]["authorizer"] = CALLER
    other = asked(done, event, roles=("operator",), body=Body)
    allowed = asked(done, event, roles=("operator", "finance"), body=Body)

    assert [answer.status for answer in (refused, other, allowed)] == [403, 403, 400]


def test_a_route_nobody_wrote_is_404() -> None:
    assert asked(done, http_event("GET /y")).status == 404


def test_header_names_are_read_in_any_case_and_bytes_as_they_came() -> None:
    event = http_event("POST /x", b"\xff\x00", headers={"X-Odd": "1"})

    request = read_request(event)

    assert (request.headers["x-odd"], request.body) == ("1", b"\xff\x00")
    assert read_request(http_event("POST /x", "ü")).body == "ü".encode()
    assert (request.caller, request.path, request.query) == ("", {}, {})


def test_the_answer_is_logged_by_route_and_status_only(logs: io.StringIO) -> None:
    asked(done, http_event("POST /x", {"secret": "s3cr3t"}, headers={"Authorization": "s3cr3t"}))

    (line,) = logs.getvalue().splitlines()
    logged = json.loads(line)
    assert (logged["route"], logged["status"], logged["request_id"]) == ("POST /x", 200, "req-1")
    assert "s3cr3t" not in line


def test_settings_that_are_missing_are_a_bug() -> None:
    def unset() -> Any:
        raise RuntimeError("TABLE is not set")

    routes = [Route("POST /x", (), done, "x")]

    assert read_answer(serve(routes, http_event("POST /x"), unset)).status == 500


def test_what_a_handler_reads_itself_is_refused_alike() -> None:
    with pytest.raises(FieldsRefused) as error:
        Body.read({})

    answer = asked(fails(error.value))

    assert (answer.status, answer.code) == (422, "validation_failed")
    assert answer.fields == ["amount"]


def test_no_bug_is_taken_for_a_refusal() -> None:
    with pytest.raises(ValidationError) as error:
        Body.model_validate({})

    answer = asked(fails(error.value))

    assert answer.status == 500, "not read from a request: the caller could not mend it"
