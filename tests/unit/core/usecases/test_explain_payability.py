from dataclasses import replace

from countinghouse.domain.payability import Payability, Withheld, WithheldReason
from countinghouse.domain.payout_account import bare_place
from countinghouse.domain.payout_currencies import PayoutCurrencies
from countinghouse.usecases.explain_payability import explain_payability
from tests.builders import NOW
from tests.payouts import RULES, House, movement


def explained(house: House, seller_id: str = "s1") -> tuple[Payability, ...]:
    return explain_payability(seller_id, house.ledger, house.accounts, house.rules, house.clock)


def test_each_currency_is_explained_with_its_own_account() -> None:
    house = House()
    house.earn(8_000)
    house.book(movement("yen", {"seller_available:s1": -5}, "JPY"))

    assert explained(house) == (
        Payability("EUR", 8_000, 8_000, ()),
        Payability("JPY", 5, 0, (Withheld(WithheldReason.NO_BANK_ACCOUNT, 5),)),
    )


def test_a_seller_without_money_has_nothing_to_explain() -> None:
    assert explained(House(), "nobody") == ()


def test_a_wallet_is_explained_with_the_account_that_the_market_pays_it_to() -> None:
    house = House(rules=replace(RULES, currencies=PayoutCurrencies(sellers={"s1": "EUR"})))
    house.book(movement("yen", {"seller_available:s1": -5}, "JPY"))
    house.accounts.put(bare_place("s1", "JPY", NOW))

    assert explained(house) == (Payability("JPY", 5, 5, ()),)


def test_a_place_alone_is_no_account() -> None:
    house = House()
    house.accounts.put(bare_place("s1", "EUR", NOW))
    house.earn(8_000)

    assert explained(house)[0].withheld == (Withheld(WithheldReason.NO_BANK_ACCOUNT, 8_000),)
