"""The flows of a payout: who asks, who agrees, what the bank does, and how it ends."""

from __future__ import annotations

from countinghouse.domain.instants import DAY, MINUTE
from tests.simulation.client import Pass, Script
from tests.simulation.flow import PATIENCE_MS, Flow, Play
from tests.simulation.payday import approve, cancel, pay_out, payouts, sent, stands
from tests.simulation.preludes import refund
from tests.simulation.psp_wire import Shop
from tests.simulation.sale import Ending, Sale, balances

_SUCCEEDED = frozenset({"succeeded"})
_CAPTURED = frozenset({"captured"})
_ANOTHER_IS_OPEN = frozenset({409, 422})
_TOO_LATE = frozenset({409})

UNPAID = balances(available=5_859, reserved=308)
"""What 7000 delivered are to the seller."""
ALL_PAID = balances(reserved=308)
DEAR_UNPAID = balances(available=1_255_425, reserved=66_075)
DEAR_PAID = balances(reserved=66_075)
LONG_MS = 9 * DAY
"""A workflow that was overtaken may wait seven days for an approval that was given; and with no
webhook we ask but once a day."""


def _banked(*results: str, fault: str | None = None, accepts: frozenset[int] = frozenset()) -> Play:
    """A payout, and what the bank does with it: when nothing is said, all in its own time."""

    def play(shop: Shop) -> Script:
        if fault is not None:
            shop.plant(fault, operation="payout")
        yield pay_out(accepts=accepts)
        yield from sent(shop, *results)

    return play


def _returned(shop: Shop) -> Script:
    """The bank sends back what arrived some time ago."""
    yield stands("paid")
    shop.bank_says("return")


def _approved(shop: Shop) -> Script:
    yield pay_out()
    yield stands("pending_approval")
    yield approve()
    yield from sent(shop, "pay")


def _forgotten(_: Shop) -> Script:
    """Nobody agrees for a week."""
    yield pay_out()
    yield stands("pending_approval")
    yield Pass((payouts()[-1].next_at or 0) - MINUTE)


def _called_off(_: Shop) -> Script:
    yield pay_out()
    yield stands("pending_approval")
    yield cancel()


def _approved_once_it_waits(_: Shop) -> Script:
    yield stands("pending_approval")
    yield approve(_TOO_LATE)


def _called_off_once_it_waits(shop: Shop) -> Script:
    yield pay_out()
    yield stands("pending_approval")
    yield cancel(_TOO_LATE)
    yield from sent(shop, "pay")


def _refund(_: Shop) -> Script:
    yield refund(3_000)


def _again(_: Shop) -> Script:
    """A second payout, which has to wait for the first or finds nothing left."""
    yield pay_out("k2", accepts=_ANOTHER_IS_OPEN)


def _flow(
    name: str,
    says: str,
    scripts: tuple[Play, ...],
    *endings: Ending,
    prelude: str = "payable",
    with_streams: bool = True,
    with_webhooks: bool = True,
    with_workflows: bool = True,
    patience_ms: int = PATIENCE_MS,
) -> Flow:
    return Flow(
        name,
        says,
        scripts,
        _SUCCEEDED,
        {"ord-1": _CAPTURED},
        with_streams,
        with_webhooks,
        with_workflows,
        patience_ms,
        prelude,
        Sale(endings),
    )


def _ending(status: str, *refunds: str, **buckets: int) -> Ending:
    return Ending(balances(**buckets), refunds, (), (status,))


_PAID = Ending(ALL_PAID, payouts=("paid",))
_FAILED = Ending(UNPAID, payouts=("failed",))

PAY_OUT: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        _flow("P1", "paid", (_banked("pay"),), _PAID),
        _flow("P2", "a payout that fails", (_banked("fail"),), _FAILED),
        _flow(
            "P3",
            "a payout that comes back after it arrived",
            (_returned,),
            Ending(UNPAID, payouts=("returned",)),
            prelude="paid out",
        ),
        _flow(
            "P4",
            "the PSP takes the payout and never answers",
            (_banked("pay", fault="timeout_after_success"),),
            _PAID,
        ),
        _flow(
            "P5",
            "so large that a second person agrees",
            (_approved,),
            Ending(DEAR_PAID, payouts=("paid",)),
            prelude="much payable",
            patience_ms=LONG_MS,
        ),
        _flow(
            "P6",
            "nobody agrees in time",
            (_forgotten,),
            Ending(DEAR_UNPAID, payouts=("cancelled",)),
            prelude="much payable",
            patience_ms=LONG_MS,
        ),
        _flow(
            "P7",
            "called off while it waits for its approval",
            (_called_off,),
            Ending(DEAR_UNPAID, payouts=("cancelled",)),
            prelude="much payable",
            patience_ms=LONG_MS,
        ),
        _flow(
            "P8",
            "approved and called off at once",
            (_called_off_once_it_waits, _approved_once_it_waits),
            Ending(DEAR_UNPAID, payouts=("cancelled",)),
            Ending(DEAR_PAID, payouts=("paid",)),
            prelude="much payable",
            patience_ms=LONG_MS,
        ),
        _flow(
            "P9",
            "paid, while a refund is asked for",
            (_banked("pay"), _refund),
            _ending("failed", "succeeded", available=3_348, reserved=176),
            _ending("paid", "succeeded", reserved=176),
            _ending("paid", "succeeded", debt=2_511, reserved=176),
        ),
        _flow(
            "P10",
            "asked for twice, under two keys",
            (_banked("pay", accepts=_ANOTHER_IS_OPEN), _again),
            _PAID,
        ),
        _flow("P11", "paid in the bank's own time", (_banked(),), _PAID),
        _flow(
            "P12",
            "a payout that fails in the bank's own time, and every webhook is lost",
            (_banked(fault="payout_fails"),),
            _FAILED,
            with_webhooks=False,
            patience_ms=LONG_MS,
        ),
        _flow(
            "P13",
            "paid, and every stream record is lost",
            (_banked("pay"),),
            _PAID,
            with_streams=False,
        ),
        _flow(
            "P14",
            "paid, and every execution is lost after one task",
            (_banked("pay"),),
            _PAID,
            with_workflows=False,
        ),
        _flow(
            "P15",
            "returned, and every stream record is lost",
            (_returned,),
            Ending(UNPAID, payouts=("returned",)),
            prelude="paid out",
            with_streams=False,
        ),
    )
}
