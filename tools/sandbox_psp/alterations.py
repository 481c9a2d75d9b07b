"""What each discrepancy makes of the right line, of a stranger's, of the batch or of a payout."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from tools.sandbox_psp.dispute_lifecycle import FEE as CHARGEBACK_FEE
from tools.sandbox_psp.settlement_lines import Line

AMOUNT_ERROR: Final = 100
SPLIT_ERROR: Final = 50
_FEE_ERROR: Final = 10


@dataclass(frozen=True)
class Loan:
    """What an alteration may need: references that nobody else has, a time, and whose turn it is.

    ``turn`` counts the alterations of the same kind from 0.
    """

    charge: str
    refund: str
    dispute: str
    booked_at: str
    turn: int


Alteration: TypeAlias = Callable[[Line, Loan], list[Line]]


def shifted(line: Line, by: int) -> Line:
    """The line with another gross, and the fee it had."""
    return replace(line, gross=line.gross + by)


def _gross(by: int) -> Alteration:
    return lambda line, _: [shifted(line, by)]


def _fee(by: int) -> Alteration:
    return lambda line, _: [replace(line, fee=line.fee + by)]


def _elsewhere(line: Line, _: Loan) -> list[Line]:
    return [replace(line, currency="USD" if line.currency != "USD" else "EUR")]


def _second(line: Line, loan: Loan) -> list[Line]:
    return [line, replace(line, psp_reference=loan.charge)]


def refunded(line: Line, loan: Loan) -> Line:
    """A refund of all that the line tells of."""
    return replace(line, kind="refund", gross=-line.gross, fee=0, booked_at=loan.booked_at,
                   modification_reference=loan.refund)  # fmt: skip


def charged_back(line: Line, loan: Loan) -> Line:
    """A chargeback of all that the line tells of, with the fee that every chargeback has."""
    return replace(line, kind="chargeback", gross=-line.gross, fee=CHARGEBACK_FEE,
                   booked_at=loan.booked_at,
                   modification_reference=loan.dispute)  # fmt: skip


# What the file has in place of a capture's right line.
OF_A_CAPTURE: Final[dict[str, Alteration]] = {
    "missing": lambda line, _: [],
    "timing": lambda line, _: [],
    "amount": _gross(AMOUNT_ERROR),
    "under": _gross(-AMOUNT_ERROR),
    "rounding": lambda line, loan: [shifted(line, -1 if loan.turn % 2 else 1)],
    "duplicate": lambda line, _: [line, replace(line, repeated=True)],
    "fee": _fee(_FEE_ERROR),
    "fee_small": _fee(1),
    "currency": _elsewhere,
    "second_capture": _second,
    "bad_line": lambda line, _: [replace(line, unreadable=True)],
    "refund_unknown": lambda line, loan: [line, refunded(line, loan)],
}

# What the file has of a charge that never was.
OF_A_STRANGER: Final[dict[str, Alteration]] = {
    "extra": lambda line, _: [line],
    "orphan_refund": lambda line, loan: [refunded(line, loan)],
}

# The row that the batch has: its type, and its amount in minor units.
OF_THE_BATCH: Final = {"reserve": ("reserve_held", -500), "unknown_type": ("mystery", 100)}

# What comes to the bank of a payout of so much.
OF_A_PAYOUT: Final[dict[str, Callable[[int], int]]] = {
    "bank_missing": lambda sent: 0,
    "bank_short": lambda sent: sent - 100,
}


def off_by(right: Line, lines: Sequence[Line]) -> int:
    """How far lines are off the right one, in its currency: by gross, or else by fee."""
    told = [line for line in lines if line.currency == right.currency and not line.unreadable]
    gross = sum(line.gross for line in told) - right.gross
    return gross or sum(line.fee for line in told) - right.fee
