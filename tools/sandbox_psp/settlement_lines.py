"""A settlement file's lines: what they say of charges and movements, the batch's rows, the CSV.

A line has ``batch, settlement_date, line, type, psp_reference, merchant_reference, session, method,
captured_at, currency, gross, fee, net, modification_reference, booked_at``, amounts in minor units
and net = gross - fee. Its type is ``charge``, or for money that moved after the capture ``refund``,
``refund_reversal``, ``chargeback`` or ``chargeback_reversal``: then gross is negative where the
merchant loses, modification_reference is the refund's or the dispute's, and all the rest but
booked_at is the charge's.

Rows of the batch follow the lines, with no reference, session or method, and booked at the end of
the settlement day: ``fee`` (gross 0, what it costs in fee), ``reserve_held`` (negative),
``reserve_released`` (positive), ``adjustment`` (either), and last a ``payout`` row for each
currency, negative: what was sent to the merchant's bank, so that all nets of a currency come to 0.
A currency whose nets come to 0 by themselves has no payout row. Rows that say the same are booked a
millisecond apart, for nothing else tells them from one row that stands twice.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.movements import Movement
from tools.sandbox_psp.times import rfc3339

COLUMNS: Final = (
    "batch", "settlement_date", "line", "type", "psp_reference", "merchant_reference", "session",
    "method", "captured_at", "currency", "gross", "fee", "net",
    "modification_reference", "booked_at",
)  # fmt: skip
UNREADABLE: Final = "n/a"
PAYOUT: Final = "payout"
_FEE_PER_MILLE: Final = 14
_FEE_FIXED: Final = 25


@dataclass(frozen=True)
class Line:
    """One line or row, in minor units. A repeated one is written and not paid again.

    An unreadable one is paid, though its gross cannot be read from the file.
    """

    currency: str
    gross: int
    fee: int
    booked_at: str
    kind: str = "charge"
    psp_reference: str = ""
    merchant_reference: str = ""
    session: str = ""
    method: str = ""
    captured_at: str = ""
    modification_reference: str = ""
    repeated: bool = False
    unreadable: bool = False

    @property
    def net(self) -> int:
        """What the merchant gets by it."""
        return self.gross - self.fee


def fee_of(gross: int) -> int:
    """1.4 per cent rounded half up, plus 25 minor units."""
    return (gross * _FEE_PER_MILLE + 500) // 1_000 + _FEE_FIXED


def end_of(day: date) -> datetime:
    """The first instant that is no longer of the day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)


def closing(day: date) -> str:
    """When a day's batch is booked: its last microsecond."""
    return rfc3339(end_of(day) - timedelta(microseconds=1))


def charge_line(charge: Charge) -> Line:
    """The line of a capture."""
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


def moved_line(charge: Charge, movement: Movement) -> Line:
    """The line of money that moved after the charge's capture."""
    return replace(
        charge_line(charge),
        gross=movement.gross,
        fee=movement.fee,
        booked_at=rfc3339(movement.moved_at),
        kind=movement.kind,
        modification_reference=movement.reference,
    )


def unknown_charge(desk: Desk, day: date) -> Line:
    """The line of a charge that never was."""
    number, noon = desk.book.next_number("extra"), f"{day.isoformat()}T12:00:00.000000Z"
    return Line(
        psp_reference=desk.token("charge", -number),
        merchant_reference=desk.book.token("unknown-", number),
        session=desk.token("session", -number),
        method="credit_card",
        captured_at=noon,
        currency="EUR",
        gross=1_000 + number,
        fee=fee_of(1_000 + number),
        booked_at=noon,
    )


def batch_row(kind: str, currency: str, amount: int, day: date) -> Line:
    """A row of the batch itself; its net is the amount."""
    gross, fee = (0, -amount) if kind == "fee" else (amount, 0)
    return Line(kind=kind, currency=currency, gross=gross, fee=fee, booked_at=closing(day))


def told_apart(rows: Iterable[Line], day: date) -> list[Line]:
    """The rows of a batch, each unlike the others."""
    found: list[Line] = []
    times: Counter[Line] = Counter()
    for row in rows:
        earlier = timedelta(microseconds=1, milliseconds=times[row])
        found.append(replace(row, booked_at=rfc3339(end_of(day) - earlier)))
        times[row] += 1
    return found


def payout_rows(lines: Iterable[Line], day: date) -> list[Line]:
    """What is sent to the merchant's bank for these lines, a row a currency."""
    owed: dict[str, int] = {}
    for line in lines:
        if not line.repeated:
            owed[line.currency] = owed.get(line.currency, 0) + line.net
    return [batch_row(PAYOUT, name, -net, day) for name, net in sorted(owed.items()) if net]


def as_csv(lines: Sequence[Line], batch: int, day: date) -> bytes:
    """The file's bytes."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, line in enumerate(lines, start=1):
        gross = UNREADABLE if line.unreadable else line.gross
        writer.writerow((
            batch, day.isoformat(), number, line.kind, line.psp_reference, line.merchant_reference,
            line.session, line.method, line.captured_at, line.currency, gross, line.fee, line.net,
            line.modification_reference, line.booked_at,
        ))  # fmt: skip
    return out.getvalue().encode()
