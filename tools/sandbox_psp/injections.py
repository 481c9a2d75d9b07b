"""The discrepancies that can be asked of a settlement file or its bank, and what a reader finds.

What is written is paid, and what is not written is not, unless a kind says otherwise:

=============== ==================================================================================
missing         a capture's line is not there; with ``heals`` it comes in the next file, else never
timing          the same, and it heals
extra           a line of a charge that never was
amount, under   a capture's gross is 100 more, 100 less
rounding        a capture's gross is 1 more or less, by turns
duplicate       a capture's line stands twice and is paid once
fee, fee_small  a capture's fee is 10 more, 1 more
currency        a capture is told of and paid in another currency
second_capture  a capture's line again with a psp_reference of its own
bad_line        a capture's gross cannot be read; it is paid
refund_unknown  a capture, and a refund of all of it that nobody asked for
double_return   a chargeback of all of a charge that was refunded; with none, of an order that has
                neither, both for all of it in this file
split           of two orders of a checkout one has 50 more and the other 50 less: two are planted
orphan_refund   a refund of a charge that never was
reserve         a row ``reserve_held`` of -500
unknown_type    a row ``mystery`` of 100
bank_missing    a payout row whose money never comes to the bank
bank_short      a payout row of which 100 less comes to the bank
=============== ==================================================================================
"""

from dataclasses import dataclass
from typing import Final

from tools.sandbox_psp.fields import Fields, invalid

# kind -> the break that a reader has to make of it
CODES: Final = {
    "extra": "MISSING_IN_LEDGER",
    "missing": "TIMING",
    "amount": "AMOUNT_OVER",
    "duplicate": "DUPLICATE_LINE",
    "fee": "FEE_VARIANCE",
    "currency": "CURRENCY_MISMATCH",
    "timing": "TIMING",
    "under": "AMOUNT_UNDER",
    "rounding": "ROUNDING",
    "fee_small": "FEE_VARIANCE",
    "second_capture": "DUPLICATE_AT_PSP",
    "bad_line": "LINE_REJECTED",
    "refund_unknown": "STATUS_MISMATCH",
    "double_return": "DOUBLE_RETURN",
    "split": "SPLIT_MISMATCH",
    "orphan_refund": "REFUND_OR_CHARGEBACK_ORPHAN",
    "reserve": "RESERVE_MOVEMENT",
    "unknown_type": "UNKNOWN_CATEGORY",
    "bank_missing": "PAYOUT_BANK_MISSING",
    "bank_short": "PAYOUT_BANK_MISSING",
}
KINDS: Final = tuple(CODES)


@dataclass(frozen=True)
class Wish:
    """One discrepancy asked for; ``place`` is where among all of them."""

    place: int
    kind: str
    heals: bool


@dataclass(frozen=True)
class Planted:
    """A discrepancy put there on purpose, and the break a reader must make of it.

    ``amount`` is by how much the money told of in ``currency`` is off by it, gross, with the
    merchant's sign; for the kinds about fees the fee, for those about the bank what came to it.
    ``psp_reference`` and ``order_id`` are empty for what is about the batch.
    """

    kind: str
    psp_reference: str
    order_id: str
    code: str
    currency: str
    amount: int


def wishes(body: Fields) -> list[Wish]:
    """What the call asks for, each discrepancy on its own.

    Raises:
        Refused: 422, an unknown kind, a count out of bounds, or one that cannot heal.
    """
    kinds: list[tuple[str, bool]] = []
    for item in body.objects("inject"):
        kind, heals = item.choice("kind", KINDS), item.flag("heals")
        if heals and kind not in ("missing", "timing"):
            raise invalid("only what is missing can heal")
        count = item.integer("count", 1, 1_000) if item.has("count") else 1
        kinds += [(kind, heals or kind == "timing")] * count
    return [Wish(place, kind, heals) for place, (kind, heals) in enumerate(kinds)]
