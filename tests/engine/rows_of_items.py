"""Single writes and reads: conditions, updates, numbers, indexes, batches."""

from __future__ import annotations

from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from tests.engine.engines import Engine, outcome
from tests.engine.row import row
from tests.engine.rows_of_transactions import key, stored
from tests.engine.things import HASH, INDEX, book, table

BIG = 10**37
DIGITS_38 = int("9" * 38)
CCF = "ConditionalCheckFailedException"
INVALID = "ValidationException"


def put(engine: Engine, text: str, **item: Any) -> None:
    engine.client("dynamodb").put_item(TableName=table(engine), Item={**key(text), **item})


def update(engine: Engine, text: str, expression: str, **more: Any) -> Any:
    """One update; `more` as boto3 has it, values under `v` and names under `n`."""
    values, names = more.pop("v", None), more.pop("n", None)
    if values:
        more["ExpressionAttributeValues"] = values
    if names:
        more["ExpressionAttributeNames"] = names
    return engine.client("dynamodb").update_item(
        TableName=table(engine), Key=key(text), UpdateExpression=expression, **more
    )


def tried(engine: Engine, condition: str, values: Any, **item: Any) -> object:
    """What an update under this condition says, and what it leaves of `n`."""
    text = engine.fresh()
    put(engine, text, n={"N": "1"}, **item)
    said = outcome(
        lambda: update(
            engine,
            text,
            "SET n = :two",
            ConditionExpression=condition,
            v={":two": {"N": "2"}, **values},
        )
    )
    return [said, (stored(engine, text) or {}).get("n", {}).get("N")]


