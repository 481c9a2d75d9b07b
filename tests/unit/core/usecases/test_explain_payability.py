from countinghouse.domain.payability import Payability, Withheld, WithheldReason
from countinghouse.usecases.explain_payability import explain_payability
from tests.payouts import House, movement


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
