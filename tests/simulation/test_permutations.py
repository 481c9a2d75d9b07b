"""I12: the PSP's facts end in the same state in whatever order they come to us.

What happens at the PSP happens in one order, and nobody tells us; then every webhook about it is
handed over, in each order there is. Compared are money and statuses: which journals led there may
differ (a dispute that is won before we heard of it has never held anything back).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import pytest

from countinghouse.domain.instants import SECOND
from countinghouse_aws.dynamodb.orders import decode_order
from countinghouse_aws.dynamodb.wallets import decode_wallet
from tests.simulation import cloud
from tests.simulation.checkout import Checkout
from tests.simulation.client import Script, Until
from tests.simulation.faults import Plan
from tests.simulation.flow import Play
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.payday import pay_out, payouts, stands
from tests.simulation.preludes import order, refund
from tests.simulation.psp_wire import CARD_THREE_DS, Shop
from tests.simulation.world import World

Act = Callable[[Shop], object]


def _challenged(shop: Shop) -> Script:
    yield from Checkout(card=CARD_THREE_DS)(shop)
    yield Until(lambda: order("ord-1").get("status") == "requires_action")


def _refunded(_: Shop) -> Script:
    yield refund(3_000)
    yield Until(lambda: [r["status"] for r in order("ord-1")["refunds"]] == ["succeeded"])


def _sent_out(_: Shop) -> Script:
    yield pay_out()
    yield stands("in_transit")


def _approve(shop: Shop) -> None:
    shop.act(order("ord-1")["payment_info"]["psp_token"], "approve")


def _send_back(shop: Shop) -> None:
    (sent,) = shop.refunds()
    shop.ask("POST", f"/_control/refunds/{sent.refund_reference}", {"result": "fail"})


def _decide(result: str) -> Act:
    return lambda shop: shop.decide(shop.disputes()[-1].dispute_reference, result)


def _dispute(amount: int) -> Act:
    return lambda shop: shop.dispute("ord-1", amount)


def _bank(result: str) -> Act:
    return lambda shop: shop.bank_says(result)


@dataclass(frozen=True, slots=True)
class Case:
    """What we do first, what then happens at the PSP, one thing after the other."""

    prelude: str | None
    script: Play
    acts: tuple[Act, ...]


CASES = {
    "a challenge met": Case(None, _challenged, (_approve,)),
    "a dispute won": Case("delivered", _refunded, (_dispute(2_000), _decide("win"))),
    "a dispute challenged and lost": Case(
        "delivered", _refunded, (_dispute(2_000), _decide("challenge"), _decide("lose"))
    ),
    "a refund sent back": Case("delivered", _refunded, (_send_back,)),
    "a refund sent back, and a dispute won": Case(
        "delivered", _refunded, (_send_back, _dispute(2_000), _decide("win"))
    ),
    "a payout returned": Case("payable", _sent_out, (_bank("pay"), _bank("return"))),
}


def _played(process: Machine, case: Case, chosen: Sequence[int] | None) -> tuple[int, object]:
    """How many webhooks there are, and how it ends when they come in this order."""
    counts: list[int] = []

    def script(shop: Shop) -> Script:
        for delivery in shop.psp.due_webhooks():
            shop.psp.mark_delivered(delivery.delivery_id, 200)
        yield from case.script(shop)
        for act in case.acts:
            process.clock.advance(SECOND)
            act(shop)
        webhooks = shop.psp.due_webhooks()
        counts.append(len(webhooks))
        for place in range(len(webhooks)) if chosen is None else chosen:
            assert world.mail._hand_over(webhooks[place]) == 200
            # Whatever follows from it, before any time passes in which somebody would ask.
            while world.step():
                pass

    flow = replace(FLOWS["F1"], prelude=case.prelude, scripts=(script,), with_webhooks=False)
    world = World(process, flow, Plan("F1"))
    with world.alive():
        if case.prelude is not None:
            world._begin_after(case.prelude)
        world._perform(flow.scripts)
        return counts[0], _end()


def _end() -> object:
    """Everything that has to be the same."""
    orders = [decode_order(row) for row in cloud.rows("payment_order")]
    wallets = [decode_wallet(row) for row in cloud.rows("wallet")]
    disputes = [
        (str(d.stage), str(d.status), d.amount_minor, d.withdrawn_minor, d.fee_minor, d.sequence)
        for one in orders
        for d in one.disputes
    ]
    return (
        [(one.order_id, str(one.status), one.captured_minor) for one in orders],
        [(str(r.status), r.amount_minor) for one in orders for r in one.refunds],
        disputes,
        [(str(one.status), one.booked) for one in payouts()],
        [(wallet.address, sorted(wallet.balances.items())) for wallet in wallets],
    )


@pytest.mark.parametrize("name", CASES)
def test_webhooks_end_in_the_same_state_in_whatever_order_they_come(
    process: Machine, name: str
) -> None:
    case = CASES[name]
    count, as_it_happened = _played(process, case, None)
    assert count > 1

    for chosen in permutations(range(count)):
        assert _played(process, case, chosen)[1] == as_it_happened, chosen
