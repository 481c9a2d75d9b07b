"""The sellers of a run: what each is owed, what goes wrong with whom, how it has to end.

All follows from the run's name and the number of sellers, so a run that was stopped is gone on with
by its name alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

CURRENCY = "EUR"
_ROUND = 50
_FIRST = 1_000
_STEP = 37
_TOO_LITTLE = 50


@dataclass(frozen=True, slots=True)
class Plot:
    """What happens to a seller's payout; `ends` is None where none may be opened.

    `fault` is planted at the PSP for this seller's payout alone.
    """

    title: str
    ends: str | None = "paid"
    fault: str | None = None
    has_account: bool = True
    has_enough: bool = True


ARRIVES = Plot("arrives")
BANK_REFUSES = Plot("the bank refuses it a day later", ends="failed", fault="payout_fails")
SENT_UNHEARD = Plot("sent, but the PSP's answer is lost", fault="timeout_after_success")
PSP_BREAKS = Plot("the PSP breaks before it is sent", fault="http_500")
NO_ACCOUNT = Plot("no bank account", ends=None, has_account=False)
TOO_LITTLE = Plot("less than is paid out", ends=None, has_enough=False)

# The first ones of every fifty sellers.
_UNUSUAL: Mapping[int, Plot] = {
    1: BANK_REFUSES,
    2: SENT_UNHEARD,
    3: PSP_BREAKS,
    4: NO_ACCOUNT,
    5: TOO_LITTLE,
}
PLOTS = (ARRIVES, *_UNUSUAL.values())


@dataclass(frozen=True, slots=True)
class Seller:
    """One seller; `amount` is all that it is owed, in minor units."""

    seller_id: str
    amount: int
    plot: Plot

    def payout_id(self, period: str) -> str:
        """The id that the period's payout of this seller has to have: there is no second one."""
        cause = f"payout#{self.seller_id}#{CURRENCY}#{period}"
        return f"po_{hashlib.sha256(cause.encode()).hexdigest()[:24]}"

    @property
    def keeps(self) -> int:
        """What must be available to the seller in the end: all of it, unless it was paid."""
        return 0 if self.plot.ends == "paid" else self.amount


def cast(run: str, count: int) -> tuple[Seller, ...]:
    """The sellers; no two that are paid are owed the same."""
    return tuple(_seller(run, index) for index in range(count))


def _seller(run: str, index: int) -> Seller:
    plot = _UNUSUAL.get(index % _ROUND, ARRIVES)
    amount = _FIRST + _STEP * index if plot.has_enough else _TOO_LITTLE
    return Seller(f"{run}-{index:06d}", amount, plot)
