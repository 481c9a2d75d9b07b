"""An order paid in dollars and earned in euros: captured, delivered, refunded in part.

The rate was quoted before, which is a row nobody here calls for; every journal that touches both
currencies is looked at as it is written (`watch_of_books.crossed`).
"""

from __future__ import annotations

from dataclasses import replace

from ministack.services import dynamodb

from countinghouse.domain.fx import QuoteRequest, RateTable, Ratio, draw_quote
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import MINUTE
from countinghouse_aws.dynamodb.codec import Plain, to_item
from countinghouse_aws.dynamodb.fx_quotes import _encode
from tests.simulation import cloud
from tests.simulation.client import Ask, Script, Until
from tests.simulation.clock import START_MS
from tests.simulation.events import api_event
from tests.simulation.flow import Flow
from tests.simulation.pay_in import PAY_IN
from tests.simulation.preludes import PRELUDES, deliver, is_booked, order, refund, settled
from tests.simulation.psp_wire import CARD_OK, Shop
from tests.simulation.sale import Ending, Sale, balances

QUOTE = draw_quote(
    QuoteRequest("fxq-1", "USD", "EUR", None, "f"),
    RateTable("ecb", "2026-11-20", {"USD": Ratio(2_793, 2_500)}),
    FxRules(5, 15 * MINUTE, 100, {}),
    START_MS,
)
CHECKOUT = "chk-1"


def _exchanged(shop: Shop) -> Script:
    dynamodb._tables["fx_quote"]["items"][QUOTE.quote_id] = {
        cloud._NO_SORT_KEY: to_item(_encode(QUOTE))
    }
    body: dict[str, object] = {"checkout_id": CHECKOUT, "amount": 7_000, "currency": "USD"}
    opening = api_event("POST /v1/payments/sessions", body)
    session = yield Ask("payments", opening, lambda: _checkout() is not None)
    shop.attach(session["psp_token"], CARD_OK)
    yield _payment(session["psp_token"])
    yield Until(lambda: order("ord-1").get("status") == "captured")
    yield Until(lambda: is_booked("ord-1"))


def _given_back(_: Shop) -> Script:
    """Delivered, refunded in part."""
    yield deliver()
    yield refund(3_000)
    yield Until(lambda: settled("ord-1", refunds=1, disputes=0))


def _checkout() -> Plain | None:
    return cloud.row("payment_event", CHECKOUT)


def _payment(psp_token: str) -> Ask:
    body = {
        "checkout_id": CHECKOUT,
        "user_info": {"user_id": "buyer-1", "country": "US"},
        "payment_details": {"method": "credit_card", "psp_token": psp_token},
        "currency": "USD",
        "orders": [
            {
                "order_id": "ord-1",
                "seller_id": "seller-1",
                "amount": 7_000,
                "seller_currency": "EUR",
            }
        ],
        "fx_quotes": [QUOTE.quote_id],
    }
    event = api_event("POST /v1/payments/event", body)
    return Ask("payments", event, lambda: "fingerprint" in (_checkout() or {}))


GIVEN_BACK = balances(available=2_967, reserved=156)
"""Euros of the 40 dollars that are left at 2500/2793 less 1 %, less our fee and its tax."""
PAID = "paid in dollars"
PRELUDES[PAID] = _exchanged
EXCHANGED: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        replace(
            PAY_IN["F1"],
            name="X1",
            says="paid in dollars, earned in euros",
            scripts=(_exchanged,),
        ),
        replace(
            PAY_IN["F1"],
            name="X2",
            says="such an order is delivered, and refunded in part",
            scripts=(_given_back,),
            prelude=PAID,
            sale=Sale((Ending(GIVEN_BACK, ("succeeded",)),)),
        ),
    )
}
