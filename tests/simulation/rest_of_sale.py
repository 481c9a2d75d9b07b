"""What must hold of captured orders when everything has come to rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from countinghouse.domain.ledger import Journal
from countinghouse.domain.order import CAPTURED_STATUSES, Order
from countinghouse.domain.order_delivery import share_of
from countinghouse.domain.order_journals import booking_key, capture_key
from countinghouse.domain.refund import Refund as OurRefund
from countinghouse.domain.refund import RefundStatus
from countinghouse.domain.wallet import buckets
from countinghouse.usecases.release_reserves import RESERVE_RELEASE
from countinghouse_aws.dynamodb.journal_rows import decode_journal
from countinghouse_aws.dynamodb.orders import decode_order
from countinghouse_aws.dynamodb.wallets import decode_wallet
from tests.simulation import cloud
from tests.simulation.payday import payouts
from tests.simulation.psp_wire import Shop
from tests.simulation.rest_of_bus import Bus, shown_as_committed, told
from tests.simulation.sale import Ending, Sale, balances
from tools.sandbox_psp.disputes import Dispute
from tools.sandbox_psp.refunds import Refund


def stored_journals() -> list[Journal]:
    """Every journal there is."""
    found = [r for r in cloud.rows("ledger") if not r["book"].startswith("claim#")]
    return [decode_journal(row).journal for row in found]


def sale_at_rest(shop: Shop, bus: Bus, sale: Sale | None, *, with_streams: bool) -> Iterator[str]:
    """Everything wrong with what followed the captures."""
    orders = [decode_order(row) for row in cloud.rows("payment_order")]
    captured = [order for order in orders if order.status in CAPTURED_STATUSES]
    journals = stored_journals()
    for order in captured:
        refunds = [r for r in shop.refunds() if r.order_id == order.order_id]
        disputes = [d for d in shop.disputes() if d.order_id == order.order_id]
        own = [journal for journal in journals if journal.reference == order.order_id]
        yield from _refunds(order, refunds)
        yield from _disputes(order, disputes)
        yield from _booked(order, own)
        yield from _accounts(order, own, refunds, disputes)
        if with_streams:
            yield from told(order, bus, is_opening_told=sale is None or sale.is_opening_told)
    yield from _reserves_once(journals)
    yield from shown_as_committed(bus)
    if sale is not None:
        yield from _ends(sale, {order.order_id: order for order in orders})


_AT_PSP: Mapping[RefundStatus, Sequence[tuple[str, str | None] | None]] = {
    RefundStatus.SUCCEEDED: [("succeeded", None)],
    RefundStatus.REVERSED: [("failed", "refund_returned")],
    RefundStatus.FAILED: [("failed", "refund_rejected"), ("failed", "refund_returned"), None],
}


def _refunds(order: Order, refunds: list[Refund]) -> Iterator[str]:
    """I4, I6, I14: one refund at the PSP for each of ours, and both say the same."""
    by_key: dict[str, list[Refund]] = {}
    for refund in refunds:
        by_key.setdefault(refund.idempotency_key, []).append(refund)
    strangers = by_key.keys() - {ours.key for ours in order.refunds}
    if strangers or any(len(same) > 1 for same in by_key.values()):
        yield f"I6: the PSP has refunds that are not ours one by one: {refunds}"
    for ours in order.refunds:
        theirs = next(iter(by_key.get(ours.key, [])), None)
        yield from _refund(ours, theirs)


def _refund(ours: OurRefund, theirs: Refund | None) -> Iterator[str]:
    if ours.is_open:
        yield f"I14: refund {ours.refund_id} is still {ours.status}"
        return
    said = None if theirs is None else (theirs.status, theirs.failure_code)
    if said not in _AT_PSP[ours.status]:
        yield f"I4: refund {ours.refund_id} is {ours.status}, the PSP says {said}"
    if theirs is not None and theirs.amount != ours.amount_minor:
        yield f"I4: refund {ours.refund_id} is of {ours.amount_minor}, the PSP's of {theirs.amount}"


def _disputes(order: Order, disputes: list[Dispute]) -> Iterator[str]:
    """I4: we know of every dispute what the PSP knows."""
    theirs = {
        d.dispute_reference: (d.stage, d.status, d.amount, d.withdrawn, d.fee, d.sequence)
        for d in disputes
    }
    ours = {
        d.psp_reference: (
            *(str(d.stage), str(d.status)),
            *(d.amount_minor, d.withdrawn_minor, d.fee_minor, d.sequence),
        )
        for d in order.disputes
    }
    if ours != theirs:
        yield f"I4: order {order.order_id} knows disputes {ours}, the PSP {theirs}"


def _booked(order: Order, journals: list[Journal]) -> Iterator[str]:
    """I6, I14, I15: each journal the order called for is there, no other, and it knows."""
    wanted = {capture_key(order.order_id).ledger_id}
    wanted |= {booking_key(order, place).ledger_id for place in range(len(order.bookings))}
    found = {journal.ledger_id for journal in journals}
    if wanted != found:
        kinds = sorted(journal.kind for journal in journals)
        yield f"I6: order {order.order_id} called for {order.bookings}, booked is {kinds}"
    if order.booked != len(order.bookings):
        yield f"I14: order {order.order_id} knows {order.booked} of {len(order.bookings)} booked"
    if order.delivery is not None and share_of(order).pending:
        yield f"I15: order {order.order_id} is delivered and has {share_of(order)}"


def _accounts(
    order: Order, journals: list[Journal], refunds: list[Refund], disputes: list[Dispute]
) -> Iterator[str]:
    """I4, I15: the PSP's own book is ours, nothing is left in clearing, no hold without a cause."""
    moved, by_kind = _moved(journals)
    returned = sum(refund.amount for refund in refunds if refund.status == "succeeded")
    withdrawn, fees = sum(d.withdrawn for d in disputes), sum(d.fee for d in disputes)
    said = {
        "psp_receivable": order.captured_minor - returned - withdrawn - fees,
        "dispute_fee_expense": fees,
        **dict.fromkeys(("refund_clearing", "chargeback_suspense", "inter_wallet"), 0),
    }
    for account, minor in said.items():
        if moved[account] != minor:
            yield f"I4: {account} of {order.order_id} is {moved[account]}, by the PSP {minor}"
    paid_back = -by_kind["refund_paid"] - by_kind["refund_reversed"]
    if paid_back != returned:
        yield f"I4: the PSP refunded {returned} of {order.order_id}, we book {paid_back}"
    held = sum(order.bookings[d.hold].split.total for d in order.disputes if d.hold is not None)
    if -moved["seller_dispute_hold"] != held:
        yield f"I15: {-moved['seller_dispute_hold']} held for {order.order_id}, disputed {held}"


