"""Table `reconciliation`: its breaks, and what rules have drawn on their caps.

A break, its journals, the wallets they move and the draw are one transaction. The draw reads
nothing first: it is an addition on condition that what was there leaves room for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from countinghouse.domain.break_rules import CapDraw, CapKey, CapReached, CapUse
from countinghouse.domain.breaks import Break
from countinghouse.domain.errors import Conflict, Invalid
from countinghouse.domain.posting import Posting
from countinghouse.ports.breaks import BreakChange, BreakPage, BreakQuery
from countinghouse.records import dataclass
from countinghouse_aws.dynamodb.break_rows import (
    BREAK,
    BREAK_PREFIX,
    break_key,
    cap_key,
    decode_break,
    decode_cap,
    encode_break,
)
from countinghouse_aws.dynamodb.codec import Plain, from_item, to_attribute, to_item
from countinghouse_aws.dynamodb.failures import (
    TRANSACTION_CANCELLED,
    cancellation_codes,
    code_of,
    translated,
)
from countinghouse_aws.dynamodb.ledger import DynamoLedger
from countinghouse_aws.dynamodb.postings import why_cancelled
from countinghouse_aws.dynamodb.table import BATCH_GET_MAX, Table

BY_RUN = "by_run"
OPEN = "open"
CURSOR_DIGITS_MAX = 16
_CONDITION = "ConditionalCheckFailed"
_NOTHING = "None"
_NOTHING_POSTED = Posting((), ())


@dataclass(frozen=True, slots=True)
class DynamoBreakBook:
    """The breaks in DynamoDB; `ledger` is for the transactions that book their journals."""

    table: Table
    ledger: Callable[[], DynamoLedger]

    def get(self, break_id: str) -> Break | None:
        """The break, or None."""
        row = self.table.get(**break_key(break_id)) if _is_break(break_id) else None
        return decode_break(row) if row else None

    def get_many(self, break_ids: Iterable[str]) -> dict[str, Break]:
        """Those of the breaks that exist."""
        rows = self.table.get_many(break_key(one) for one in break_ids if _is_break(one))
        return {row["subject"]: decode_break(row) for row in rows}

    def commit(self, change: BreakChange) -> None:
        """Commit a change of a break with everything that belongs to it.

        Raises CapReached when the draw is more than the cap has left, Conflict when the break, a
        wallet or a journal was written by another.
        """
        if change.posting is None and change.draw is None:
            self._write(change)
            return
        posting = change.posting or _NOTHING_POSTED
        items = self.ledger().items(posting) if change.posting else []
        items.append(self._break_item(change))
        if change.draw is not None:
            items.append({"Update": self._draw(change.draw)})
        try:
            with translated():
                self.table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if change.draw is not None and _only_the_last_failed(error, len(items)):
                raise CapReached(f"the cap of {change.draw.key} has too little left") from error
            raise why_cancelled(error, posting, len(items)) from error

    def _write(self, change: BreakChange) -> None:
        if change.old is not None:
            self.table.replace(encode_break(change.old), encode_break(change.new))
        elif self.table.add(encode_break(change.new)) is not None:
            raise Conflict(f"break {change.new.break_id} is there")

    def _break_item(self, change: BreakChange) -> dict[str, Any]:
        if change.old is not None:
            old, new = encode_break(change.old), encode_break(change.new)
            return {"Update": self.table.update_if_same(old, new)}
        put = self.table.put_if_absent(encode_break(change.new))
        del put["ReturnValuesOnConditionCheckFailure"]
        return {"Put": put}

    def _draw(self, draw: CapDraw) -> dict[str, Any]:
        room = draw.cap_minor - draw.amount_minor
        if room < 0:
            raise CapReached(f"{draw.amount_minor} is more than the whole cap of {draw.key}")
        return {
            "TableName": self.table.name,
            "Key": to_item(cap_key(draw.key)),
            "UpdateExpression": "ADD used :amount, #count :one",
            "ConditionExpression": "attribute_not_exists(used) OR used <= :room",
            "ExpressionAttributeNames": {"#count": "count"},
            "ExpressionAttributeValues": {
                ":amount": to_attribute(draw.amount_minor),
                ":one": to_attribute(1),
                ":room": to_attribute(room),
            },
        }

    def find(self, query: BreakQuery) -> BreakPage:
        """A page of breaks (found through an index: may lag). Raises Invalid for its cursor."""
        name, value = _partition(query)
        index = OPEN if query.run_id is None else BY_RUN
        start = _start(name, value, query.cursor)
        following: Any = {"ExclusiveStartKey": to_item(start)} if start else {}
        with translated():
            answer = self.table.client.query(
                TableName=self.table.name,
                IndexName=index,
                KeyConditionExpression=f"{name} = :value",
                ExpressionAttributeValues={":value": to_attribute(value)},
                Limit=query.limit + 1,
                **following,
            )
        keys = [from_item(item) for item in answer["Items"]]
        shown = keys[: query.limit]
        more = len(keys) > query.limit
        breaks = tuple(self._in_order(shown, of_open=query.run_id is None))
        return BreakPage(breaks, _cursor(shown[-1]) if more else None)

    def open_breaks(self, psp: str) -> Iterator[Break]:
        """Every break of a PSP that is not settled, oldest first (an index: may lag)."""
        keys: list[Plain] = []
        for key in self.table.pages(
            "query",
            IndexName=OPEN,
            KeyConditionExpression="open_psp = :psp",
            ExpressionAttributeValues={":psp": to_attribute(psp)},
        ):
            keys.append(key)
            if len(keys) == BATCH_GET_MAX:
                yield from self._in_order(keys, of_open=True)
                keys = []
        yield from self._in_order(keys, of_open=True)

    def _in_order(self, keys: list[Plain], *, of_open: bool) -> Iterator[Break]:
        """The breaks of these index keys; of the open ones, those that are so still."""
        rows = self.get_many(key["subject"] for key in keys) if keys else {}
        found = (rows[key["subject"]] for key in keys if key["subject"] in rows)
        return (brk for brk in found if not (of_open and brk.is_settled))


@dataclass(frozen=True, slots=True)
class DynamoCapBook:
    """What rules have settled, in DynamoDB."""

    table: Table

    def used(self, keys: Iterable[CapKey]) -> list[CapUse]:
        """What was drawn on each of these caps; one that nothing was drawn on is left out."""
        rows = self.table.get_many(cap_key(key) for key in keys)
        return sorted(map(decode_cap, rows), key=lambda use: (use.key.rule_id, use.key.currency))


def _is_break(break_id: str) -> bool:
    return break_id.startswith(BREAK_PREFIX)


def _only_the_last_failed(error: ClientError, expected: int) -> bool:
    """Whether the draw's condition failed and nothing else did: else another was first."""
    if code_of(error) != TRANSACTION_CANCELLED:
        return False
    *others, last = cancellation_codes(error, expected)
    return last == _CONDITION and set(others) <= {_NOTHING}


def _partition(query: BreakQuery) -> tuple[str, str]:
    if query.run_id is not None:
        return "run_id", query.run_id
    if query.open_psp is not None:
        return "open_psp", query.open_psp
    raise Invalid("breaks are listed by run or by PSP", field="run_id")


def _cursor(key: Plain) -> str:
    return f"{key['opened_at']}~{key['subject']}"


def _start(name: str, value: str, cursor: str | None) -> Plain | None:
    """The index key a cursor stands for. Raises Invalid when it is none of ours."""
    if cursor is None:
        return None
    opened_at, _, break_id = cursor.partition("~")
    digits = opened_at.isascii() and opened_at.isdecimal()
    if not digits or len(opened_at) > CURSOR_DIGITS_MAX or not _is_break(break_id):
        raise Invalid("that is not a cursor of this list", field="cursor")
    return {name: value, "opened_at": int(opened_at), "subject": break_id, "row": BREAK}
