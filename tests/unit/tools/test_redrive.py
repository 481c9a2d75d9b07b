"""Dead letters go back to their queue, and none is ever lost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from moto import mock_aws

from tools.redrive.moving import NotTaken, Pair, depth, entry, move, pairs

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[SQSClient]:
    monkeypatch.setattr("tools.redrive.moving._LISTEN_S", 0)
    with mock_aws():
        yield boto3.client(
            "sqs", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
        )


_PAIRS = count(1)
"""Names of their own: another suite's mock may be at work in this process, with what it kept."""


def a_pair(sqs: SQSClient, *, fifo: bool = False) -> Pair:
    suffix, attributes = (".fifo", {"FifoQueue": "true"}) if fifo else ("", {})
    suffix = f"-{next(_PAIRS)}{suffix}"
    source, dlq = (
        sqs.create_queue(QueueName=f"{name}{suffix}", Attributes=attributes)["QueueUrl"]  # type: ignore[arg-type]
        for name in ("orders", "orders-dlq")
    )
    return Pair("Orders", dlq, source)


def fill(sqs: SQSClient, pair: Pair, count: int) -> None:
    for number in range(count):
        sqs.send_message(
            QueueUrl=pair.dlq_url,
            MessageBody=f"m{number}",
            MessageAttributes={"n": {"DataType": "Number", "StringValue": str(number)}},
        )


def taken_from(sqs: SQSClient, url: str) -> list[Any]:
    found: list[Any] = []
    while messages := sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["All"],
    ).get("Messages", []):
        found += messages
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_every_message_is_moved_with_its_attributes(sqs: SQSClient) -> None:
    pair = a_pair(sqs)
    fill(sqs, pair, 23)

    assert sum(move(sqs, pair)) == 23

    moved = taken_from(sqs, pair.source_url)
    assert {message["Body"] for message in moved} == {f"m{number}" for number in range(23)}
    assert all("n" in message["MessageAttributes"] for message in moved)
    assert depth(sqs, pair.dlq_url) == (0, 0)


def test_no_more_are_moved_than_asked_for(sqs: SQSClient) -> None:
    pair = a_pair(sqs)
    fill(sqs, pair, 15)

    assert sum(move(sqs, pair, at_most=12)) == 12

    assert depth(sqs, pair.dlq_url) == (3, 0)
    assert depth(sqs, pair.source_url) == (12, 0)


def test_an_empty_queue_is_no_work(sqs: SQSClient) -> None:
    assert list(move(sqs, a_pair(sqs))) == []


def test_a_fifo_message_keeps_its_group_and_its_order(sqs: SQSClient) -> None:
    pair = a_pair(sqs, fifo=True)
    for number in range(6):
        sqs.send_message(
            QueueUrl=pair.dlq_url,
            MessageBody=f"m{number}",
            MessageGroupId=f"g{number % 2}",
            MessageDeduplicationId=f"d{number}",
        )

    assert sum(move(sqs, pair)) == 6

    moved = taken_from(sqs, pair.source_url)
    by_group = {
        group: [m["Body"] for m in moved if m["Attributes"]["MessageGroupId"] == group]
        for group in ("g0", "g1")
    }
    assert by_group == {"g0": ["m0", "m2", "m4"], "g1": ["m1", "m3", "m5"]}
    used = {message["Attributes"]["MessageDeduplicationId"] for message in moved}
    assert not used & {f"d{number}" for number in range(6)}


def test_a_deduplication_id_is_the_same_for_the_same_dead_letter() -> None:
    message = {"MessageId": "id-1", "Body": "b", "Attributes": {"MessageGroupId": "g"}}

    first, again = entry("0", message), entry("1", message)

    assert first["MessageDeduplicationId"] == again["MessageDeduplicationId"] == "redrive-id-1"
    assert "MessageDeduplicationId" not in entry("0", {"MessageId": "id-1", "Body": "b"})


class Faulty:
    """SQS that fails in one call, and is itself in all others."""

    def __init__(self, sqs: SQSClient, call: str, answer: dict[str, Any] | None = None) -> None:
        self._sqs = sqs
        self._call = call
        self._answer = answer

    def __getattr__(self, name: str) -> Any:
        return self._fail if name == self._call else getattr(self._sqs, name)

    def _fail(self, **_: Any) -> dict[str, Any]:
        if self._answer is None:
            raise ConnectionError("gone")
        return self._answer


def faulty(sqs: SQSClient, call: str, answer: dict[str, Any] | None = None) -> SQSClient:
    return cast("SQSClient", Faulty(sqs, call, answer))


def test_a_crash_before_sending_loses_nothing(sqs: SQSClient) -> None:
    pair = a_pair(sqs)
    fill(sqs, pair, 3)

    with pytest.raises(ConnectionError):
        list(move(faulty(sqs, "send_message_batch"), pair))

    assert depth(sqs, pair.dlq_url) == (0, 3)
    assert depth(sqs, pair.source_url) == (0, 0)


def test_a_crash_between_sending_and_deleting_leaves_a_duplicate(sqs: SQSClient) -> None:
    pair = a_pair(sqs)
    fill(sqs, pair, 3)

    with pytest.raises(ConnectionError):
        list(move(faulty(sqs, "delete_message_batch"), pair))

    assert depth(sqs, pair.dlq_url) == (0, 3)
    assert depth(sqs, pair.source_url) == (3, 0)


def test_a_message_that_is_not_taken_stays_where_it_is(sqs: SQSClient) -> None:
    pair = a_pair(sqs)
    fill(sqs, pair, 3)
    answer = {"Successful": [{"Id": "0"}, {"Id": "2"}], "Failed": [{"Id": "1"}]}

    with pytest.raises(NotTaken, match="1 messages"):
        list(move(faulty(sqs, "send_message_batch", answer), pair))

    assert depth(sqs, pair.dlq_url) == (0, 1)


def test_pairs_are_found_by_name() -> None:
    urls = {"Orders": "u1", "OrdersDlq": "u2", "RelayPoison": "u3", "SchedulesDlq": "u4"}

    assert pairs(urls) == {"Orders": Pair("Orders", "u2", "u1")}
