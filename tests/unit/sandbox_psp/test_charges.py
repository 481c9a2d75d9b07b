"""Charges: idempotent, within the session's amount, captured once or voided."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.unit.sandbox_psp.shop import DECLINED, OK, Shop
from tools.sandbox_psp.book import Book


def test_a_good_card_is_captured_at_once(shop: Shop) -> None:
    answer = shop.charge(shop.session(card=OK), key="k1")

    assert answer.status == 201
    charge = answer.json
    assert charge["psp_reference"].startswith("ch_")
    assert (charge["status"], charge["amount"], charge["captured"]) == ("captured", 2_500, 2_500)
    assert charge["order_id"] == charge["reference"] == "ord-1"
    assert charge["idempotency_key"] == "k1"
    assert charge["decline"] is None
    assert charge["action"] is None


def test_the_same_key_and_body_charges_once(shop: Shop) -> None:
    token = shop.session(card=OK)

    first, again = (shop.charge(token, key="k1") for _ in range(2))

    assert (again.status, again.is_replay, first.is_replay) == (201, True, False)
    assert again.json["psp_reference"] == first.json["psp_reference"]
    assert len(shop.ledger()) == 1


def test_a_replay_answers_the_charge_as_it_is_now(shop: Shop) -> None:
    token = shop.session()
    first = shop.charge(token, key="k1", method="wallet")
    shop.act(first.json["psp_reference"], "approve")

    again = shop.charge(token, key="k1", method="wallet")

    assert first.json["status"] == "requires_action"
    assert again.json["status"] == "captured"


def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    token = shop.session(card=OK)
    shop.charge(token, key="k1")

    answer = shop.charge(token, key="k1", amount=2_501)

    assert (answer.status, answer.code) == (422, "idempotency_key_reused")


def test_a_key_is_required(shop: Shop) -> None:
    body = {"session": shop.session(card=OK), "reference": "o", "amount": 1, "currency": "EUR"}

    answer = shop.call("POST", "/v1/charges", {**body, "method": "credit_card"})

    assert (answer.status, answer.code) == (400, "idempotency_key_missing")


def test_a_refused_call_leaves_its_key_unused(shop: Shop) -> None:
    token = shop.session(amount=1_000, card=OK)

    assert shop.charge(token, amount=1_001, key="k1").code == "session_amount_exceeded"
    assert shop.charge(token, amount=1_000, key="k1").status == 201


def test_charges_stay_within_the_session(shop: Shop) -> None:
    token = shop.session(amount=5_000, card=OK)
    shop.charge(token, "ord-1")
    shop.charge(token, "ord-2")

    answer = shop.charge(token, "ord-3", amount=1)

    assert (answer.status, answer.code) == (422, "session_amount_exceeded")


def test_a_declined_charge_leaves_room_for_another(shop: Shop) -> None:
    token = shop.session(amount=2_500, card=DECLINED)
    assert shop.charge(token).json["status"] == "declined"
    shop.attach(token, OK)

    assert shop.charge(token).json["status"] == "captured"


def test_the_currency_is_the_sessions(shop: Shop) -> None:
    assert shop.charge(shop.session(card=OK), currency="USD").code == "currency_mismatch"


def test_charges_are_found_by_reference_key_and_order(shop: Shop) -> None:
    charge = shop.charge(shop.session(card=OK), key="k1").json
    reference = charge["psp_reference"]

    assert shop.call("GET", f"/v1/charges/{reference}").json == charge
    assert shop.call("GET", "/v1/charges", query="reference=ord-1").json["data"] == [charge]
    assert shop.call("GET", "/v1/charges", query="idempotency_key=k1").json["data"] == [charge]
    assert shop.call("GET", "/v1/charges", query="reference=other").json["data"] == []
    assert shop.call("GET", "/v1/charges").status == 422


@pytest.mark.parametrize(("asked", "captured"), [({"amount": 1_000}, 1_000), ({}, 2_500)])
def test_an_authorised_charge_is_captured_once(
    shop: Shop, asked: dict[str, int], captured: int
) -> None:
    charge = shop.charge(shop.session(card=OK), capture="manual").json
    path = f"/v1/charges/{charge['psp_reference']}/capture"
    assert (charge["status"], charge["captured"]) == ("authorized", 0)

    first = shop.call("POST", path, asked, key="c1")
    replay = shop.call("POST", path, asked, key="c1")
    second = shop.call("POST", path, asked, key="c2")

    assert (first.status, first.json["status"]) == (200, "captured")
    assert first.json["captured"] == captured
    assert (replay.status, replay.is_replay) == (200, True)
    assert (second.status, second.code) == (409, "illegal_state")
    assert second.json["charge"]["status"] == "captured"


@pytest.mark.parametrize("amount", [2_501, 0, "1", 1.5])
def test_a_capture_stays_within_the_authorisation(shop: Shop, amount: object) -> None:
    charge = shop.charge(shop.session(card=OK), capture="manual").json
    path = f"/v1/charges/{charge['psp_reference']}/capture"

    assert shop.call("POST", path, {"amount": amount}, key="c1").status == 422
    assert shop.status() == "authorized"


@pytest.mark.parametrize(("card", "method"), [(OK, "credit_card"), (None, "wallet")])
def test_what_holds_no_money_yet_is_voided(shop: Shop, card: str | None, method: str) -> None:
    charge = shop.charge(shop.session(card=card), method=method, capture="manual").json
    path = f"/v1/charges/{charge['psp_reference']}/void"

    first = shop.call("POST", path, {}, key="v1")

    assert (first.status, first.json["status"]) == (200, "voided")
    assert shop.call("POST", path, {}, key="v1").is_replay
    assert shop.call("POST", path, {}, key="v2").code == "illegal_state"


def test_a_captured_charge_is_not_voided(shop: Shop) -> None:
    path = f"/v1/charges/{shop.charge(shop.session(card=OK)).json['psp_reference']}/void"

    answer = shop.call("POST", path, {}, key="v1")

    assert (answer.status, answer.json["charge"]["status"]) == (409, "captured")


def test_one_key_serves_one_operation(shop: Shop) -> None:
    charge = shop.charge(shop.session(card=OK), key="k1", capture="manual").json
    path = f"/v1/charges/{charge['psp_reference']}"

    assert shop.call("POST", f"{path}/void", {}, key="k1").code == "idempotency_key_reused"


def test_the_same_calls_give_the_same_references() -> None:
    references = []
    for seed in ("a", "a", "b"):
        book = Book(seed=seed)
        shop = Shop(book)
        references.append(shop.charge(shop.session(card=OK)).json["psp_reference"])
        book.close()

    assert references[0] == references[1] != references[2]


def test_the_book_outlives_its_process(tmp_path: Path) -> None:
    path = str(tmp_path / "psp.db")
    book = Book(path, seed="first")
    shop = Shop(book)
    token = shop.session(card=OK)
    charge = shop.charge(token, key="k1").json
    book.close()

    book = Book(path, seed="second")
    shop = Shop(book)

    assert shop.charge(token, key="k1").json == charge
    assert shop.events() == ["charge.captured"]
    book.close()


def test_threads_racing_with_one_key_charge_once(shop: Shop) -> None:
    token = shop.session(card=OK)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: shop.charge(token, key="k1"), range(32)))

    assert len({answer.json["psp_reference"] for answer in answers}) == 1
    assert sum(answer.is_replay for answer in answers) == 31
    assert len(shop.ledger()) == 1
