"""The buyer's answer belongs to the session."""

import pytest

from tests.unit.sandbox_psp.shop import DECLINED, OK, THREE_DS, Shop

METHODS = [("wallet", None, "redirect"), ("qr", None, "qr_code"),
           ("credit_card", None, "redirect"), ("credit_card", THREE_DS, "three_ds")]  # fmt: skip


@pytest.mark.parametrize(("method", "card", "action"), METHODS)
def test_a_challenge_says_what_the_buyer_has_to_do(
    shop: Shop, method: str, card: str | None, action: str
) -> None:
    charge = shop.charge(shop.session(card=card), method=method).json

    assert charge["status"] == "requires_action"
    assert charge["action"]["type"] == action
    assert "/pay/tok_" in charge["action"]["url"]
    late = "2026-11-22T09:15" if method == "qr" else "2026-11-22T10:00"
    assert charge["action"]["expires_at"].startswith(late)
    assert ("qr_payload" in charge["action"]) == (method == "qr")
    assert shop.events() == ["charge.requires_action"]


@pytest.mark.parametrize(("method", "card", "_action"), METHODS)
def test_one_approval_settles_the_whole_session(
    shop: Shop, method: str, card: str | None, _action: str
) -> None:
    token = shop.session(card=card)
    first = shop.charge(token, "ord-1", method=method).json
    shop.charge(token, "ord-2", method=method, capture="manual")
    shop.events()

    answer = shop.act(first["psp_reference"], "approve")

    assert (answer.status, answer.json["status"]) == (200, "captured")
    assert shop.status("ord-2") == "authorized"
    assert sorted(shop.events()) == ["charge.authorized", "charge.captured"]
    assert shop.charge(token, "ord-3", method=method).json["status"] == "captured"


@pytest.mark.parametrize(
    ("method", "card", "code"),
    [
        ("wallet", None, "wallet_declined"),
        ("qr", None, "qr_declined"),
        ("credit_card", THREE_DS, "authentication_failed"),
    ],
)
def test_a_buyer_who_declines_declines_the_whole_session(
    shop: Shop, method: str, card: str | None, code: str
) -> None:
    token = shop.session(card=card)
    shop.charge(token, "ord-1", method=method)

    assert shop.act(token, "decline").status == 200

    assert shop.status() == "declined"
    later = shop.charge(token, "ord-2", method=method).json
    assert (later["status"], later["decline"]["code"]) == ("declined", code)
    assert later["decline"]["type"] == "hard"


def test_the_same_answer_again_changes_nothing_another_is_refused(shop: Shop) -> None:
    reference = shop.charge(shop.session(), method="qr").json["psp_reference"]
    shop.act(reference, "approve")
    shop.events()

    again, other = shop.act(reference, "approve"), shop.act(reference, "decline")

    assert (again.status, again.json["status"]) == (200, "captured")
    assert (other.status, other.code) == (409, "illegal_state")
    assert shop.events() == []


def test_an_answer_nobody_asked_for_is_refused(shop: Shop) -> None:
    reference = shop.charge(shop.session(card=OK)).json["psp_reference"]

    assert shop.act(reference, "approve").status == 409
    assert shop.act("ch_unknown", "approve").status == 404
    assert shop.act(reference, "maybe").status == 422


def test_authentication_may_pass_and_the_card_decline_still(shop: Shop) -> None:
    token = shop.session(card="4000008400001629")
    reference = shop.charge(token).json["psp_reference"]

    charge = shop.act(reference, "approve").json

    assert (charge["status"], charge["decline"]["code"]) == ("declined", "card_declined")
    assert shop.act(reference, "approve").status == 200


@pytest.mark.parametrize(
    ("card", "status"), [(OK, "captured"), (DECLINED, "declined"), (THREE_DS, "requires_action")]
)
def test_a_card_entered_later_decides_the_charges_that_wait(
    shop: Shop, card: str, status: str
) -> None:
    token = shop.session()
    shop.charge(token)
    shop.events()

    shop.attach(token, card)

    assert shop.status() == status
    assert shop.events() == [f"charge.{status}"]


def test_a_new_card_is_challenged_anew(shop: Shop) -> None:
    token = shop.session(card=THREE_DS)
    shop.charge(token, "ord-1")
    shop.act(token, "decline")
    shop.attach(token, THREE_DS)

    assert shop.charge(token, "ord-2").json["status"] == "requires_action"
    assert shop.act(token, "approve").status == 200
    assert (shop.status("ord-1"), shop.status("ord-2")) == ("declined", "captured")


