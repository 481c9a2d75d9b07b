"""Looking over restored tables and mending them, while nothing else runs on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from countinghouse.bookkeeping import book
from countinghouse.domain.errors import CountinghouseError
from countinghouse.domain.instants import Instant
from countinghouse.domain.ledger import JournalKey
from countinghouse.domain.order import Order
from countinghouse.domain.order_journals import order_drafts
from countinghouse.domain.payout import Payout
from countinghouse.domain.payout_journals import PayoutDraft
from countinghouse.domain.posting import Bookable, LinkedJournal
from countinghouse.domain.psp import EventStatus, PspEvent
from countinghouse.domain.wallet import Wallet, WalletAddress
from countinghouse_aws.dynamodb.codec import Plain, to_item
from countinghouse_aws.dynamodb.journal_rows import decode_journal, encode_journal
from countinghouse_aws.dynamodb.ledger import CLAIM_PREFIX, DynamoJournals, DynamoLedger
from countinghouse_aws.dynamodb.orders import decode_order
from countinghouse_aws.dynamodb.payments import decode_payment
from countinghouse_aws.dynamodb.payout_rows import ACCOUNT_PREFIX, decode_payout
from countinghouse_aws.dynamodb.psp_events import decode_psp_event, encode_psp_event
from countinghouse_aws.dynamodb.table import Table, due_attributes
from countinghouse_aws.dynamodb.wallets import decode_wallet, encode_wallet
from infra import code_version
from tools.local.places import ROOT
from tools.restore.sifting import Sifted, sift
from tools.restore.unheard import is_unheard

_DRAWN_BY = (ROOT / "layers" / "core", ROOT / "layers" / "adapters", ROOT / "tools" / "restore")
"""The code that books here: its version is named by what is booked again."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The restored tables."""

    ledger: Table
    wallet: Table
    payment_event: Table
    payment_order: Table
    payout: Table
    psp_event: Table


@dataclass(frozen=True, slots=True)
class Restored:
    """What the tables hold, and what of it stands."""

    sifted: Sifted
    wallets: Mapping[WalletAddress, Wallet]
    orders: Mapping[str, Order]
    payouts: Mapping[str, Payout]
    lacking: tuple[Bookable, ...]
    """Journals that orders, payouts or payments take for booked, and that are not there."""
    sleeping: tuple[str, ...]
    """Payments at rest with an order that is missing: nothing would look for it."""
    slots: tuple[tuple[Plain, str | None], ...]
    """Bank accounts whose open payout is over or not there, or not the one that is open."""
    unheard: tuple[PspEvent, ...]
    """Events taken for applied that what they are about does not know of."""

    @property
    def stale_wallets(self) -> dict[WalletAddress, Wallet]:
        """The wallets that are not what their journals say, as they should be."""
        wanted = self.sifted.wallets
        gone = {address: Wallet(address) for address in self.wallets.keys() - wanted.keys()}
        return {a: w for a, w in {**wanted, **gone}.items() if self.wallets.get(a) != w}

    @property
    def is_whole(self) -> bool:
        """Whether nothing was cut."""
        rows = (self.stale_wallets, self.lacking, self.sleeping, self.slots, self.unheard)
        return not (self.sifted.set_aside or any(rows))


def look(tables: Tables, now: Instant) -> Restored:
    """Read everything and judge it. Raises Invalid for a journal that was altered."""
    rows = [r for r in _all(tables.ledger) if not r["book"].startswith(CLAIM_PREFIX)]
    orders = {row["order_id"]: decode_order(row) for row in _all(tables.payment_order)}
    accounts = [r for r in _all(tables.payout) if r["payout_id"].startswith(ACCOUNT_PREFIX)]
    others = [r for r in _all(tables.payout) if not r["payout_id"].startswith(ACCOUNT_PREFIX)]
    payouts = {row["payout_id"]: decode_payout(row) for row in others}
    sifted = sift(map(decode_journal, rows), orders, payouts, now)
    there = {linked.journal.key for linked in sifted.kept}
    payments = list(_all(tables.payment_event))
    done = {row["checkout_id"] for row in payments if row.get("is_ledger_updated")}
    events = map(decode_psp_event, _all(tables.psp_event))
    return Restored(
        sifted,
        {wallet.address: wallet for wallet in map(decode_wallet, _all(tables.wallet))},
        orders,
        payouts,
        tuple(d for d in _booked(orders, payouts, done, now) if d.key not in there),
        tuple(_sleeping(payments, orders)),
        tuple(_misplaced(accounts, payouts)),
        tuple(event for event in events if is_unheard(event, orders, payouts)),
    )


def _all(table: Table) -> Iterator[Plain]:
    return table.pages("scan", ConsistentRead=True)


