"""The same calls bare: to twins, each as it was, as many as were heard."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

import pytest

from tools.client import Client
from tools.load.bare import Sent, hollow_event, openers, prepared, send
from tools.load.heard import Heard
from tools.load.twins import HOLLOW, Twins, rewritten

CALL = {
    "call": "dynamodb.TransactWriteItems",
    "path": "/",
    "sent": {"x-amz-target": "DynamoDB_20120810.TransactWriteItems"},
    "status": 200,
    "body": json.dumps(
        {
            "ClientRequestToken": "once",
            "TransactItems": [{"Put": {"TableName": "Orders", "Item": {"status": {"S": "new"}}}}],
        }
    ),
}
REQUEST = {
    "function": "countinghouse-local-payments",
    "by": "api",
    "asked": "POST /v1/payments/event",
    "bytes": 400,
    "answered": 300,
    "told": [120],
}
UNASKED = {name: value for name, value in REQUEST.items() if name != "asked"}
BATCH = UNASKED | {"function": "countinghouse-local-posting", "by": "sqs"}
INSIDE = UNASKED | {"function": "countinghouse-local-lake-days", "by": "other"}


@pytest.fixture
def twins() -> Twins:
    made = Twins(cast(Client, None), "b1", {"Orders": "Orders-b1"}, "http://x/_aws/execute-api/a")
    made._consumed["countinghouse-local-posting"] = "http://x/0/postings-b1.fifo"
    return made


def requests(twins: Twins, *told: Any, invocations: bool = True) -> list[Sent]:
    heard = [Heard(1.0, 0.1, dict(one)) for one in told]
    return list(prepared(heard, twins, "eu-west-1", "test", invocations=invocations))


def test_names_are_renamed_wherever_they_stand_and_nothing_else() -> None:
    asked = {"RequestItems": {"T": {"Keys": [{"id": {"S": "Tea"}}]}}, "many": 3, "T": None}

    found = rewritten(asked, lambda text: "T-2" if text == "T" else text)

    assert found == {
        "RequestItems": {"T-2": {"Keys": [{"id": {"S": "Tea"}}]}},
        "many": 3,
        "T-2": None,
    }


def test_a_call_goes_to_the_twin_table_as_it_was_under_another_token(twins: Twins) -> None:
    first, second = requests(twins, CALL, CALL)
    asked = json.loads(first.body)

    assert asked["TransactItems"] == [
        {"Put": {"TableName": "Orders-b1", "Item": {"status": {"S": "new"}}}}
    ]
    tokens = {json.loads(one.body)["ClientRequestToken"] for one in (first, second)}
    assert len(tokens) == 2
    assert "once" not in tokens
    assert first.headers["x-amz-target"].endswith("TransactWriteItems")
    assert "/eu-west-1/dynamodb/" in first.headers["authorization"]


def test_invocations_are_of_hollow_functions_by_the_door_that_was_used(twins: Twins) -> None:
    by_request, by_queue = requests(twins, REQUEST, BATCH)

    assert by_request.path == "/_aws/execute-api/a/twin-payments-b1"
    assert by_queue.path == "/2015-03-31/functions/twin-posting-b1/invocations"
    assert (by_request.queue, by_queue.queue) == ("", "http://x/0/postings-b1.fifo")


def test_what_the_emulator_invokes_inside_a_call_is_not_sent_again(twins: Twins) -> None:
    assert requests(twins, INSIDE) == []


def test_without_invocations_only_the_functions_own_calls_are_sent(twins: Twins) -> None:
    sent = requests(twins, REQUEST, CALL, BATCH, invocations=False)

    assert [one.name for one in sent] == ["dynamodb.TransactWriteItems"]


def test_a_hollow_event_is_as_long_as_the_original() -> None:
    assert len(hollow_event(REQUEST)) == 400
    assert json.loads(hollow_event(REQUEST | {"bytes": 1}))["told"] == [120]


def test_a_hollow_function_logs_and_answers_as_much(capsys: pytest.CaptureFixture[str]) -> None:
    space: dict[str, Any] = {}
    exec(compile(HOLLOW, "hollow", "exec"), space)  # noqa: S102 - it is ours
    asked = hollow_event(REQUEST).decode()

    answer = space["handler"]({"body": asked}, None)
    assert capsys.readouterr().out == "." * 120 + "\n"
    assert abs(len(json.dumps(answer)) - 300) < 40

    answer = space["handler"](json.loads(asked), None)
    assert answer["batchItemFailures"] == []
    assert abs(len(json.dumps(answer)) - 300) < 40


def test_each_functions_process_is_opened_by_a_few_invocations(twins: Twins) -> None:
    sent = requests(twins, CALL, REQUEST, REQUEST, BATCH, REQUEST)

    opened = openers(sent, 2)

    assert [one.path.rpartition("/")[2] for one in opened] == [
        *["twin-payments-b1"] * 2,
        "invocations",
    ]
    assert not any(one.queue for one in opened)


@contextmanager
def served(answers: dict[str, Any]) -> Iterator[tuple[int, list[tuple[str, Any]]]]:
    """A server that answers by target or path, and lists what it was asked."""
    asked: list[tuple[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            name = self.headers.get("x-amz-target") or self.path
            asked.append((name, json.loads(self.rfile.read(int(self.headers["content-length"])))))
            status, body = answers.get(name, (200, {}))
            said = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_everything_is_sent_once_and_refusals_are_counted(twins: Twins) -> None:
    refused: dict[str, Any] = {"DynamoDB_20120810.TransactWriteItems": (400, {})}
    with served(refused) as (port, asked):
        done = send(requests(twins, CALL, REQUEST, CALL), "127.0.0.1", port, 2)

    assert len(asked) == 3
    assert done.refused == 2
    assert done.sent == {"dynamodb.TransactWriteItems": 2, "payments (api)": 1}
    assert done.seconds > 0


def test_one_at_a_time_the_order_is_that_of_the_calls_and_a_batch_is_received_and_deleted(
    twins: Twins,
) -> None:
    held = {"AmazonSQS.ReceiveMessage": (200, {"Messages": [{"ReceiptHandle": "r1"}]})}
    with served(held) as (port, asked):
        send(requests(twins, BATCH, CALL), "127.0.0.1", port, 1)

    assert [name.rpartition(".")[2] for name, _ in asked] == [
        "ReceiveMessage",
        "/2015-03-31/functions/twin-posting-b1/invocations",
        "DeleteMessageBatch",
        "TransactWriteItems",
    ]
    assert asked[2][1]["Entries"] == [{"Id": "0", "ReceiptHandle": "r1"}]


def test_in_turns_what_is_of_streams_is_sent_by_one_thread_and_nothing_is_left_out(
    twins: Twins,
) -> None:
    stream = UNASKED | {"by": "stream"}
    publish = CALL | {"call": "events.PutEvents", "sent": {"x-amz-target": "AWSEvents.PutEvents"}}
    sent = requests(twins, *[stream, publish, CALL] * 20)
    assert [one.of_streams for one in sent[:3]] == [True, True, False]

    with served({}) as (port, asked):
        done = send(sent, "127.0.0.1", port, 3, in_turns=True)

    names = [name.rpartition(".")[2] for name, _ in asked]
    apart = [name for name in names if name != "TransactWriteItems"]
    assert apart == ["/2015-03-31/functions/twin-payments-b1/invocations", "PutEvents"] * 20
    assert done.sent.total() == len(names) == 60


def test_an_emulator_that_is_gone_is_an_error(twins: Twins) -> None:
    with served({}) as (port, _):
        pass
    with pytest.raises(OSError, match="refused"):
        send(requests(twins, *[CALL] * 50), "127.0.0.1", port, 2)
