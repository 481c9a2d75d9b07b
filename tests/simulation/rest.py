"""What must hold when everything has come to rest."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from countinghouse.domain.order import CAPTURED_STATUSES, Order
from countinghouse.domain.order_journals import CAPTURE
from countinghouse.domain.payment import Payment, PaymentStatus
from countinghouse.domain.psp import EventStatus, PayoutFact, PspEvent
from countinghouse.domain.wallet import Wallet, WalletAddress, wallet_parts
from countinghouse_aws.dynamodb.codec import Plain
from countinghouse_aws.dynamodb.journal_rows import decode_journal
from countinghouse_aws.dynamodb.orders import decode_order
from countinghouse_aws.dynamodb.payments import decode_payment
from countinghouse_aws.dynamodb.psp_events import decode_psp_event
from countinghouse_aws.dynamodb.wallets import decode_wallet
from tests.simulation import cloud
from tests.simulation.payday import payouts
from tests.simulation.psp_wire import Shop
from tests.simulation.rest_of_books import books_at_rest
from tests.simulation.rest_of_payout import payouts_at_rest
from tests.simulation.rest_of_sale import sale_at_rest, stored_journals
from tests.simulation.sale import Sale
from tools.restore.unheard import would_move, would_move_payout
from tools.sandbox_psp.charges import Charge


@dataclass(frozen=True, slots=True)
class Expected:
    """How a flow ends, whatever went wrong on the way."""

    payments: frozenset[str]
    orders: Mapping[str, frozenset[str]]
    with_streams: bool = True
    sale: Sale | None = None


def at_rest(
    shop: Shop, bus: list[dict[str, Any]], expected: Expected, now_ms: int
) -> Iterator[str]:
    """Everything wrong with a world that has nothing left to do."""
    charges = shop.charges()
    yield from _nothing_waits(now_ms)
    yield from _orders(charges, expected)
    yield from _payments(expected)
    yield from _books(charges)
    yield from _wallets()
    yield from _inbox()
    yield from _published(bus, expected)
    yield from payouts_at_rest(shop, bus, with_streams=expected.with_streams)
    yield from sale_at_rest(shop, bus, expected.sale, with_streams=expected.with_streams)
    yield from books_at_rest(shop)


def _nothing_waits(now_ms: int) -> Iterator[str]:
    """I14: nothing is due, but for reserves whose day is still to come."""
    for queue in cloud.all_queues():
        for message in cloud.messages(queue):
            yield f"I14: queue {queue} still holds {message['body']}"
    for table in ("payment_event", "payment_order", "psp_event", "payout"):
        for row in cloud.rows(table):
            if "due_at" in row or "due_shard" in row:
                yield f"I14: a row of {table} is still due: {row}"
    for row in cloud.rows("wallet"):
        if row.get("due_at", now_ms + 1) <= now_ms:
            yield f"I14: a reserve was not released on its day: {row}"


def _orders(charges: list[Charge], expected: Expected) -> Iterator[str]:
    stored = {row["order_id"]: decode_order(row) for row in cloud.rows("payment_order")}
    for charge in charges:
        if charge.order_id not in stored:
            yield f"I6: the PSP has a charge of an order we do not know: {charge}"
        elif charge.status in ("authorized", "requires_action"):
            yield f"I14: the PSP still holds {charge}"
    ends = {order_id: str(order.status) for order_id, order in stored.items()}
    wanted = expected.orders
    if ends.keys() != wanted.keys() or any(ends[name] not in wanted[name] for name in ends):
        yield f"I14: orders end as {ends}, not {dict(wanted)}"
    for order in stored.values():
        yield from _order(order, [c for c in charges if c.order_id == order.order_id])


def _order(order: Order, charges: list[Charge]) -> Iterator[str]:
    """I4, I5, I6, I8: what we say we took is what the PSP took, once, under a key of ours."""
    keys = {attempt.key for attempt in order.attempts}
    if any(charge.idempotency_key not in keys for charge in charges):
        yield f"I6: order {order.order_id} has charges under keys it never wrote down: {charges}"
    taken = [charge.captured for charge in charges if charge.status == "captured"]
    if sum(taken) != order.captured_minor or len(taken) > 1:
        yield f"I4: the PSP took {taken} for order {order.order_id}: {order.captured_minor}"
    if bool(taken) != (order.status in CAPTURED_STATUSES):
        yield f"I4: order {order.order_id} is {order.status}, the PSP took {taken}"
    if not 0 <= order.captured_minor <= order.amount_minor:
        yield f"I8: order {order.order_id} captured {order.captured_minor}"


def _payments(expected: Expected) -> Iterator[str]:
    orders = {row["order_id"]: decode_order(row) for row in cloud.rows("payment_order")}
    for row in cloud.rows("payment_event"):
        payment = decode_payment(row)
        if payment.status not in expected.payments:
            yield f"I14: payment ends as {payment.status}, not {set(expected.payments)}"
        yield from _folded(payment, orders)
        done = payment.status in (PaymentStatus.SUCCEEDED, PaymentStatus.PARTIALLY_SUCCEEDED)
        for flag in ("is_payment_done", "is_ledger_updated", "is_wallet_updated"):
            if row.get(flag, False) is not done:
                yield f"I14: {flag} is {row.get(flag)} on a payment that is {payment.status}"


def _folded(payment: Payment, orders: Mapping[str, Order]) -> Iterator[str]:
    """The payment knows of each of its orders what that order says itself."""
    for line in payment.lines:
        state, order = payment.states.get(line.order_id), orders.get(line.order_id)
        if state is None or order is None:
            yield f"I14: order {line.order_id} is not there or not folded"
        elif (state.status, state.captured_minor) != (order.status, order.captured_minor):
            yield f"I14: payment has {state}, order is {order}"
        elif state.is_posted != (order.status in CAPTURED_STATUSES):
            yield f"I14: order {line.order_id} {order.status}: is_posted {state.is_posted}"


def _books(charges: list[Charge]) -> Iterator[str]:
    """I1, I4, I6: one capture journal for each charge that was captured, for its amount."""
    journals = stored_journals()
    totals: Counter[str] = Counter()
    for journal in journals:
        for leg in journal.legs:
            totals[leg.amount.currency] += leg.amount.minor
    if any(totals.values()):
        yield f"I1: the trial balance is {dict(totals)}"
    booked: dict[str, list[int]] = {}
    for journal in journals:
        if journal.kind != CAPTURE:
            continue
        taken = sum(
            leg.amount.minor for leg in journal.legs if leg.account.kind == "psp_receivable"
        )
        booked.setdefault(journal.reference, []).append(taken)
    captured = {c.order_id: [c.captured] for c in charges if c.status == "captured"}
    if booked != captured:
        yield f"I6: booked {booked}, the PSP captured {captured}"


def _wallets() -> Iterator[str]:
    """I3: every wallet is the fold of its journals, which form an unbroken chain."""
    journals = (row for row in cloud.rows("ledger") if "legs" in row)
    rows = {f"jrn_{row['book']}{row['entry']}": row for row in journals}
    folded: dict[WalletAddress, Counter[str]] = {}
    for journal in stored_journals():
        for address, legs in wallet_parts(journal).items():
            for leg in legs:
                folded.setdefault(address, Counter())[leg.account.name] += leg.amount.minor
    wallets = {w.address: w for w in map(decode_wallet, cloud.rows("wallet"))}
    if wallets.keys() != folded.keys():
        yield f"I3: wallets {sorted(wallets)}, journals for {sorted(folded)}"
    for address, wallet in wallets.items():
        fold = {name: minor for name, minor in folded.get(address, Counter()).items() if minor}
        if dict(wallet.balances) != fold:
            yield f"I3: wallet {address.group} has {dict(wallet.balances)}, its journals {fold}"
        yield from _chained(wallet, _chain(rows, address, wallet.head))


def _chained(wallet: Wallet, chain: list[tuple[str, str]]) -> Iterator[str]:
    name = wallet.address.group
    if wallet.total != 0 or wallet.sequence != len(chain):
        yield f"I3: wallet {name}: sequence {wallet.sequence}, {len(chain)} journals"
    running = ""
    for digest, told in chain:
        running = hashlib.sha256(f"{running}{digest}".encode()).hexdigest()
        if told != running:
            yield f"I3: the chain of {name} does not verify"
    if wallet.chain != running:
        yield f"I3: wallet {name} carries another chain than its journals"


def _chain(
    rows: Mapping[str, Plain], address: WalletAddress, head: str | None
) -> list[tuple[str, str]]:
    """The digests of a wallet's journals with the chain each one tells, oldest first."""
    chain: list[tuple[str, str]] = []
    while head is not None and head in rows and len(chain) <= len(rows):
        linked = decode_journal(rows[head])
        link = linked.links[address]
        chain.append((linked.journal.digest, link.chain))
        head = link.previous
    return chain[::-1]


