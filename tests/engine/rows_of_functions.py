"""Lambda: what a batch's answer does to its messages, and how functions fail."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.engine.deployed import TIMEOUT_S, feed, feed_queue, function, invoke
from tests.engine.engines import Engine, outcome
from tests.engine.row import SERVER, row
from tests.engine.rows_of_queues import send
from tests.engine.things import HASH, arn_of, make_queue, make_table, receive, redrive_to

HIDDEN_S = TIMEOUT_S
FAIL_BAD = """
failed, stuck = [], set()
for record in event["Records"]:
    group = record["attributes"].get("MessageGroupId")
    if record["body"].startswith("bad") or (group and group in stuck):
        failed.append({"itemIdentifier": record["messageId"]})
        stuck.add(group)
return {"batchItemFailures": failed}
"""
MALFORMED = {
    "empty id": 'return {"batchItemFailures": [{"itemIdentifier": ""}]}',
    "null id": 'return {"batchItemFailures": [{"itemIdentifier": None}]}',
    "other key": 'return {"batchItemFailures": [{"id": event["Records"][0]["messageId"]}]}',
    "unknown id": 'return {"batchItemFailures": [{"itemIdentifier": "nobody"}]}',
}


def consumed(engine: Engine, *, fifo: bool = False, after: int = 1) -> tuple[str, str]:
    """A queue and its dead letters."""
    dead = make_queue(engine, fifo=fifo)
    hidden = {"VisibilityTimeout": str(HIDDEN_S)}
    return make_queue(engine, hidden | redrive_to(engine, dead, after), fifo=fifo), dead


def left(engine: Engine, url: str) -> int:
    """How many messages a queue holds, hidden ones too."""
    found = engine.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    kinds = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    return sum(int(found["Attributes"][kind]) for kind in kinds)


def letters(engine: Engine, dead: str, wanted: int, at_most_s: float = 20) -> list[str]:
    """The bodies in a dead-letter queue, once there are so many."""
    found: list[str] = []

    def look() -> int:
        for message in receive(engine, dead):
            found.append(message["Body"])
            handle = message["ReceiptHandle"]
            engine.client("sqs").delete_message(QueueUrl=dead, ReceiptHandle=handle)
        return len(found)

    engine.eventually(look, lambda count: count >= wanted, at_most_s)
    return sorted(found)


@row(
    "batch.partial",
    "Of a batch exactly the messages that the answer names come back, and end as dead letters",
    aws=[["bad 1", "bad 2"], 0],
    because="every queue consumer answers so: one poison message costs no other",
    engines=SERVER,
)
def partial_failure(engine: Engine) -> object:
    url, dead = consumed(engine, after=2)
    entries = [
        {"Id": str(place), "MessageBody": body}
        for place, body in enumerate(("good 1", "bad 1", "good 2", "bad 2", "good 3"))
    ]
    engine.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    feed_queue(engine, url, function(engine, FAIL_BAD))
    return [letters(engine, dead, 2), engine.eventually(lambda: left(engine, url), lambda n: not n)]


@row(
    "batch.partial-fifo",
    "In a FIFO queue what follows a failure waits for it, and goes on after its last receive",
    aws=[["bad"], 0],
    because="postings: a journal is never booked before one that stands before it",
    engines=SERVER,
)
def partial_failure_in_order(engine: Engine) -> object:
    url, dead = consumed(engine, fifo=True)
    send(engine, url, "good 1", "bad", group="g")
    send(engine, url, "good 2", group="h")
    feed_queue(engine, url, function(engine, FAIL_BAD))
    gone = letters(engine, dead, 1)
    send(engine, url, "good 3", group="g")
    return [gone, engine.eventually(lambda: left(engine, url), lambda n: not n)]


@row(
    "batch.malformed",
    "An answer with an empty, null or unknown id, or another key, fails the whole batch",
    aws=dict.fromkeys(MALFORMED, 1),
    because="an answer that cannot be read must never read as success",
    engines=SERVER,
)
def malformed(engine: Engine) -> object:
    queues = {}
    for name, body in MALFORMED.items():
        queues[name] = consumed(engine)
        engine.client("sqs").send_message(QueueUrl=queues[name][0], MessageBody=name)
        feed_queue(engine, queues[name][0], function(engine, body))
    for url, _ in queues.values():
        engine.eventually(partial(left, engine, url), lambda n: not n)
    return {name: left(engine, dead) for name, (_, dead) in queues.items()}


@row(
    "batch.raises",
    "A function that fails sends its whole batch back",
    aws=["a", "b"],
    because="a worker that died or ran out of time loses nothing",
    engines=SERVER,
)
def raises(engine: Engine) -> object:
    url, dead = consumed(engine)
    for body in ("a", "b"):
        engine.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    feed_queue(engine, url, function(engine, "os._exit(1)"))
    return letters(engine, dead, 2)


@row(
    "batch.visibility",
    "A queue that hides its messages for less than its function may run is refused",
    aws="InvalidParameterValueException",
    because="two workers at one message: six times the time-out is what we give (infra/timeouts)",
    engines=SERVER,
)
def short_visibility(engine: Engine) -> object:
    url = make_queue(engine, {"VisibilityTimeout": "1"})
    name = function(engine, "return {}", Timeout=10)
    return outcome(lambda: feed_queue(engine, url, name))


@row(
    "function.timeout",
    "A function that takes too long is stopped, and the next call is answered",
    aws=["Unhandled", True, {"failed": None, "said": "ok"}],
    because="a lease outlives a function; what it left undone is found by the next",
    engines=SERVER,
)
def timeout(engine: Engine) -> object:
    name = function(engine, "time.sleep(9 if event else 0)\nreturn 'ok'", Timeout=2)
    answer = invoke(engine, name, "slow")
    return [answer["failed"], "timed out" in str(answer["said"]).lower(), invoke(engine, name)]


@row(
    "function.crash",
    "A process that ends is a failure, and the next call is answered",
    aws=["Unhandled", "Runtime.ExitError", {"failed": None, "said": "ok"}],
    because="a crash is a crash point like any other",
    engines=SERVER,
)
def crash(engine: Engine) -> object:
    name = function(engine, "if event: os._exit(1)\nreturn 'ok'")
    answer = invoke(engine, name, "die")
    return [answer["failed"], answer["said"].get("errorType"), invoke(engine, name)]


@row(
    "function.error-type",
    "A failure tells the exception's own name",
    aws=["Unhandled", "Custom"],
    because="not relied on: no retrier or catcher of ours names an exception (test_templates.py)",
    engines=SERVER,
)
def error_type(engine: Engine) -> object:
    answer = invoke(engine, function(engine, "raise Custom('x')"))
    return [answer["failed"], answer["said"].get("errorType")]


@row(
    "function.no-room",
    "A function without concurrency refuses its calls",
    aws="TooManyRequestsException",
    because="production reserves concurrency: every machine retries this very error",
    engines=SERVER,
)
def no_room(engine: Engine) -> object:
    client, name = engine.client("lambda"), function(engine, "return 'ok'")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    return engine.eventually(
        lambda: outcome(lambda: client.invoke(FunctionName=name)), lambda said: said != "done"
    )


@row(
    "function.on-failure",
    "An event whose function fails for good reaches its destination",
    aws=1,
    because="schedules and audit alarms that failed are kept, with an alarm",
    engines=SERVER,
)
def on_failure(engine: Engine) -> object:
    client, kept = engine.client("lambda"), make_queue(engine)
    name = function(engine, "raise Custom('x')")
    client.put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn_of(engine, kept)}},
    )
    client.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    return engine.eventually(lambda: left(engine, kept))


def stream_of(engine: Engine) -> tuple[str, str]:
    """A table of its own with a stream; both names."""
    name = make_table(engine, (HASH,), index=True)
    found: Any = engine.client("dynamodb").describe_table(TableName=name)
    return name, found["Table"]["LatestStreamArn"]


@row(
    "stream.retries",
    "A stream gives a record up after its retries, and puts its whereabouts in a queue",
    aws=1,
    because="one bad record must not stop a shard for good (infra/constructs/relay_streams)",
    engines=SERVER,
)
def stream_retries(engine: Engine) -> object:
    name, arn = stream_of(engine)
    kept = make_queue(engine)
    feed(
        engine,
        arn,
        function(engine, "raise Custom('x')"),
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=0,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": arn_of(engine, kept)}},
    )
    engine.client("dynamodb").put_item(TableName=name, Item={HASH: {"S": "x"}})
    return engine.eventually(lambda: left(engine, kept), at_most_s=4)


@row(
    "stream.two-readers",
    "Two functions on one stream both get every record",
    aws=["a", "a", "b", "b"],
    because="the relay and the lake read the same three tables",
    engines=SERVER,
)
def two_readers(engine: Engine) -> object:
    name, arn = stream_of(engine)
    kept = make_queue(engine)
    tell = """
    keys = [r["dynamodb"]["Keys"]["order_id"]["S"] for r in event["Records"]]
    import botocore.session
    sqs = botocore.session.get_session().create_client("sqs")
    for key in keys:
        sqs.send_message(QueueUrl=os.environ["KEPT"], MessageBody=key)
    return {"batchItemFailures": []}
    """
    for _ in range(2):
        reader = function(engine, tell, Environment={"Variables": {"KEPT": kept}}, Timeout=15)
        feed(engine, arn, reader, StartingPosition="TRIM_HORIZON")
    for text in ("a", "b"):
        engine.client("dynamodb").put_item(TableName=name, Item={HASH: {"S": text}})
    return letters(engine, kept, 4)
