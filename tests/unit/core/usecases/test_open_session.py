from dataclasses import dataclass, field

import pytest

from countinghouse.domain.breaker import BreakerState
from countinghouse.domain.errors import CountinghouseError, Invalid, KeyReused, Unavailable
from countinghouse.domain.money import Money
from countinghouse.domain.payment import PaymentStatus
from countinghouse.domain.psp_routes import Cost, PspRoutes, RouteRule, Routing
from countinghouse.usecases.open_session import (
    OpenedSession,
    OpenSession,
    Registration,
    open_session,
)
from tests.builders import a_payment, a_session, an_open_checkout
from tests.fakes.books import FakePaymentBook
from tests.fakes.clock import FakeClock
from tests.fakes.gateway import FakeGateway
from tests.fakes.psp_health import FakeHealth
from tests.psp_worlds import Able

COMMAND = OpenSession("c1", Money(7_000, "EUR"), "https://shop.example/back")
ROUTES = (
    RouteRule("sandbox", cost=Cost(100)),
    RouteRule("stripe", cost=Cost(200)),
    RouteRule("adyen", cost=Cost(300)),
    RouteRule("fourth", cost=Cost(400)),
)


@dataclass
class Market:
    """Four PSPs, the cheapest first."""

    failover: bool = True
    book: FakePaymentBook = field(default_factory=FakePaymentBook)
    health: FakeHealth = field(default_factory=FakeHealth)
    psps: dict[str, FakeGateway] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rule in ROUTES:
            gateway = FakeGateway()
            gateway.sessions["c1"] = a_session(f"{rule.psp}_c1", psp=rule.psp)
            self.psps[rule.psp] = gateway

    def open(self, command: OpenSession = COMMAND) -> OpenedSession:
        able = {name: Able() for name in self.psps}
        routing = Routing(PspRoutes(ROUTES, failover=self.failover), able, self.health.state)
        ports = Registration(self.book, self.psps.__getitem__, routing, FakeClock())
        return open_session(command, ports)

    def fails(self, psp: str, error: CountinghouseError) -> None:
        self.psps[psp].session_error = error

    @property
    def called(self) -> list[str]:
        return [psp for psp, gateway in self.psps.items() if gateway.calls]


def test_a_checkout_is_registered_at_the_best_psp_and_then_kept() -> None:
    market = Market(failover=False)

    session = market.open()

    assert not session.replayed
    assert market.called == ["sandbox"]
    assert market.book["c1"] is session.payment
    assert session.payment.status is PaymentStatus.OPEN
    assert session.payment.session is not None
    assert session.payment.session.psp_token == "sandbox_c1"
    assert session.payment.session.alternatives == ()


def test_with_failover_it_is_registered_at_two_more() -> None:
    session = Market().open().payment.session

    assert session is not None
    assert (session.psp, session.psp_token) == ("sandbox", "sandbox_c1")
    found = [(other.psp, other.psp_token) for other in session.alternatives]
    assert found == [("stripe", "stripe_c1"), ("adyen", "adyen_c1")]


@pytest.mark.parametrize("error", [Unavailable("no answer"), Invalid("no")])
def test_an_alternative_that_cannot_be_had_is_left_out(error: CountinghouseError) -> None:
    market = Market()
    market.fails("stripe", error)

    session = market.open().payment.session

    assert session is not None
    assert [other.psp for other in session.alternatives] == ["adyen"]


def test_a_psp_out_of_reach_is_passed_over_without_failover_too() -> None:
    market = Market(failover=False)
    market.fails("sandbox", Unavailable("no answer"))

    session = market.open().payment.session

    assert session is not None
    assert (session.psp, session.alternatives) == ("stripe", ())


def test_a_psp_with_an_open_breaker_comes_last() -> None:
    market = Market(failover=False)
    market.health.states["sandbox"] = BreakerState.OPEN

    session = market.open().payment.session

    assert session is not None
    assert session.psp == "stripe"
    assert market.called == ["stripe"]


def test_a_refusal_of_the_best_psp_is_no_reason_to_ask_the_next() -> None:
    market = Market()
    market.fails("sandbox", Invalid("no", code="psp_refused"))

    with pytest.raises(Invalid):
        market.open()

    assert market.called == ["sandbox"]
    assert market.book.rows == {}


@pytest.mark.parametrize("failover", [True, False])
def test_the_same_checkout_gets_the_same_tokens_without_a_call(failover: bool) -> None:
    market = Market(failover=failover)
    first = market.open()
    for gateway in market.psps.values():
        gateway.calls.clear()
    market.health.states["sandbox"] = BreakerState.OPEN

    again = market.open()

    assert (again.payment, again.replayed) == (first.payment, True)
    assert market.called == []


def test_a_submitted_checkout_still_shows_its_session() -> None:
    market = Market(book=FakePaymentBook().put(a_payment()))

    assert market.open().replayed
    assert market.called == []


@pytest.mark.parametrize("amount", [Money(7_001, "EUR"), Money(7_000, "USD")])
def test_another_amount_or_currency_is_another_body(amount: Money) -> None:
    market = Market(book=FakePaymentBook().put(an_open_checkout()))

    with pytest.raises(KeyReused):
        market.open(OpenSession("c1", amount))


def test_two_registrations_at_once_end_in_one_session() -> None:
    market = Market()
    theirs = an_open_checkout()
    market.book.interfere.append(lambda: market.book.put(theirs))

    session = market.open()

    assert (session.payment, session.replayed) == (theirs, True)


def test_psps_that_do_not_answer_leave_nothing_behind() -> None:
    market = Market()
    for psp in market.psps:
        market.fails(psp, Unavailable("no answer"))

    with pytest.raises(Unavailable):
        market.open()

    assert market.book.rows == {}
    assert market.called == ["sandbox", "stripe", "adyen", "fourth"]


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        (OpenSession("c1", Money(1, "JPY")), "JPY"),
        (OpenSession("c1", Money(1, "EUR"), method="cash", country="DE"), "cash"),
    ],
)
def test_what_no_psp_takes_is_refused_by_name(wanted: OpenSession, named: str) -> None:
    with pytest.raises(Invalid, match=named) as refused:
        Market().open(wanted)

    assert refused.value.code == "no_psp_for_payment"
