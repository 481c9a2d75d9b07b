"""I17: an order paid in dollars and earned in euros, its calls killed one by one.

The rate was quoted before; every journal that touches both currencies is looked at as it is written
(`watch_of_books.crossed`).
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from ministack.services import dynamodb

from countinghouse.domain import fx_checkout
from countinghouse.domain.fx import QuoteRequest, RateTable, Ratio, draw_quote
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import MINUTE
from countinghouse_aws.dynamodb.codec import Plain, to_item
from countinghouse_aws.dynamodb.fx_quotes import _encode
from tests.simulation import cloud
from tests.simulation.client import Ask, Script, Until
from tests.simulation.clock import START_MS
from tests.simulation.events import api_event
from tests.simulation.explore import strikes
from tests.simulation.faults import WRITES, Broken, Mode, Plan
from tests.simulation.flows import FLOWS
from tests.simulation.machine import Machine
from tests.simulation.preludes import deliver, order, refund, settled
from tests.simulation.psp_wire import CARD_OK, Shop
from tests.simulation.world import World

QUOTE = draw_quote(
    QuoteRequest("fxq-1", "USD", "EUR", None, "f"),
    RateTable("ecb", "2026-11-20", {"USD": Ratio(2_793, 2_500)}),
    FxRules(5, 15 * MINUTE, 100, {}),
    START_MS,
)
CHECKOUT = "chk-1"


def _exchanged(shop: Shop) -> Script:
    """Paid, delivered, refunded in part."""
    dynamodb._tables["fx_quote"]["items"][QUOTE.quote_id] = {
        cloud._NO_SORT_KEY: to_item(_encode(QUOTE))
    }
    body: dict[str, object] = {"checkout_id": CHECKOUT, "amount": 7_000, "currency": "USD"}
    opening = api_event("POST /v1/payments/sessions", body)
    session = yield Ask("payments", opening, lambda: _checkout() is not None)
    shop.attach(session["psp_token"], CARD_OK)
    yield _payment(session["psp_token"])
    yield Until(lambda: order("ord-1").get("status") == "captured")
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


FLOW = replace(FLOWS["F1"], name="X1", says="paid in dollars", scripts=(_exchanged,))


def _run(process: Machine, plan: Plan) -> World:
    world = World(process, FLOW, plan)
    world.run()
    return world


def test_every_journal_that_crosses_balances_at_the_quotes_rate(process: Machine) -> None:
    _run(process, Plan("X1"))

    crossing = [
        row["kind"]
        for row in cloud.rows("ledger")
        if len({leg["currency"] for leg in row["legs"]}) > 1
    ]
    assert sorted(crossing) == ["capture", "refund_requested"]


@pytest.mark.parametrize("mode", [Mode.AFTER, Mode.CONFLICT_LAST])
def test_it_holds_whatever_call_fails(process: Machine, mode: Mode) -> None:
    calls = _run(process, Plan("X1")).injector.calls
    writes = [call for call in calls if call.operation in WRITES]
    struck = list(strikes(writes, (mode,)))

    for strike in struck:
        _run(process, Plan("X1", (strike,)))
    assert struck


def test_a_rate_that_was_over_when_the_checkout_was_taken_in_is_found(
    process: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "QUOTE", replace(QUOTE, expires_at=START_MS + 1))
    monkeypatch.setattr(fx_checkout, "quote_for", lambda _, quotes, __: quotes[0])

    with pytest.raises(Broken, match="I17"):
        _run(process, Plan("X1"))
