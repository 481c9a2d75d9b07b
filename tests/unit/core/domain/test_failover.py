from dataclasses import replace
from typing import Any

import pytest

from countinghouse.domain.breaker import BreakerState
from countinghouse.domain.failover import next_target
from countinghouse.domain.order import Attempt, Order, OrderStatus
from countinghouse.domain.payment import OrderState
from countinghouse.domain.psp import PspToken
from tests.builders import NOW, POLICY, a_state, an_attempt, an_info, an_order
from tests.fakes.psp_health import FakeHealth
from tests.psp_worlds import ADYEN_TOKEN, ONE_MORE, STRIPE_TOKEN, TWO_MORE, Able, a_routing

S = OrderStatus
B = BreakerState
DECLINED = an_attempt(outcome="declined_soft")
UNSENT = an_attempt()


def an_order_with(*attempts: Attempt, **changes: Any) -> Order:
    status = S.ROUTED if attempts else S.CREATED
    return an_order(status, attempts=attempts, **{"payment_info": TWO_MORE, **changes})


def target(
    order: Order,
    *,
    siblings: dict[str, OrderState] | None = None,
    later: int = 0,
    failover: bool = True,
    cascade: bool = False,
    **states: B,
) -> str | None:
    routing = a_routing(FakeHealth(dict(states)), failover=failover, cascade=cascade)
    found = next_target(order, siblings or {}, routing, NOW + later, POLICY)
    assert found is None or found in order.payment_info.alternatives
    return found.psp if found else None


def test_what_provably_never_left_goes_to_the_next_psp() -> None:
    assert target(an_order_with(UNSENT)) == "stripe"
    assert target(an_order_with(UNSENT), failover=False) is None


def test_what_was_ever_in_doubt_never_moves() -> None:
    doubtful = an_order_with(replace(UNSENT, doubtful=True))

    assert target(doubtful, cascade=True) is None
    assert target(doubtful, cascade=True, sandbox=B.OPEN) is None


@pytest.mark.parametrize("status", [s for s in OrderStatus if s not in (S.CREATED, S.ROUTED)])
def test_only_an_order_that_no_psp_works_on_moves(status: OrderStatus) -> None:
    order = an_order(status, payment_info=TWO_MORE, attempts=(UNSENT,))

    assert target(order, cascade=True, sandbox=B.OPEN) is None


def test_the_first_attempt_goes_elsewhere_only_from_a_psp_that_does_not_answer() -> None:
    assert target(an_order_with()) is None
    assert target(an_order_with(), sandbox=B.OPEN) == "stripe"
    assert target(an_order_with(), sandbox=B.HALF_OPEN) == "stripe", "trials move no money"
    assert target(an_order_with(), sandbox=B.OPEN, failover=False) is None


def test_a_soft_decline_cascades_when_the_rules_say_so() -> None:
    assert target(an_order_with(DECLINED)) is None
    assert target(an_order_with(DECLINED), cascade=True) == "stripe"
    assert target(an_order_with(DECLINED), cascade=True, failover=False) == "stripe"
    assert target(an_order_with(DECLINED), sandbox=B.OPEN) == "stripe", "the next cannot go there"


def test_an_ailing_psp_is_passed_over() -> None:
    order = an_order_with(UNSENT)

    assert target(order, stripe=B.OPEN) == "adyen"
    assert target(order, stripe=B.HALF_OPEN) == "adyen"
    assert target(order, stripe=B.OPEN, adyen=B.OPEN) is None


def test_a_token_that_has_expired_is_no_target() -> None:
    soon = replace(STRIPE_TOKEN, expires_at=NOW + 5)
    order = an_order_with(UNSENT, payment_info=an_info(alternatives=(soon,)))

    assert target(order, later=4) == "stripe"
    assert target(order, later=5) is None


