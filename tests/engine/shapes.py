"""The shapes of our calls to DynamoDB: what stays of one without its names, values and counts.

A call of the contract suite becomes a shape: the operation, the table's keys, and its expressions
with attribute names in place of placeholders. `update_if_same` names whatever changed: of its list
only stays that there is one, and whether something is removed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("shapes.json")
EXPRESSIONS = (
    "ConditionExpression",
    "UpdateExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "FilterExpression",
)
CHANGED = "SET changed = :v0, also_changed = :v1"
REMOVED = " REMOVE gone"
_CHANGED = re.compile(r"#n(\d+)\b")
_NAME = re.compile(r"#[\w:]+")


@dataclass(frozen=True, order=True)
class Shape:
    """One way in which we call DynamoDB; `within` a transaction, or alone."""

    operation: str
    keys: tuple[str, ...]
    within: str = ""
    index: str = ""
    expressions: tuple[tuple[str, str], ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    """The type of each value, by its placeholder."""
    more: tuple[tuple[str, str], ...] = ()
    """What else the call says that is no name and no value."""

    def __str__(self) -> str:
        said = "; ".join(text for _, text in self.expressions)
        return f"{self.within}{self.operation}({', '.join(self.keys)}{self.index}) {said}".strip()


def shapes_of(
    operation: str, call: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]]
) -> Iterator[Shape]:
    """The shapes of a call, `keys` being each table's; none for what makes or removes tables."""
    if operation == "TransactWriteItems":
        for item in call["TransactItems"]:
            ((inner, parameters),) = item.items()
            yield _shape(inner, parameters, keys, within="TransactWriteItems/")
    elif operation == "BatchGetItem":
        for name, parameters in call["RequestItems"].items():
            yield _shape(operation, {"TableName": name, **parameters}, keys)
    elif operation in {"PutItem", "UpdateItem", "GetItem", "Query", "Scan"}:
        yield _shape(operation, call, keys)


def _shape(
    operation: str,
    call: Mapping[str, Any],
    keys: Mapping[str, tuple[str, ...]],
    within: str = "",
) -> Shape:
    names = call.get("ExpressionAttributeNames", {})
    found = {name: _resolved(call[name], names) for name in EXPRESSIONS if name in call}
    values = {
        name: next(iter(value))
        for name, value in call.get("ExpressionAttributeValues", {}).items()
        if not re.fullmatch(r":v\d+", name)
    }
    if any(CHANGED in text for text in found.values()):
        values |= {":v0": "ANY", ":v1": "ANY"}
    kept = ("ConsistentRead", "ReturnValues", "ReturnValuesOnConditionCheckFailure")
    more = {name: str(call[name]) for name in (*kept, "ScanIndexForward") if name in call}
    return Shape(
        operation,
        tuple(keys[call["TableName"]]),
        within,
        f" by {call['IndexName']}" if "IndexName" in call else "",
        tuple(sorted(found.items())),
        tuple(sorted(values.items())),
        tuple(sorted(more.items())),
    )


def _resolved(expression: str, names: Mapping[str, str]) -> str:
    """The expression with its attributes' own names."""
    if _CHANGED.search(expression):
        return CHANGED + (REMOVED if "REMOVE " in expression else "")
    return _NAME.sub(lambda found: _stable(names[found.group()]), expression)


def _stable(name: str) -> str:
    """An attribute's name; of one that is an id, only that it is one."""
    return "an_id" if name.startswith("fnd_") else name


def written(found: set[Shape]) -> str:
    """The shapes as they are committed."""
    return json.dumps([asdict(one) for one in sorted(found)], indent=1) + "\n"


def committed() -> tuple[Shape, ...]:
    """The shapes that are committed, which a test derives anew."""

    def pairs(found: list[list[str]]) -> tuple[tuple[str, str], ...]:
        return tuple((name, text) for name, text in found)

    return tuple(
        Shape(
            one["operation"],
            tuple(one["keys"]),
            one["within"],
            one["index"],
            pairs(one["expressions"]),
            pairs(one["values"]),
            pairs(one["more"]),
        )
        for one in json.loads(FILE.read_text(encoding="utf-8"))
    )
