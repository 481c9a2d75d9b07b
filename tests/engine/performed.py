"""A shape carried out on an engine with generated values, and all that can be seen of it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from botocore.exceptions import ClientError

from tests.engine.engines import Engine
from tests.engine.generated import FUNCTIONS, Item, Read, Write, index_of
from tests.engine.shapes import Shape
from tests.engine.things import schema

Seen = dict[str, Any]
BUGS = (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError)
COMPANION = "companion"
PAGES_MAX = 9
"""A page holds two rows of at most six."""
_NAMED = re.compile(r"(?<![:\w])[a-z_]\w*")


def perform_write(engine: Engine, shape: Shape, case: Write) -> Seen:
    """Put what is there before, write, and look."""
    client, name = engine.client("dynamodb"), table_of(engine, shape)
    companion = {key: {"S": COMPANION} for key in shape.keys}
    looked_at = {"after": case.key} | ({COMPANION: companion} if shape.within else {})
    for key in looked_at.values():
        client.delete_item(TableName=name, Key=key)
    if case.before is not None:
        client.put_item(TableName=name, Item={**case.before, **case.key})
    call: Any = {"TableName": name, **_expressions(shape, case.values), **_more(shape)}
    call |= {"Item": {**case.put, **case.key}} if "Put" in shape.operation else {"Key": case.key}
    if shape.within:
        also = {"Put": {"TableName": name, "Item": companion}}
        items = [{shape.operation: call}, also]
        seen = _seen(lambda: client.transact_write_items(TransactItems=items))
    else:
        operation = {"PutItem": client.put_item, "UpdateItem": client.update_item}[shape.operation]
        seen = _seen(lambda: operation(**call))
    for what, key in looked_at.items():
        found = client.get_item(TableName=name, Key=key, ConsistentRead=True).get("Item")
        seen[what] = _plain(found)
    return seen


def perform_read(engine: Engine, shape: Shape, case: Read) -> Seen:
    """Put the rows, read, page by page where there are pages."""
    client, name = engine.client("dynamodb"), table_of(engine, shape)
    for row in case.rows:
        client.put_item(TableName=name, Item=row)
    try:
        return _read(client, name, shape, case)
    finally:
        for row in case.rows:
            client.delete_item(TableName=name, Key={key: row[key] for key in shape.keys})


def _read(client: Any, name: str, shape: Shape, case: Read) -> Seen:
    call = {**_expressions(shape, case.values), **_more(shape)}
    if shape.operation == "GetItem":
        seen = _seen(lambda: client.get_item(TableName=name, Key=case.asked[0], **call))
        return {"said": seen["said"], "rows": [seen.get("Item")]}
    if shape.operation == "BatchGetItem":
        wanted = {name: {"Keys": case.asked, **call}}
        seen = _seen(lambda: client.batch_get_item(RequestItems=wanted))
        return {"said": seen["said"], "rows": sorted(seen["Responses"][name], key=str)}
    operation = {"Query": client.query, "Scan": client.scan}[shape.operation]
    rows: list[Any] = []
    start: dict[str, Any] = {}
    for _ in range(PAGES_MAX):
        seen = _seen(lambda start=start: operation(TableName=name, Limit=2, **call, **start))
        rows += seen.get("Items", [])
        if "LastEvaluatedKey" not in seen:
            # A scan's order is nobody's business.
            return {"said": seen["said"], "rows": sorted(rows, key=str) if _scan(shape) else rows}
        start = {"ExclusiveStartKey": _wire(seen["LastEvaluatedKey"])}
    return {"said": "it never ends", "rows": rows}


def _scan(shape: Shape) -> bool:
    return shape.operation == "Scan"


def table_of(engine: Engine, shape: Shape) -> str:
    """The engine's table with these keys and this index; made once."""
    index, pair = index_of(shape)
    return engine.once(f"{shape.keys} {index}", lambda: _make(engine, shape.keys, index, pair))


def _make(engine: Engine, keys: tuple[str, ...], index: str, pair: tuple[str, ...]) -> str:
    name = engine.fresh("table")
    kinds = dict.fromkeys(keys, "S")
    more: dict[str, Any] = {}
    if index:
        kinds |= dict(zip(pair, "SN", strict=True))
        kept = {"ProjectionType": "KEYS_ONLY"}
        made = {"IndexName": index, "KeySchema": schema(*pair), "Projection": kept}
        more = {"GlobalSecondaryIndexes": [made]}
    engine.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schema(*keys),
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": kind} for attribute, kind in kinds.items()
        ],
        **more,
    )
    return name


def _expressions(shape: Shape, values: Item) -> dict[str, Any]:
    """The shape's expressions, each attribute by a placeholder as most of ours are."""
    names: dict[str, str] = {}

    def placeholder(found: re.Match[str]) -> str:
        if found.group() in FUNCTIONS:
            return found.group()
        names[f"#{found.group()}"] = found.group()
        return f"#{found.group()}"

    call: dict[str, Any] = {name: _NAMED.sub(placeholder, text) for name, text in shape.expressions}
    if shape.index:
        call["IndexName"] = index_of(shape)[0]
    if names:
        call["ExpressionAttributeNames"] = names
    if values:
        call["ExpressionAttributeValues"] = values
    return call


def _more(shape: Shape) -> dict[str, Any]:
    spelled: dict[str, Any] = {"True": True, "False": False}
    return {name: spelled.get(text, text) for name, text in shape.more}


def _seen(call: Any) -> Seen:
    """What a call answers, or how it fails, in plain values."""
    try:
        answer = call()
    except ClientError as error:
        said: Any = error.response
        reasons = [one.get("Code") for one in said.get("CancellationReasons", [])]
        return {"said": said["Error"]["Code"], "reasons": reasons, "Item": _plain(said.get("Item"))}
    except BUGS as error:
        return {"said": f"breaks: {type(error).__name__}"}
    found = ("Attributes", "Item", "Items", "Responses", "LastEvaluatedKey")
    return {"said": "done"} | {name: _plain(answer[name]) for name in found if answer.get(name)}


def _plain(found: Any) -> Any:
    """The same with numbers as numbers: engines may write one in several ways."""
    if isinstance(found, dict):
        if found.keys() == {"N"}:
            return {"N": Decimal(found["N"])}
        return {name: _plain(part) for name, part in sorted(found.items())}
    return [_plain(part) for part in found] if isinstance(found, list) else found


def _wire(found: Any) -> Any:
    """A key as it is sent back."""
    return {
        name: {kind: str(value) for kind, value in part.items()} for name, part in found.items()
    }
