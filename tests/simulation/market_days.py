"""The flows in which everything runs together, and random markets by a seed."""

from __future__ import annotations

from countinghouse.domain.instants import DAY
from tests.simulation.client import Script
from tests.simulation.commands import Sold
from tests.simulation.compare import as_the_model_says
from tests.simulation.flow import Flow
from tests.simulation.market import Play, in_turn, plays
from tests.simulation.market_plan import Day, Deed, Part, Sale, commands, date_of
from tests.simulation.preludes import PRELUDES
from tests.simulation.psp_wire import Shop
from tests.simulation.reconcile_flow import evening, reconciled

MARKET_DAY = (
    Day(
        sales=(
            Sale(
                "chk-1",
                (
                    Part("ord-1", "seller-1", 7_000),
                    Part("ord-2", "seller-2", 1_250),
                    Part("ord-3", "seller-3", 999, "declines"),
                ),
            ),
            Sale("chk-2", (Part("ord-4", "seller-2", 4_321),), method="wallet", acts="approve"),
            Sale("chk-3", (Part("ord-5", "seller-3", 9_000),), "JPY", "qr", acts="approve"),
        ),
        deeds=(
            (
                "seller-1",
                (
                    Deed("deliver", "ord-1"),
                    Deed("refund", "ord-1", 3_000),
                    Deed("dispute", "ord-1", 2_000, "win"),
                    Deed("payout", how="paid"),
                ),
            ),
            (
                "seller-2",
                (
                    Deed("deliver", "ord-4"),
                    Deed("payout", how="fails"),
                    Deed("dispute", "ord-4", 4_321, "lose"),
                    Deed("deliver", "ord-2"),
                ),
            ),
            (
                "seller-3",
                (Deed("deliver", "ord-5"), Deed("payout", how="comes back", currency="JPY")),
            ),
        ),
    ),
)


SMALL = (
    Day(
        sales=(Sale("chk-1", (Part("ord-1", "seller-1", 7_000),)),),
        deeds=(("seller-1", (Deed("deliver", "ord-1"), Deed("refund", "ord-1", 3_000))),),
    ),
)
TWO_MONTHS = (
    *MARKET_DAY,
    Day(
        deeds=(
            ("seller-1", (Deed("payout", how="paid"),)),
            ("seller-2", (Deed("refund", "ord-2", 250), Deed("payout", how="paid"))),
        ),
        month=True,
    ),
)


def flow_of(
    name: str,
    says: str,
    days: tuple[Day, ...],
    scripts: tuple[Play, ...] | None = None,
    prelude: str | None = None,
) -> Flow:
    """A flow that plays these days: all of them, or what is left of them after a prelude."""
    told = tuple(commands(days))
    return Flow(
        name,
        says,
        plays(days) if scripts is None else scripts,
        frozenset({"succeeded", "partially_succeeded", "failed", "cancelled"}),
        {order.order_id: _ends(order) for order in told if isinstance(order, Sold)},
        patience_ms=9 * DAY,
        prelude=prelude,
        annex=evening(as_the_model_says(told)),
    )


def _ends(sold: Sold) -> frozenset[str]:
    if not sold.wanted:
        return sold.ends
    return frozenset({"captured" if sold.wanted == sold.amount else "partially_captured"})


def _reconciling(_: Shop) -> Script:
    yield from reconciled(date_of(0))


CLOSED, RECONCILED = "a closed day", "a reconciled day"
PRELUDES[CLOSED] = in_turn(MARKET_DAY, reconciles=False)
PRELUDES[RECONCILED] = in_turn(MARKET_DAY, reconciles=True)

WHOLE: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        flow_of("W1", "a day of the whole market, and its reconciliation", MARKET_DAY),
        flow_of(
            *("W2", "the reconciliation of such a day", MARKET_DAY),
            scripts=(_reconciling,),
            prelude=CLOSED,
        ),
        flow_of(
            *("W3", "a month later: reserves are freed and paid out", TWO_MONTHS),
            scripts=plays(TWO_MONTHS, since=1),
            prelude=RECONCILED,
        ),
    )
}
