"""Webhooks of refunds, disputes and payouts: the faults of a charge's webhooks meet them too."""

import json

import pytest

from tests.unit.sandbox_psp.shop import Shop, is_signed


def change(shop: Shop, what: str, charge: str) -> None:
    """Make something of the kind happen, about ord-1 or what takes its place."""
    if what == "refund":
        shop.refund(charge)
    elif what == "dispute":
        shop.dispute(charge)
    else:
        shop.payout(shop.bank_account(), "ord-1")


@pytest.mark.parametrize("what", ["refund", "dispute", "payout"])
@pytest.mark.parametrize(
    ("kind", "now", "later"),
    [
        ("webhook_lost", 0, 0), ("webhook_duplicate", 2, 0), ("webhook_delayed", 0, 1),
        ("webhook_out_of_order", 0, 1),
    ],
)  # fmt: skip
def test_the_faults_meet_refunds_disputes_and_payouts_too(
    shop: Shop, what: str, kind: str, now: int, later: int
) -> None:
    charge = shop.captured()
    shop.fault(kind, order_id="ord-other")
    shop.fault(kind, order_id="ord-1")

    change(shop, what, charge)

    assert len(shop.events()) == now
    shop.tick(seconds=8)
    assert len(shop.events()) == later
    assert len(shop.call("GET", "/_control/faults").json["data"]) == 1


@pytest.mark.parametrize("what", ["refund", "dispute", "payout"])
def test_their_signatures_go_bad_too(shop: Shop, what: str) -> None:
    charge = shop.captured()
    shop.fault("webhook_bad_signature", order_id="ord-1")
    change(shop, what, charge)

    (delivery,) = shop.webhooks()

    assert not is_signed(delivery, int(shop.now.timestamp()))


def test_only_the_same_object_overtakes_a_held_event(shop: Shop) -> None:
    charge = shop.captured(method="wallet")
    shop.fault("webhook_out_of_order")
    held = shop.refund(charge, 1).json["refund_reference"]
    other = shop.refund(charge, 2).json["refund_reference"]
    shop.tick(seconds=1)
    assert [d.psp_reference for d in shop.webhooks()] == [other]

    shop.decide("refunds", held, "succeed")

    assert [json.loads(d.body)["type"] for d in shop.webhooks()] == ["refund.succeeded"]
    shop.tick(seconds=1)
    assert [json.loads(d.body)["type"] for d in shop.webhooks()] == ["refund.pending"]
