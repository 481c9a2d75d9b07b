"""Which charges of a file bear a discrepancy: each one at most, ever, and the oldest first."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from tools.sandbox_psp import movements
from tools.sandbox_psp.alterations import AMOUNT_ERROR, SPLIT_ERROR
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.disputes import DISPUTES
from tools.sandbox_psp.fields import invalid
from tools.sandbox_psp.refunds import REFUNDS
from tools.sandbox_psp.wire import Refused

_UNTOUCHED: Final = ("refund_unknown", "double_return")
# What is left of the amount must be money still.
_MORE_THAN: Final = {"under": AMOUNT_ERROR, "rounding": 1}


def choosiness(kind: str) -> int:
    """Kinds that not every charge can bear choose before the others: lower is earlier."""
    order: tuple[str, ...] = ("split", "double_return", "refund_unknown", "under", "rounding")
    return order.index(kind) if kind in order else len(order)


class Bearers:
    """The captures of one file that may still bear something."""

    def __init__(self, desk: Desk, charges: Sequence[Charge]) -> None:
        self._desk = desk
        self._marked = {row[0] for row in desk.book.rows("SELECT psp_reference FROM injections")}
        self._free = {
            charge.psp_reference: charge
            for charge in charges
            if _is_right(charge) and charge.psp_reference not in self._marked
        }

    def one(self, kind: str) -> Charge:
        """A charge for this kind.

        Raises:
            Refused: 422, there is none left.
        """
        fits = self._fits(kind)
        return self._take(kind, next((c for c in self._free.values() if fits(c)), None))

    def two(self, kind: str) -> tuple[Charge, Charge]:
        """Charges of two orders of one checkout; the second one has money to spare.

        Raises:
            Refused: 422, there is no such pair left.
        """
        first: dict[str, Charge] = {}
        for charge in self._free.values():
            other = first.setdefault(self._desk.face.checkout(self._desk, charge), charge)
            if other.order_id != charge.order_id:
                small, large = sorted((other, charge), key=lambda one: one.captured)
                if large.captured > SPLIT_ERROR:
                    return self._take(kind, small), self._take(kind, large)
        raise _none_left(kind)

    def refunded(self, kind: str, before: datetime) -> Charge | None:
        """A charge refunded and not charged back by files up to an instant, if there is one."""
        for psp_reference in movements.refunded(self._desk.book, before):
            charge = self._desk.charge(psp_reference)
            fits = _is_right(charge) and not charge.dispute_later
            if fits and psp_reference not in self._marked:
                return self._take(kind, charge)
        return None

    def _fits(self, kind: str) -> Callable[[Charge], bool]:
        if kind in _UNTOUCHED:
            return self._is_untouched
        least = _MORE_THAN.get(kind, 0)
        return lambda charge: charge.captured > least

    def _is_untouched(self, charge: Charge) -> bool:
        """Whether nothing of it was given back or is to be: what is planted stands alone."""
        book, psp_reference = self._desk.book, charge.psp_reference
        return not (
            charge.dispute_later
            or REFUNDS.where(book, psp_reference=psp_reference)
            or DISPUTES.where(book, psp_reference=psp_reference)
        )

    def _take(self, kind: str, charge: Charge | None) -> Charge:
        if charge is None:
            raise _none_left(kind)
        self._marked.add(charge.psp_reference)
        self._free.pop(charge.psp_reference, None)
        self._desk.book.put("injections", {"psp_reference": charge.psp_reference, "kind": kind})
        return charge


def _is_right(charge: Charge) -> bool:
    """Whether the PSP booked what was asked for; if not, that is a discrepancy already."""
    return charge.requested == charge.amount


def _none_left(kind: str) -> Refused:
    return invalid(f"not enough charges to settle that can bear what is asked for: {kind}")
