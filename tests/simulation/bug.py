"""A planted bug: what it is, where it does harm, and which invariant must catch it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
class Histories:
    """Where a bug is looked for: a flow, fault-free and with this fault at each of its calls.

    With `at` only at the calls of these functions.
    """

    flow: str
    mode: Mode
    at: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.flow}, {self.mode}"


@dataclass(frozen=True, slots=True)
class Examples:
    """Where a bug of pure code is looked for: its examples, and what each of them breaks.

    `play` yields each example's name with its problems, which begin with an invariant: `I9: ...`.
    """

    name: str
    play: Callable[[], Iterator[tuple[str, list[str]]]]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Bug:
    """A planted bug: the code it is planted in, where it does harm, and the invariant it breaks."""

    name: str
    says: str
    plant: Planting
    planted_in: str
    ground: Histories | Examples
    breaks: str


@dataclass(frozen=True, slots=True)
class Caught:
    """The first history or example in which a bug broke its invariant.

    `plan` is what `tests.simulation.replay` takes, or an example's name. `tried` counts the
    histories or examples up to it, `seconds` the processor's time for them.
    """

    bug: Bug
    plan: str
    problem: str
    tried: int
    seconds: float


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
