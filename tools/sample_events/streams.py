"""DynamoDB stream records, with the images that the real encoders write."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.finding import Finding
from countinghouse.domain.instants import SECOND
from countinghouse.domain.posting import LinkedJournal
from countinghouse.domain.psp import EventStatus, FactKind, PspEvent, SettlementKind
from countinghouse.domain.trial_balance import fold_wallets
from countinghouse.domain.wallet import Wallet
from countinghouse_aws.dynamodb import (
    balances,
    findings,
    journal_rows,
    ledger,
    orders,
    payments,
    payout_rows,
    psp_events,
    reconciliation,
)
from countinghouse_aws.dynamodb import wallets as wallet_rows
from countinghouse_aws.dynamodb.codec import Plain, to_item
from countinghouse_aws.psp.sandbox_webhooks import parse_event
from tools.local.places import ACCOUNT, REGION
from tools.sample_events import webhooks
from tools.sample_events.world import (
    NOW,
    ONE_ORDER,
    TWO_ORDERS,
    Json,
    adjustment,
    booked,
    both,
    capture_journal,
    captured,
    delivered,
    disputed,
    expired,
    folded,
    journals_of,
    open_checkout,
    paid_late,
    refund_requested,
    refunded,
    sent,
    submitted,
    submitted_alone,
    told,
)

K = FactKind
CODE_VERSION = "3f2a91bc"


@dataclass(frozen=True, slots=True)
class StreamTable:
    """A table with a stream: its construct id and its key attributes."""

    construct: str
    keys: tuple[str, ...]

    @property
    def name(self) -> str:
        """The deployed table's name."""
        return f"countinghouse-local-{self.construct}"


TABLES = {
    "payment_event": StreamTable("PaymentEvent", payments.KEYS),
    "payment_order": StreamTable("PaymentOrder", orders.KEYS),
    "psp_event": StreamTable("PspEvent", psp_events.KEYS),
    "ledger": StreamTable("Ledger", ledger.LEDGER_KEYS),
    "wallet": StreamTable("Wallet", ledger.WALLET_KEYS),
    "payout": StreamTable("Payout", payout_rows.KEYS),
    "reconciliation": StreamTable("Reconciliation", reconciliation.KEYS),
    "account_balance": StreamTable("AccountBalance", balances.KEYS),
}
Change = tuple[Plain | None, Plain | None]
"""A row before and after."""


def batch(table: str, *changes: Change) -> Json:
    """The event of one batch; a change that stands twice keeps its one event id."""
    numbers = {id(change): number for number, change in reversed(list(enumerate(changes, 1)))}
    return {"Records": [_record(TABLES[table], c, numbers[id(c)]) for c in changes]}


