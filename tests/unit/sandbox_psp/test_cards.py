"""Test cards decide the outcome; a number never gets past the door."""

from pathlib import Path

import pytest

from tests.unit.sandbox_psp.shop import OK, Shop
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.cards import TEST_CARDS, passes_luhn


@pytest.mark.parametrize("card", TEST_CARDS, ids=lambda card: card.label)
def test_every_test_card_is_a_valid_number(card: object) -> None:
    assert passes_luhn(getattr(card, "number", ""))


@pytest.mark.parametrize(
    ("number", "code", "kind"),
    [
        ("4000000000000002", "card_declined", "hard"),
        ("4000000000009995", "insufficient_funds", "soft"),
        ("4000000000009987", "lost_card", "hard"),
        ("4000000000000069", "expired_card", "hard"),
        ("4000000000000127", "incorrect_cvc", "hard"),
        ("4000000000000119", "processing_error", "soft"),
    ],
)
def test_a_declining_card_declines_every_time(
    shop: Shop, number: str, code: str, kind: str
) -> None:
    token = shop.session(card=number)

    for _ in range(2):
        charge = shop.charge(token).json
        assert charge["status"] == "declined"
        assert (charge["decline"]["code"], charge["decline"]["type"]) == (code, kind)
        assert charge["captured"] == 0


@pytest.mark.parametrize(
    ("number", "brand", "funding"),
    [
        (OK, "visa", "credit"),
        ("4000056655665556", "visa", "debit"),
        ("5555555555554444", "mastercard", "credit"),
        ("3782 8224 6310 005", "amex", "credit"),
    ],
)
def test_a_good_card_is_reduced_to_what_may_be_kept(
    shop: Shop, number: str, brand: str, funding: str
) -> None:
    answer = shop.attach(shop.session(), number)

    method = answer.json["payment_method"]
    assert (method["brand"], method["funding"]) == (brand, funding)
    assert method["last4"] == number.replace(" ", "")[-4:]
    assert "client_secret" not in answer.json


@pytest.mark.parametrize(
    "number", ["4242424242424241", "4242", "", "4242x", "４２４２４２４２４２４２４２４２"]
)
def test_a_wrong_number_is_refused_without_being_repeated(shop: Shop, number: str) -> None:
    answer = shop.attach(shop.session(), number)

    assert (answer.status, answer.code) == (422, "invalid_number")
    assert not number or number not in answer.json["error"]["message"].split()


def test_no_number_reaches_the_book(tmp_path: Path) -> None:
    book = Book(str(tmp_path / "psp.db"))
    shop = Shop(book)
    for place, card in enumerate(TEST_CARDS):
        shop.charge(shop.session(f"chk-{place}", card=card.number), f"ord-{place}")
    book.close()

    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"chk-1" in stored
    assert not [card.label for card in TEST_CARDS if card.number.encode() in stored]


def test_a_card_disputed_later_is_captured_and_flagged(shop: Shop) -> None:
    shop.charge(shop.session(card="4000000000000259"))

    (charge,) = shop.ledger("ord-1")

    assert (charge["status"], charge["dispute_later"]) == ("captured", True)
    assert shop.events() == ["charge.captured"]
