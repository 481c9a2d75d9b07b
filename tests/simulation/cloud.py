"""The emulator's tables and queues: made, emptied, and looked into without a call of ours."""

from __future__ import annotations

import json
import pickle
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ministack.services import dynamodb, secretsmanager, sqs

from countinghouse_aws.dynamodb.codec import Plain, from_item
from infra import queue_limits
from tests.simulation import lake_names
from tests.simulation.workflows import ARN

API_KEY = "sk_simulation"
WEBHOOK_SECRET = "whsec_simulation"
SECRET_ID = "psp"
BUS = "countinghouse-simulation"
CODE_VERSION = "51b0c0de"
code_versions: frozenset[str | None] = frozenset({CODE_VERSION})
"""What journals may name: the code that runs here."""
TABLES: dict[str, tuple[tuple[str, ...], tuple[tuple[str, str, str | None, str], ...]]] = {
    "payment_event": (("checkout_id",), (("due", "due_shard", "due_at", "N"),)),
    "payment_order": (("order_id",), (("due", "due_shard", "due_at", "N"),)),
    "psp_event": (
        ("event_key",),
        (("due", "due_shard", "due_at", "N"), ("by_order", "order_id", "received_at", "N")),
    ),
    "ledger": (("book", "entry"), ()),
    "wallet": (("owner", "wallet_id"), (("due", "due_shard", "due_at", "N"),)),
    "account_balance": (("snapshot",), (("by_found", "kind", "found_at", "N"),)),
    "payout": (
        ("payout_id",),
        (("due", "due_shard", "due_at", "N"), ("by_seller", "seller_id", "created_at", "N")),
    ),
    "reconciliation": (
        ("subject", "row"),
        (("by_run", "run_id", "opened_at", "N"), ("open", "open_psp", "opened_at", "N")),
    ),
    "psp_health": (("psp",), ()),
    "fx_quote": (("quote_id",), ()),
    "proposal": (("proposal_id",), ()),
}
"""Tables with their keys and indexes (docs/naming.md)."""
DUE_TABLES = ("payment_event", "payment_order", "psp_event", "wallet", "payout")

CONSUMERS: dict[str, tuple[str, int]] = {
    "orders": ("order_execution", 360),
    "aftercare": ("order_aftercare", 360),
    "progress": ("payment_progress", 180),
    "psp_events": ("psp_events", 180),
    "postings.fifo": ("posting", 180),
    "payouts": ("payout_events", 180),
}
"""Queues with their consumer and seconds of invisibility: six times its time-out."""
POISON = "relay_poison"
MAX_RECEIVES = queue_limits.MAX_RECEIVES
_KEPT = {"MessageRetentionPeriod": str(queue_limits.KEPT_DAYS * 86_400)}
_NO_SORT_KEY = "__no_sort__"
"""Under what the emulator keeps a row of a table without a sort key."""
Item = dict[str, Any]
"""A row in DynamoDB's own form."""
_HOST = "http://localhost:4566/000000000000"


def queue_url(name: str) -> str:
    return f"{_HOST}/{name}"


def environment() -> dict[str, str]:
    """What the stage gives its functions, all of them at once."""
    tables = {f"TABLE_{name.upper()}": name for name in TABLES}
    lake = {**lake_names.ENVIRONMENT, "QUEUE_LAKE_POISON_URL": queue_url(lake_names.LAKE_POISON)}
    return (
        tables
        | lake
        | {
            "QUEUE_ORDERS_URL": queue_url("orders"),
            "QUEUE_AFTERCARE_URL": queue_url("aftercare"),
            "QUEUE_PROGRESS_URL": queue_url("progress"),
            "QUEUE_PSP_EVENTS_URL": queue_url("psp_events"),
            "QUEUE_POSTINGS_URLS": queue_url("postings.fifo"),
            "QUEUE_PAYOUTS_URL": queue_url("payouts"),
            "QUEUE_RELAY_POISON_URL": queue_url(POISON),
            "PAYOUT_STATE_MACHINE_ARN": ARN,
            "EVENT_BUS_NAME": BUS,
            "PSPS": json.dumps(
                {"sandbox": {"url": "http://psp.simulation", "secret_id": SECRET_ID}}
            ),
            "PSP_TIMEOUT_S": "5",
            "POLL_LADDER_S": "15,60,300,1800,7200,43200,86400",
            # A buyer is waited for an hour longer, not a day: fewer sweeps.
            "ACTION_MARGIN_S": "3600",
            "CALLER_ROLES": json.dumps(
                {"arn:*": ["checkout", "finance", "fulfilment", "support", "operator", "approver"]}
            ),
            "STAGE": "simulation",
            "CODE_VERSION": CODE_VERSION,
            "AWS_ACCESS_KEY_ID": "AKIASIMULATION",
            "AWS_SECRET_ACCESS_KEY": "simulation",
            "AWS_DEFAULT_REGION": "us-east-1",
            # Nobody answers there: a call that escaped the simulation fails at once.
            "AWS_ENDPOINT_URL": "http://aws.invalid",
            "AWS_EC2_METADATA_DISABLED": "true",
            "POWERTOOLS_SERVICE_NAME": "simulation",
            "POWERTOOLS_METRICS_NAMESPACE": "Countinghouse",
            "POWERTOOLS_LOG_LEVEL": "WARNING",
            # The emulator's.
            "LOG_LEVEL": "WARNING",
        }
    )


