"""SQS: order in a group, one delivery at a time, dead letters."""

from __future__ import annotations

from typing import Any

from tests.engine.engines import Engine, outcome
from tests.engine.row import row
from tests.engine.things import arn_of, bodies, make_queue, receive, redrive_to

HIDDEN_S = 2
MIB = 1_024 * 1_024


def send(engine: Engine, url: str, *texts: str, group: str = "g") -> None:
    """To a FIFO queue, each under a deduplication id of its own."""
    for text in texts:
        engine.client("sqs").send_message(
            QueueUrl=url, MessageBody=text, MessageGroupId=group, MessageDeduplicationId=text
        )


def delete(engine: Engine, url: str, message: dict[str, Any]) -> None:
    handle = message["ReceiptHandle"]
    engine.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=handle)


def one_by_one(engine: Engine, url: str) -> list[str]:
    """Everything there is, each message deleted before the next one is taken."""
    found: list[str] = []
    while messages := receive(engine, url, MaxNumberOfMessages=1):
        found += bodies(messages)
        delete(engine, url, messages[0])
    return found


@row(
    "fifo.order",
    "A group's messages come in their order",
    aws=["a", "b", "c"],
    because="a wallet's postings",
)
def order(engine: Engine) -> object:
    url = make_queue(engine, fifo=True)
    send(engine, url, "a", "b", "c")
    return one_by_one(engine, url)


@row(
    "fifo.blocked",
    "While a message is under way its group waits, and other groups do not",
    aws=[["a"], ["x"], ["b"]],
    because="one writer a wallet, and a stuck wallet holds back no other",
)
def blocked(engine: Engine) -> object:
    url = make_queue(engine, fifo=True)
    send(engine, url, "a", "b")
    first = receive(engine, url, MaxNumberOfMessages=1)
    send(engine, url, "x", group="h")
    second = receive(engine, url)
    delete(engine, url, first[0])
    return [bodies(first), bodies(second), bodies(receive(engine, url))]


@row(
    "fifo.order-after-timeout",
    "A message that was not deleted in time comes again before the others of its group",
    aws=["a", "b", "c"],
    because="a posting that failed is tried again before what follows it",
)
def order_after_timeout(engine: Engine) -> object:
    url = make_queue(engine, {"VisibilityTimeout": str(HIDDEN_S)}, fifo=True)
    send(engine, url, "a", "b", "c")
    receive(engine, url, MaxNumberOfMessages=1)
    engine.pass_s(HIDDEN_S + 1)
    return one_by_one(engine, url)


@row(
    "fifo.deduplication",
    "For five minutes an id is taken once, also when its message was deleted",
    aws=["a"],
    because="the relay sends a change again when it cannot tell: the queue drops most of them",
)
def deduplication(engine: Engine) -> object:
    url = make_queue(engine, fifo=True)
    send(engine, url, "a")
    first = one_by_one(engine, url)
    send(engine, url, "a")
    return [*first, *one_by_one(engine, url)]


@row(
    "fifo.deduplication-ends",
    "After five minutes the id is taken again",
    aws=["a", "a"],
    because="why a posting is put if absent, and not trusted to the queue",
    not_on_aws="it would wait six minutes",
)
def deduplication_ends(engine: Engine) -> object:
    url = make_queue(engine, fifo=True)
    send(engine, url, "a")
    first = one_by_one(engine, url)
    engine.pass_s(360)
    send(engine, url, "a")
    return [*first, *one_by_one(engine, url)]


@row(
    "fifo.dead-letters",
    "After its last receive a message goes to the dead letters with its group, and the next comes",
    aws=[["a"], ["b"], [["a", "g"]]],
    because="a poison posting blocks its wallet's queue for five receives and no longer",
)
def dead_letters_of_group(engine: Engine) -> object:
    dead = make_queue(engine, fifo=True)
    hidden = {"VisibilityTimeout": str(HIDDEN_S)}
    url = make_queue(engine, hidden | redrive_to(engine, dead, 1), fifo=True)
    send(engine, url, "a", "b")
    first = receive(engine, url, MaxNumberOfMessages=1)
    engine.pass_s(HIDDEN_S + 1)
    second = engine.eventually(lambda: receive(engine, url, MaxNumberOfMessages=1))
    gone = engine.eventually(lambda: receive(engine, dead))
    letters = [[one["Body"], one["Attributes"]["MessageGroupId"]] for one in gone]
    return [bodies(first), bodies(second), letters]


