"""What the match of a day found not to agree: one row of its result, nothing judged yet.

The fields' order is the order of the columns that `match.sql` selects. Amounts are minor units with
our sign; an absent side has empty text and 0.
"""

from __future__ import annotations

from enum import StrEnum

from countinghouse.records import dataclass


class Sides(StrEnum):
    """Who knows of it."""

    OURS = "ours"
    """A movement in the ledger that no line tells of."""
    THEIRS = "theirs"
    """A line that no movement answers."""
    BOTH = "both"
    """Matched, but not equal."""
    BANK_OURS = "bank_ours"
    """A payout of ours that the bank does not show."""
    BANK_THEIRS = "bank_theirs"
    """A bank line that nothing of ours answers."""
    FILE = "file"
    """A batch that does not add up, or that the bank does not show."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference. `anchor` names what it is about, and so the break it makes.

    `parent_known` says that the ledger has the capture this refund or chargeback belongs to, or for
    a capture line, that its order has a matched capture already. `checkout_open` is what all orders
    of the checkout are apart by in sum: 0 with parts that differ is a wrong split. `returned` is
    what refunds and chargebacks took from the order in excess of its capture, 0 when not.
    `original_currency` and `original_gross` are what the PSP says it converted, else empty and 0.
    `suggestion` is the ledger id or line hash of what may be its counterpart by amount, currency
    and day alone.
    """

    anchor: str
    sides: Sides
    category: str
    day: str
    order_id: str
    checkout_id: str
    ledger_id: str
    psp_reference: str
    modification_reference: str
    file_id: str
    line_no: int
    batch: str
    our_currency: str
    our_amount: int
    their_currency: str
    their_amount: int
    fee: int
    expected_fee: int
    parent_known: bool
    checkout_open: int
    returned: int
    suggestion: str
    raw_type: str
    original_currency: str = ""
    original_gross: int = 0
