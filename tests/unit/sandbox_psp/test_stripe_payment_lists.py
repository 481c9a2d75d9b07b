"""The sandbox as Stripe: refunds and disputes, all of them or a payment's."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.unit.sandbox_psp.stripe_shop import StripeShop
from tools.sandbox_psp.book import Book


@pytest.fixture
def shop() -> Iterator[StripeShop]:
    with closing(Book()) as book:
        yield StripeShop(book)


def refunded(shop: StripeShop, intent: str) -> str:
    return str(shop.post("/v1/refunds", payment_intent=intent, amount=700)["id"])


def disputed(shop: StripeShop, intent: str) -> str:
    return str(shop.control("disputes", psp_reference=intent)["dispute_reference"])


@pytest.mark.parametrize(("kind", "make"), [("refunds", refunded), ("disputes", disputed)])
def test_a_list_is_of_all_or_of_one_payment(shop: StripeShop, kind: str, make: Any) -> None:
    setup = shop.checkout()
    paid = [shop.charge(setup, order)["id"] for order in ("ord-1", "ord-2")]
    first, second = (make(shop, intent) for intent in paid)
    charge = shop.get(f"/v1/payment_intents/{paid[0]}")["latest_charge"]

    def ids(query: str = "") -> list[str]:
        return [one["id"] for one in shop.get(f"/v1/{kind}", query)["data"]]

    assert ids() == [second, first]
    assert ids(f"payment_intent={paid[1]}") == [second]
    assert ids(f"charge={charge}") == [first]
    assert ids("payment_intent=pi_none") == []
    assert shop.call("GET", f"/v1/{kind}", query="charge=ch_none").status == 404