@row(
    "queue.visibility",
    "A received message is hidden, comes back when its time is up, and counts its receives",
    aws=[["1"], [], ["2"]],
    because="a worker that died is followed by another",
)
def visibility(engine: Engine) -> object:
    url = make_queue(engine, {"VisibilityTimeout": str(HIDDEN_S)})
    engine.client("sqs").send_message(QueueUrl=url, MessageBody="a")

    def counts(messages: list[dict[str, Any]]) -> list[str]:
        return [one["Attributes"]["ApproximateReceiveCount"] for one in messages]

    first = counts(receive(engine, url))
    hidden = [] if engine.listen_s else counts(receive(engine, url))
    engine.pass_s(HIDDEN_S + 1)
    return [first, hidden, counts(engine.eventually(lambda: receive(engine, url)))]


@row(
    "queue.delay",
    "A delayed message comes after its delay",
    aws=[[], ["a"]],
    because="a progress message waits for what it is about",
)
def delay(engine: Engine) -> object:
    url = make_queue(engine)
    engine.client("sqs").send_message(QueueUrl=url, MessageBody="a", DelaySeconds=8)
    first = bodies(receive(engine, url))
    engine.pass_s(9)
    return [first, bodies(engine.eventually(lambda: receive(engine, url)))]


@row(
    "queue.dead-letters",
    "A message received too often goes to the dead letters",
    aws=[["a"], ["a"], [], ["a"]],
    because="a poison message ends where an alarm tells of it (runbook)",
)
def dead_letters(engine: Engine) -> object:
    dead = make_queue(engine)
    hidden = {"VisibilityTimeout": str(HIDDEN_S)}
    url = make_queue(engine, hidden | redrive_to(engine, dead, 2))
    engine.client("sqs").send_message(QueueUrl=url, MessageBody="a")
    found = []
    for _ in range(3):
        found.append(bodies(receive(engine, url)))
        engine.pass_s(HIDDEN_S + 1)
    return [*found, bodies(engine.eventually(lambda: receive(engine, dead)))]


@row(
    "queue.stale-handle",
    "A delete by the handle of an earlier receive is answered with success, and deletes nothing",
    aws=["done", 1],
    because="a slow worker cannot take away what another one is at work on",
)
def stale_handle(engine: Engine) -> object:
    url = make_queue(engine, {"VisibilityTimeout": str(HIDDEN_S)})
    engine.client("sqs").send_message(QueueUrl=url, MessageBody="a")
    (first,) = receive(engine, url)
    engine.pass_s(HIDDEN_S + 1)
    engine.eventually(lambda: receive(engine, url))
    said = outcome(lambda: delete(engine, url, first))
    engine.pass_s(HIDDEN_S + 1)
    return [said, len(engine.eventually(lambda: receive(engine, url)))]


@row(
    "queue.size",
    "A message of 1 MiB is taken, a byte more is refused",
    aws=["done", "InvalidParameterValue"],
    because="messages are ids, a few hundred bytes: the bound is far",
)
def size(engine: Engine) -> object:
    url = make_queue(engine)

    def of(count: int) -> str:
        body = "x" * count
        return outcome(lambda: engine.client("sqs").send_message(QueueUrl=url, MessageBody=body))

    return [of(MIB), of(MIB + 1)]


@row(
    "queue.batch",
    "A batch of eleven is refused, and one of ten answers for each entry",
    aws=["AWS.SimpleQueueService.TooManyEntriesInBatchRequest", list("0123456789")],
    because="`SqsOutbox` sends by tens and looks at each answer",
)
def batch(engine: Engine) -> object:
    url, sqs = make_queue(engine), engine.client("sqs")

    def of(count: int) -> Any:
        entries = [{"Id": str(place), "MessageBody": "x"} for place in range(count)]
        return sqs.send_message_batch(QueueUrl=url, Entries=entries)

    taken = sorted(one["Id"] for one in of(10)["Successful"])
    return [outcome(lambda: of(11)), taken]


@row(
    "queue.move-task",
    "StartMessageMoveTask sends dead letters back",
    aws="done",
    because="not used for want of an engine that has it: `countinghouse redrive` moves by itself",
)
def move_task(engine: Engine) -> object:
    dead = make_queue(engine)
    make_queue(engine, redrive_to(engine, dead, 1))
    source = arn_of(engine, dead)
    return outcome(lambda: engine.client("sqs").start_message_move_task(SourceArn=source))
