from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from countinghouse.bookkeeping import book
from countinghouse.domain.fx_rules import FxRules
from countinghouse.domain.instants import DAY, MINUTE
from countinghouse.usecases.revalue_positions import Revaluing
from functions.fx import handler
from functions.fx.wiring import Deps
from tests.converted import RATES, TODAY, a_quote, days_before
from tests.fakes.clock import FakeClock
from tests.fakes.fx import FakeQuoteBook, FakeReferenceRates
from tests.fakes.lambdas import GRANTS, Edge, Response
from tests.fakes.ledger import FakeLedger
from tests.payouts import movement

QUOTES = "/v1/fx/quotes"
QUOTE = "/v1/fx/quotes/{quote_id}"
RATES_PATH = "/v1/fx/rates"
BODY = {"from_currency": "USD", "to_currency": "EUR"}


@dataclass
class Desk:
    """The function over fakes, with today's rates."""

    quotes: FakeQuoteBook = field(default_factory=FakeQuoteBook)
    rates: FakeReferenceRates = field(default_factory=lambda: FakeReferenceRates().lay(RATES))
    clock: FakeClock = field(default_factory=FakeClock)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    edge: Edge = field(default_factory=lambda: Edge(handler))

    def deps(self) -> Deps:
        rules = FxRules(5, 30 * MINUTE, 150, {"USD/EUR": 100})
        books = self.ledger, self.ledger, self.ledger
        ports = Revaluing(*books, self.rates, rules, self.clock)
        return Deps(self.quotes, self.rates, rules, self.clock, GRANTS, lambda: ports)

    def ask(self, body: object = BODY, key: str = "k1", **more: Any) -> Response:
        return self.edge.post(QUOTES, body, headers={"Idempotency-Key": key}, **more)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk()
    monkeypatch.setattr(handler, "deps", desk.deps)
    return desk


def test_a_quote_locks_a_rate(desk: Desk) -> None:
    answer = desk.ask({**BODY, "amount": 7_000})

    assert (answer.status, answer.is_replay) == (201, False)
    quote_id = answer.body.pop("quote_id")
    assert quote_id.startswith("fxq_")
    assert answer.body == {
        "from_currency": "USD",
        "to_currency": "EUR",
        "rate": "825/931",
        "rate_decimal": "0.88614393",
        "mid_rate": "2500/2793",
        "mid_rate_decimal": "0.89509488",
        "spread_basis_points": 100,
        "source": "ecb",
        "as_of": TODAY,
        "created_at": "2026-11-18T11:06:40.000Z",
        "expires_at": "2026-11-18T11:36:40.000Z",
        "amount": 7_000,
        "converted": 6_203,
        "spread": 63,
    }
    assert desk.edge.get(QUOTE, path={"quote_id": quote_id}).body == {
        "quote_id": quote_id,
        **answer.body,
    }


def test_a_repeat_gets_the_same_quote_whatever_the_market_does(desk: Desk) -> None:
    first = desk.ask()
    desk.rates.days.clear()
    desk.clock.advance(DAY)

    again = desk.ask()

    assert (again.status, again.is_replay, again.body) == (201, True, first.body)


def test_another_body_under_the_key_is_refused(desk: Desk) -> None:
    desk.ask()

    answer = desk.ask({**BODY, "amount": 1})

    assert (answer.status, answer.code) == (422, "idempotency_key_reused")
    assert len(desk.quotes.rows) == 1


def test_another_key_is_another_quote(desk: Desk) -> None:
    assert desk.ask().body["quote_id"] != desk.ask(key="k2").body["quote_id"]


def test_a_key_is_needed(desk: Desk) -> None:
    answer = desk.edge.post(QUOTES, BODY)

    assert (answer.status, answer.code) == (400, "idempotency_key_missing")


@pytest.mark.parametrize("age", [6, 30])
def test_stale_rates_refuse_clearly(desk: Desk, age: int) -> None:
    desk.rates.days = {day: replace(RATES, as_of=day) for day in [days_before(age)]}

    answer = desk.ask()

    assert (answer.status, answer.code) == (503, "fx_rate_unavailable")
    assert desk.quotes.rows == {}


def test_a_currency_without_a_rate_is_named(desk: Desk) -> None:
    answer = desk.ask({**BODY, "to_currency": "CHF"})

    assert (answer.status, answer.code) == (422, "fx_currency_unknown")
    assert answer.body["errors"][0]["field"] == "to_currency"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"from_currency": "USD"},
        {**BODY, "to_currency": "USD"},
        {**BODY, "to_currency": "XXX"},
        {**BODY, "amount": 0},
        {**BODY, "amount": 1.5},
        {**BODY, "rate": "1"},
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(desk: Desk, body: object) -> None:
    assert desk.ask(body).status == 422
    assert desk.quotes.rows == {}