def _booked(
    orders: Mapping[str, Order], payouts: Mapping[str, Payout], done: Container[str], now: Instant
) -> Iterator[Bookable]:
    """Drafts of every journal that orders, payouts and payments that are `done` say was booked."""
    for order in orders.values():
        is_done = order.booked > 0 or order.checkout_id in done
        for draft in order_drafts(replace(order, booked=0), now):
            if is_done if draft.place is None else draft.place < order.booked:
                yield draft
    for payout in payouts.values():
        for kind in payout.booked:
            yield PayoutDraft(payout, kind, now)


def _sleeping(rows: Iterable[Plain], orders: Mapping[str, Order]) -> Iterator[str]:
    for row in rows:
        if "due_at" in row or "fingerprint" not in row:
            continue
        if any(line.order_id not in orders for line in decode_payment(row).lines):
            yield row["checkout_id"]


def _misplaced(
    accounts: Iterable[Plain], payouts: Mapping[str, Payout]
) -> Iterator[tuple[Plain, str | None]]:
    """The bank accounts whose open payout is another than theirs, and the right one."""
    under_way = {
        (payout.seller_id, payout.currency): payout.payout_id
        for payout in payouts.values()
        if not payout.is_resting
    }
    for row in accounts:
        right = under_way.get((row["seller_id"], row["currency"]))
        if row.get("open_payout") != right:
            yield row, right


@dataclass(frozen=True, slots=True)
class Mended:
    """What was done, in rows; `failed` names journals that could not be booked again, and why."""

    set_aside: int
    wallets: int
    booked: int
    woken: int
    freed: int
    reopened: int
    failed: Mapping[str, str]


def mend(tables: Tables, found: Restored, now: Instant, keep: Callable[[str], None]) -> Mended:
    """Make the tables whole. `keep` takes each journal that is set aside, as a line of JSON.

    Every write is conditional on what was read, so it stops when somebody else writes; to run it
    again is harmless. Raises Conflict.
    """
    for linked, why in found.sifted.set_aside:
        keep(json.dumps({"why": why, **encode_journal(linked)}, sort_keys=True))
        _remove(tables.ledger, linked)
    for address, wallet in found.stale_wallets.items():
        _rewrite(tables.wallet, found.wallets.get(address), wallet)
    version = code_version.of_folders(*_DRAWN_BY)
    ledger = DynamoLedger(tables.ledger, tables.wallet, version)
    journals = DynamoJournals(tables.ledger)
    failed: dict[str, str] = {}
    for draft in found.lacking:
        try:
            failed |= {key: str(why) for key, why in book([draft], ledger, journals).items()}
        except CountinghouseError as error:
            failed[draft.key.ledger_id] = str(error)
    for checkout_id in found.sleeping:
        _wake(tables.payment_event, checkout_id, now)
    for account, right in found.slots:
        row = {**account, "open_payout": right, "version": account["version"] + 1}
        tables.payout.replace(account, row)
    for event in found.unheard:
        _reopen(tables.psp_event, event, now)
    return Mended(
        len(found.sifted.set_aside),
        len(found.stale_wallets),
        len(found.lacking) - len(failed),
        len(found.sleeping),
        len(found.slots),
        len(found.unheard),
        failed,
    )


def _remove(ledger: Table, linked: LinkedJournal) -> None:
    key: JournalKey = linked.journal.key
    ledger.client.delete_item(
        TableName=ledger.name, Key=to_item({"book": key.book, "entry": key.entry})
    )


def _rewrite(table: Table, old: Wallet | None, new: Wallet) -> None:
    """Put the wallet as it should be, if it still is as it was read."""
    call: dict[str, Any] = {"TableName": table.name}
    if old is None:
        call["ConditionExpression"] = "attribute_not_exists(#key)"
        call["ExpressionAttributeNames"] = {"#key": "owner"}
    else:
        call["ConditionExpression"] = "#sequence = :sequence"
        call["ExpressionAttributeNames"] = {"#sequence": "sequence"}
        call["ExpressionAttributeValues"] = {":sequence": {"N": str(old.sequence)}}
    if new.sequence:
        table.client.put_item(Item=to_item(encode_wallet(new)), **call)
        return
    key = {"owner": new.address.owner, "wallet_id": new.address.wallet_id}
    table.client.delete_item(Key=to_item(key), **call)


def _reopen(table: Table, event: PspEvent, now: Instant) -> None:
    """Let the sweep apply an event again: it finds for itself what is left of its effect."""
    again = replace(
        event, status=EventStatus.RECEIVED, parked=0, due_at=now, version=event.version + 1
    )
    table.replace(encode_psp_event(event), encode_psp_event(again))


def _wake(table: Table, checkout_id: str, now: Instant) -> None:
    """Let the sweep look at a payment again."""
    row = table.get(checkout_id=checkout_id)
    if row is not None:
        due = due_attributes(checkout_id, now)
        table.replace(row, {**row, **due, "version": row["version"] + 1})
