from countinghouse.amount_views import amounts_view
from countinghouse.views import order_view, payment_view
from tests.builders import a_line, a_payment, an_order
from tests.converted import TODAY, a_conversion, a_converted_order

LOCKED = {
    "seller_amount": 6_203,
    "seller_currency": "EUR",
    "fx": {
        "quote_id": "fxq_1",
        "rate": "825/931",
        "rate_decimal": "0.88614393",
        "source": "ecb",
        "as_of": TODAY,
    },
}


def test_an_order_of_one_currency_shows_its_amount_alone() -> None:
    assert amounts_view(7_000, "EUR", None) == {"amount": 7_000, "currency": "EUR"}
    assert not LOCKED.keys() & order_view(an_order()).keys()


def test_a_converted_order_shows_both_amounts_and_the_rate() -> None:
    view = order_view(a_converted_order())

    assert view.items() >= {"amount": 7_000, "currency": "USD", **LOCKED}.items()
    # The fee is of the seller's side.
    assert isinstance(view["fee"], dict)
    assert (view["fee"]["amount"], view["fee"]["currency"]) == (620, "EUR")


def test_a_payments_orders_show_it_too() -> None:
    line = a_line()
    converted = type(line)(
        line.order_id, line.seller_id, line.amount_minor, line.fee, conversion=a_conversion()
    )

    view = payment_view(a_payment(converted, a_line("o2"), currency="USD"))

    assert isinstance(view["orders"], list)
    assert [one.get("seller_amount") for one in view["orders"]] == [6_203, None]
    assert view["orders"][0].items() >= LOCKED.items()
