"""A frozen fee and the countries in the rows that keep them: an order's, a payment's line's."""

from dataclasses import replace

from countinghouse.domain.fees import FeeTax, FrozenFee
from countinghouse_aws.dynamodb.codec import from_item, to_item
from countinghouse_aws.dynamodb.order_lines import decode_fee, encode_fee
from countinghouse_aws.dynamodb.orders import decode_order, encode_order
from countinghouse_aws.dynamodb.payments import decode_payment, encode_payment
from tests.builders import a_fee, a_line, a_payment, an_info, an_order

OTHERWISE = FrozenFee("books-v7", 12, 3, "down")


def test_a_fee_keeps_how_it_was_rounded() -> None:
    order = an_order(fee=OTHERWISE)
    payment = a_payment(replace(a_line(), fee=OTHERWISE))

    assert decode_order(from_item(to_item(encode_order(order)))) == order
    assert decode_payment(from_item(to_item(encode_payment(payment)))) == payment


def test_what_is_stored_says_it_all() -> None:
    assert encode_fee(a_fee()) == {
        "rule_id": "default-v1",
        "fee": 700,
        "tax": 133,
        "rounding": "half_up",
    }


def test_a_row_from_before_was_rounded_half_up() -> None:
    old = {"rule_id": "default-v1", "fee": 700, "tax": 133}
    payment = encode_payment(a_payment())
    payment["orders"][0]["fee"] = old

    assert decode_fee(old) == a_fee()
    assert decode_order({**encode_order(an_order()), "fee": old}) == an_order()
    assert decode_payment(payment) == a_payment()


def test_a_border_and_a_tax_rule_are_kept() -> None:
    fee = FrozenFee("r", 880, 0, "half_up", 180, FeeTax("fr-v1", "FR", 0, reverse_charge=True))

    assert decode_fee(from_item(to_item(encode_fee(fee)))) == fee
    taxed = FrozenFee("r", 700, 140, tax=FeeTax("fr-v1", "FR", 2_000))
    assert encode_fee(taxed)["tax_rule"] == {
        "rule_id": "fr-v1",
        "country": "FR",
        "basis_points": 2_000,
    }
    assert decode_fee(encode_fee(taxed)) == taxed


def test_countries_are_kept_with_every_order() -> None:
    known = an_order(country="JP", seller_country="FR")
    row = encode_order(known)
    payment = a_payment(replace(a_line(), seller_country="FR"))

    assert (row["user_info"]["country"], row["seller_country"]) == ("JP", "FR")
    assert decode_order(from_item(to_item(row))) == known
    assert decode_payment(from_item(to_item(encode_payment(payment)))) == payment


def test_a_country_that_nobody_stated_stands_as_unknown() -> None:
    order = an_order(country=None, seller_country=None)
    row = encode_order(order)

    assert (row["user_info"]["country"], row["seller_country"]) == ("ZZ", "ZZ")
    assert decode_order(row) == order
    del row["user_info"]["country"], row["seller_country"]
    assert decode_order(row) == order


def test_an_exemption_is_kept_with_how_the_buyer_pays() -> None:
    claimed = an_order(payment_info=an_info(sca_exemption="low_value"))

    assert decode_order(from_item(to_item(encode_order(claimed)))) == claimed
    assert "sca_exemption" not in encode_order(an_order())["payment_info"]
