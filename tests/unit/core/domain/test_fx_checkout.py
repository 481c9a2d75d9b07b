from dataclasses import replace

import pytest

from countinghouse.domain.errors import Invalid
from countinghouse.domain.fx import Ratio
from countinghouse.domain.fx_checkout import conversions_of
from countinghouse.domain.instants import HOUR
from countinghouse.domain.money import AMOUNT_MAX
from countinghouse.domain.order import CaptureMode
from countinghouse.domain.payment import OnPartialFailure
from countinghouse.domain.submission import OrderPart, SubmitPayment
from tests.builders import NOW, an_info
from tests.converted import a_conversion, a_quote

COMMAND = SubmitPayment(
    checkout_id="c1",
    user_id="u1",
    user_country=None,
    user_email=None,
    payment_info=an_info(),
    currency="USD",
    parts=(
        OrderPart("o1", "s1", 7_000, seller_currency="EUR"),
        OrderPart("o2", "s2", 500),
        OrderPart("o3", "s3", 100, seller_currency="GBP"),
        OrderPart("o4", "s4", 3_000, seller_currency="EUR"),
        OrderPart("o5", "s5", 500, seller_currency="USD"),
    ),
    on_partial_failure=OnPartialFailure.KEEP,
    capture=CaptureMode.AUTOMATIC,
    fingerprint="f",
    fx_quotes=("fxq_1", "fxq_2"),
)
TO_GBP = a_quote("USD", "GBP", quote_id="fxq_2")
QUOTES = (a_quote(), TO_GBP)


def refused(code: str, quotes: tuple, command: SubmitPayment = COMMAND, now: int = NOW) -> Invalid:  # type: ignore[type-arg]
    with pytest.raises(Invalid) as refusal:
        conversions_of(command, quotes, now)
    assert refusal.value.code == code
    return refusal.value


def test_each_converted_order_keeps_what_its_quote_gives() -> None:
    found = conversions_of(COMMAND, QUOTES, NOW)

    assert set(found) == {"o1", "o3", "o4"}
    assert found["o1"] == a_conversion()
    assert found["o3"].quote_id == "fxq_2"
    assert (found["o3"].seller_currency, found["o3"].seller_minor) == ("GBP", 74)
    # 3000 USD cents by 2475/2793, and by 2500/2793.
    assert (found["o4"].seller_minor, found["o4"].mid_minor) == (2_658, 2_685)


def test_a_checkout_of_one_currency_needs_nothing() -> None:
    plain = replace(COMMAND, parts=COMMAND.parts[1:2], fx_quotes=())

    assert conversions_of(plain, (), NOW) == {}


def test_a_missing_quote_is_named_by_its_pair() -> None:
    assert "GBP" in refused("fx_quote_required", (a_quote(),)).detail


def test_a_quote_is_over_in_time() -> None:
    refused("fx_quote_expired", (replace(TO_GBP, expires_at=NOW + HOUR), a_quote()), now=NOW + HOUR)


def test_a_quote_for_nobody_is_a_mistake() -> None:
    refused("fx_quote_mismatch", (*QUOTES, a_quote("EUR", "USD", quote_id="fxq_3")))
    refused("fx_quote_mismatch", (), replace(COMMAND, parts=COMMAND.parts[1:2]))


def test_two_quotes_of_a_pair_are_a_mistake() -> None:
    refused("fx_quote_mismatch", (*QUOTES, a_quote(quote_id="fxq_3")))


def test_a_quote_for_an_amount_covers_all_orders_of_its_pair_together() -> None:
    enough = replace(QUOTES[0], amount_minor=10_000)

    assert len(conversions_of(COMMAND, (enough, TO_GBP), NOW)) == 3
    refused("fx_quote_mismatch", (replace(enough, amount_minor=9_999), TO_GBP))


@pytest.mark.parametrize("rate", [Ratio(1, 20_000), Ratio(AMOUNT_MAX)])
def test_an_order_that_comes_to_nothing_or_too_much_is_refused(rate: Ratio) -> None:
    wrong = replace(QUOTES[0], rate=rate, mid=rate)

    assert refused("validation_failed", (wrong, TO_GBP)).field == "orders"
