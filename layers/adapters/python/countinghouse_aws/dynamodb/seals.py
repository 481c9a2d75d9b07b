"""Table `account_balance`, rows `seal#2026-11-22`, and `seals`, which names them all in order."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.errors import Conflict
from countinghouse.domain.seal import Seal, parse_seal
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import Plain, to_attribute, to_item
from countinghouse_aws.dynamodb.failures import TRANSACTION_CANCELLED, code_of, translated
from countinghouse_aws.dynamodb.table import Table

SEAL_PREFIX = "seal#"
HEAD = "seals"


@dataclass(frozen=True, slots=True)
class DynamoSealBook:
    """The seals in DynamoDB, each put once. The head row names every day, a dozen bytes each."""

    table: Table

    def seals(self) -> tuple[Seal, ...]:
        """Every seal, oldest first."""
        head = self.table.get(snapshot=HEAD)
        days: list[str] = head["days"] if head else []
        rows = self.table.get_many({"snapshot": _key(day)} for day in days)
        found = {row["snapshot"]: row for row in rows}
        return tuple(parse_seal(found[_key(day)]) for day in days if _key(day) in found)

    def add(self, seal: Seal) -> None:
        """Put a seal behind the last one. Raises Conflict when it does not follow from that."""
        put = self.table.put_if_absent(_encode(seal))
        del put["ReturnValuesOnConditionCheckFailure"]
        items: Any = [{"Put": put}, {"Update": self._move_head(seal)}]
        try:
            with translated():
                self.table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if code_of(error) != TRANSACTION_CANCELLED:
                raise
            raise Conflict(f"the seal of {seal.day} does not follow from the last one") from error

    def _move_head(self, seal: Seal) -> dict[str, Any]:
        return {
            "TableName": self.table.name,
            "Key": to_item({"snapshot": HEAD}),
            "UpdateExpression": (
                "SET #days = list_append(if_not_exists(#days, :none), :day), #hash = :hash"
            ),
            "ConditionExpression": (
                "#hash = :previous" if seal.previous else "attribute_not_exists(#hash)"
            ),
            "ExpressionAttributeNames": {"#days": "days", "#hash": "hash"},
            "ExpressionAttributeValues": {
                ":none": to_attribute([]),
                ":day": to_attribute([seal.day]),
                ":hash": to_attribute(seal.hash),
                **({":previous": to_attribute(seal.previous)} if seal.previous else {}),
            },
        }


def _key(day: str) -> str:
    return f"{SEAL_PREFIX}{day}"


def _encode(seal: Seal) -> Plain:
    return {"snapshot": _key(seal.day), **seal.view(), "hash": seal.hash}
