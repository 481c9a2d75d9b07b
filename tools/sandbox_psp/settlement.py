"""Settlement: a day's money closed into a CSV file, with known discrepancies planted on demand.

A line has ``batch, settlement_date, line, type, psp_reference, merchant_reference, session, method,
captured_at, currency, gross, fee, net, modification_reference, booked_at``, amounts in minor units
and net = gross - fee. Its type is ``charge``, or for money that moved after the capture ``refund``,
``refund_reversal``, ``chargeback`` or ``chargeback_reversal``: then gross is negative where the
merchant loses, modification_reference is the refund's or the dispute's, and all the rest but
booked_at is the charge's. A capture or movement is in one file only; a charge planted as missing is
in none, and discrepancies are planted on captures alone.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from tools.sandbox_psp import movements
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.fields import Fields, invalid
from tools.sandbox_psp.movements import Movement
from tools.sandbox_psp.times import rfc3339
from tools.sandbox_psp.wire import JsonValue, Refused

COLUMNS: Final = (
    "batch", "settlement_date", "line", "type", "psp_reference", "merchant_reference", "session",
    "method", "captured_at", "currency", "gross", "fee", "net",
    "modification_reference", "booked_at",
)  # fmt: skip
_FEE_PER_MILLE: Final = 14
_FEE_FIXED: Final = 25
_GROSS_ERROR: Final = 100
_FEE_ERROR: Final = 10


@dataclass(frozen=True)
class Line:
    """What the file says of one capture or movement, in minor units."""

    psp_reference: str
    merchant_reference: str
    session: str
    method: str
    captured_at: str
    currency: str
    gross: int
    fee: int
    booked_at: str
    kind: str = "charge"
    modification_reference: str = ""


@dataclass(frozen=True)
class Planted:
    """A discrepancy put into the file on purpose."""

    kind: str
    psp_reference: str


def fee_of(gross: int) -> int:
    """1.4 per cent rounded half up, plus 25 minor units."""
    return (gross * _FEE_PER_MILLE + 500) // 1_000 + _FEE_FIXED


def _line(charge: Charge) -> Line:
    captured_at = rfc3339(charge.captured_at or charge.updated_at)
    return Line(
        psp_reference=charge.psp_reference,
        merchant_reference=charge.order_id,
        session=charge.session,
        method=charge.method,
        captured_at=captured_at,
        currency=charge.currency,
        gross=charge.captured,
        fee=fee_of(charge.captured),
        booked_at=captured_at,
    )


def _moved_line(charge: Charge, movement: Movement) -> Line:
    return replace(
        _line(charge),
        gross=movement.gross,
        fee=movement.fee,
        booked_at=rfc3339(movement.moved_at),
        kind=movement.kind,
        modification_reference=movement.reference,
    )


# What each discrepancy makes of the right line.
_ON_A_LINE: Final[dict[str, Callable[[Line], list[Line]]]] = {
    "missing": lambda line: [],
    "amount": lambda line: [replace(line, gross=line.gross + _GROSS_ERROR)],
    "duplicate": lambda line: [line, line],
    "fee": lambda line: [replace(line, fee=line.fee + _FEE_ERROR)],
    "currency": lambda line: [replace(line, currency="USD" if line.currency != "USD" else "EUR")],
}
KINDS: Final = ("extra", *_ON_A_LINE)


def settle(desk: Desk, body: Fields) -> dict[str, JsonValue]:
    """Close everything captured or moved up to the end of the day into one file.

    Raises:
        Refused: 422, a bad date or kind, or more discrepancies than charges to plant them on.
    """
    day = _day(desk, body)
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    asked = [(item.choice("kind", KINDS), _count(item)) for item in body.objects("inject")]
    charges = desk.book.charges_unsettled(end)
    batch = desk.book.next_number("batch")
    lines, planted = _lines(desk, charges, movements.unsettled(desk.book, end), asked, day)
    name = f"settlement-{day.isoformat()}-{batch:04d}.csv"
    for charge in charges:
        desk.book.save_charge(replace(charge, settled_in=name))
    movements.settle(desk.book, end, name)
    desk.book.put("settlements", {
        "name": name, "date": day.isoformat(), "batch": batch, "lines": len(lines),
        "created_at": desk.now(), "body": _csv(lines, batch, day),
    })  # fmt: skip
    return {
        "file": name,
        "date": day.isoformat(),
        "batch": batch,
        "lines": len(lines),
        "url": f"{desk.config.public_url}/v1/settlements/{name}",
        "planted": [dict(vars(item)) for item in planted],
    }


def _count(item: Fields) -> int:
    return item.integer("count", 1, 1_000) if item.has("count") else 1


def _day(desk: Desk, body: Fields) -> date:
    text = body.optional_text("date", 10)
    if text is None:
        return desk.now().astimezone(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid("date must be a day such as 2026-11-22") from None


def _lines(
    desk: Desk,
    charges: Sequence[Charge],
    moved: Sequence[Movement],
    asked: Sequence[tuple[str, int]],
    day: date,
) -> tuple[list[Line], list[Planted]]:
    """The file's lines; each charge bears one discrepancy at most, so each can be told apart."""
    wanted = [kind for kind, count in asked if kind != "extra" for _ in range(count)]
    if len(wanted) > len(charges):
        raise invalid(f"{len(wanted)} discrepancies asked for, {len(charges)} charges to settle")
    planted = [
        Planted(kind, charge.psp_reference) for kind, charge in zip(wanted, charges, strict=False)
    ]
    lines: list[Line] = []
    for place, charge in enumerate(charges):
        right = _line(charge)
        lines += _ON_A_LINE[wanted[place]](right) if place < len(wanted) else [right]
    lines += [_moved_line(desk.charge(movement.psp_reference), movement) for movement in moved]
    for line in _extra(desk, sum(count for kind, count in asked if kind == "extra"), day):
        lines.append(line)
        planted.append(Planted("extra", line.psp_reference))
    return lines, planted


def _extra(desk: Desk, count: int, day: date) -> Iterator[Line]:
    """Lines for charges that never were."""
    for _ in range(count):
        number, noon = desk.book.next_number("extra"), f"{day.isoformat()}T12:00:00.000000Z"
        yield Line(
            psp_reference=desk.book.token("ch_", -number),
            merchant_reference=desk.book.token("unknown-", number),
            session=desk.book.token("tok_", -number),
            method="credit_card",
            captured_at=noon,
            currency="EUR",
            gross=1_000 + number,
            fee=fee_of(1_000 + number),
            booked_at=noon,
        )


def _csv(lines: Sequence[Line], batch: int, day: date) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, line in enumerate(lines, start=1):
        writer.writerow((
            batch, day.isoformat(), number, line.kind, line.psp_reference, line.merchant_reference,
            line.session, line.method, line.captured_at, line.currency, line.gross, line.fee,
            line.gross - line.fee, line.modification_reference, line.booked_at,
        ))  # fmt: skip
    return out.getvalue().encode()


def listed(desk: Desk) -> list[JsonValue]:
    """The files published so far, oldest first."""
    found = desk.book.rows(
        "SELECT name, date, batch, lines, created_at FROM settlements ORDER BY batch"
    )
    url = f"{desk.config.public_url}/v1/settlements/"
    return [{**dict(row), "url": url + row["name"]} for row in found]


def content(desk: Desk, name: str) -> bytes:
    """One file's bytes.

    Raises:
        Refused: 404, there is no such file.
    """
    found = desk.book.rows("SELECT body FROM settlements WHERE name = ?", name)
    if not found:
        raise Refused(404, "not_found", "no such settlement file")
    return bytes(found[0]["body"])
