import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from countinghouse.domain.countries import COUNTRIES
from countinghouse.domain.instants import DAY, from_rfc3339
from countinghouse.domain.screening import ScreeningRequest, ScreeningRules
from countinghouse_aws.screening.local_list import LocalScreening
from countinghouse_aws.system.market_rules import MarketRulesError
from countinghouse_aws.system.screening_list import PACKAGED, VARIABLE, load_screening_list
from tests.fakes.clock import FakeClock

AS_OF = from_rfc3339("2026-11-01T00:00:00Z")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(VARIABLE, raising=False)
    load_screening_list.cache_clear()
    yield
    load_screening_list.cache_clear()


def screening(now: int = AS_OF) -> LocalScreening:
    return LocalScreening(load_screening_list, ScreeningRules(DAY), FakeClock(now))


@pytest.mark.parametrize(
    ("request_", "code", "entry"),
    [
        (ScreeningRequest(buyer_country="KP"), "country_blocked", "KP"),
        (ScreeningRequest(name="VERBOTEN, Zoltán"), "party_screened", "FICT-0001"),
        (ScreeningRequest(name="sancion, maria exemplo"), "party_screened", "FICT-0003"),
        (ScreeningRequest(user_id="sanctioned-buyer-1"), "party_screened", "FICT-0003"),
    ],
)
def test_the_packaged_list(request_: ScreeningRequest, code: str, entry: str) -> None:
    verdict = screening().screen(request_)

    assert (verdict.code, verdict.list_name, verdict.entry_id) == (code, "packaged", entry)


def test_the_packaged_list_says_that_its_parties_are_made_up() -> None:
    parties = load_screening_list()

    assert "no real person or company" in parties.source
    assert (parties.version, parties.as_of) == ("2026-11-01", AS_OF)


def test_a_stage_may_name_a_list_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads(PACKAGED.read_text(encoding="utf-8"))
    file = tmp_path / "list.json"
    file.write_text(json.dumps({**document, "blocked_countries": ["AQ"]}), encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(file))

    assert screening().screen(ScreeningRequest(buyer_country="KP")).allowed
    assert not screening().screen(ScreeningRequest(buyer_country="AQ")).allowed


def test_a_list_that_is_gone_lets_nobody_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "gone.json"))
    unread = screening()

    with pytest.raises(MarketRulesError):
        unread.screen(ScreeningRequest())


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was counted."""
    names: list[str] = []
    monkeypatch.setattr("countinghouse_aws.screening.local_list.count", names.append)
    return names


def test_a_refusal_is_counted_and_logged_without_a_name(seen: list[str], logs: io.StringIO) -> None:
    screening().screen(
        ScreeningRequest("DE", "FR", "u1", "s1", "Zoltan Verboten", "verboten-trading.example")
    )

    assert seen == ["ScreeningRefused"]
    logged = logs.getvalue()
    line = json.loads(logged)
    assert (line["message"], line["code"]) == ("screening refused", "party_screened")
    assert (line["list"], line["entry_id"]) == ("packaged", "FICT-0001")
    assert (line["user_id"], line["seller_id"]) == ("u1", "s1")
    assert "verboten" not in logged.casefold()


def test_who_is_allowed_leaves_no_trace(seen: list[str], logs: io.StringIO) -> None:
    assert screening().screen(ScreeningRequest("DE", "FR", name="Ada Lovelace")).allowed

    assert seen == []
    assert logs.getvalue() == ""


def test_an_old_list_is_counted_and_refuses_nobody_for_it(seen: list[str]) -> None:
    assert screening(AS_OF + DAY + 1).screen(ScreeningRequest("DE", "FR")).allowed

    assert seen == ["ScreeningListStale"]


def test_the_table_of_countries_has_those_that_stripe_ships_to() -> None:
    # A list that somebody else maintains. Stripe adds two reserved codes, Kosovo and "other".
    source = Path(stripe.__file__).parent / "params" / "checkout" / "_session_create_params.py"
    listed = set(re.findall(r'^ +"([A-Z]{2})",$', source.read_text(encoding="utf-8"), re.M))

    assert len(listed) > 200
    assert listed - COUNTRIES == {"AC", "TA", "XK", "ZZ"}
