"""Every HTTP sample, through its function: the answer stated here, in the document's shape."""

from __future__ import annotations

import json
from typing import Any

import pytest

from countinghouse_aws.edge.answers import Problem
from countinghouse_aws.edge.http import JSON_TYPE, PROBLEM_TYPE
from tests.unit.events.books import Books
from tests.unit.events.conftest import Json, Run, load
from tests.unit.events.http_cases import CASES, GIVEN, Case
from tools.openapi.__main__ import COMMITTED
from tools.openapi.tables import route_tables

ANSWERS = {each.route.key: each.answers for table in route_tables().values() for each in table}


@pytest.fixture(scope="module")
def paths() -> Json:
    """The committed document's paths; `test_document` holds it against the code."""
    found: Json = json.loads(COMMITTED.read_text(encoding="utf-8"))["paths"]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_sample_is_answered_as_stated(case: Case, books: Books, run: Run, paths: Json) -> None:
    given = GIVEN.get(case.path.rpartition("/")[0])
    if given is not None:
        given(books)
    earlier = [run(path) for path in case.before]

    answer = run(case.path)

    body = {} if answer["isBase64Encoded"] else json.loads(answer["body"])
    # A finding has a code of its own.
    code = body.get("code", "") if answer["statusCode"] >= 400 else ""
    assert (answer["statusCode"], code) == (case.status, case.code), body
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    assert headers.get("idempotent-replayed") == ("true" if case.replayed else None)
    if case.replayed:
        assert body == json.loads(earlier[-1]["body"])
    _assert_documented(load(case.path), answer, paths)


def _assert_documented(event: Json, answer: Json, paths: Json) -> None:
    """The answer's status, headers and body are what the API document promises."""
    key, status = event["routeKey"], answer["statusCode"]
    method, _, path = key.partition(" ")
    promised: dict[str, Any] = paths[path][method.lower()]["responses"]
    model = ANSWERS[key][status] if status < 400 else Problem

    assert str(status) in promised
    assert answer["headers"]["x-request-id"] == event["requestContext"]["requestId"]
    if status < 400 and answer["isBase64Encoded"]:
        assert answer["headers"]["content-type"] in promised[str(status)]["content"]
    else:
        assert answer["headers"]["content-type"] == (JSON_TYPE if status < 400 else PROBLEM_TYPE)
        model.model_validate_json(answer["body"], strict=True)
    if status < 400:
        extra = {"idempotent-replayed", "preference-applied"}
        sent = {name.lower() for name in answer["headers"]} & extra
        assert sent <= {name.lower() for name in promised[str(status)]["headers"]}


def test_repeated_webhook_is_stored_once(books: Books, run: Run) -> None:
    run("webhooks/receive_webhook/full")
    run("webhooks/receive_webhook/duplicate")

    assert books.events.log == ["event added"]


@pytest.mark.parametrize("name", ["malformed", "forged", "stale"])
def test_refused_webhook_leaves_nothing(name: str, books: Books, run: Run) -> None:
    run(f"webhooks/receive_webhook/{name}")

    assert not books.events.rows


def test_repeated_payment_is_taken_in_once(books: Books, run: Run) -> None:
    GIVEN["payments/create_payment"](books)

    run("payments/create_payment/full")
    run("payments/create_payment/duplicate")

    assert books.payments.log == ["payment submitted"]


def test_repeated_bookings_move_the_wallet_once(books: Books, run: Run) -> None:
    for name in ("minimal", "full", "duplicate"):
        run(f"wallet/create_wallet_entry/{name}")

    assert len(books.ledger.commits) == 2
