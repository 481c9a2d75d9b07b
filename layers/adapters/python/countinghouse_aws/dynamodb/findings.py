"""Table `account_balance`, rows `finding#fnd_...`: what audits found, and who answered for it."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.finding import Finding
from countinghouse.ports.audit import FindingPage
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import Plain, from_item, present, to_item
from countinghouse_aws.dynamodb.failures import (
    TRANSACTION_CANCELLED,
    cancellation_codes,
    code_of,
    translated,
)
from countinghouse_aws.dynamodb.stops import lift_stops, set_stops
from countinghouse_aws.dynamodb.table import Table

FINDING_PREFIX = "finding#"
INDEX = "by_found"
KIND = "finding"
"""What every finding has in its attribute `kind`, and no other row: the index holds findings."""

RACES_MAX = 8
_CONDITION = "ConditionalCheckFailed"
_DIGITS_MAX = 16


@dataclass(frozen=True, slots=True)
class DynamoFindingBook:
    """The findings in DynamoDB, each in one transaction with the stops that follow from it."""

    table: Table

    def report(self, finding: Finding) -> bool:
        """Record a finding and stop its currencies' payouts, once; False when it was known.

        Raises Conflict when others kept writing the same stops.
        """
        if self.table.get(snapshot=_key(finding.finding_id)) is not None:
            return False
        put = self.table.put_if_absent(encode_finding(finding))
        del put["ReturnValuesOnConditionCheckFailure"]
        items = [{"Put": put}, *set_stops(self.table, finding)]
        for _ in range(RACES_MAX):
            codes = self._commit(items)
            if codes is None:
                return True
            if codes[0] == _CONDITION:
                return False
        raise Conflict("others kept writing the same stops")

    def get(self, finding_id: str) -> Finding | None:
        """The finding, or None."""
        row = self.table.get(snapshot=_key(finding_id))
        return decode_finding(row) if row else None

    def acknowledge(self, old: Finding, new: Finding) -> None:
        """Record who answers for it, and lift its stops. Raises Conflict when somebody has."""
        answer = {
            ":by": new.acknowledged_by,
            ":at": new.acknowledged_at,
            ":reason": new.reason,
        }
        update = {
            "TableName": self.table.name,
            "Key": to_item({"snapshot": _key(old.finding_id)}),
            "UpdateExpression": (
                "SET acknowledged_by = :by, acknowledged_at = :at, reason = :reason"
            ),
            "ConditionExpression": (
                "attribute_exists(found_at) AND attribute_not_exists(acknowledged_by)"
            ),
            "ExpressionAttributeValues": to_item(answer),
        }
        if self._commit([{"Update": update}, *lift_stops(self.table, old)]) is not None:
            raise Conflict(f"finding {old.finding_id} has moved")

    def _commit(self, items: Any) -> list[str] | None:
        """Commit a transaction; why each item failed when it was cancelled, else None."""
        try:
            with translated():
                self.table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if code_of(error) != TRANSACTION_CANCELLED:
                raise
            return cancellation_codes(error, len(items))
        return None

    def find(self, cursor: str | None, limit: int) -> FindingPage:
        """A page of them, newest first (found through an index: may lag).

        Raises Invalid for a cursor that is none.
        """
        following: Any = {"ExclusiveStartKey": to_item(_start(cursor))} if cursor else {}
        with translated():
            answer = self.table.client.query(
                TableName=self.table.name,
                IndexName=INDEX,
                KeyConditionExpression="#kind = :kind",
                ExpressionAttributeNames={"#kind": "kind"},
                ExpressionAttributeValues=to_item({":kind": KIND}),
                ScanIndexForward=False,
                Limit=limit,
                **following,
            )
        keys = [from_item(item)["snapshot"] for item in answer["Items"]]
        rows = {row["snapshot"]: row for row in self.table.get_many({"snapshot": k} for k in keys)}
        found = tuple(decode_finding(rows[key]) for key in keys if key in rows)
        last = answer.get("LastEvaluatedKey")
        return FindingPage(found, _cursor(from_item(last)) if last else None)


def _key(finding_id: str) -> str:
    return f"{FINDING_PREFIX}{finding_id}"


def _cursor(key: Plain) -> str:
    return f"{key['found_at']}~{key['snapshot'].removeprefix(FINDING_PREFIX)}"


def _start(cursor: str) -> Plain:
    """The index key a cursor stands for. Raises Invalid when it is none of ours."""
    found_at, _, finding_id = cursor.partition("~")
    if not found_at.isdecimal() or len(found_at) > _DIGITS_MAX or not finding_id:
        raise Invalid("that is not a cursor of this list", field="cursor")
    return {"kind": KIND, "found_at": int(found_at), "snapshot": _key(finding_id)}


def encode_finding(finding: Finding) -> Plain:
    """A finding as its row."""
    return present(
        snapshot=_key(finding.finding_id),
        kind=KIND,
        subject=finding.subject,
        code=finding.code,
        detail=finding.detail,
        found_at=finding.found_at,
        currencies=list(finding.currencies),
        announced=finding.announced or None,
        acknowledged_by=finding.acknowledged_by,
        acknowledged_at=finding.acknowledged_at,
        reason=finding.reason,
    )


def decode_finding(row: Plain) -> Finding:
    """A finding from its row."""
    return Finding(
        subject=row["subject"],
        code=row["code"],
        detail=row["detail"],
        found_at=row["found_at"],
        currencies=tuple(row["currencies"]),
        announced=row.get("announced", False),
        acknowledged_by=row.get("acknowledged_by"),
        acknowledged_at=row.get("acknowledged_at"),
        reason=row.get("reason"),
    )
