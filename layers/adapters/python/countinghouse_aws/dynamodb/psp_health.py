"""Table `psp_health`: a row a PSP, its breaker. A PSP whose breaker never opened has none."""

from __future__ import annotations

from collections.abc import Iterable

from botocore.exceptions import ClientError

from countinghouse.domain.breaker import Breaker, BreakerState
from countinghouse.domain.errors import Conflict
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import Plain, present, to_attribute, to_item
from countinghouse_aws.dynamodb.failures import CONDITION_FAILED, code_of, translated
from countinghouse_aws.dynamodb.table import Table

KEYS = ("psp",)
(_KEY,) = KEYS


@dataclass(frozen=True, slots=True)
class DynamoBreakerBook:
    """The breakers in DynamoDB."""

    table: Table

    def get_many(self, psps: Iterable[str]) -> dict[str, Breaker]:
        """Those of the breakers that are stored. Raises Unavailable."""
        rows = self.table.get_many({_KEY: psp} for psp in psps)
        return {row[_KEY]: _decode(row) for row in rows}

    def save(self, breaker: Breaker) -> None:
        """Store the next version of a breaker. Raises Conflict when another was first."""
        try:
            with translated():
                self.table.client.put_item(
                    TableName=self.table.name,
                    Item=to_item(_encode(breaker)),
                    ConditionExpression="attribute_not_exists(#key) OR #version < :version",
                    ExpressionAttributeNames={"#key": _KEY, "#version": "version"},
                    ExpressionAttributeValues={":version": to_attribute(breaker.version)},
                )
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            raise Conflict(f"the breaker of {breaker.psp} was changed by another") from error


def _encode(breaker: Breaker) -> Plain:
    return present(
        psp=breaker.psp,
        state=str(breaker.state),
        since=breaker.since,
        until=breaker.until or None,
        last_error=breaker.last_error,
        version=breaker.version,
    )


def _decode(row: Plain) -> Breaker:
    return Breaker(
        psp=row[_KEY],
        state=BreakerState(row["state"]),
        since=row["since"],
        until=row.get("until", 0),
        last_error=row.get("last_error"),
        version=row["version"],
    )