def test_a_psp_that_does_not_take_it_is_no_target() -> None:
    order = an_order_with(UNSENT, payment_info=ONE_MORE)
    routing = a_routing()
    cash_only = replace(routing, psps={"stripe": Able(methods=frozenset({"qr"}))})

    assert next_target(order, {}, cash_only, NOW, POLICY) is None
    assert next_target(order, {}, replace(routing, psps={}), NOW, POLICY) is None


def test_a_psp_that_cannot_say_the_orders_amount_is_no_target() -> None:
    order = an_order_with(UNSENT, payment_info=ONE_MORE, amount_minor=1_005)
    coarse = {"stripe": Able(steps={order.currency: 10})}

    assert next_target(order, {}, replace(a_routing(), psps=coarse), NOW, POLICY) is None


def test_a_first_attempt_goes_where_the_orders_own_amount_can_be_said() -> None:
    order = an_order_with(amount_minor=1_005)
    here, coarse = Able(), Able(steps={"EUR": 10})
    for psps, found in (
        ({"sandbox": coarse, "stripe": coarse, "adyen": here}, "adyen"),
        ({"sandbox": coarse, "stripe": here, "adyen": here}, "stripe"),
        ({"sandbox": here, "stripe": here, "adyen": here}, None),
        ({"sandbox": coarse, "stripe": coarse, "adyen": coarse}, None),
    ):
        routing = replace(a_routing(), psps=psps)
        chosen = next_target(order, {}, routing, NOW, POLICY)
        assert (chosen.psp if chosen else None) == found

    fixed = replace(a_routing(failover=False), psps={"sandbox": coarse, "stripe": here})
    assert next_target(order, {}, fixed, NOW, POLICY) is None


def test_the_first_attempt_goes_elsewhere_from_a_psp_that_the_stage_has_no_more() -> None:
    routing = replace(a_routing(), psps={"stripe": Able()})

    gone = next_target(an_order_with(), {}, routing, NOW, POLICY)

    assert gone is not None
    assert gone.psp == "stripe"


def test_the_limit_of_attempts_bounds_moves_too() -> None:
    gone = [an_attempt(number=n, outcome="not_sent", psp="x") for n in range(1, 3)]
    last = an_attempt(number=POLICY.attempts_max)

    assert target(an_order_with(*gone, last), cascade=True, sandbox=B.OPEN) is None


def test_two_that_do_not_answer_use_up_no_attempts_between_them() -> None:
    here = an_info(psp="stripe", alternatives=(PspToken("sandbox", "tok_c1"),))
    unsent = replace(UNSENT, number=2, key="o1:charge:2")
    past = an_attempt(outcome="not_sent", psp="sandbox")
    order = an_order_with(past, unsent, payment_info=here)

    assert target(order) is None
    assert target(order, stripe=B.OPEN) == "sandbox", "one is down and the other is not"
    assert target(order, stripe=B.OPEN, sandbox=B.OPEN) is None


def test_all_of_a_checkout_that_was_sent_to_act_by_wallet_or_code_stays_together() -> None:
    for method in ("wallet", "qr"):
        order = an_order_with(UNSENT, payment_info=replace(TWO_MORE, method=method))

        assert target(order) == "stripe"
        assert target(order, siblings={"o1": a_state(S.ROUTED)}) == "stripe"
        assert target(order, siblings={"o2": a_state(S.FAILED)}) == "stripe"
        for acted in (S.REQUIRES_ACTION, S.AUTHORIZED, S.CAPTURED):
            assert target(order, siblings={"o2": a_state(acted)}) is None
    card = an_order_with(UNSENT)
    assert target(card, siblings={"o2": a_state(S.REQUIRES_ACTION)}) == "stripe"


def test_without_a_second_token_nothing_moves() -> None:
    order = an_order_with(UNSENT, payment_info=an_info())

    assert target(order, cascade=True, sandbox=B.OPEN) is None


def test_the_best_of_the_others_is_the_one_in_front() -> None:
    reversed_ = an_info(alternatives=(ADYEN_TOKEN, STRIPE_TOKEN))

    assert target(an_order_with(UNSENT, payment_info=reversed_)) == "adyen"
