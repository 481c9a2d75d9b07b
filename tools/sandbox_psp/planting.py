"""Plants discrepancies: in the lines of a file, then in its batch's rows, then at the bank."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from tools.sandbox_psp.alterations import (
    OF_A_CAPTURE,
    OF_A_PAYOUT,
    OF_A_STRANGER,
    OF_THE_BATCH,
    SPLIT_ERROR,
    Loan,
    charged_back,
    off_by,
    refunded,
    shifted,
)
from tools.sandbox_psp.bearers import Bearers, choosiness
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.desk import Desk
from tools.sandbox_psp.fields import invalid
from tools.sandbox_psp.injections import CODES, Planted, Wish
from tools.sandbox_psp.settlement_lines import (
    Line,
    batch_row,
    charge_line,
    closing,
    end_of,
    unknown_charge,
)


class Planting:
    """What one file has planted. Its methods are called once, in this order.

    Each raises ``Refused`` (422) when there are not enough lines or payouts for what is asked.
    ``waiting`` are the charges that come in the next file instead.
    """

    def __init__(self, desk: Desk, day: date, wishes: Sequence[Wish]) -> None:
        self._desk = desk
        self._day = day
        self._wishes = wishes
        self._turns: Counter[str] = Counter()
        self._notes: list[tuple[int, Planted]] = []
        self.waiting: set[str] = set()

    def lines(self, charges: Sequence[Charge], moved: Sequence[Line]) -> list[Line]:
        """The file's lines: of captures, of what moved after them, and of what nobody asked for."""
        bearers = Bearers(self._desk, charges)
        instead: dict[str, list[Line]] = {}
        after: list[Line] = []
        for wish in sorted(self._wishes, key=lambda one: choosiness(one.kind)):
            if wish.kind in OF_A_STRANGER:
                after += self._of_a_stranger(wish)
            elif wish.kind == "double_return":
                after += self._returned_twice(wish, bearers)
            elif wish.kind == "split":
                instead |= self._split(wish, bearers)
            elif wish.kind in OF_A_CAPTURE:
                instead |= self._of_a_capture(wish, bearers)
        told = [instead.get(c.psp_reference, [charge_line(c)]) for c in charges]
        return [*(line for lines in told for line in lines), *moved, *after]

    def rows(self, lines: Sequence[Line]) -> list[Line]:
        """The batch's rows, in the currency of the file's first line."""
        wishes = [wish for wish in self._wishes if wish.kind in OF_THE_BATCH]
        if wishes and not lines:
            raise invalid("there is nothing to settle that a row could be about")
        found: list[Line] = []
        for wish in wishes:
            kind, amount = OF_THE_BATCH[wish.kind]
            found.append(batch_row(kind, lines[0].currency, amount, self._day))
            self._note(wish, found[-1], amount)
        return found

    def arriving(self, payouts: Sequence[Line]) -> list[int]:
        """What of each payout comes to the bank, minor units."""
        wishes = [wish for wish in self._wishes if wish.kind in OF_A_PAYOUT]
        if len(wishes) > len(payouts):
            raise invalid(f"{len(wishes)} payouts are to go wrong, there are {len(payouts)}")
        arriving = [-payout.net for payout in payouts]
        for place, wish in enumerate(wishes):
            sent = arriving[place]
            arriving[place] = OF_A_PAYOUT[wish.kind](sent)
            self._note(wish, payouts[place], arriving[place] - sent)
        return arriving

    def planted(self) -> list[Planted]:
        """What was planted, in the order it was asked for."""
        return [planted for _, planted in sorted(self._notes, key=lambda note: note[0])]

    def _of_a_stranger(self, wish: Wish) -> list[Line]:
        line = unknown_charge(self._desk, self._day)
        lines = OF_A_STRANGER[wish.kind](line, self._loan(wish))
        self._note(wish, line, sum(line.gross for line in lines))
        return lines

    def _of_a_capture(self, wish: Wish, bearers: Bearers) -> dict[str, list[Line]]:
        right = charge_line(bearers.one(wish.kind))
        lines = OF_A_CAPTURE[wish.kind](right, self._loan(wish))
        if wish.heals:
            self.waiting.add(right.psp_reference)
        # A second capture is about the charge that nobody else has.
        told = lines[-1].psp_reference if lines else right.psp_reference
        self._note(wish, right, off_by(right, lines), told)
        return {right.psp_reference: lines}

    def _returned_twice(self, wish: Wish, bearers: Bearers) -> list[Line]:
        loan = self._loan(wish)
        charge = bearers.refunded(wish.kind, end_of(self._day))
        if charge is not None:
            right = charge_line(charge)
            lines = [charged_back(right, loan)]
        else:
            right = charge_line(bearers.one(wish.kind))
            lines = [refunded(right, loan), charged_back(right, loan)]
        self._note(wish, right, sum(line.gross for line in lines))
        return lines

    def _split(self, wish: Wish, bearers: Bearers) -> dict[str, list[Line]]:
        found: dict[str, list[Line]] = {}
        errors = (SPLIT_ERROR, -SPLIT_ERROR)
        for charge, error in zip(bearers.two(wish.kind), errors, strict=True):
            right = charge_line(charge)
            found[charge.psp_reference] = [shifted(right, error)]
            self._note(wish, right, error)
        return found

    def _loan(self, wish: Wish) -> Loan:
        number, turn = self._desk.book.next_number("extra"), self._turns[wish.kind]
        self._turns[wish.kind] += 1
        token = self._desk.token
        return Loan(
            charge=token("charge", -number),
            refund=token("refund", -number),
            dispute=token("dispute", -number),
            booked_at=closing(self._day),
            turn=turn,
        )

    def _note(self, wish: Wish, line: Line, amount: int, psp_reference: str | None = None) -> None:
        told = psp_reference or line.psp_reference
        order_id, code = line.merchant_reference, CODES[wish.kind]
        planted = Planted(wish.kind, told, order_id, code, line.currency, amount)
        self._notes.append((wish.place, planted))
