"""The flows of a large seller, whose orders stand in four wallets: sold, and paid out from all."""

from __future__ import annotations

from functools import partial

from tests.simulation import cloud
from tests.simulation.checkout import Checkout, Orders
from tests.simulation.client import Pass, Script, Until
from tests.simulation.flow import PATIENCE_MS, Flow, Play
from tests.simulation.payday import pay_out, register, sent
from tests.simulation.preludes import (
    PRELUDES,
    RESERVE_DAY_MS,
    deliver,
    heard_of,
    is_booked,
    order,
    refund,
    settled,
)
from tests.simulation.psp_wire import Shop
from tests.simulation.sale import Ending, Sale, balances

SELLER = "grand-bazaar"
"""Has four wallets by the market's rules."""
SOLD: Orders = (
    *(("ord-1", SELLER, 7_000), ("ord-2", SELLER, 1_200)),
    *(("ord-3", SELLER, 7_000), ("ord-5", SELLER, 2_000)),
)
"""One in each of the four wallets: 1, 0, 2 and 3."""
IDS = tuple(order_id for order_id, _, _ in SOLD)

ALL = balances(available=14_396, reserved=757)
WALLETS = {f"EUR#{shard}" for shard in range(4)}
PAID = Ending(balances(reserved=757), payouts=("paid",))


def _sold(shop: Shop) -> Script:
    yield from Checkout(SOLD)(shop)
    yield Until(lambda: all(order(order_id).get("status") == "captured" for order_id in IDS))
    yield Until(lambda: {row["wallet_id"] for row in cloud.rows("wallet")} == WALLETS)


def _payable(shop: Shop) -> Script:
    """All four delivered, and a bank account to pay to."""
    yield from _sold(shop)
    for order_id in IDS:
        yield deliver(order_id)
    for order_id in IDS:
        yield Until(partial(is_booked, order_id))
    yield register(shop, SELLER)


def _in_debt(shop: Shop) -> Script:
    """In one wallet a dispute took more than there is: what the platform kept is owed."""
    yield from _payable(shop)
    dispute = shop.dispute("ord-1", 7_000)
    yield heard_of("dispute", "opened")
    shop.decide(dispute, "lose")
    yield Until(partial(settled, "ord-1", refunds=0, disputes=1))


def _almost_free(shop: Shop) -> Script:
    yield from _payable(shop)
    yield Pass(RESERVE_DAY_MS - 1_000)


PRELUDES |= {
    "sold in four wallets": _sold,
    "payable from four wallets": _payable,
    "in debt in one of four wallets": _in_debt,
    "almost free in four wallets": _almost_free,
}


def _paid_out(shop: Shop) -> Script:
    yield pay_out(seller_id=SELLER)
    yield from sent(shop, "pay")


def _failed(shop: Shop) -> Script:
    yield pay_out(seller_id=SELLER)
    yield from sent(shop, "fail")


def _refund(_: Shop) -> Script:
    yield refund(3_000)


def _deliver_and_be_paid(shop: Shop) -> Script:
    """From delivery to the bank; one order is refunded in part on the way."""
    for order_id in IDS:
        yield deliver(order_id)
    yield refund(3_000)
    yield Until(partial(settled, "ord-1", refunds=1, disputes=0))
    for order_id in IDS:
        yield Until(partial(is_booked, order_id))
    yield register(shop, SELLER)
    yield from _paid_out(shop)


def _disputed(shop: Shop) -> Script:
    """A dispute that is opened while the money leaves, and won."""
    dispute = shop.dispute("ord-1", 4_000)
    yield heard_of("dispute", "opened")
    shop.decide(dispute, "win")
    yield heard_of("dispute", "won")


def _all_free(shop: Shop) -> Script:
    """The reserve's day comes for each wallet, then all of it is paid out."""
    yield Pass(RESERVE_DAY_MS)
    yield Until(lambda: not any("due_at" in row for row in cloud.rows("wallet")))
    yield from _paid_out(shop)


def _flow(
    name: str,
    says: str,
    scripts: tuple[Play, ...],
    *endings: Ending,
    prelude: str = "payable from four wallets",
    with_streams: bool = True,
    with_workflows: bool = True,
    is_opening_told: bool = True,
) -> Flow:
    return Flow(
        name,
        says,
        scripts,
        frozenset({"succeeded"}),
        dict.fromkeys(IDS, frozenset({"captured"})),
        with_streams=with_streams,
        with_workflows=with_workflows,
        patience_ms=PATIENCE_MS,
        prelude=prelude,
        sale=Sale(endings, is_opening_told, SELLER),
    )


def _ending(status: str, *refunds: str, disputes: tuple[str, ...] = (), **buckets: int) -> Ending:
    return Ending(balances(**buckets), refunds, disputes, (status,))


LARGE_SELLER: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        _flow("L1", "paid from four wallets", (_paid_out,), PAID),
        _flow(
            "L2",
            "in debt in one wallet, paid from the others what is left",
            (_paid_out,),
            _ending("paid", disputes=("lost",), reserved=449),
            prelude="in debt in one of four wallets",
        ),
        _flow(
            "L3",
            "delivered, refunded in part and paid out",
            (_deliver_and_be_paid,),
            _ending("paid", "succeeded", reserved=625),
            prelude="sold in four wallets",
        ),
        _flow(
            "L4",
            "paid, while a refund is asked for in one wallet",
            (_paid_out, _refund),
            _ending("failed", "succeeded", available=11_885, reserved=625),
            _ending("paid", "succeeded", reserved=625),
            _ending("paid", "succeeded", debt=2_511, reserved=625),
        ),
        _flow(
            "L5",
            "paid, while an order of one wallet is disputed, which is won",
            (_paid_out, _disputed),
            _ending("failed", disputes=("won",), available=14_396, reserved=757),
            _ending("paid", disputes=("won",), reserved=757),
            _ending("paid", disputes=("won",), available=4_000, reserved=757),
        ),
        _flow(
            "L6",
            "a payout that fails leaves all in the first wallet",
            (_failed,),
            Ending(ALL, payouts=("failed",)),
        ),
        _flow(
            "L7",
            "the reserves of four wallets are free, and paid out with the rest",
            (_all_free,),
            _ending("paid"),
            prelude="almost free in four wallets",
        ),
        _flow(
            "L8",
            "paid from four wallets, and every stream record is lost",
            (_paid_out,),
            PAID,
            with_streams=False,
        ),
        _flow(
            "L9",
            "paid from four wallets, and every execution is lost after one task",
            (_paid_out,),
            PAID,
            with_workflows=False,
        ),
    )
}
