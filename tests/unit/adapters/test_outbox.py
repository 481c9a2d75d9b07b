import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from countinghouse.domain.errors import Unavailable
from countinghouse.messages import Message, Queue
from countinghouse_aws.messaging.outbox import SqsOutbox

URLS = {
    Queue.ORDERS: ("https://sqs/orders",),
    Queue.POSTINGS: ("https://sqs/p0.fifo", "https://sqs/p1.fifo", "https://sqs/p2.fifo"),
}


class Sqs:
    """Takes every batch; or fails as told."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.batches: list[tuple[str, list[dict[str, Any]]]] = []

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> Any:  # noqa: N803
        self.batches.append((QueueUrl, Entries))
        answer = self.answers.pop(0) if self.answers else {"Successful": []}
        if isinstance(answer, Exception):
            raise answer
        return answer


def outbox(sqs: Sqs) -> SqsOutbox:
    return SqsOutbox(cast(Any, sqs), URLS)


def order(number: int, delay_s: int = 0) -> Message:
    return Message(Queue.ORDERS, {"order_id": f"o{number}"}, delay_s)


def posting(order_id: str, group: str) -> Message:
    return Message(
        Queue.POSTINGS, {"order_id": order_id}, group=group, deduplication=f"{order_id}:1"
    )


def test_messages_go_in_batches_of_ten_with_their_own_ids() -> None:
    sqs = Sqs()

    outbox(sqs).send(order(n) for n in range(23))

    assert [len(entries) for _, entries in sqs.batches] == [10, 10, 3]
    for _, entries in sqs.batches:
        assert len({entry["Id"] for entry in entries}) == len(entries)
    bodies = [
        json.loads(e["MessageBody"])["order_id"] for _, entries in sqs.batches for e in entries
    ]
    assert bodies == [f"o{n}" for n in range(23)]


def test_a_delay_is_set_only_where_there_is_one() -> None:
    sqs = Sqs()

    outbox(sqs).send([order(1), order(2, delay_s=15)])

    ((_, entries),) = sqs.batches
    assert "DelaySeconds" not in entries[0]
    assert entries[1]["DelaySeconds"] == 15
    assert "MessageGroupId" not in entries[0]


def test_a_wallet_always_goes_to_the_same_queue_and_wallets_are_spread() -> None:
    sqs = Sqs()
    groups = [f"seller:s{n}#EUR#0" for n in range(60)]

    outbox(sqs).send([posting(f"o{n}", group) for n, group in enumerate(groups * 2)])

    queues: dict[str, set[str]] = {}
    for url, entries in sqs.batches:
        for entry in entries:
            queues.setdefault(entry["MessageGroupId"], set()).add(url)
            assert entry["MessageDeduplicationId"].endswith(":1")
    assert all(len(urls) == 1 for urls in queues.values())
    assert set.union(*queues.values()) == set(URLS[Queue.POSTINGS])


@pytest.mark.parametrize(
    "answer",
    [
        {"Successful": [{"Id": "0"}], "Failed": [{"Id": "1", "Code": "InternalError"}]},
        {"Failed": [{"Id": "0"}, {"Id": "1"}]},
        ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "SendMessageBatch"),
        ReadTimeoutError(endpoint_url="x"),
    ],
)
def test_a_batch_taken_in_part_is_not_taken(answer: object) -> None:
    with pytest.raises(Unavailable):
        outbox(Sqs(answer)).send([order(1), order(2)])


def test_nothing_to_send_is_no_call() -> None:
    sqs = Sqs()

    outbox(sqs).send([])

    assert sqs.batches == []
