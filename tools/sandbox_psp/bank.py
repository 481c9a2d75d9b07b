"""The merchant's bank: an account that the PSP pays into, and out of which it pays sellers.

An entry is written with the change it tells of and never changed. A day's statement is its entries
in the order they were made, so once the day is over it stays as it is, unless a batch of that day
is closed later still: then lines are added at its end.
"""

import csv
import io
from datetime import UTC, date, datetime
from typing import Final, Literal, TypeAlias

from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.wire import JsonValue

Type: TypeAlias = Literal["settlement", "seller_payout", "payout_return"]

COLUMNS: Final = ("account", "value_date", "line", "type", "reference", "currency", "amount")


def enter(
    desk: Desk, kind: Type, reference: str, currency: str, amount: int, on: date | datetime
) -> None:
    """Book money in minor units on the account: positive came in, negative went out.

    ``reference`` is a batch's number, or the merchant's own id of a payout.
    """
    day = on.astimezone(UTC).date() if isinstance(on, datetime) else on
    desk.book.put("bank_entries", {
        "value_date": day.isoformat(), "type": kind, "reference": reference,
        "currency": currency, "amount": amount,
    })  # fmt: skip


def statement(desk: Desk, day: date) -> bytes:
    """A day's statement as CSV; of a day on which nothing happened it is the header alone."""
    found = desk.book.rows(
        "SELECT * FROM bank_entries WHERE value_date = ? ORDER BY number", day.isoformat()
    )
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line, row in enumerate(found, start=1):
        writer.writerow((desk.face.name, row["value_date"], line, row["type"], row["reference"],
                         row["currency"], row["amount"]))  # fmt: skip
    return out.getvalue().encode()


def listed(desk: Desk, day: date | None = None) -> list[JsonValue]:
    """The days that have a statement with lines in it, oldest first, or the one asked for."""
    found = desk.book.rows(
        "SELECT value_date AS date, count(*) AS lines FROM bank_entries"
        " WHERE value_date = ifnull(?, value_date) GROUP BY value_date ORDER BY value_date",
        day.isoformat() if day else None,
    )
    url = f"{desk.config.public_url}/v1/bank/statements/"
    return [{**dict(row), "url": url + row["date"]} for row in found]


def entries(desk: Desk) -> list[JsonValue]:
    """Everything that ever moved on the account, oldest first: the ground truth."""
    found = desk.book.rows(
        "SELECT value_date, type, reference, currency, amount FROM bank_entries ORDER BY number"
    )
    return [dict(row) for row in found]
