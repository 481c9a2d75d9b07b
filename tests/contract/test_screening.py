"""Screening: the fake and the local list mean the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from countinghouse.domain.market_countries import MarketCountries, SellerHome
from countinghouse.domain.screening import (
    MONTHLY,
    ListEntry,
    ScreeningList,
    ScreeningRefused,
    ScreeningRequest,
)
from countinghouse.ports.screening import PayeeCheck, Screening
from countinghouse_aws.screening.local_list import LocalScreening
from tests.fakes.clock import START, FakeClock
from tests.fakes.screening import FakeScreening


def local() -> Screening:
    entry = ListEntry("entry-1", ("Ada Lovelace",), ("u9", "s9"))
    listed = ScreeningList("local", "1", "made up", START, frozenset({"KP"}), (entry,))
    return LocalScreening(lambda: listed, MONTHLY, FakeClock())


def fake() -> Screening:
    return FakeScreening({"KP", "Ada Lovelace", "u9", "s9"})


@pytest.fixture(params=[fake, local], ids=["fake", "local list"])
def screening(request: pytest.FixtureRequest) -> Screening:
    make: Callable[[], Screening] = request.param
    return make()


@pytest.mark.parametrize(
    ("request_", "code", "entry_id"),
    [
        (ScreeningRequest(), None, None),
        (ScreeningRequest("DE", "FR", "u1", "s1", "Grace Hopper", "example.org"), None, None),
        (ScreeningRequest(buyer_country="KP"), "country_blocked", "KP"),
        (ScreeningRequest(seller_country="KP", user_id="u9"), "country_blocked", "KP"),
        (ScreeningRequest(user_id="u9"), "party_screened", "entry-1"),
        (ScreeningRequest(seller_id="s9"), "party_screened", "entry-1"),
        (ScreeningRequest(name="Ada Lovelace"), "party_screened", "entry-1"),
    ],
)
def test_a_verdict_names_what_was_met(
    screening: Screening, request_: ScreeningRequest, code: str | None, entry_id: str | None
) -> None:
    verdict = screening.screen(request_)

    assert (verdict.allowed, verdict.code, verdict.entry_id) == (code is None, code, entry_id)


@pytest.mark.parametrize(
    ("seller_id", "holder"), [("s9", None), ("s1", "Ada Lovelace"), ("s2", None)]
)
def test_a_payee_is_its_id_its_country_and_its_holder(
    screening: Screening, seller_id: str, holder: str | None
) -> None:
    payees = PayeeCheck(screening, MarketCountries("DE", {"s2": SellerHome("KP")}))

    payees.check("s1", "Grace Hopper")
    with pytest.raises(ScreeningRefused):
        payees.check(seller_id, holder)
