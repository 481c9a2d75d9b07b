import io
import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from countinghouse.domain.errors import NotFound
from countinghouse_aws.edge.queue import (
    batch_answer,
    consume,
    named,
    read_ahead,
    received,
    report_failure,
)
from tests.fakes.lambdas import failed, sqs_event


def test_a_batch_that_went_well_is_an_empty_list_and_nothing_else() -> None:
    assert consume(sqs_event({"n": 1}, {"n": 2}), lambda _: None) == {"batchItemFailures": []}


@pytest.mark.parametrize("workers", [1, 3])
def test_exactly_the_failed_come_back(workers: int) -> None:
    def handle(body: Mapping[str, Any]) -> None:
        if body["n"] % 2:
            raise ValueError("odd")

    answer = consume(sqs_event(*({"n": n} for n in range(5))), handle, workers)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m3"}]}


@pytest.mark.parametrize("body", ["", "{", "[]", "1", "null", '"x"'])
def test_a_body_that_is_no_object_fails_alone(body: str) -> None:
    seen: list[object] = []

    assert failed(consume(sqs_event(body, {"n": 1}), seen.append)) == ["m0"]
    assert seen == [{"n": 1}]


def test_what_became_of_a_batch_is_one_line(logs: io.StringIO) -> None:
    def handle(body: Mapping[str, Any]) -> dict[str, str]:
        if body["id"] == "c":
            raise ValueError("no good")
        return {body["id"]: "captured"}

    consume(sqs_event({"id": "b"}, {"id": "a"}, {"id": "c"}), handle, done="orders executed")
    consume(sqs_event({"id": "d"}), lambda _: None, done="orders executed")

    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    (done,) = [line for line in lines if line["message"] == "orders executed"]
    assert done["handled"] == {"a": "captured", "b": "captured"}


def test_workers_run_beside_each_other() -> None:
    meeting = threading.Barrier(3, timeout=5)

    def handle(_: Mapping[str, str]) -> None:
        meeting.wait()

    assert failed(consume(sqs_event({}, {}, {}), handle, workers=3)) == []


def test_a_message_knows_its_group() -> None:
    (record,) = sqs_event({"a": "b"}, groups=["g"])["Records"]

    message = received(record)

    assert (message.message_id, message.body, message.group) == ("m0", {"a": "b"}, "g")
    assert received({"messageId": "m", "body": "{}"}).group is None


def test_a_failure_is_logged_by_its_kind_and_quotes_only_our_own_words(logs: io.StringIO) -> None:
    (record,) = sqs_event({"a": "b"})["Records"]

    assert report_failure(record, RuntimeError("secret")) == "m0"
    report_failure(record, NotFound("there is no order o1"))

    bug, ours = logs.getvalue().splitlines()
    assert "RuntimeError" in bug
    assert "secret" not in bug
    assert "there is no order o1" in ours


def test_the_answers_shape_is_lambdas() -> None:
    assert batch_answer(["a"]) == {"batchItemFailures": [{"itemIdentifier": "a"}]}


def test_what_a_batch_names_is_read_from_what_can_be_read() -> None:
    event = sqs_event({"id": "a"}, "not JSON", [], {"id": 7}, {"other": "b"}, {"id": "a"})

    assert named(event, "id") == ["a", "a"]


def test_what_several_messages_ask_for_is_read_once() -> None:
    asked: list[list[str]] = []

    def read(wanted: list[str]) -> dict[str, str]:
        asked.append(wanted)
        return {"a": "row a"}

    assert read_ahead(read, ["a", "b", "a"]) == {"a": "row a"}
    assert read_ahead(read, ["a"]) == {}
    assert asked == [["a", "b"]]


def test_what_cannot_be_read_together_is_left_to_each_message() -> None:
    def read(_: list[str]) -> dict[str, str]:
        raise ValueError("a row that cannot be read")

    assert read_ahead(read, ["a", "b"]) == {}
