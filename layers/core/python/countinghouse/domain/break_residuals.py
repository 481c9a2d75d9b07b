"""What a difference is worth: on the PSP's account, against the contract, between the two sides.

Amounts are minor units with our sign. A file's settlement journal debits the bank with what arrived
and the fee expense with what the contract says, and credits the PSP's account with the sum: a line
takes off its gross less what its fee is beyond the contract. What is left of a movement after that
is its residual, and nothing else is ever left there.
"""

from __future__ import annotations

from countinghouse.domain.breaks import Residuals
from countinghouse.domain.difference import Difference, Sides
from countinghouse.domain.settlement import BankCategory, Category

_ON_RECEIVABLE = frozenset({Sides.OURS, Sides.THEIRS, Sides.BOTH})
_OF_THE_BANK = frozenset(BankCategory)


def residuals_of(difference: Difference) -> Residuals:
    """What a difference leaves on `psp_receivable` once its file is settled, by currency.

    The bank's differences and a batch's leave nothing: their money is not booked until they agree.
    """
    if difference.sides not in _ON_RECEIVABLE or difference.category in _OF_THE_BANK:
        return ()
    sums = {difference.our_currency: difference.our_amount}
    theirs = difference.their_currency
    sums[theirs] = sums.get(theirs, 0) - taken_off(difference)
    return tuple((currency, minor) for currency, minor in sorted(sums.items()) if minor)


def fee_variance(difference: Difference) -> int:
    """What the PSP took beyond the contract; below zero when it took less."""
    return difference.fee - difference.expected_fee


def taken_off(difference: Difference) -> int:
    """What the settlement journal takes off the PSP's account for the line."""
    return difference.their_amount - fee_variance(difference)


def gap(difference: Difference) -> int:
    """How much more they say than we do, both in one currency.

    A chargeback is compared net of its fee, because the ledger books it so.
    """
    return said_of(difference) - difference.our_amount


def said_of(difference: Difference) -> int:
    """What they say of it, as the ledger books it: a chargeback net of its fee."""
    is_chargeback = difference.category == Category.CHARGEBACK
    return taken_off(difference) if is_chargeback else difference.their_amount


def converted_gap(difference: Difference) -> int:
    """How much more they say than we do before they converted it; 0 where they do not say.

    A chargeback's fee is not in what they converted, and is in what we booked.
    """
    says = difference.original_currency and difference.category != Category.CHARGEBACK
    return difference.original_gross - difference.our_amount if says else 0
