"""Table `billing`: the month closes, and every seller's statements and document numbers.

platform   closes                        every close, oldest first
seller:s1  series                        how many numbers are given out
seller:s1  2026-11#                      that the month is billed
seller:s1  2026-11#EUR#statement         its digest and closing balances
seller:s1  2026-11#EUR#invoice           its number and amounts; a credit note likewise
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.close import Closes, Month, MonthClose
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.invoice import Bill, Drawn, Issued, PaperKind
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.codec import Plain, to_attribute
from countinghouse_aws.dynamodb.failures import (
    TRANSACTION_CANCELLED,
    cancellation_codes,
    code_of,
    translated,
)
from countinghouse_aws.dynamodb.table import Table

KEYS = ("owner", "document")
PLATFORM = "platform"
CLOSES = "closes"
SERIES = "series"
BILL = "bill"
STATEMENT = "statement"
_PAPERS = frozenset(map(str, PaperKind))
TRANSACTION_MAX = 100
"""DynamoDB's bound on the items of one transaction."""


@dataclass(frozen=True, slots=True)
class DynamoCloseBook:
    """The closes in DynamoDB: one row, a dozen entries a year."""

    table: Table

    def closes(self) -> Closes:
        """Every close."""
        row = self.table.get(owner=PLATFORM, document=CLOSES)
        return _decode_closes(row) if row else Closes()

    def record(self, old: Closes, new: Closes) -> None:
        """Keep one close more. Raises Conflict when there are others than `old` by now."""
        if old.months:
            self.table.replace(_encode_closes(old), _encode_closes(new))
        elif self.table.add(_encode_closes(new)) is not None:
            raise Conflict("other months were closed")


def _encode_closes(closes: Closes) -> Plain:
    return {
        "owner": PLATFORM,
        "document": CLOSES,
        "version": len(closes.months),
        "closes": [{"month": c.month, "closed_at": c.closed_at} for c in closes],
    }


def _decode_closes(row: Plain) -> Closes:
    return Closes(tuple(MonthClose(one["month"], one["closed_at"]) for one in row["closes"]))


@dataclass(frozen=True, slots=True)
class DynamoBillRegister:
    """The sellers' bills in DynamoDB; rows are only ever put, but for the series' count."""

    table: Table

    def bill(self, seller_id: str, month: Month) -> Bill | None:
        """What is registered for a seller and month, or None before it was billed."""
        rows = list(
            self.table.pages(
                "query",
                KeyConditionExpression="#owner = :owner AND begins_with(document, :month)",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={
                    ":owner": to_attribute(_owner(seller_id)),
                    ":month": to_attribute(_billed(month)),
                },
                ConsistentRead=True,
            )
        )
        if not rows:
            return None
        return Bill(
            tuple(_decode_drawn(row) for row in rows if row["kind"] == STATEMENT),
            tuple(_decode_issued(row) for row in rows if row["kind"] in _PAPERS),
        )

    def billed(self, seller_ids: Iterable[str], month: Month) -> frozenset[str]:
        """Those of the sellers that were billed for the month."""
        keys = ({"owner": _owner(one), "document": _billed(month)} for one in seller_ids)
        rows = self.table.get_many(keys)
        return frozenset(row["owner"].partition(":")[2] for row in rows)

    def taken(self, seller_id: str) -> int:
        """How many numbers of the seller's series are given out."""
        row = self.table.get(owner=_owner(seller_id), document=SERIES)
        return int(row["count"]) if row else 0

    def register(self, seller_id: str, month: Month, taken: int, bill: Bill) -> None:
        """Keep a bill and move the series on from `taken` by its documents: all or nothing.

        Raises Conflict when the month is billed already or the series has moved.
        """
        rows: list[Plain] = [{"document": _billed(month), "kind": BILL, "month": month}]
        rows += [_encode_drawn(one) for one in bill.drawn]
        rows += [_encode_issued(one) for one in bill.papers]
        items: Any = [self._put({"owner": _owner(seller_id), **row}) for row in rows]
        if bill.papers:
            items.append(self._move_series(seller_id, taken, taken + len(bill.papers)))
        if len(items) > TRANSACTION_MAX:
            raise Invalid(f"a bill of {len(items)} rows does not fit one transaction")
        try:
            with translated():
                self.table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if code_of(error) != TRANSACTION_CANCELLED:
                raise
            cancellation_codes(error, len(items))
            raise Conflict("somebody else billed this seller") from error

    def _put(self, row: Plain) -> dict[str, Any]:
        put = self.table.put_if_absent(row)
        del put["ReturnValuesOnConditionCheckFailure"]
        return {"Put": put}

    def _move_series(self, seller_id: str, taken: int, now: int) -> dict[str, Any]:
        row = {"owner": _owner(seller_id), "document": SERIES, "count": now}
        put = self._put(row)["Put"]
        if taken:
            put["ConditionExpression"] = "#count = :taken"
            put["ExpressionAttributeNames"] = {"#count": "count"}
            put["ExpressionAttributeValues"] = {":taken": to_attribute(taken)}
        return {"Put": put}


def _owner(seller_id: str) -> str:
    return f"seller:{seller_id}"


def _billed(month: Month) -> str:
    return f"{month}#"


def _encode_drawn(drawn: Drawn) -> Plain:
    return {
        "document": f"{drawn.month}#{drawn.currency}#{STATEMENT}",
        "kind": STATEMENT,
        "month": drawn.month,
        "currency": drawn.currency,
        "closing": dict(drawn.closing),
        "digest": drawn.digest,
    }


def _decode_drawn(row: Plain) -> Drawn:
    closing = MappingProxyType(row["closing"])
    return Drawn(row["currency"], row["month"], closing, row["digest"])


def _encode_issued(issued: Issued) -> Plain:
    return {
        "document": f"{issued.month}#{issued.currency}#{issued.kind}",
        "kind": str(issued.kind),
        "month": issued.month,
        "currency": issued.currency,
        "number": issued.number,
        "fee": issued.fee_minor,
        "tax": issued.tax_minor,
        "issued_at": issued.issued_at,
        "issuer": issued.issuer,
    }


def _decode_issued(row: Plain) -> Issued:
    return Issued(
        number=row["number"],
        kind=PaperKind(row["kind"]),
        currency=row["currency"],
        month=row["month"],
        fee_minor=row["fee"],
        tax_minor=row["tax"],
        issued_at=row["issued_at"],
        issuer=row["issuer"],
    )
