from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from countinghouse.domain.breaker import BreakerState
from countinghouse.domain.errors import Invalid
from countinghouse.domain.psp_routes import (
    Cost,
    PspRoutes,
    RouteRequest,
    RouteRule,
    Routing,
    able,
    choose,
    stand_ins,
)
from tests.fakes.psp_health import FakeHealth
from tests.psp_worlds import Able

B = BreakerState
EUR_70 = RouteRequest(7_000, "EUR", "credit_card", "DE")


def chosen(
    *rules: RouteRule, request: RouteRequest = EUR_70, states: dict[str, B] | None = None
) -> tuple[str, ...]:
    psps = {name: Able() for name in ("a", "b", "c")}
    return choose(Routing(PspRoutes(rules), psps, FakeHealth(states or {}).state), request)


def test_the_cheapest_for_this_amount_is_first() -> None:
    share, fixed = Cost(290), Cost(0, {"EUR": 100})
    rules = RouteRule("a", cost=share), RouteRule("b", cost=fixed)

    # 2.9 per cent of 34.48 is just below one euro, of 34.49 just above it.
    assert chosen(*rules, request=replace(EUR_70, amount_minor=3_448)) == ("a", "b")
    assert chosen(*rules, request=replace(EUR_70, amount_minor=3_449)) == ("b", "a")


def test_what_costs_the_same_keeps_the_stated_order() -> None:
    for order in permutations("abc"):
        assert chosen(*map(RouteRule, order)) == order


def test_a_lower_priority_number_goes_before_a_lower_cost() -> None:
    assert chosen(RouteRule("a", priority=1), RouteRule("b", cost=Cost(500))) == ("b", "a")


def test_health_goes_before_everything_and_the_ailing_stay_at_the_end() -> None:
    rules = RouteRule("a"), RouteRule("b", priority=9), RouteRule("c", priority=5)

    assert chosen(*rules, states={"a": B.OPEN}) == ("c", "b", "a")
    assert chosen(*rules, states={"a": B.HALF_OPEN}) == ("a", "c", "b"), (
        "one that may be back is tried"
    )


def test_each_psp_is_named_once_at_its_best_place() -> None:
    rules = RouteRule("a", cost=Cost(300)), RouteRule("b", cost=Cost(200)), RouteRule("a")

    assert chosen(*rules) == ("a", "b")


@pytest.mark.parametrize(
    ("rule", "other"),
    [
        (RouteRule("a", methods=frozenset({"credit_card"})), {"method": "qr"}),
        (RouteRule("a", currencies=frozenset({"EUR"})), {"currency": "USD"}),
        (RouteRule("a", countries=frozenset({"DE"})), {"country": "FR"}),
        (RouteRule("a", countries=frozenset({"DE"})), {"country": None}),
        (RouteRule("a", minimum_minor={"EUR": 7_000}), {"amount_minor": 6_999}),
        (RouteRule("a", maximum_minor={"EUR": 7_000}), {"amount_minor": 7_001}),
    ],
)
def test_a_rule_meets_what_it_says_and_nothing_else(
    rule: RouteRule, other: dict[str, object]
) -> None:
    assert chosen(rule, RouteRule("b", priority=1)) == ("a", "b")
    assert chosen(rule, RouteRule("b"), request=replace(EUR_70, **other)) == ("b",)  # type: ignore[arg-type]


def test_bounds_are_for_their_currency() -> None:
    rule = RouteRule("a", minimum_minor={"EUR": 9_000}, maximum_minor={"EUR": 9_001})

    assert chosen(rule, request=RouteRequest(1, "USD")) == ("a",)


def test_a_method_that_is_not_known_yet_excludes_nobody() -> None:
    rule = RouteRule("a", methods=frozenset({"qr"}))

    assert chosen(rule, request=RouteRequest(1, "EUR")) == ("a",)