def completed(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of an emulator call. None of those used here ever waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise RuntimeError("the emulator waited for something")


def _ask(module: Any, target: str, body: Mapping[str, object]) -> dict[str, Any]:
    headers = {"x-amz-target": target, "host": "localhost:4566"}
    raw = json.dumps(body).encode()
    status, _, answer = completed(module.handle_request("POST", "/", headers, raw, {}))
    if status != 200:
        raise RuntimeError(f"{target}: {answer!r}")
    parsed: dict[str, Any] = json.loads(answer or b"{}")
    return parsed


def reset_cloud() -> None:
    """Empty tables, queues and bus, and the PSP's secret."""
    for module in (dynamodb, sqs, secretsmanager):
        module.reset()
    dynamodb._stream_seq_counter = 0
    for name, (keys, indexes) in TABLES.items():
        _ask(dynamodb, "DynamoDB_20120810.CreateTable", _table(name, keys, indexes))
    for name in (*map(dead_letters, CONSUMERS), POISON, lake_names.LAKE_POISON):
        _ask(sqs, "AmazonSQS.CreateQueue", {"QueueName": name, "Attributes": {**_KEPT}})
    for name, (_, hidden_s) in CONSUMERS.items():
        attributes = _queue_attributes(name, hidden_s)
        _ask(sqs, "AmazonSQS.CreateQueue", {"QueueName": name, "Attributes": attributes})
    secret = json.dumps({"api_key": API_KEY, "webhook_secret": WEBHOOK_SECRET})
    wanted = {"Name": SECRET_ID, "SecretString": secret}
    _ask(secretsmanager, "secretsmanager.CreateSecret", wanted)


def _stem(queue: str) -> str:
    return queue.removesuffix(".fifo")


def _ending(queue: str) -> str:
    return queue.removeprefix(_stem(queue))


def _queue_attributes(name: str, hidden_s: int) -> dict[str, str]:
    dead = f"arn:aws:sqs:us-east-1:000000000000:{dead_letters(name)}"
    redrive = {"deadLetterTargetArn": dead, "maxReceiveCount": MAX_RECEIVES}
    attributes = {
        "VisibilityTimeout": str(hidden_s),
        **_KEPT,
        "RedrivePolicy": json.dumps(redrive),
    }
    if _ending(name):
        attributes |= {"FifoQueue": "true", "DeduplicationScope": "messageGroup"}
    return attributes


def _table(
    name: str, keys: tuple[str, ...], indexes: tuple[tuple[str, str, str | None, str], ...]
) -> dict[str, object]:
    types = dict.fromkeys(keys, "S")
    for _, partition, sort, sort_type in indexes:
        types[partition] = "S"
        if sort is not None:
            types[sort] = sort_type
    table: dict[str, object] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _schema(*keys),
        "AttributeDefinitions": [
            {"AttributeName": attribute, "AttributeType": kind} for attribute, kind in types.items()
        ],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    if indexes:
        table["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index,
                "KeySchema": _schema(partition, sort),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index, partition, sort, _ in indexes
        ]
    return table


def _schema(partition: str, sort: str | None = None) -> list[dict[str, str]]:
    schema = [{"AttributeName": partition, "KeyType": "HASH"}]
    return schema + ([{"AttributeName": sort, "KeyType": "RANGE"}] if sort else [])


def items(table: str) -> Iterator[Item]:
    """Every row of a table as the emulator keeps it: a row that changes becomes another."""
    for by_sort in dynamodb._tables[table]["items"].values():
        yield from by_sort.values()


def item(table: str, key: str, sort: str | None = None) -> Item | None:
    """One of them; without a sort key the only one, or the first, of its partition."""
    found = dynamodb._tables[table]["items"].get(key) or {}
    return next(iter(found.values()), None) if sort is None else found.get(sort)


def rows(table: str) -> Iterator[Plain]:
    """Every row of a table as it is, without a call."""
    return map(from_item, items(table))


def row(table: str, key: str, sort: str | None = None) -> Plain | None:
    """One row of a table; without a sort key the only one, or the first, of its partition."""
    found = item(table, key, sort)
    return None if found is None else from_item(found)


def texts(table: str, *names: str) -> Iterator[tuple[str, ...]]:
    """These texts of every row that has all of them, at the cost of no decoding."""
    for found in items(table):
        if all(name in found for name in names):
            yield tuple(found[name]["S"] for name in names)


def first_due(now_ms: int) -> int | None:
    """When the first row of any due-index wants to be looked at.

    A reserve's day counts only once it has come: nobody here waits a month for it by chance.
    """
    due = [
        (table, int(found["due_at"]["N"]))
        for table in DUE_TABLES
        for found in items(table)
        if "due_shard" in found
    ]
    return min((at for table, at in due if table != "wallet" or at <= now_ms), default=None)


def stream(table: str, position: int, limit: int = 1_000) -> list[dict[str, Any]]:
    """A table's committed changes from a position on, as its stream tells them."""
    records: list[dict[str, Any]] = dynamodb.stream_records_since(table, position, limit)
    return records


def written() -> int:
    """How many changes the streams of all tables have told: the same, and nothing was written."""
    return int(dynamodb._stream_seq_counter)


@contextmanager
def outdated(tables: Iterable[str]) -> Iterator[None]:
    """Show each row of these tables as it was before its last change, while the context is open."""
    kept = {name: dynamodb._tables[name] for name in tables}
    for name, table in kept.items():
        before = {key: dict(by_sort) for key, by_sort in table["items"].items()}
        for (key, sort), image in _images_before(name).items():
            by_sort = before.setdefault(key, {})
            if image is None:
                by_sort.pop(sort, None)
            else:
                by_sort[sort] = image
        # Without what the emulator remembers of its indexes: it counts them up anew.
        members = {dynamodb._INDEX_MEMBERS: None}
        dynamodb._tables[name] = {**table, **members, "items": before}
    try:
        yield
    finally:
        for name, table in kept.items():
            dynamodb._tables[name] = table


def _images_before(table: str) -> dict[tuple[str, str], dict[str, Any] | None]:
    """What each row of a table that changed in the last day was before its last change."""
    table_keys = TABLES[table][0]
    before = {}
    for record in stream(table, 0):
        change = record["dynamodb"]
        keys = [change["Keys"][name]["S"] for name in table_keys]
        before[keys[0], keys[1] if len(keys) > 1 else _NO_SORT_KEY] = change.get("OldImage")
    return before


def messages(queue: str) -> list[dict[str, Any]]:
    """Every message of a queue, visible or not."""
    found: list[dict[str, Any]] = sqs._queues[queue_url(queue)]["messages"]
    return found


def is_fifo(queue: str) -> bool:
    """Whether the queue keeps an order."""
    return bool(_ending(queue))


def dead_letters(queue: str) -> str:
    """The queue of messages that failed too often."""
    return f"{_stem(queue)}_dlq{_ending(queue)}"


def bury(queue: str, message_id: str) -> None:
    """Move a message to the dead-letter queue, as if it had failed too often."""
    found = messages(queue)
    (message,) = (one for one in found if one["id"] == message_id)
    found.remove(message)
    messages(dead_letters(queue)).append(message)


def redrive(queue: str) -> None:
    """Put everything back from the dead-letter queue, each as a new message behind all others."""
    buried = messages(dead_letters(queue))
    for message in buried:
        fresh = {"id": f"redriven-{message['id']}", "receive_count": 0, "receipt_handle": None}
        messages(queue).append(message | fresh)
    buried.clear()


def deliverable(queue: str, now_s: float) -> bool:
    """Whether a message would come: one that is visible, with nothing of its group under way."""
    found = messages(queue)
    under_way = {
        message["group_id"]
        for message in found
        if message["group_id"] and message["receive_count"] and message["visible_at"] > now_s
    }
    return any(m["visible_at"] <= now_s and m["group_id"] not in under_way for m in found)


def all_queues() -> list[str]:
    """Every queue there is, dead-letter queues too."""
    return [queue["name"] for queue in sqs._queues.values()]


def receive(queue: str, limit: int = 10) -> list[dict[str, Any]]:
    """Take visible messages; they are hidden until deleted or their time is up."""
    taken: list[dict[str, Any]] = sqs._receive_messages_for_esm(queue_url(queue), limit)
    return taken


def delete(queue: str, handles: set[str]) -> None:
    """Delete taken messages."""
    sqs._delete_messages_for_esm(queue_url(queue), handles)


@dataclass(frozen=True, slots=True)
class SavedCloud:
    """Every table, queue and secret at one moment."""

    stores: bytes
    sequence: int


def save_cloud() -> SavedCloud:
    """The cloud as it is now."""
    return SavedCloud(pickle.dumps(_stores()), dynamodb._stream_seq_counter)


def restore_cloud(saved: SavedCloud) -> None:
    """Make the cloud what it was when it was saved."""
    # Our own bytes, written in this process.
    before = pickle.loads(saved.stores)  # noqa: S301
    for name, store in _stores().items():
        store.clear()
        store.update(before[name])
    dynamodb._stream_seq_counter = saved.sequence


def _stores() -> dict[str, dict[Any, Any]]:
    """Whatever the emulator's modules keep, by module and name."""
    return {
        f"{module.__name__}.{name}": value._data
        for module in (dynamodb, sqs, secretsmanager)
        for name, value in vars(module).items()
        if type(value).__name__ == "AccountRegionScopedDict"
    }
