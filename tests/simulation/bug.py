"""A planted bug: what it is, where it does harm, and which invariant must catch it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from countinghouse_aws.dynamodb.codec import Plain
from countinghouse_aws.dynamodb.ledger import DynamoLedger
from countinghouse_aws.dynamodb.table import Table
from tests.simulation.faults import Mode

Planting = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class Bug:
    """A planted bug, a flow and a fault with which it does harm, and the invariant it breaks."""

    name: str
    says: str
    plant: Planting
    flow: str
    mode: Mode
    breaks: str


def blind_journal() -> AbstractContextManager[Any]:
    """A journal is put whether or not it is there."""
    put_journal = DynamoLedger._put_journal

    def unconditional(self: DynamoLedger, linked: Any) -> dict[str, Any]:
        put = put_journal(self, linked)
        del put["Put"]["ConditionExpression"], put["Put"]["ExpressionAttributeNames"]
        return put

    return patch.object(DynamoLedger, "_put_journal", unconditional)


def blind_update() -> AbstractContextManager[Any]:
    """A row is updated whatever became of it."""
    update_if_same = Table.update_if_same

    def unconditional(self: Table, old: Plain, new: Plain) -> dict[str, Any]:
        update = update_if_same(self, old, new)
        update["ConditionExpression"] = "#version >= :version"
        return update

    return patch.object(Table, "update_if_same", unconditional)
