import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from countinghouse.domain.psp_routes import RouteRequest, Routing, choose
from countinghouse_aws.psp.profiles import NAMES, profiles
from countinghouse_aws.system.market_rules import PACKAGED, VARIABLE, MarketRulesError
from countinghouse_aws.system.psp_routing import load_psp_routing


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(VARIABLE, raising=False)
    load_psp_routing.cache_clear()
    yield
    load_psp_routing.cache_clear()


def test_the_packaged_rules_know_every_psp_and_no_other() -> None:
    assert sorted(load_psp_routing().psps) == sorted(NAMES)


@pytest.mark.parametrize("currency", ["EUR", "USD", "BRL", "JPY", "KWD"])
def test_in_every_currency_of_the_market_the_sandbox_is_first(currency: str) -> None:
    routing = Routing(load_psp_routing(), profiles(NAMES))

    assert choose(routing, RouteRequest(1_000, currency, "credit_card"))[0] == "sandbox"


def test_nothing_leaves_the_sandbox_and_no_refusal_moves_until_somebody_says_so() -> None:
    routes = load_psp_routing()

    assert {rule.psp: rule.stand_ins for rule in routes.routes}["sandbox"] == frozenset()
    assert not routes.cascade


@pytest.mark.parametrize("name", NAMES)
def test_every_profile_is_its_own_psps(name: str) -> None:
    (found,) = profiles([name]).values()

    assert found.name == name


def test_a_mistake_names_file_and_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = json.loads(PACKAGED.read_text(encoding="utf-8"))
    document["psp_routing"]["failover"] = "on"
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(file))

    with pytest.raises(MarketRulesError, match=r"rules\.json: psp_routing\.failover"):
        load_psp_routing()
