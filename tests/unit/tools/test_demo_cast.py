"""The demo's cast: what it promises to play, decided before the first call."""

from __future__ import annotations

from collections import Counter

from tools.demo.cast import CURRENCIES, cast, sellers_of
from tools.demo.plots import PLOTS, Means
from tools.sandbox_psp.faults import KINDS as FAULTS

CHECKOUTS = cast("demo-t")
# These are about payouts, or make a conflict that waits for a person.
# What befalls refunds and payouts is played in the second act.
OF_THE_SECOND_ACT = {"refund_fails", "refund_reversed", "payout_fails", "payout_returned"}
# A key whose first call is under way is what other PSPs answer; the conformance cases play it.
NOT_PLAYED = {"amount_drift", "key_in_use"} | OF_THE_SECOND_ACT


def test_there_are_at_least_sixty_checkouts_of_one_to_five_sellers() -> None:
    assert len(CHECKOUTS) >= 60
    assert {len(checkout.parts) for checkout in CHECKOUTS} == {1, 2, 3, 4, 5}


def test_every_means_is_used_in_every_currency() -> None:
    used = {(checkout.means, checkout.currency) for checkout in CHECKOUTS}

    assert used >= {(means, currency) for means in Means for currency in CURRENCIES}


def test_a_third_is_submitted_twice() -> None:
    assert sum(checkout.twice for checkout in CHECKOUTS) * 3 >= len(CHECKOUTS)


def test_every_fault_of_pay_in_is_planted() -> None:
    planted = {fault.kind for plot in PLOTS for fault in plot.faults}

    assert planted == set(FAULTS) - NOT_PLAYED


def test_every_ending_is_played() -> None:
    endings = Counter(checkout.plot.status for checkout in CHECKOUTS)

    assert set(endings) == {"succeeded", "partially_succeeded", "failed", "cancelled"}


def test_ids_belong_to_the_run_alone() -> None:
    orders = [part.order_id for checkout in CHECKOUTS for part in checkout.parts]

    assert len(set(orders)) == len(orders)
    assert all(one.startswith("demo-t-") for one in orders + sellers_of(CHECKOUTS))
    assert not {part.order_id for one in cast("demo-u") for part in one.parts} & set(orders)


def test_a_run_of_the_same_name_is_the_same() -> None:
    assert cast("demo-t") == CHECKOUTS


def test_a_capture_by_hand_takes_a_part_of_the_first_order() -> None:
    (checkout,) = [one for one in CHECKOUTS if one.plot.capture == "manual"]
    first, second = checkout.parts

    assert 0 < first.captured < first.amount
    assert first.captured == first.capture
    assert first.ends == {"partially_captured"}
    assert second.captured == second.amount
    assert second.ends == {"captured"}


def test_nothing_is_expected_of_the_declined() -> None:
    for checkout in CHECKOUTS:
        took_money = checkout.plot.status in ("succeeded", "partially_succeeded")
        assert (checkout.captured > 0) is took_money
        assert checkout.captured <= checkout.amount


def test_faults_are_aimed_at_orders_that_are_there() -> None:
    for checkout in CHECKOUTS:
        own = {part.order_id for part in checkout.parts}
        assert {part.order_id for _, part in checkout.faults} <= own
