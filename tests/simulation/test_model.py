"""The reference model by itself, and that it notices: each planted bug is seen and named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from countinghouse.domain import fees, order_delivery, order_refunds
from countinghouse.domain.booking import Split
from countinghouse.domain.order import Order
from tests.simulation.commands import (
    Command,
    Delivered,
    Disputed,
    Freed,
    PaidOut,
    Refunded,
    Sold,
    Truth,
)
from tests.simulation.compare import disagreements, netted
from tests.simulation.faults import Broken, Plan
from tests.simulation.machine import Machine
from tests.simulation.market_days import SMALL, flow_of
from tests.simulation.model import Model, parted, psp_fee, share
from tests.simulation.world import World

SELLER = ("s", "EUR")
SOLD = Sold("o", "c", "s", "EUR", 7_000, 7_000)
DELIVERED = Delivered("o", "2026-12-23")


def came_to(*commands: Command, **more: Any) -> Model:
    """What a market of one order comes to, of which the PSP took all."""
    known: dict[str, Any] = {"captured": {"o": 7_000}, "refunds": {("o", 1): "succeeded"}}
    known |= {"disputes": {}, "payouts": {}, "arrived": {}, "filed": frozenset()} | more
    return Model(Truth(**known)).follow(commands)


def sheet_of(model: Model) -> dict[str, int]:
    return {name: minor for name, minor in model.wallets[SELLER].items() if minor}


def test_the_worked_example_of_the_domain_rules() -> None:
    model = came_to(SOLD, DELIVERED)

    assert sheet_of(model) == {"available": 5_859, "reserved": 308}
    assert model.platform["EUR"] == {
        **{"psp_receivable": 7_000, "platform_fee_revenue": -700},
        "fee_tax_payable": -133,
    }


def test_a_refund_after_delivery_comes_from_everybody() -> None:
    model = came_to(SOLD, DELIVERED, Refunded("o", 3_000))

    assert sheet_of(model) == {"available": 5_859 - 2_511, "reserved": 308 - 132}
    assert model.platform["EUR"]["platform_fee_revenue"] == -700 + 300
    assert model.platform["EUR"]["fee_tax_payable"] == -133 + 57


@pytest.mark.parametrize(
    "commands",
    [
        (SOLD, Refunded("o", 7_001), DELIVERED),
        (SOLD, DELIVERED, DELIVERED),
        (SOLD, Refunded("o", 0), DELIVERED),
    ],
)
def test_what_is_refused_changes_nothing(commands: tuple[Command, ...]) -> None:
    assert sheet_of(came_to(*commands)) == {"available": 5_859, "reserved": 308}


def test_a_refund_that_failed_leaves_all_as_it_was() -> None:
    model = came_to(SOLD, DELIVERED, Refunded("o", 3_000), refunds={("o", 1): "failed"})

    assert sheet_of(model) == {"available": 5_859, "reserved": 308}
    assert model.orders["o"].refunded == 0


def test_a_dispute_lost_takes_all_the_seller_has_and_leaves_a_debt() -> None:
    told = {"o": [(7_000, "lost", 7_000, 1_500)]}
    model = came_to(SOLD, DELIVERED, Disputed("o"), Refunded("o", 1), disputes=told)

    assert sheet_of(model) == {"debt": 833}
    assert model.platform["EUR"]["psp_receivable"] == -1_500
    assert model.orders["o"].refunds == []


def test_what_is_freed_pays_a_debt_first_and_a_payout_takes_the_rest() -> None:
    told = {"o": [(6_000, "lost", 6_000, 0)]}
    owes = came_to(SOLD, DELIVERED, Disputed("o"), disputes=told)
    freed = came_to(SOLD, DELIVERED, Disputed("o"), Freed("2026-12-23"), disputes=told)
    paid = came_to(
        *(SOLD, DELIVERED, Freed("2026-12-23"), PaidOut("s", "EUR"), PaidOut("s", "EUR")),
        payouts={SELLER: [(6_167, "paid")]},
    )

    assert sheet_of(owes) == {"reserved": 167}
    assert sheet_of(freed) == {"available": 167}
    assert sheet_of(paid) == {}
    assert paid.payouts[SELLER] == [(6_167, "paid")]
    assert paid.platform["EUR"]["bank"] == -6_167


def test_what_is_settled_leaves_the_psps_account() -> None:
    arrived = {"EUR": 7_000 - psp_fee(7_000)}
    model = came_to(SOLD, arrived=arrived, filed=frozenset({"o"}))

    assert psp_fee(7_000) == 98 + 25
    assert model.platform["EUR"]["psp_receivable"] == 0


def test_parts_add_up_and_the_first_of_equals_gets_the_rest() -> None:
    assert parted(10, [1, 1, 1]) == [4, 3, 3]
    assert parted(100, [3, 1, 2]) == [50, 17, 33]
    assert (share(5, 1_000), share(4, 1_000)) == (1, 0)


def test_a_payments_status_follows_from_its_orders() -> None:
    gone = replace(SOLD, order_id="p", wanted=0, ends=frozenset({"failed"}))
    off = replace(gone, order_id="q", ends=frozenset({"voided", "cancelled"}))

    assert came_to(SOLD).payment("c") == {"succeeded"}
    assert came_to(SOLD, gone).payment("c") == {"partially_succeeded"}
    assert came_to(gone).payment("c") == {"failed"}
    assert came_to(gone, off).payment("c") == {"failed"}
    assert came_to(off).payment("c") == {"cancelled"}


def test_a_disagreement_shows_both_sides_by_field() -> None:
    ours = {("seller", "s", "available"): 1, ("order", "o"): "failed", ("same",): 3}
    models = {("order", "o"): frozenset({"captured"}), ("seller", "t", "debt"): 2, ("same",): 3}

    assert list(disagreements(ours, models)) == [
        "MODEL: order o: everybody sees failed, the model says ['captured']",
        "MODEL: seller s available: everybody sees 1, the model says None",
        "MODEL: seller t debt: everybody sees None, the model says 2",
    ]


# --- planted bugs --------------------------------------------------------------------------------
def a_wrong_fee(patch: pytest.MonkeyPatch) -> None:
    """A minor unit more than the rules say."""
    right: Callable[[int, int], int] = fees._share
    patch.setattr(fees, "_share", lambda minor, points: right(minor, points) + 1)


def a_refund_that_forgets_the_reserve(patch: pytest.MonkeyPatch) -> None:
    """What was held back stays so, and the seller's own is taken for it."""

    def split_of(order: Order, minor: int) -> Split:
        right = order_delivery.split_of(order, minor)
        return replace(right, reserve=0, seller=right.seller + right.reserve)

    patch.setattr(order_refunds, "split_of", split_of)


