"""The sellers of a payout run: all from its name and number, and the system's own payout ids."""

from __future__ import annotations

import pytest

from countinghouse.domain.payout_requests import monthly_payout
from tools.payout_run.cast import ARRIVES, CURRENCY, PLOTS, cast

SELLERS = cast("pay-t", 120)


def test_a_payouts_id_is_the_one_that_the_system_gives_it() -> None:
    for seller in SELLERS[:3]:
        wanted = monthly_payout(seller.seller_id, CURRENCY, "2026-11")
        assert seller.payout_id("2026-11") == wanted.payout_id


def test_the_same_name_is_the_same_run_and_another_name_shares_nothing() -> None:
    assert cast("pay-t", 120) == SELLERS
    assert cast("pay-t", 7) == SELLERS[:7]
    others = {seller.seller_id for seller in cast("pay-u", 120)}
    assert not others & {seller.seller_id for seller in SELLERS}


def test_most_payouts_arrive_and_every_fifty_sellers_meet_every_trouble() -> None:
    plots = [seller.plot for seller in SELLERS]

    assert {plot: plots[:50].count(plot) for plot in PLOTS} == {
        plot: 45 if plot is ARRIVES else 1 for plot in PLOTS
    }
    assert plots[50:100] == plots[:50]


@pytest.mark.parametrize("count", [1, 2, 20])
def test_a_small_run_has_its_trouble_first(count: int) -> None:
    plots = [seller.plot for seller in cast("pay-t", count)]

    assert plots[0] is ARRIVES
    assert any(plot.ends == "failed" for plot in plots) is (count > 1)


def test_no_two_that_are_paid_are_owed_the_same() -> None:
    paid = [seller.amount for seller in SELLERS if seller.plot.ends == "paid"]
    assert len(set(paid)) == len(paid)


def test_who_is_not_paid_keeps_everything() -> None:
    for seller in SELLERS:
        assert seller.keeps == (0 if seller.plot.ends == "paid" else seller.amount)