def test_there_is_no_such_quote(desk: Desk) -> None:
    assert desk.edge.get(QUOTE, path={"quote_id": "fxq_none"}).status == 404


def test_a_quote_is_shown_after_its_time(desk: Desk) -> None:
    desk.quotes.put(a_quote())
    desk.clock.advance(DAY)

    answer = desk.edge.get(QUOTE, path={"quote_id": "fxq_1"})

    assert answer.status == 200
    assert "amount" not in answer.body


def test_the_rates_of_today(desk: Desk) -> None:
    answer = desk.edge.get(RATES_PATH, query={})

    assert answer.status == 200
    assert (answer.body["source"], answer.body["as_of"], answer.body["base"]) == (
        "ecb",
        TODAY,
        "EUR",
    )
    assert answer.body["rates"]["USD"] == {"rate": "2793/2500", "rate_decimal": "1.11720000"}
    assert list(answer.body["rates"]) == ["GBP", "JPY", "KWD", "USD"]


def test_the_rates_of_a_day_are_those_that_counted_then(desk: Desk) -> None:
    desk.rates.lay(RATES, days_before(9))

    answer = desk.edge.get(RATES_PATH, query={"date": days_before(7)})

    assert (answer.status, answer.body["as_of"]) == (200, days_before(9))
    assert desk.edge.get(RATES_PATH, query={"date": days_before(3)}).status == 404


@pytest.mark.parametrize("day", ["2026-11-31", "20261118", "yesterday", days_before(-1)])
def test_a_day_that_is_none_or_to_come_is_refused(desk: Desk, day: str) -> None:
    assert desk.edge.get(RATES_PATH, query={"date": day}).status == 422


@pytest.mark.parametrize(
    ("role", "status"), [("checkout", 201), ("finance", 403), ("support", 403)]
)
def test_who_may_lock_a_rate(desk: Desk, role: str, status: int) -> None:
    assert desk.ask(role=role).status == status


@pytest.mark.parametrize(("role", "status"), [("finance", 200), ("approver", 403)])
def test_who_may_read(desk: Desk, role: str, status: int) -> None:
    desk.quotes.put(a_quote())

    assert desk.edge.get(RATES_PATH, query={}, role=role).status == status
    assert desk.edge.get(QUOTE, path={"quote_id": "fxq_1"}, role=role).status == status


def test_no_body_is_logged(desk: Desk, logs: io.StringIO) -> None:
    desk.ask({**BODY, "amount": 7_654_321})

    assert "7654321" not in logs.getvalue()


def test_positions_are_revalued_once_a_day_by_finance(desk: Desk) -> None:
    dollars = movement("trade", {"fx_position:USD": -7_000, "bank:sandbox": 7_000}, "USD")
    euros = movement("trade-2", {"fx_position:EUR": 6_200, "seller_pending:s1": -6_200})
    assert book([dollars, euros], desk.ledger, desk.ledger) == {}

    first = desk.edge.post("/v1/fx/revaluations", {"date": TODAY}, role="finance")
    again = desk.edge.post("/v1/fx/revaluations", {"date": TODAY}, role="finance")
    refused = desk.edge.post("/v1/fx/revaluations", {"date": TODAY}, role="checkout")

    assert (first.status, first.is_replay) == (201, False)
    assert first.body == {
        "date": TODAY,
        "currency": "EUR",
        "result": 66,
        "ledger_id": again.body["ledger_id"],
        "as_of": TODAY,
        "source": "ecb",
        "positions": [
            {"currency": "EUR", "held": -6_200, "value": -6_200},
            {"currency": "USD", "held": 7_000, "value": 6_266},
        ],
    }
    assert (again.status, again.is_replay, again.body["result"]) == (201, True, 66)
    assert refused.status == 403


def test_without_positions_there_is_nothing_to_book(desk: Desk) -> None:
    answer = desk.edge.post("/v1/fx/revaluations", {"date": TODAY}, role="finance")

    assert (answer.body["result"], answer.body["positions"]) == (0, [])
    assert "ledger_id" not in answer.body
    assert desk.edge.post("/v1/fx/revaluations", {"date": "x"}, role="finance").status == 422
