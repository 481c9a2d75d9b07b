"""Money that goes back: refunds and disputes."""

from __future__ import annotations

from dataclasses import replace

from countinghouse.domain.dispute import DisputeStatus
from countinghouse.domain.order import OrderStatus
from countinghouse.domain.psp import SettlementKind
from countinghouse.domain.refund import RefundStatus
from tests.conformance.counter import Counter
from tests.conformance.sale import Sale
from tests.conformance.scenarios import Play, scenario

S = OrderStatus
R = RefundStatus
REFUNDS = "Refunds"
DISPUTES = "Disputes"


def _paid(at: Counter) -> Sale:
    sale = at.card()
    sale.step()
    assert sale.order.status is S.CAPTURED
    return sale


def _given_back(sale: Sale) -> int:
    found = sale.psp.control("GET", f"/_control/refunds?order_id={sale.order_id}")["data"]
    return sum(int(one["amount"]) for one in found if one["status"] != "failed")


def _refunds(minor: int | None = None, fault: str | None = None) -> Play:
    """A refund of the whole or of a part, given once though its first call meets a fault."""

    def play(at: Counter) -> None:
        sale = _paid(at)
        if fault is not None:
            at.psp.plant(fault, operation="refund", order_id=sale.order_id)
        sale.refund("r1", minor)
        sale.until_refund("r1", R.SUCCEEDED)
        assert _given_back(sale) == (5_000 if minor is None else minor)

    return play


scenario(REFUNDS, "the whole is given back")(_refunds())


@scenario(REFUNDS, "two parts are given back")
def parts(at: Counter) -> None:
    sale = _paid(at)
    sale.refund("r1", 1_000)
    sale.until_refund("r1", R.SUCCEEDED)
    sale.refund("r2", 2_500)
    sale.until_refund("r2", R.SUCCEEDED)
    assert _given_back(sale) == 3_500


scenario(REFUNDS, "a refund whose answer is lost is made once")(
    _refunds(2_000, fault="timeout_after_success")
)
scenario(REFUNDS, "a refund that never arrived is sent again")(
    _refunds(2_000, fault="connection_drop")
)


@scenario(REFUNDS, "more than was taken is refused by the PSP too")
def too_much(at: Counter) -> None:
    sale = _paid(at)
    sale.refund("r1")
    sale.until_refund("r1", R.SUCCEEDED)
    beyond = replace(sale.refunded("r1"), refund_id="r9", key=f"{sale.order_id}:refund:9")
    fact = at.psp.desk.refunds().refund(sale.order, beyond)
    # One says so at once, another takes it in and says so later; none gives anything.
    assert fact.kind in (SettlementKind.FAILED, SettlementKind.PENDING)
    at.psp.pass_time(60)
    assert _given_back(sale) == 5_000


def _refunding(at: Counter, fate: str) -> Sale:
    """A refund that was asked for, and will come to what is planted."""
    sale = _paid(at)
    at.psp.plant(fate, order_id=sale.order_id)
    sale.refund("r1", 2_000)
    return sale


@scenario(REFUNDS, "a refund that fails later puts the money back")
def fails_later(at: Counter) -> None:
    sale = _refunding(at, "refund_fails")
    at.psp.pass_time(3_600)
    sale.until_refund("r1", R.FAILED)
    assert _given_back(sale) == 0


@scenario(REFUNDS, "a refund that had succeeded comes back")
def comes_back(at: Counter) -> None:
    sale = _refunding(at, "refund_reversed")
    sale.until_refund("r1", R.SUCCEEDED, R.REVERSED)
    at.psp.pass_time(10 * 86_400)
    sale.until_refund("r1", R.REVERSED, asking=False)


def _disputed(at: Counter, amount: int = 4_000) -> tuple[Sale, str]:
    sale = _paid(at)
    wanted = {"psp_reference": sale.order.psp_reference, "amount": amount, "reason": "fraudulent"}
    opened = at.psp.control("POST", "/_control/disputes", wanted)
    sale.until_heard(lambda: bool(sale.order.disputes), "the dispute")
    return sale, str(opened["dispute_reference"])


@scenario(DISPUTES, "a chargeback is opened against its order")
def opened(at: Counter) -> None:
    sale, _ = _disputed(at)
    (dispute,) = sale.order.disputes
    assert dispute.amount_minor == 4_000
    sale.until_heard(lambda: sale.order.disputes[0].withdrawn_minor == 4_000, "the withdrawal")


@scenario(DISPUTES, "a chargeback is won and its money comes back")
def won(at: Counter) -> None:
    sale, reference = _disputed(at)
    sale.until_heard(lambda: sale.order.disputes[0].withdrawn_minor == 4_000, "the withdrawal")
    for result in ("challenge", "win"):
        at.psp.control("POST", f"/_control/disputes/{reference}", {"result": result})
    sale.until_heard(
        lambda: (
            sale.order.disputes[0].status is DisputeStatus.WON
            and sale.order.disputes[0].withdrawn_minor == 0
        ),
        "a win",
    )


@scenario(DISPUTES, "a chargeback is lost")
def lost_dispute(at: Counter) -> None:
    sale, reference = _disputed(at)
    for result in ("challenge", "lose"):
        at.psp.control("POST", f"/_control/disputes/{reference}", {"result": result})
    sale.until_heard(
        lambda: sale.order.disputes[0].status in (DisputeStatus.LOST, DisputeStatus.EXPIRED),
        "a loss",
    )
