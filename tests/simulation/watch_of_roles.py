"""No function asks of a table what its role does not grant.

On AWS such a call is refused. Where a function can go on without the answer nothing else tells.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from infra.grants import GRANTS, TABLE_ENV

_NAMES = {variable.removeprefix("TABLE_").lower(): name for name, variable in TABLE_ENV.items()}
"""The tables' logical names, by their names here."""
_DEEDS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "Get": "GetItem"}


def beyond_role(function: str, operation: str, body: bytes) -> Iterator[str]:
    """What of a call to DynamoDB the function's role does not grant; nothing of who has no role."""
    granted = GRANTS.get(function)
    if granted is None:
        return
    for action, table in _asked(operation, json.loads(body)):
        if f"dynamodb:{action}" not in granted.get(table, ()):
            yield f"{function} may not dynamodb:{action} of {table}"


def _asked(operation: str, asked: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The actions that IAM asks for: of a transaction, those of its rows."""
    if operation.startswith("Transact"):
        for entry in asked["TransactItems"]:
            for deed, about in entry.items():
                yield _DEEDS.get(deed, "ConditionCheckItem"), _NAMES[about["TableName"]]
    elif operation.startswith("Batch"):
        for table in asked["RequestItems"]:
            yield operation, _NAMES[table]
    else:
        index = f"/{asked['IndexName']}" if "IndexName" in asked else ""
        yield operation, _NAMES[asked["TableName"]] + index