def test_a_buyer_may_approve_before_the_first_charge(shop: Shop) -> None:
    token = shop.session(method="wallet")

    assert shop.act(token, "approve").status == 200
    assert shop.charge(token, method="wallet").json["status"] == "captured"


@pytest.mark.parametrize(("method", "minutes"), [("qr", 15), ("wallet", 60)])
def test_an_action_expires_by_the_clock(shop: Shop, method: str, minutes: int) -> None:
    token = shop.session()
    shop.charge(token, method=method)
    shop.events()
    shop.tick(minutes=minutes, seconds=-1)
    assert shop.psp.sweep() == 0

    shop.tick(seconds=1)

    assert shop.psp.sweep() == 1
    assert shop.events() == ["charge.expired"]
    assert shop.status() == "expired"
    assert shop.charge(token, "ord-2", method=method).json["status"] == "expired"


def test_any_call_notices_what_has_expired(shop: Shop) -> None:
    reference = shop.charge(shop.session(), method="qr").json["psp_reference"]
    moved = shop.call("POST", "/_control/clock", {"advance": "15m"})

    assert moved.json["now"] == "2026-11-22T09:15:00.000000Z"
    assert shop.act(reference, "decline").status == 409
    assert shop.status() == "expired"


@pytest.mark.parametrize("method", ["qr", "wallet"])
@pytest.mark.parametrize("by_clock", [True, False])
def test_a_code_or_wallet_can_be_paid_when_its_time_is_over(
    shop: Shop, method: str, by_clock: bool
) -> None:
    token = shop.session()
    first = shop.charge(token, "ord-1", method=method).json["psp_reference"]
    shop.charge(token, "ord-2", method=method)
    if by_clock:
        shop.advance("61m")
    else:
        shop.act(token, "expire")
    shop.events()

    late = shop.act(first, "approve")
    again, other = shop.act(first, "approve"), shop.act(first, "expire")

    assert (late.status, late.json["status"], late.json["captured"]) == (200, "captured", 2_500)
    assert shop.status("ord-2") == "captured"
    assert late.json["action"] is None
    assert shop.events() == ["charge.captured"] * 2
    assert (again.status, other.status) == (200, 409)
    assert shop.refund(first, 2_500).status == 201


def test_what_a_late_buyer_pays_is_what_expired_and_nothing_else(shop: Shop) -> None:
    token = shop.session()
    voided = shop.charge(token, "ord-1", method="qr").json["psp_reference"]
    shop.call("POST", f"/v1/charges/{voided}/void", {}, key="v1")
    shop.charge(token, "ord-2", method="qr")
    shop.act(token, "expire")
    shop.events()

    assert shop.act(voided, "approve").status == 200

    assert (shop.status("ord-1"), shop.status("ord-2")) == ("voided", "captured")
    assert shop.events() == ["charge.captured"]


@pytest.mark.parametrize(("card", "end"), [(THREE_DS, "expire"), (None, "expire"), (OK, None)])
def test_a_card_cannot_be_paid_late(shop: Shop, card: str | None, end: str | None) -> None:
    token = shop.session(card=card)
    reference = shop.charge(token).json["psp_reference"]
    if end:
        assert shop.act(token, end).status == 200
    before = shop.status()

    assert (shop.act(reference, "approve").status, shop.status()) == (409, before)


@pytest.mark.parametrize("method", ["qr", "wallet"])
def test_who_declined_cannot_pay_late(shop: Shop, method: str) -> None:
    token = shop.session()
    shop.charge(token, method=method)
    shop.act(token, "decline")
    shop.tick(hours=2)

    assert (shop.act(token, "approve").status, shop.status()) == (409, "declined")


def test_a_buyer_may_let_it_expire(shop: Shop) -> None:
    reference = shop.charge(shop.session(), method="qr").json["psp_reference"]

    assert shop.act(reference, "expire").json["status"] == "expired"


def test_a_voided_challenge_expires_nothing_later(shop: Shop) -> None:
    token = shop.session()
    reference = shop.charge(token, "ord-1", method="qr").json["psp_reference"]
    shop.call("POST", f"/v1/charges/{reference}/void", {}, key="v1")
    shop.tick(hours=2)

    assert shop.charge(token, "ord-2", method="qr").json["status"] == "requires_action"
    assert shop.status("ord-1") == "voided"


@pytest.mark.parametrize("advance", ["", "1", "d", "-1d", "1.5h", "1w", "999999999d", 5])
def test_the_clock_moves_by_durations_only(shop: Shop, advance: object) -> None:
    assert shop.call("POST", "/_control/clock", {"advance": advance}).status == 422
