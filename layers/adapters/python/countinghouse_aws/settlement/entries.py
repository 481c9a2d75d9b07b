"""What every layout has in common: an entry's checks, its canonical amounts and its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from countinghouse.domain.instants import Instant
from countinghouse.domain.settlement import MOVEMENTS, Category, SettlementLine
from countinghouse.records import dataclass
from countinghouse_aws.settlement.cells import Unreadable, bounded

_HASH_LENGTH = 32
_BETWEEN = "\x1f"
"""No field can hold it, so that no two lists of fields read the same."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where lines come from: a PSP or a bank account, the file, and the day it is for.

    Without a day, each line's own counts.
    """

    owner: str
    file_id: str
    day: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A settlement line as its layout reads it. `identity` is the PSP's own id of the line, if
    it gives one: it tells lines apart that are otherwise equal."""

    batch: str
    category: Category
    raw_type: str
    currency: str
    gross: int
    fee: int
    net: int
    booked_at: Instant
    settlement_day: str
    merchant_reference: str = ""
    psp_reference: str = ""
    modification_reference: str = ""
    original_currency: str = ""
    original_gross: int = 0
    identity: str = ""


def settled(entry: Entry, origin: Origin, line_no: int) -> SettlementLine:
    """The line of an entry. Raises Unreadable when it contradicts itself or its file."""
    if entry.gross - entry.fee != entry.net:
        raise Unreadable("gross, fee and net do not add up")
    check_day(entry.settlement_day, origin)
    if entry.category in MOVEMENTS and not entry.psp_reference:
        raise Unreadable("names no charge")
    gross, fee = entry.gross, entry.fee
    if entry.category is Category.FEE:
        # PSPs write a fee of the batch into either column; a cost is a fee.
        gross, fee = 0, -entry.net
    return SettlementLine(
        line_hash=_hash_of(entry, gross, fee, origin.owner),
        file_id=origin.file_id,
        line_no=line_no,
        psp=origin.owner,
        batch=entry.batch,
        category=entry.category,
        raw_type=entry.raw_type,
        merchant_reference=entry.merchant_reference,
        psp_reference=entry.psp_reference,
        modification_reference=entry.modification_reference,
        currency=entry.currency,
        gross=bounded(gross, "gross"),
        fee=bounded(fee, "fee"),
        net=entry.net,
        original_currency=entry.original_currency,
        original_gross=entry.original_gross,
        booked_at=entry.booked_at,
        settlement_day=entry.settlement_day,
    )


def _hash_of(entry: Entry, gross: int, fee: int, psp: str) -> str:
    # The PSP's word and not our category: mapping a type anew must not make it another line.
    return line_hash(
        psp,
        entry.batch,
        entry.raw_type,
        entry.merchant_reference,
        entry.psp_reference,
        entry.modification_reference,
        entry.currency,
        gross,
        fee,
        entry.net,
        entry.original_currency,
        entry.original_gross,
        entry.booked_at,
        entry.settlement_day,
        entry.identity,
    )


def check_day(day: str, origin: Origin) -> None:
    """Raises Unreadable for a line of another day than the file's."""
    if origin.day is not None and day != origin.day:
        raise Unreadable("is of another day than the file")


def line_hash(owner: str, *fields: str | int) -> str:
    """The same for the same line wherever it stands: 32 hex digits over what it means."""
    text = _BETWEEN.join([owner, *map(str, fields)])
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]


def file_id(chunks: Iterable[bytes]) -> str:
    """The id of a file's bytes as they came: 32 hex digits, whatever the size of the chunks."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()[:_HASH_LENGTH]
