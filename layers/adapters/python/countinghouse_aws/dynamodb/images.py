"""Stream records to committed changes: which table, what it was, what it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from countinghouse.domain.errors import Invalid
from countinghouse.records import dataclass
from countinghouse.routing import (
    BookDamaged,
    Change,
    FindingReported,
    JournalPosted,
    OrderChanged,
    PaymentChanged,
    PayoutChanged,
    PspEventChanged,
    RunChanged,
    WalletMoved,
)
from countinghouse_aws.dynamodb.balances import journal_currencies, wallet_currencies
from countinghouse_aws.dynamodb.codec import Plain, from_item
from countinghouse_aws.dynamodb.findings import FINDING_PREFIX, decode_finding
from countinghouse_aws.dynamodb.journal_rows import decode_journal
from countinghouse_aws.dynamodb.ledger import CLAIM_PREFIX
from countinghouse_aws.dynamodb.orders import decode_order
from countinghouse_aws.dynamodb.payments import decode_payment
from countinghouse_aws.dynamodb.payout_rows import ACCOUNT_PREFIX, decode_payout
from countinghouse_aws.dynamodb.psp_events import decode_psp_event
from countinghouse_aws.dynamodb.reconciliation import RUN_PREFIX, decode_run
from countinghouse_aws.dynamodb.wallets import decode_wallet

INSERT = "INSERT"


@dataclass(frozen=True, slots=True)
class Image:
    """One stream record: its event name and the row before and after."""

    event_name: str
    old: Plain | None
    new: Plain | None


def image_of(record: Mapping[str, Any]) -> Image:
    """The images of one stream record as Lambda hands it over."""
    change = record["dynamodb"]
    old, new = change.get("OldImage"), change.get("NewImage")
    return Image(
        record["eventName"], from_item(old) if old else None, from_item(new) if new else None
    )


def payment_change(image: Image) -> Change | None:
    """A change of table `payment_event`."""
    if image.new is None:
        return None
    return PaymentChanged(
        decode_payment(image.old) if image.old else None, decode_payment(image.new)
    )


def order_change(image: Image) -> Change | None:
    """A change of table `payment_order`."""
    if image.new is None:
        return None
    return OrderChanged(decode_order(image.old) if image.old else None, decode_order(image.new))


def payout_change(image: Image) -> Change | None:
    """A change of table `payout`; nothing follows from a bank account's."""
    if image.new is None or image.new["payout_id"].startswith(ACCOUNT_PREFIX):
        return None
    return PayoutChanged(decode_payout(image.old) if image.old else None, decode_payout(image.new))


def psp_event_change(image: Image) -> Change | None:
    """A change of table `psp_event`; rows are removed by their time to live."""
    if image.new is None:
        return None
    old = decode_psp_event(image.old) if image.old else None
    return PspEventChanged(old, decode_psp_event(image.new))


def ledger_change(image: Image) -> Change | None:
    """A change of table `ledger`: anything but a sound new journal is damage."""
    row = image.new or image.old or {}
    if str(row.get("book", "")).startswith(CLAIM_PREFIX):
        return None
    name = f"{row.get('book')}{row.get('entry')}"
    currencies = journal_currencies(image.old, image.new)
    if image.event_name != INSERT or image.new is None:
        return BookDamaged(name, f"a journal was {_what_happened(image)}", currencies)
    try:
        linked = decode_journal(image.new)
        return JournalPosted(linked.journal, linked.links)
    except (Invalid, KeyError, ValueError) as error:
        return BookDamaged(name, f"a journal cannot be right: {type(error).__name__}", currencies)


def _what_happened(image: Image) -> str:
    """Removed, or altered into what: altered again, it is another piece of news."""
    if image.new is None:
        return "removed"
    text = json.dumps(image.new, sort_keys=True)
    return f"altered, and is {hashlib.sha256(text.encode()).hexdigest()[:12]} now"


def wallet_change(image: Image) -> Change | None:
    """A change of table `wallet`; a wallet is never removed."""
    if image.new is None:
        row = image.old or {}
        name = f"{row.get('owner')}#{row.get('wallet_id')}"
        return BookDamaged(name, "a wallet was removed", wallet_currencies(row))
    return WalletMoved(decode_wallet(image.new))


def balance_change(image: Image) -> Change | None:
    """A change of table `account_balance`: only new findings matter."""
    if image.event_name != INSERT or image.new is None:
        return None
    if not image.new["snapshot"].startswith(FINDING_PREFIX):
        return None
    return FindingReported(decode_finding(image.new))


def reconciliation_change(image: Image) -> Change | None:
    """A change of table `reconciliation`; nothing follows from a file's or a break's."""
    if image.new is None or not image.new["subject"].startswith(RUN_PREFIX):
        return None
    return RunChanged(decode_run(image.old) if image.old else None, decode_run(image.new))


Decoder = Callable[[Mapping[str, Any]], Change | None]
"""Reads one stream record as the change it tells of; None when nothing follows from it."""


def decoder(of_table: Callable[[Image], Change | None]) -> Decoder:
    """The decoder of one table's stream records."""
    return lambda record: of_table(image_of(record))
