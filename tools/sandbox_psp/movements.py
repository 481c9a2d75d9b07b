"""Money that moved on a captured charge after its capture, each to be settled in one file.

Amounts are seen from the merchant: what it gets is positive, what it loses negative.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from tools.sandbox_psp.book import Book
from tools.sandbox_psp.times import instant

Kind: TypeAlias = Literal["refund", "refund_reversal", "chargeback", "chargeback_reversal"]


@dataclass(frozen=True)
class Movement:
    """One movement, by the reference of the refund or dispute, and by the charge's."""

    kind: Kind
    reference: str
    psp_reference: str
    gross: int
    fee: int
    moved_at: datetime


def record(book: Book, movement: Movement) -> None:
    """Write a movement, inside the transaction of the change that made it."""
    book.put("movements", vars(movement))


def unsettled(book: Book, before: datetime) -> list[Movement]:
    """Movements in no settlement file yet, made before the instant, oldest first."""
    found = book.rows(
        "SELECT * FROM movements WHERE moved_at < ? AND settled_in IS NULL ORDER BY number", before
    )
    return [_movement(row) for row in found]


def of(book: Book, psp_reference: str) -> list[Movement]:
    """What has moved on a charge, oldest first."""
    found = book.rows(
        "SELECT * FROM movements WHERE psp_reference = ? ORDER BY number", psp_reference
    )
    return [_movement(row) for row in found]


def _movement(row: sqlite3.Row) -> Movement:
    return Movement(
        kind=row["kind"],
        reference=row["reference"],
        psp_reference=row["psp_reference"],
        gross=row["gross"],
        fee=row["fee"],
        moved_at=instant(row["moved_at"]),
    )


def settle(book: Book, before: datetime, name: str) -> None:
    """Mark what ``unsettled`` answers as being in this file."""
    book.run(
        "UPDATE movements SET settled_in = ? WHERE moved_at < ? AND settled_in IS NULL",
        name, before,
    )  # fmt: skip


def refunded(book: Book, before: datetime) -> list[str]:
    """Charges that have refunds and no chargeback standing at an instant, the oldest first."""
    found = book.rows(
        "SELECT psp_reference FROM movements JOIN charges USING (psp_reference) WHERE moved_at < ?"
        " GROUP BY psp_reference"
        " HAVING sum(iif(kind IN ('refund', 'refund_reversal'), gross, 0)) < 0"
        " AND sum(iif(kind IN ('refund', 'refund_reversal'), 0, gross)) = 0"
        " ORDER BY charges.number",
        before,
    )
    return [str(row["psp_reference"]) for row in found]
