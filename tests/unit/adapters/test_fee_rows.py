"""A frozen fee in the rows that keep it: of an order, and of each line of a payment."""

from dataclasses import replace

from countinghouse.domain.fees import FrozenFee
from countinghouse_aws.dynamodb.codec import from_item, to_item
from countinghouse_aws.dynamodb.orders import decode_fee, decode_order, encode_fee, encode_order
from countinghouse_aws.dynamodb.payments import decode_payment, encode_payment
from tests.builders import a_fee, a_line, a_payment, an_order

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
