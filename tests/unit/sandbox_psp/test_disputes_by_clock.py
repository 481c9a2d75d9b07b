"""Disputes that the PSP's clock opens and ends, with nobody's help."""

import json

import pytest

from tests.unit.sandbox_psp.shop import DISPUTED_LATER, Shop


@pytest.mark.parametrize("stage", ["pre_dispute", "dispute"])
def test_a_dispute_nobody_answers_expires_after_a_week(shop: Shop, stage: str) -> None:
    shop.dispute(shop.captured(), stage=stage)
    shop.events()
    shop.tick(days=7, seconds=-1)
    assert shop.psp.sweep() == 0

    shop.tick(seconds=1)

    assert shop.psp.sweep() == 1
    (dispute,) = shop.book_of("disputes")
    assert (dispute["status"], dispute["withdrawn"]) == (
        "expired", 7_000 if stage == "dispute" else 0,
    )  # fmt: skip
    assert shop.events() == ["dispute.closed"]


@pytest.mark.parametrize("result", ["challenge", "win"])
def test_a_dispute_that_was_answered_does_not_expire(shop: Shop, result: str) -> None:
    reference = shop.dispute(shop.captured()).json["dispute_reference"]
    assert shop.decide("disputes", reference, result).status == 200

    shop.advance("8d")

    assert shop.book_of("disputes")[0]["sequence"] == 2


def test_the_card_that_is_disputed_later_is_disputed_a_day_later(shop: Shop) -> None:
    charge = shop.captured(7_000, card=DISPUTED_LATER)
    shop.refund(charge, 1_000)
    shop.events()
    shop.advance("23h59m59s")
    assert shop.book_of("disputes") == []

    shop.advance("1s")

    (dispute,) = shop.book_of("disputes")
    assert (dispute["amount"], dispute["withdrawn"], dispute["stage"]) == (6_000, 6_000, "dispute")
    assert dispute["reason"] == "fraudulent"
    assert shop.events() == ["dispute.opened"]


@pytest.mark.parametrize("way", ["captured by hand", "entered later"])
def test_the_card_is_disputed_however_it_came_to_be_captured(shop: Shop, way: str) -> None:
    if way == "entered later":
        token = shop.session()
        shop.charge(token)
        shop.attach(token, DISPUTED_LATER)
    else:
        charge = shop.charge(shop.session(card=DISPUTED_LATER), capture="manual").json
        shop.advance("2d")
        assert shop.book_of("disputes") == []
        path = f"/v1/charges/{charge['psp_reference']}/capture"
        assert shop.call("POST", path, {"amount": 900}, key="p1").status == 200

    shop.advance("1d")

    (dispute,) = shop.book_of("disputes")
    assert dispute["amount"] == (2_500 if way == "entered later" else 900)


@pytest.mark.parametrize("why", ["refunded", "in dispute"])
def test_no_dispute_opens_where_there_is_nothing_to_dispute(shop: Shop, why: str) -> None:
    charge = shop.captured(card=DISPUTED_LATER)
    if why == "refunded":
        shop.refund(charge, 7_000)
    else:
        shop.dispute(charge, amount=1)

    shop.advance("1d")

    assert len(shop.book_of("disputes")) == (0 if why == "refunded" else 1)


def test_a_clock_that_jumps_plays_the_time_out_in_order(shop: Shop) -> None:
    shop.captured(card=DISPUTED_LATER)

    shop.advance("30d")

    (dispute,) = shop.book_of("disputes")
    assert (dispute["created_at"][:10], dispute["updated_at"][:10]) == ("2026-11-23", "2026-11-30")
    assert (dispute["status"], dispute["sequence"]) == ("expired", 2)
    events = [json.loads(delivery.body) for delivery in shop.webhooks()]
    assert [(event["type"], event["created_at"][:10]) for event in events] == [
        ("dispute.opened", "2026-11-23"), ("dispute.closed", "2026-11-30"),
    ]  # fmt: skip
