import copy
from typing import Any

import pytest

from countinghouse.domain.breaker import BreakerPolicy
from countinghouse.domain.errors import Invalid
from countinghouse.domain.instants import SECOND
from countinghouse.domain.psp_routes import Cost, PspRoutes, RouteRule
from countinghouse.domain.psp_routing import parse_psp_routing

FULL: dict[str, Any] = {
    "failover": True,
    "cascade_soft_declines": True,
    "routes": [
        {
            "psp": "stripe",
            "methods": ["credit_card", "wallet"],
            "currencies": ["EUR"],
            "countries": ["DE", "FR"],
            "minimum_minor": {"EUR": 50},
            "maximum_minor": {"EUR": 500_000},
            "cost": {"basis_points": 150, "fixed_minor": {"EUR": 25}},
            "priority": 2,
            "stand_ins": ["adyen"],
        },
        {"psp": "adyen", "stand_ins": []},
    ],
    "breaker": {"failures": 7, "share_percent": 60, "window_s": 20, "cool_off_s": 40},
}


def parsed(section: object) -> PspRoutes:
    return parse_psp_routing({"fees": "not read", "psp_routing": section})


def test_a_full_section() -> None:
    routes = parsed(FULL)

    assert (routes.failover, routes.cascade, routes.psps) == (True, True, ("stripe", "adyen"))
    assert routes.routes[0] == RouteRule(
        psp="stripe",
        methods=frozenset({"credit_card", "wallet"}),
        currencies=frozenset({"EUR"}),
        countries=frozenset({"DE", "FR"}),
        minimum_minor={"EUR": 50},
        maximum_minor={"EUR": 500_000},
        cost=Cost(150, {"EUR": 25}),
        priority=2,
        stand_ins=frozenset({"adyen"}),
    )
    assert routes.routes[1].stand_ins == frozenset()
    assert routes.breaker == BreakerPolicy(7, 60, 20 * SECOND, 40 * SECOND)


def test_what_is_left_out_is_any_and_no_failover() -> None:
    routes = parsed({"routes": [{"psp": "stripe"}]})

    assert routes == PspRoutes((RouteRule("stripe"),))
    assert not routes.failover
    assert not routes.cascade


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("routes", [], "psp_routing.routes"),
        ("routes", {}, "psp_routing.routes"),
        ("failover", "yes", "psp_routing.failover"),
        ("cascade", True, "psp_routing.cascade"),
        ("routes.0.psp", ..., "psp_routing.routes[0].psp"),
        ("routes.0.psp", "no PSP", "psp_routing.routes[0].psp"),
        ("routes.0.weight", 1, "psp_routing.routes[0].weight"),
        ("routes.0.methods", [], "psp_routing.routes[0].methods"),
        ("routes.0.currencies", ["EUR", "EURO"], "psp_routing.routes[0].currencies[1]"),
        ("routes.0.countries", ["Germany"], "psp_routing.routes[0].countries[0]"),
        ("routes.0.minimum_minor", {"XXX": 1}, "psp_routing.routes[0].minimum_minor.XXX"),
        ("routes.0.minimum_minor", {"EUR": -1}, "psp_routing.routes[0].minimum_minor.EUR"),
        ("routes.0.maximum_minor", {"EUR": 49}, "psp_routing.routes[0].maximum_minor.EUR"),
        ("routes.0.cost.basis_points", 1.5, "psp_routing.routes[0].cost.basis_points"),
        ("routes.0.cost.basis_points", 10_001, "psp_routing.routes[0].cost.basis_points"),
        ("routes.0.cost.percent", 1, "psp_routing.routes[0].cost.percent"),
        ("routes.0.stand_ins", "adyen", "psp_routing.routes[0].stand_ins"),
        ("routes.0.priority", 1_001, "psp_routing.routes[0].priority"),
        ("breaker.failures", 0, "psp_routing.breaker.failures"),
        ("breaker.share_percent", 101, "psp_routing.breaker.share_percent"),
        ("breaker.window_s", 0, "psp_routing.breaker.window_s"),
        ("breaker.cool_off_s", ..., "psp_routing.breaker.cool_off_s"),
    ],
)
def test_a_mistake_is_named_by_its_path(path: str, value: object, named: str) -> None:
    section = copy.deepcopy(FULL)
    *steps, last = path.split(".")
    part: Any = section
    for step in steps:
        part = part[int(step) if step.isdigit() else step]
    if value is ...:
        del part[last]
    else:
        part[last] = value

    with pytest.raises(Invalid) as refused:
        parsed(section)

    assert refused.value.field == named


@pytest.mark.parametrize("section", [None, [], "stripe"])
def test_a_section_that_is_none_is_refused(section: object) -> None:
    with pytest.raises(Invalid):
        parsed(section)