def a_lost_release(patch: pytest.MonkeyPatch) -> None:
    """The order is delivered, and nothing becomes of its money."""
    patch.setattr(order_delivery, "with_release", lambda order, *_: order)


@pytest.mark.parametrize(
    ("plant", "seen"),
    [
        (a_wrong_fee, "platform EUR fee_tax_payable: everybody sees -77, the model says -76"),
        (
            a_refund_that_forgets_the_reserve,
            "seller seller-1 EUR reserved: everybody sees 308, the model says 176",
        ),
        (a_lost_release, "seller seller-1 EUR pending: everybody sees 4000, the model says None"),
    ],
)
def test_a_planted_bug_is_seen_and_named(
    process: Machine, plant: Callable[[pytest.MonkeyPatch], None], seen: str
) -> None:
    flow = flow_of("planted", "a small market", SMALL)

    World(process, flow, Plan(flow.name)).run()

    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        with pytest.raises(Broken) as broken:
            World(process, flow, Plan(flow.name)).run()
    assert f"MODEL: {seen}" in broken.value.problems


def test_what_one_wallet_of_a_large_seller_owes_is_taken_off_what_another_has() -> None:
    assert netted({"available": 636, "debt": 700, "pending": 5}) == {
        "available": 0,
        "debt": 64,
        "pending": 5,
    }
    assert netted({"available": 636}) == {"available": 636}