def _moved(journals: list[Journal]) -> tuple[Counter[str], Counter[str]]:
    """What each kind of account moved by; and what the PSP owes, by the kind of journal."""
    moved: Counter[str] = Counter()
    by_kind: Counter[str] = Counter()
    for journal in journals:
        for leg in journal.legs:
            moved[leg.account.kind] += leg.amount.minor
            if leg.account.kind == "psp_receivable":
                by_kind[journal.kind] += leg.amount.minor
    return moved, by_kind


def _reserves_once(journals: list[Journal]) -> Iterator[str]:
    """I15: a day's reserve is released once, by each wallet of the seller."""
    released = Counter(
        (
            f"{journal.reference}#{journal.wallet_shard}",
            journal.legs[0].amount.currency,
            journal.event_at,
        )
        for journal in journals
        if journal.kind == RESERVE_RELEASE
    )
    for (reference, _, day), times in released.items():
        if times > 1:
            yield f"I15: {reference} is released {times} times for {day}"


def _ends(sale: Sale, orders: dict[str, Order]) -> Iterator[str]:
    """I14: the seller's balances, refunds, disputes and payouts are an ending the flow has."""
    order = orders["ord-1"]
    wallets = [decode_wallet(row) for row in cloud.rows("wallet")]
    own = [wallet for wallet in wallets if wallet.address.owner == f"seller:{sale.seller_id}"]
    ending = Ending(
        balances(**buckets(own)["EUR"]),
        tuple(sorted(str(refund.status) for refund in order.refunds)),
        tuple(sorted(str(dispute.status) for dispute in order.disputes)),
        tuple(str(payout.status) for payout in payouts()),
    )
    if ending not in sale.endings:
        yield f"I14: it ends as {ending}, not {sale.endings}"