@row(
    "write.once",
    "A put on a free key is refused where there is one, and shows the one that is there",
    aws=[CCF, "7"],
    because="every first write: `Table.add` answers with the row that stood in the way",
)
def once(engine: Engine) -> object:
    text = engine.fresh()
    put(engine, text, n={"N": "7"})
    try:
        engine.client("dynamodb").put_item(
            TableName=table(engine),
            Item=key(text),
            ConditionExpression="attribute_not_exists(#key)",
            ExpressionAttributeNames={"#key": HASH},
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        shown: Any = error.response.get("Item", {})
        return [error.response["Error"]["Code"], shown.get("n", {}).get("N")]
    return "done"


@row(
    "write.same-version",
    "An update on condition of a version writes once",
    aws=["done", CCF, "2"],
    because="every change of a row: `Table.replace`",
)
def same_version(engine: Engine) -> object:
    text = engine.fresh()
    put(engine, text, version={"N": "1"})
    change = partial(
        update,
        engine,
        text,
        "SET #v = :new",
        ConditionExpression="#v = :old",
        n={"#v": "version"},
        v={":new": {"N": "2"}, ":old": {"N": "1"}},
    )
    said = [outcome(change), outcome(change)]
    return [*said, (stored(engine, text) or {})["version"]["N"]]


@row(
    "write.all-new",
    "An update answers with the whole new row where asked, and adds to what is not there",
    aws={"a": "x", "version": "1"},
    because="a checkout's submission is answered from its own write",
)
def all_new(engine: Engine) -> object:
    text = engine.fresh()
    put(engine, text)
    answer = update(
        engine,
        text,
        "SET a = :a ADD version :one",
        ReturnValues="ALL_NEW",
        v={":a": {"S": "x"}, ":one": {"N": "1"}},
    )["Attributes"]
    return {name: next(iter(answer[name].values())) for name in ("a", "version")}


@row(
    "write.other-type",
    "A comparison with an attribute of another type is false",
    aws=[CCF, "1"],
    because="`used <= :room`, `as_of < :as_of`: a row that is damaged stops a write, not a caller",
)
def other_type(engine: Engine) -> object:
    return tried(engine, "s <= :one", {":one": {"N": "1"}}, s={"S": "text"})


@row(
    "write.arithmetic",
    "A condition with arithmetic is refused",
    aws=[INVALID, "1"],
    because="a condition that the emulator waves through would fail in the cloud alone",
)
def arithmetic(engine: Engine) -> object:
    return tried(engine, "n + :one > :ten", {":one": {"N": "1"}, ":ten": {"N": "10"}})


@row(
    "write.ampersands",
    "A condition that is no expression is refused",
    aws=[INVALID, "1"],
    because="a slip of the pen must not read as a lost race",
)
def ampersands(engine: Engine) -> object:
    return tried(engine, "n = :one && n = :one", {":one": {"N": "1"}})


@row(
    "write.unknown-function",
    "A condition that calls an unknown function is refused",
    aws=[INVALID, "1"],
    because="the same",
)
def unknown_function(engine: Engine) -> object:
    return tried(engine, "attribute_missing(n) OR n > :one", {":one": {"N": "1"}})


@row(
    "write.unused-value",
    "A value that no expression uses is refused",
    aws=[INVALID, "1"],
    because="parameters are built by code: one too many shows at once",
)
def unused_value(engine: Engine) -> object:
    return tried(engine, "attribute_exists(n)", {":unused": {"N": "1"}})


@row(
    "write.overlap",
    "An update that sets a path twice is refused",
    aws=INVALID,
    because="`update_if_same` names each attribute once",
)
def overlap(engine: Engine) -> object:
    text = engine.fresh()
    put(engine, text)
    values = {":a": {"S": "a"}, ":b": {"S": "b"}}
    return outcome(lambda: update(engine, text, "SET a = :a, a = :b", v=values))


@row(
    "write.reserved-word",
    "An attribute named like a reserved word is refused unless it goes by a placeholder",
    aws=[INVALID, "done"],
    because="`owner`, `count`, `status`, `row` and others go by placeholders",
)
def reserved_word(engine: Engine) -> object:
    text, value = engine.fresh(), {":one": {"N": "1"}}
    return [
        outcome(lambda: update(engine, text, "ADD count :one", v=value)),
        outcome(lambda: update(engine, text, "ADD #c :one", v=value, n={"#c": "count"})),
    ]


@row(
    "write.keys",
    "An empty key, and a change of a key, are refused",
    aws=[INVALID, INVALID],
    because="ids are never empty and never change",
)
def keys(engine: Engine) -> object:
    change = {":a": {"S": "a"}}
    return [
        outcome(lambda: put(engine, "")),
        outcome(lambda: update(engine, engine.fresh(), f"SET {HASH} = :a", v=change)),
    ]


@row(
    "number.digits",
    "A number of 38 digits is kept and one of 39 refused",
    aws=["done", str(DIGITS_38), INVALID],
    because="amounts are integers far below; a bug that makes a larger one is stopped",
)
def digits(engine: Engine) -> object:
    text = engine.fresh()
    said = outcome(lambda: put(engine, text, n={"N": str(DIGITS_38)}))
    kept = (stored(engine, text) or {})["n"]["N"]
    return [said, kept, outcome(lambda: put(engine, text, n={"N": str(BIG * 100 + 1)}))]


@row(
    "number.addition",
    "Additions of integers as large as ours will ever be are exact",
    aws=str(10**18 + 1 + 2**63),
    because="the caps of rules are drawn by `ADD used :amount`",
)
def addition(engine: Engine) -> object:
    return added(engine, 10**18, 1, 2**63)


@row(
    "number.long-addition",
    "Additions are exact to 38 digits",
    aws=str(BIG + 1 + 2**63),
    because="sums of a day of any currency stay below 28 digits, where every engine is exact",
)
def long_addition(engine: Engine) -> object:
    return added(engine, BIG, 1, 2**63)


def added(engine: Engine, *amounts: int) -> str:
    """The sum that the engine makes of them."""
    text = engine.fresh()
    for amount in amounts:
        update(engine, text, "ADD n :n", v={":n": {"N": str(amount)}})
    return str((stored(engine, text) or {})["n"]["N"])


def due(engine: Engine, shard: str, **more: Any) -> list[str]:
    """Keys under a shard of the index."""
    answer = engine.client("dynamodb").query(
        TableName=table(engine),
        IndexName=INDEX,
        KeyConditionExpression="due_shard = :shard AND due_at <= :now",
        ExpressionAttributeValues={":shard": {"S": shard}, ":now": {"N": "100"}},
        **more,
    )
    return [item[HASH]["S"] for item in answer["Items"]]


@row(
    "index.sparse",
    "A row enters a sparse index with its attributes, in their order, and leaves it without them",
    aws=[["late", "later"], ["later"]],
    because="the due-index: what is not at rest, the longest due first",
)
def sparse(engine: Engine) -> object:
    shard, names = engine.fresh("shard"), {}
    for name, at in {"later": "9", "late": "2", "not yet": "101"}.items():
        names[text := engine.fresh()] = name
        put(engine, text, due_shard={"S": shard}, due_at={"N": at})
    put(engine, engine.fresh(), due_shard={"S": shard})
    first = engine.eventually(lambda: due(engine, shard), lambda found: len(found) == 2)
    update(engine, first[0], "REMOVE due_shard, due_at")
    after = engine.eventually(lambda: due(engine, shard), lambda found: len(found) == 1)
    return [[names[text] for text in found] for found in (first, after)]


@row(
    "index.consistent",
    "A consistent read of an index is refused",
    aws=INVALID,
    because="an index may lag: rows found by one are read again before anything is decided",
)
def consistent(engine: Engine) -> object:
    return outcome(lambda: due(engine, "x", ConsistentRead=True))


@row(
    "query.pages",
    "A query goes on where its last page ended, in the order of the sort key, either way round",
    aws=[["a", "b", "c", "d", "e"], ["e", "d", "c", "b", "a"], ["b", "c", "d"]],
    because="every list, and the audit's scan",
)
def pages(engine: Engine) -> object:
    name, client = engine.fresh("book"), engine.client("dynamodb")
    for entry in "debca":
        item = {"book": {"S": name}, "entry": {"S": entry}}
        client.put_item(TableName=book(engine), Item=item)

    def read(**more: Any) -> list[str]:
        found: list[str] = []
        start: dict[str, Any] = {}
        condition = "book = :book" + more.pop("and_", "")
        values = {":book": {"S": name}} | more.pop("v", {})
        while True:
            answer = client.query(
                TableName=book(engine),
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                Limit=2,
                ConsistentRead=True,
                **more,
                **start,
            )
            found += [item["entry"]["S"] for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                return found
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    between = {":first": {"S": "b"}, ":last": {"S": "d"}}
    return [
        read(),
        read(ScanIndexForward=False),
        read(and_=" AND entry BETWEEN :first AND :last", v=between),
    ]


@row(
    "query.reversed",
    "A query between a bound and a lower one is refused",
    aws=INVALID,
    because="files of a day lie between two texts made of it, the first the lower one",
)
def reversed_bounds(engine: Engine) -> object:
    values = {":book": {"S": "x"}, ":first": {"S": "b"}, ":last": {"S": "a"}}
    return outcome(
        lambda: engine.client("dynamodb").query(
            TableName=book(engine),
            KeyConditionExpression="book = :book AND entry BETWEEN :first AND :last",
            ExpressionAttributeValues=values,
        )
    )


@row(
    "read.batch",
    "A batch gives what was asked of the rows that exist, and takes a hundred keys, each once",
    aws=[[{"n": "1"}, {"n": "2"}], "done", INVALID, INVALID],
    because="`Table.get_many` cuts its keys to hundreds, each named once",
)
def batch_get(engine: Engine) -> object:
    texts = [engine.fresh() for _ in range(3)]
    for place, text in enumerate(texts[:2], start=1):
        put(engine, text, n={"N": str(place)}, status={"S": "x"})

    def get(found: list[str], **more: Any) -> Any:
        wanted = {"Keys": [key(text) for text in found], "ConsistentRead": True, **more}
        answer = engine.client("dynamodb").batch_get_item(RequestItems={table(engine): wanted})
        return answer["Responses"][table(engine)]

    rows = get(texts, ProjectionExpression="#n", ExpressionAttributeNames={"#n": "n"})
    shown = [{name: next(iter(kept.values())) for name, kept in one.items()} for one in rows]
    return [
        sorted(shown, key=lambda one: str(one["n"])),
        outcome(lambda: get([engine.fresh() for _ in range(100)])),
        outcome(lambda: get([engine.fresh() for _ in range(101)])),
        outcome(lambda: get([texts[0], texts[0]])),
    ]
