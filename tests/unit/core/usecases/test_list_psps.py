import pytest

from countinghouse.domain.breaker import Breaker, BreakerPolicy, BreakerState
from countinghouse.domain.errors import Unavailable
from countinghouse.domain.psp_routes import PspStanding
from countinghouse.psp_views import psp_view
from countinghouse.usecases.list_psps import list_psps
from tests.builders import NOW
from tests.fakes.psp_health import FakeBreakerBook
from tests.psp_worlds import Able

POLICY = BreakerPolicy()
OPEN = Breaker("stripe").opened(NOW, "not_sent", POLICY)


def test_every_psp_of_the_stage_is_listed_with_its_breaker() -> None:
    book = FakeBreakerBook({"stripe": OPEN, "of_another_stage": OPEN})

    found = list_psps({"stripe": Able(), "adyen": Able(methods=frozenset({"qr"}))}, book)

    assert found == (
        PspStanding("stripe", ("credit_card", "qr", "wallet"), ("EUR", "USD"), OPEN),
        PspStanding("adyen", ("qr",), ("EUR", "USD"), Breaker("adyen")),
    )


def test_breakers_that_cannot_be_read_are_not_taken_for_closed() -> None:
    with pytest.raises(Unavailable):
        list_psps({"stripe": Able()}, FakeBreakerBook(error=Unavailable("no table")))


@pytest.mark.parametrize(
    ("breaker", "later", "shown"),
    [
        (Breaker("stripe"), 0, BreakerState.CLOSED),
        (OPEN, 0, BreakerState.OPEN),
        (OPEN, POLICY.cool_off, BreakerState.HALF_OPEN),
        (OPEN.probed(NOW, POLICY), 0, BreakerState.HALF_OPEN),
        (OPEN.probed(NOW, POLICY).closed(NOW), 0, BreakerState.CLOSED),
    ],
)
def test_the_state_is_shown_as_it_is_now(breaker: Breaker, later: int, shown: BreakerState) -> None:
    view = psp_view(PspStanding("stripe", (), (), breaker), NOW + later)

    assert view["circuit"] == shown
    assert ("since" in view) == (breaker.version > 0)
    assert view.get("last_error") == breaker.last_error
