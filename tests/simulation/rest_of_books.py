"""What must hold of all books together when everything has come to rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from countinghouse.domain.order import CAPTURED_STATUSES, Order
from countinghouse.domain.payout import Payout, PayoutJournal
from countinghouse.domain.posting import LinkedJournal
from countinghouse.domain.stream_window import check_window
from countinghouse_aws.dynamodb.codec import Plain
from countinghouse_aws.dynamodb.journal_rows import decode_journal
from countinghouse_aws.dynamodb.orders import decode_order
from tests.simulation import cloud
from tests.simulation.payday import payouts
from tests.simulation.psp_wire import Shop
from tools.ledger_verify.chains import check_chains
from tools.ledger_verify.rows import Place, Problems
from tools.sandbox_psp.charges import Charge
from tools.sandbox_psp.disputes import Dispute
from tools.sandbox_psp.payouts import Payout as Sent

J = PayoutJournal
_SHARES = ("platform_fee_revenue", "fee_tax_payable")
_BETWEEN = ("refund_clearing", "chargeback_suspense", "chargeback_loss")
_LOST = "lost"


def books_at_rest(shop: Shop) -> Iterator[str]:
    """Everything wrong with the books as a whole."""
    linked = [decode_journal(r) for r in cloud.rows("ledger") if "legs" in r]
    orders = [decode_order(row) for row in cloud.rows("payment_order")]
    yield from verified(linked)
    for payout in payouts():
        sent = [one for one in shop.payouts() if one.reference == payout.payout_id]
        yield from sealed(payout, linked, sent)
    for order in orders:
        charges = [c for c in shop.charges() if c.order_id == order.order_id]
        disputes = [d for d in shop.disputes() if d.order_id == order.order_id]
        yield from within_bounds(order, charges, disputes)
        if order.status in CAPTURED_STATUSES and order.conversion is None:
            yield from shared_out(order, linked, _kept_by_psp(shop, order.order_id))
    for payment in cloud.rows("payment_event"):
        yield from adds_up(payment)


def verified(linked: Sequence[LinkedJournal]) -> Iterator[str]:
    """I20: the product's own verifiers find every wallet's chain whole."""
    for problem in check_window(linked):
        yield f"I20: {problem.subject}: {problem.detail}"
    problems = Problems()
    places = [
        Place(
            *(address.owner, address.wallet_id, link.sequence, one.journal.ledger_id),
            *(link.previous or "", link.chain, one.journal.digest),
        )
        for one in linked
        for address, link in one.links.items()
    ]
    check_chains(sorted(places), problems, whole=True)
    for found in problems:
        yield f"I20: {found.subject}: {found.detail}"


def sealed(payout: Payout, linked: Sequence[LinkedJournal], sent: Sequence[Sent]) -> Iterator[str]:
    """I7: what is set aside, agreed on and paid is one amount, and it is paid once at most."""
    moved = {
        one.journal.kind: sum(
            leg.amount.minor for leg in one.journal.legs if leg.account.kind == "seller_in_payout"
        )
        for one in linked
        if one.journal.reference == payout.payout_id
    }
    wanted = {J.RESERVE: -payout.amount_minor} | dict.fromkeys(
        (J.PAID, J.FAILED, J.CANCELLED), payout.amount_minor
    )
    for kind, minor in moved.items():
        if minor != wanted.get(PayoutJournal(kind), 0):
            yield f"I7: {kind} moves {minor} of {payout}"
    if len(sent) > 1 or any(one.amount != payout.amount_minor for one in sent):
        yield f"I7: {payout.payout_id} is of {payout.amount_minor}, at the PSP are {sent}"


def within_bounds(
    order: Order, charges: Iterable[Charge], disputes: Iterable[Dispute]
) -> Iterator[str]:
    """I8: 0 <= given back <= captured <= authorised <= the order's amount, at the PSP too."""
    for charge in charges:
        lost = sum(d.withdrawn for d in disputes if d.status == _LOST)
        steps = (0, charge.refunded, charge.captured, charge.amount, order.amount_minor)
        if list(steps) != sorted(steps) or charge.refunded + lost > charge.captured:
            yield f"I8: order {order.order_id}: {steps}, lost {lost}"


def _kept_by_psp(shop: Shop, order_id: str) -> int:
    """What the PSP took for an order and neither gave back nor lost; its fees left out."""
    captured = sum(c.captured for c in shop.charges() if c.order_id == order_id)
    refunds = (r for r in shop.refunds() if r.order_id == order_id)
    returned = sum(refund.amount for refund in refunds if refund.status == "succeeded")
    withdrawn = sum(d.withdrawn for d in shop.disputes() if d.order_id == order_id)
    return captured - returned - withdrawn


def shared_out(order: Order, linked: Iterable[LinkedJournal], kept: int) -> Iterator[str]:
    """I9: seller's part, fee and tax are all that was taken and not given back; each above zero.

    A loss that the platform bears is not the seller's, nor what a refund under way has set aside.
    """
    parts: Counter[str] = Counter()
    for one in linked:
        if one.journal.reference == order.order_id:
            for leg in one.journal.legs:
                parts[leg.account.kind] -= leg.amount.minor
    sellers = sum(minor for kind, minor in parts.items() if kind.startswith("seller_"))
    kept -= sum(parts[kind] for kind in _BETWEEN)
    shares = [parts[kind] for kind in _SHARES]
    if sellers + sum(shares) != kept or min(shares) < 0:
        yield f"I9: of {kept} for {order.order_id} the seller has {sellers}, the platform {shares}"


def adds_up(payment: Plain) -> Iterator[str]:
    """I9: a checkout's orders come to its amount, each above zero."""
    lines = [order["amount"] for order in payment.get("orders", ())]
    if lines and (sum(lines) != payment["amount"] or min(lines) <= 0):
        yield f"I9: the orders of {payment['checkout_id']} come to {lines}, not {payment['amount']}"
