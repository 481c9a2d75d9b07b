"""One DynamoDB table: consistent reads and conditional writes, nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from countinghouse.domain.errors import Conflict, Unavailable
from countinghouse.records import dataclass
from countinghouse_aws.due_keys import due_shards, looked_beyond
from countinghouse_aws.dynamodb.codec import Plain, from_item, to_attribute, to_item
from countinghouse_aws.dynamodb.failures import CONDITION_FAILED, code_of, translated

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

BATCH_GET_MAX = 100
_BATCH_GET_TRIES = 5


@dataclass(frozen=True, slots=True)
class Table:
    """A table by name, through one client. `keys` are its key attributes."""

    client: DynamoDBClient
    name: str
    keys: tuple[str, ...]

    def get(self, **key: str) -> Plain | None:
        """The row, read consistently, or None."""
        with translated():
            answer = self.client.get_item(
                TableName=self.name, Key=to_item(key), ConsistentRead=True
            )
        item = answer.get("Item")
        return from_item(item) if item else None

    def get_many(
        self,
        keys: Iterable[Mapping[str, str]],
        only: tuple[str, ...] = (),
        *,
        may_lag: bool = False,
    ) -> list[Plain]:
        """Those of the rows that exist, read consistently, in no order; of each `only` these.

        At half the price what was written a moment ago `may_lag`: a row be missing, or as it was.
        Raises Unavailable when DynamoDB keeps leaving some unread.
        """
        unique = {tuple(sorted(key.items())): to_item(key) for key in keys}
        wanted = list(unique.values())
        rows: list[Plain] = []
        for start in range(0, len(wanted), BATCH_GET_MAX):
            keyed = {"Keys": wanted[start : start + BATCH_GET_MAX], "ConsistentRead": not may_lag}
            rows += self._batch(keyed, only)
        return rows

    def _batch(self, keyed: dict[str, Any], only: tuple[str, ...]) -> list[Plain]:
        rows: list[Plain] = []
        request: Any = {self.name: keyed}
        if only:
            # By names, since some attributes are called like words of DynamoDB's.
            names = {f"#{name}": name for name in only}
            request[self.name] |= {
                "ProjectionExpression": ", ".join(names),
                "ExpressionAttributeNames": names,
            }
        for _ in range(_BATCH_GET_TRIES):
            with translated():
                answer = self.client.batch_get_item(RequestItems=request)
            rows += [from_item(item) for item in answer["Responses"].get(self.name, [])]
            request = answer.get("UnprocessedKeys")
            if not request:
                return rows
        raise Unavailable(f"{self.name} left rows unread")

    def add(self, row: Plain) -> Plain | None:
        """Create the row; or return the one that is there, at no extra read."""
        try:
            with translated():
                self.client.put_item(**self.put_if_absent(row))
        except ClientError as error:
            return self.stood_in_the_way(error)
        return None

    def put_if_absent(self, row: Plain) -> dict[str, Any]:
        """The parameters of a put that succeeds only for a new key."""
        return {
            "TableName": self.name,
            "Item": to_item(row),
            "ConditionExpression": "attribute_not_exists(#key)",
            "ExpressionAttributeNames": {"#key": self.keys[0]},
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def replace(self, old: Plain, new: Plain) -> None:
        """Write what differs, if the stored row still has `old`'s version. Raises Conflict."""
        try:
            with translated():
                self.client.update_item(**self.update_if_same(old, new))
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            raise Conflict(f"a row of {self.name} moved on") from error

    def update_if_same(self, old: Plain, new: Plain) -> dict[str, Any]:
        """The parameters of an update of what differs, on condition of `old`'s version.

        Only changed attributes are named, so that ones a newer release added survive an older one.
        """
        names = {"#version": "version"}
        values: dict[str, Any] = {":version": to_attribute(old["version"])}
        sets, removes = [], []
        for place, name in enumerate(sorted({*old, *new} - set(self.keys))):
            before, after = old.get(name), new.get(name)
            if before == after:
                continue
            names[f"#n{place}"] = name
            if after is None:
                removes.append(f"#n{place}")
            else:
                values[f":v{place}"] = to_attribute(after)
                sets.append(f"#n{place} = :v{place}")
        expression = f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else "")
        return {
            "TableName": self.name,
            "Key": to_item({key: old[key] for key in self.keys}),
            "UpdateExpression": expression,
            "ConditionExpression": "#version = :version",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        }

    def stood_in_the_way(self, error: ClientError) -> Plain:
        """The row that made a put's condition fail; any other error is raised again.

        Raises Conflict when the answer does not carry the row: read again.
        """
        if code_of(error) != CONDITION_FAILED:
            raise error
        item = error.response.get("Item")
        if not item:
            raise Conflict(f"a row of {self.name} was there and is not shown") from error
        return from_item(item)  # type: ignore[arg-type]

    def pages(self, operation: str, **parameters: object) -> Iterator[Plain]:
        """Every row of a query or scan, page by page."""
        start: dict[str, Any] = {}
        while True:
            with translated():
                call = getattr(self.client, operation)
                answer = call(TableName=self.name, **parameters, **start)
            for item in answer["Items"]:
                yield from_item(item)
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def due_attributes(
    row_id: str, due_at: int | None, shards: int | None = None, *, is_found: bool = True
) -> Plain:
    """The attributes that put a row on its table's due-index, or none when nothing is due.

    `shards` are the index's keys, without it those of a busy table. Without its shard a row is not
    on the index: `is_found` is whether it should be.
    """
    if due_at is None:
        return {}
    if not is_found:
        return {"due_at": due_at}
    shard = hashlib.sha256(row_id.encode()).digest()[0] % (shards or due_shards())
    return {"due_shard": str(shard), "due_at": due_at}


@dataclass(frozen=True, slots=True)
class DynamoDueIndex:
    """One table's due-index: sparse, so it holds only rows that are not at rest.

    `shards` as for `due_attributes`.
    """

    table: Table
    shards: int | None = None

    def due(self, now: int, limit: int) -> dict[str, int]:
        """Since when rows are due by `now`, by partition key, the longest of each shard first."""
        keys = self.due_keys(now, limit)
        return {str(key[self.table.keys[0]]): int(key["due_at"]) for key in keys}

    def due_keys(self, now: int, limit: int) -> list[Plain]:
        """Whole keys of rows due by `now`, the longest due of each shard first.

        About `limit`: as many of each shard.
        """
        found: list[Plain] = []
        shards = self.shards or due_shards()
        beyond = () if self.shards else looked_beyond(shards, now)
        for shard in (*range(shards), *beyond):
            with translated():
                answer = self.table.client.query(
                    TableName=self.table.name,
                    IndexName="due",
                    KeyConditionExpression="due_shard = :shard AND due_at <= :now",
                    ExpressionAttributeValues=to_item({":shard": str(shard), ":now": now}),
                    Limit=-(-limit // shards),
                )
            found += [from_item(item) for item in answer["Items"]]
        return found
