"""Settlement: a day's money closed into a file and paid to the bank, discrepancies on demand.

A capture or movement is in one file only; what is planted as missing is in none, unless it heals.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date
from typing import Final

from tools.sandbox_psp import bank, movements
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.face import SETTLEMENT_CLOSED, Batch
from tools.sandbox_psp.fields import AMOUNT_MAX, Fields
from tools.sandbox_psp.injections import wishes
from tools.sandbox_psp.outbox import Event, emit
from tools.sandbox_psp.planting import Planting
from tools.sandbox_psp.settlement_lines import (
    Line,
    batch_row,
    end_of,
    moved_line,
    payout_rows,
    told_apart,
)
from tools.sandbox_psp.wire import JsonValue, Refused

_ROWS: Final = ("fee", "reserve_held", "reserve_released", "adjustment")


def settle(desk: Desk, body: Fields) -> dict[str, JsonValue]:
    """Close everything captured or moved up to the end of the day into one file, and pay it.

    Raises:
        Refused: 422, a bad date, row or kind, or more discrepancies than can be planted.
    """
    day = body.day() or desk.now().astimezone(UTC).date()
    planting = Planting(desk, day, wishes(body))
    charges = desk.book.charges_unsettled(end_of(day))
    lines = planting.lines(charges, _moved(desk, day))
    rows = told_apart([*_asked_rows(body, day), *planting.rows(lines)], day)
    batch = desk.book.next_number("batch")
    payouts = payout_rows([*lines, *rows], day)
    file = desk.face.settlement(desk, Batch(batch, day, [*lines, *rows, *payouts]))
    for payout, amount in zip(payouts, planting.arriving(payouts), strict=True):
        reference = file.bank_references.get(payout.currency, str(batch))
        if amount:
            bank.enter(desk, "settlement", reference, payout.currency, amount, day)
    name = file.name
    _mark(desk, [one for one in charges if one.psp_reference not in planting.waiting], day, name)
    desk.book.put("settlements", {
        "name": name, "date": day.isoformat(), "batch": batch, "lines": len(lines),
        "created_at": desk.now(), "body": file.body,
    })  # fmt: skip
    emit(desk, Event(SETTLEMENT_CLOSED, name, "", desk.now(), {"date": day.isoformat()}))
    return {
        "file": name,
        "date": day.isoformat(),
        "batch": batch,
        "lines": len(lines),
        "url": desk.face.settlement_url(desk, name),
        "planted": [dict(vars(item)) for item in planting.planted()],
    }


def _moved(desk: Desk, day: date) -> list[Line]:
    found = movements.unsettled(desk.book, end_of(day))
    return [moved_line(desk.charge(movement.psp_reference), movement) for movement in found]


def _asked_rows(body: Fields, day: date) -> list[Line]:
    """Rows that the call wants in the batch, each with what it adds to the payout."""
    return [
        batch_row(
            item.choice("type", _ROWS),
            item.currency(),
            item.integer("amount", -AMOUNT_MAX, AMOUNT_MAX),
            day,
        )
        for item in body.objects("rows")
    ]


def _mark(desk: Desk, charges: Iterable[Charge], day: date, name: str) -> None:
    """Note which file everything is in, so that it is in no other."""
    for charge in charges:
        desk.book.save_charge(replace(charge, settled_in=name))
    movements.settle(desk.book, end_of(day), name)


def listed(desk: Desk, day: date | None = None) -> list[JsonValue]:
    """The files published so far, oldest first, or those of one day."""
    found = desk.book.rows(
        "SELECT name, date, batch, lines, created_at FROM settlements"
        " WHERE date = ifnull(?, date) ORDER BY batch",
        day.isoformat() if day else None,
    )
    return [{**dict(row), "url": desk.face.settlement_url(desk, row["name"])} for row in found]


def content(desk: Desk, name: str) -> bytes:
    """One file's bytes.

    Raises:
        Refused: 404, there is no such file.
    """
    found = desk.book.rows("SELECT body FROM settlements WHERE name = ?", name)
    if not found:
        raise Refused(404, "not_found", "no such settlement file")
    return bytes(found[0]["body"])