def _inbox() -> Iterator[str]:
    """Nothing parked, nothing contradicting an honest PSP, nothing with an effect left."""
    for row in cloud.rows("psp_event"):
        event = decode_psp_event(row)
        if event.alarm is not None:
            yield f"I12: a false alarm: {event}"
        if event.status is EventStatus.PARKED:
            yield f"I14: event {event.event_key} is still parked"
        if event.status is EventStatus.RECEIVED and not _is_past(event):
            yield f"I14: event {event.event_key} was received and never applied"


def _is_past(event: PspEvent) -> bool:
    """Whether what the event is about has no use for it any more."""
    if isinstance(event.fact, PayoutFact):
        own = [p for p in payouts() if p.payout_id == event.fact.payout_id]
        return any(not would_move_payout(payout, event.fact) for payout in own)
    stored = cloud.row("payment_order", str(event.order_id))
    return stored is not None and not would_move(decode_order(stored), event.fact)


def _published(bus: list[dict[str, Any]], expected: Expected) -> Iterator[str]:
    """What others were told: never an alarm, and the end at least once."""
    names = Counter(event["type"] for event in bus)
    if names["audit.raised"]:
        yield f"I20: alarms were raised: {[e for e in bus if e['type'] == 'audit.raised']}"
    for row in cloud.rows("payment_event"):
        if expected.with_streams and not names[f"payment.{row['status']}"]:
            yield f"I14: payment.{row['status']} was never published: {dict(names)}"


def digest() -> str:
    """A hash over every row of every table."""
    lines = [
        f"{table} {sorted(row.items(), key=lambda part: part[0])}"
        for table in cloud.TABLES
        for row in cloud.rows(table)
    ]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
