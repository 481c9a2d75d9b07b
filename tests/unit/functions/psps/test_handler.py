import pytest

from countinghouse.domain.breaker import Breaker, BreakerPolicy
from countinghouse.domain.errors import Unavailable
from countinghouse.domain.instants import MINUTE
from countinghouse_aws.psp.profiles import profiles
from functions.psps import handler
from functions.psps.wiring import Deps
from tests.builders import NOW
from tests.fakes.clock import FakeClock
from tests.fakes.lambdas import GRANTS, Edge
from tests.fakes.psp_health import FakeBreakerBook

PSPS = "/v1/psps"


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> FakeBreakerBook:
    book = FakeBreakerBook()
    clock = FakeClock(NOW + MINUTE)
    known = profiles(["sandbox", "stripe"])
    monkeypatch.setattr(handler, "deps", lambda: Deps(known, book, clock, GRANTS))
    return book


@pytest.mark.parametrize("role", ["support", "operator", "finance"])
def test_every_psp_is_shown_with_what_it_takes_and_how_it_does(
    book: FakeBreakerBook, role: str
) -> None:
    policy = BreakerPolicy(cool_off=2 * MINUTE)
    book.save(Breaker("stripe").opened(NOW, "unknown", policy))

    answer = Edge(handler, role=role).get(PSPS)

    sandbox, stripe = answer.body["data"]
    assert (sandbox["psp"], sandbox["circuit"]) == ("sandbox", "closed")
    assert "since" not in sandbox
    assert "qr" in sandbox["methods"]
    assert "EUR" in sandbox["currencies"]
    assert (stripe["psp"], stripe["circuit"], stripe["last_error"]) == ("stripe", "open", "unknown")
    assert stripe["since"] == "2026-11-18T11:06:40.000Z"


def test_a_checkout_page_is_not_told(book: FakeBreakerBook) -> None:
    assert Edge(handler, role="checkout").get(PSPS).status == 403


def test_breakers_that_cannot_be_read_are_not_taken_for_closed(book: FakeBreakerBook) -> None:
    book.error = Unavailable("no table")

    assert Edge(handler, role="operator").get(PSPS).status == 503