def _record(table: StreamTable, change: Change, number: int) -> Json:
    old, new = change
    row = new or old or {}
    image: dict[str, Any] = {
        "ApproximateCreationDateTime": NOW // SECOND,
        "Keys": to_item({key: row[key] for key in table.keys}),
    }
    if new is not None:
        image["NewImage"] = to_item(new)
    if old is not None:
        image["OldImage"] = to_item(old)
    image |= {
        "SequenceNumber": str(100_000_000_000_000_000_000 + number),
        "SizeBytes": len(str(image)),
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    names = {(False, True): "INSERT", (True, True): "MODIFY", (True, False): "REMOVE"}
    stream = f"table/{table.name}/stream/2026-11-22T07:00:00.000"
    return {
        "eventID": f"{number:032x}",
        "eventName": names[old is not None, new is not None],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": image,
        "eventSourceARN": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:{stream}",
    }


def four(table: str, minimal: Change, full: Change, malformed: Change) -> dict[str, Json]:
    """The four samples of a table's stream, by path."""
    found = {
        "minimal": batch(table, minimal),
        "full": batch(table, full),
        "duplicate": batch(table, full, full),
        "malformed": batch(table, malformed),
    }
    return {f"relay/{table}/{name}": sample for name, sample in found.items()}


def _without(row: Plain, *names: str) -> Plain:
    return {name: value for name, value in row.items() if name not in names}


def _payment_event() -> dict[str, Json]:
    encode = payments.encode_payment
    opened, taken = encode(open_checkout(TWO_ORDERS)), encode(submitted(TWO_ORDERS))
    alone = submitted_alone()
    dropped = folded(alone, told(sent(alone), K.VOIDED))
    ends = {
        "requires_action": (taken, encode(both(K.REQUIRES_ACTION, K.CAPTURED))),
        "succeeded": (taken, encode(both(K.CAPTURED, K.CAPTURED))),
        "partially_succeeded": (taken, encode(both(K.CAPTURED, K.DECLINED))),
        "failed": (taken, encode(both(K.DECLINED, K.DECLINED))),
        "cancelled": (encode(alone), encode(dropped)),
    }
    return {
        **four(
            "payment_event",
            (None, encode(open_checkout(ONE_ORDER))),
            (opened, taken),
            (opened, _without(taken, "status")),
        ),
        **{
            f"relay/payment_event/{name}": batch("payment_event", change)
            for name, change in ends.items()
        },
    }


def _payment_order() -> dict[str, Json]:
    encode = orders.encode_order
    order = sent(submitted(TWO_ORDERS))
    drifted = told(order, K.CAPTURED, amount_minor=order.amount_minor + 1)
    authorized = told(sent(submitted_alone()), K.AUTHORIZED)
    before = encode(order)
    found = four(
        "payment_order",
        (None, before),
        (before, encode(told(order, K.CAPTURED))),
        (before, {**before, "status": "paid"}),
    )
    more = {
        "requires_action": (before, encode(told(order, K.REQUIRES_ACTION))),
        "authorized": (encode(sent(submitted_alone())), encode(authorized)),
        "failed": (before, encode(told(order, K.DECLINED))),
        "unknown": (before, encode(told(order, K.UNKNOWN))),
        "conflicted": (before, encode(drifted)),
        "late_payment": (encode(expired()), encode(paid_late())),
        "delivered": (encode(captured()), encode(delivered())),
        "refund_requested": (encode(delivered()), encode(refund_requested())),
        "refund_pending": (encode(refund_requested()), encode(refunded(SettlementKind.PENDING))),
        "refunded": (encode(refund_requested()), encode(refunded())),
        "refund_failed": (encode(refund_requested()), encode(refunded(SettlementKind.FAILED))),
        "disputed": (encode(delivered()), encode(disputed())),
        "dispute_closed": (encode(disputed()), encode(disputed(DisputeStatus.LOST))),
    }
    return found | {
        f"relay/payment_order/{name}": batch("payment_order", change)
        for name, change in more.items()
    }


def received(text: str) -> PspEvent:
    """A webhook's event as it is first stored."""
    return parse_event(text.encode(), NOW)


def _psp_event() -> dict[str, Json]:
    encode = psp_events.encode_psp_event
    event = received(webhooks.REQUIRES_ACTION)
    early = received(webhooks.UNKNOWN_ORDER)
    parked = replace(
        early, status=EventStatus.PARKED, parked=1, due_at=NOW + 30 * SECOND, version=2
    )
    alarmed = replace(event, alarm="event_id_reused", version=2)
    found = four(
        "psp_event",
        (None, encode(received(webhooks.CAPTURED))),
        (encode(early), encode(parked)),
        (None, _without(encode(event), "fact")),
    )
    more = {
        "alarmed": (encode(event), encode(alarmed)),
        "forgotten": (encode(event), None),
    }
    return found | {
        f"relay/psp_event/{name}": batch("psp_event", change) for name, change in more.items()
    }


def _ledger() -> dict[str, Json]:
    linked, _ = booked(adjustment(), capture_journal())
    rows: dict[str, Plain] = {row.journal.kind: _journal_row(row) for row in linked}
    capture = rows["capture"]
    altered = {**capture, "event_at": capture["event_at"] + 1}
    found = four("ledger", (None, rows["adjustment"]), (None, capture), (None, altered))
    linked, _ = booked(*journals_of(delivered()))
    release = _journal_row(linked[-1])
    return found | {
        "relay/ledger/removed": batch("ledger", (capture, None)),
        "relay/ledger/released": batch("ledger", (None, release)),
    }


def _journal_row(linked: LinkedJournal) -> Plain:
    named = replace(linked.journal, code_version=CODE_VERSION)
    return journal_rows.encode_journal(replace(linked, journal=named))


def _wallet() -> dict[str, Json]:
    _, wallets = booked(adjustment())
    _, moved = booked(adjustment(), capture_journal())
    before, after = (wallet_rows.encode_wallet(_of_amber(each)) for each in (wallets, moved))
    short = {**after, "balances": {**after["balances"], "adjustments": 0}}
    found = four("wallet", (None, before), (before, after), (before, {**after, "wallet_id": "?"}))
    more = {"unbalanced": (before, short), "removed": (after, None)}
    return found | {
        f"relay/wallet/{name}": batch("wallet", change) for name, change in more.items()
    }


def _of_amber(wallets: tuple[Wallet, ...]) -> Wallet:
    return next(wallet for wallet in wallets if wallet.address.owner == "seller:s_amber")


def finding() -> Finding:
    """Something an audit found."""
    text = "seller_pending EUR: wallets -7000, journals -7001"
    key = "differs:EUR:seller_pending:-7000:-7001"
    return Finding(key, "wallet_differs_from_journals", text, NOW, ("EUR",))


def _account_balance() -> dict[str, Json]:
    _, wallets = booked(adjustment(), capture_journal())
    balance = fold_wallets(wallets, NOW)
    kept: Plain = {
        "snapshot": balances.LATEST,
        "as_of": balance.as_of,
        "accounts": balance.accounts,
        "wallets": balance.wallets,
    }
    found = findings.encode_finding(finding())
    return four("account_balance", (None, kept), (None, found), (None, _without(found, "code")))


def batches() -> dict[str, Json]:
    """Every sample of the relay, by path."""
    return {
        **_payment_event(),
        **_payment_order(),
        **_psp_event(),
        **_ledger(),
        **_wallet(),
        **_account_balance(),
    }