def test_a_psp_is_not_chosen_beyond_what_it_says_it_takes() -> None:
    psps = {"a": Able(currencies=frozenset({"USD"})), "b": Able(methods=frozenset({"qr"}))}
    rules = PspRoutes(tuple(map(RouteRule, ("a", "b", "not_of_this_stage"))))

    with pytest.raises(Invalid, match="credit_card in EUR from DE") as refused:
        choose(Routing(rules, psps), EUR_70)
    assert (refused.value.code, refused.value.field) == ("no_psp_for_payment", "method")
    assert choose(Routing(rules, psps), replace(EUR_70, method="qr")) == ("b",)


def test_a_psp_is_not_chosen_for_an_amount_that_it_cannot_say() -> None:
    psps = {"a": Able(steps={"EUR": 10}), "b": Able()}
    rules = PspRoutes((RouteRule("a"), RouteRule("b", priority=1)))

    assert choose(Routing(rules, psps), replace(EUR_70, amount_minor=7_000)) == ("a", "b")
    assert choose(Routing(rules, psps), replace(EUR_70, amount_minor=7_001)) == ("b",)


def test_the_psp_that_is_wished_for_comes_first_if_it_may_take_the_payment_and_answers() -> None:
    rules = RouteRule("a"), RouteRule("b", priority=2, currencies=frozenset({"EUR"}))
    wish = replace(EUR_70, psp="b")

    assert chosen(*rules) == ("a", "b")
    assert chosen(*rules, request=wish) == ("b", "a")
    assert chosen(*rules, request=replace(wish, currency="USD")) == ("a",)
    assert chosen(*rules, request=wish, states={"b": B.OPEN}) == ("a", "b")
    assert chosen(*rules, request=replace(wish, psp="nobody")) == ("a", "b")


def test_who_may_stand_in_is_said_by_the_rule_and_not_at_all_without_failover() -> None:
    rules = (
        RouteRule("a", currencies=frozenset({"USD"}), stand_ins=frozenset()),
        RouteRule("a", stand_ins=frozenset({"c", "a"})),
        RouteRule("b"),
        RouteRule("c"),
    )
    routing = Routing(PspRoutes(rules, failover=True))

    assert stand_ins(routing, EUR_70, "a") == {"c"}
    assert stand_ins(routing, replace(EUR_70, currency="USD"), "a") == frozenset()
    assert stand_ins(routing, EUR_70, "b") == {"a", "c"}
    assert stand_ins(Routing(PspRoutes(rules)), EUR_70, "b") == frozenset()


def test_a_wallet_of_no_name_yet_is_one_the_psp_may_take() -> None:
    some = Able(wallets=frozenset({"alipay"}))

    assert able(some, "wallet", "EUR")
    assert able(some, "wallet", "EUR", "alipay")
    assert not able(some, "wallet", "EUR", "paypal")
    assert not able(Able(methods=frozenset({"qr"})), "wallet", "EUR")


def test_an_unknown_country_is_called_so() -> None:
    with pytest.raises(Invalid, match="a payment in EUR from an unknown country") as refused:
        chosen(request=RouteRequest(1, "EUR"))
    assert refused.value.field == "currency"


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 2), st.integers(0, 400)),
        min_size=1,
        max_size=6,
    ),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from(sorted(B))),
)
def test_the_answer_is_sorted_complete_and_the_same_every_time(
    drawn: list[tuple[str, int, int]], states: dict[str, B]
) -> None:
    rules = [RouteRule(psp, priority=number, cost=Cost(bp)) for psp, number, bp in drawn]

    found = chosen(*rules, states=states)

    def best(psp: str) -> tuple[bool, int, int]:
        own = [(rule.priority, rule.cost.basis_points) for rule in rules if rule.psp == psp]
        return (states.get(psp) is B.OPEN, *min(own))

    assert sorted(found) == sorted({rule.psp for rule in rules})
    assert list(found) == sorted(found, key=best)
    assert chosen(*rules, states=states) == found
