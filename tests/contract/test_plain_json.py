"""Our clients say and hear what botocore's own do: held against it on every call of journeys.

What is left out of a call (`system.plain_json`) must not show: neither on the wire, nor in an
answer or an error, nor in where the call goes.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.parsers import ResponseParserFactory
from botocore.session import get_session

from countinghouse_aws.system.clients import CONFIG, LEAN, lean
from countinghouse_aws.system.plain_json import ASKED, TOLD, OneEndpoint, PlainParsers
from tools.bench.exchanges import Exchange
from tools.bench.recording import record

REGION = "eu-central-1"
JOURNEYS = ("checkout_5", "delivery", "payment_1", "payment_10", "payout", "refund")


LOOKS = tuple(
    Exchange(
        "dynamodb",
        operation,
        json.dumps({"TableName": "wallet", "Limit": 2, "ConsistentRead": True}),
        200,
        json.dumps({"Items": [{"owner": {"S": "a"}}], "Count": 1, "LastEvaluatedKey": {}}),
    )
    for operation in ("Query", "Scan")
)
"""What people and schedules ask for, in no journey here."""


@cache
def _exchanges() -> tuple[Exchange, ...]:
    """Every call that the journeys make."""
    played = [
        one
        for recorded in record(JOURNEYS).values()
        for invocation in recorded.invocations
        for one in invocation.exchanges
        if one.service in LEAN
    ]
    return tuple(dict.fromkeys([*played, *LOOKS]))


@cache
def _client(service: str, *, is_lean: bool) -> Any:
    session = get_session()
    session.set_credentials("key", "secret")
    client = session.create_client(service, region_name=REGION, config=CONFIG)
    return lean(client) if is_lean else client


def _answer(status: int, text: str) -> dict[str, Any]:
    headers = {"x-amzn-requestid": "request", "content-type": "application/x-amz-json-1.0"}
    return {"status_code": status, "headers": headers, "body": text.encode()}


def test_every_operation_that_is_cut_short_is_one_that_is_compared() -> None:
    asked = {_operation(one).input_shape.name for one in _exchanges()}
    told = {_operation(one).output_shape.name for one in _exchanges()}

    assert asked >= ASKED
    assert told >= TOLD
    assert len(_exchanges()) > 100


def _operation(one: Exchange) -> Any:
    return _client(one.service, is_lean=False).meta.service_model.operation_model(one.operation)


def test_the_same_is_said() -> None:
    for one in _exchanges():
        given, model = one.parameters, _operation(one)
        ours, theirs = (
            _client(one.service, is_lean=side)._serializer.serialize_to_request(given, model)
            for side in (True, False)
        )
        assert ours == theirs, one.operation


def test_the_same_is_heard() -> None:
    for one in _exchanges():
        shape = _operation(one).output_shape
        ours, theirs = (
            parsers.create_parser("json").parse(_answer(one.status, one.said), shape)
            for parsers in (PlainParsers(), ResponseParserFactory())
        )
        assert ours == theirs, one.operation


@pytest.mark.parametrize(
    "body",
    [
        {"__type": "com.amazonaws#ConditionalCheckFailedException", "message": "no", "Item": {}},
        {
            "__type": "com.amazonaws#TransactionCanceledException",
            "Message": "cancelled",
            "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}],
        },
        {"__type": "ThrottlingException", "message": "slower"},
    ],
)
def test_errors_are_botocore_s(body: dict[str, object]) -> None:
    client = _client("dynamodb", is_lean=False)
    shape = client.meta.service_model.operation_model("TransactWriteItems").output_shape
    ours, theirs = (
        parsers.create_parser("json").parse(_answer(400, json.dumps(body)), shape)
        for parsers in (PlainParsers(), ResponseParserFactory())
    )

    assert ours == theirs
    assert ours["Error"]["Code"] == str(body["__type"]).rpartition("#")[2]


def test_other_operations_are_converted_as_ever() -> None:
    client = _client("dynamodb", is_lean=True)
    shape = client.meta.service_model.operation_model("DescribeTable").output_shape
    said = json.dumps({"Table": {"CreationDateTime": 1_700_000_000}})

    heard = PlainParsers().create_parser("json").parse(_answer(200, said), shape)

    assert heard["Table"]["CreationDateTime"].year == 2023


def test_every_call_goes_where_botocore_s_goes() -> None:
    kinds = {(one.service, one.operation): one for one in _exchanges()}
    for one in kinds.values():
        seen: dict[bool, tuple[str, str]] = {}
        for side in (True, False):
            client = _client(one.service, is_lean=side)
            client.meta.events.register("before-send", _catching(seen, side=side))
            given = one.parameters
            if "QueueUrl" in given:
                given["QueueUrl"] = f"https://sqs.{REGION}.amazonaws.com/1/queue"
            client._make_api_call(one.operation, given)
        assert seen[True] == seen[False]
    resolver = _client("dynamodb", is_lean=True)._ruleset_resolver
    assert isinstance(resolver, OneEndpoint)


def _catching(seen: dict[bool, tuple[str, str]], *, side: bool) -> Any:
    def catch(request: Any, **_: Any) -> AWSResponse:
        # Authorization names region and service; its signature is of the second.
        seen[side] = request.url, str(request.headers["Authorization"]).partition(",")[0]
        headers: Any = {}
        return AWSResponse(request.url, 200, headers, _Empty())

    return catch


class _Empty:
    def stream(self, *_: object, **__: object) -> Any:
        yield b"{}"
