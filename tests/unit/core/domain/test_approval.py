from dataclasses import replace
from typing import Any

import pytest

from countinghouse.domain.approval import NO_ATTEMPT, resolved
from countinghouse.domain.order import CaptureMode, Order, OrderStatus
from countinghouse.domain.order_facts import Verdict, apply_fact
from countinghouse.domain.order_late import taken_late
from countinghouse.domain.psp import FactKind, PspFact
from tests.builders import NOW, POLICY, a_fact, an_attempt, an_info, an_order

K = FactKind
S = OrderStatus
CHARGED = sorted(set(S) - {S.CREATED})
"""The statuses of an order that was ever sent."""

MODES = sorted(CaptureMode)
MANUAL, AUTOMATIC = CaptureMode.MANUAL, CaptureMode.AUTOMATIC


def approval(order: Order, **changes: Any) -> PspFact:
    """What an honest PSP says of the order's charge, without our key."""
    return a_fact(order, K.APPROVED, **{"key": None, **changes})


def with_key(order: Order) -> PspFact:
    """The same, as a PSP says it that brings our key back."""
    if order.capture_mode is MANUAL:
        return a_fact(order, K.AUTHORIZED)
    return a_fact(order, K.CAPTURED, captured_minor=order.amount_minor)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("status", CHARGED)
def test_without_our_key_it_means_what_it_means_with_it(status: S, mode: CaptureMode) -> None:
    order = an_order(status, capture_mode=mode)

    assert resolved(order, approval(order)) == with_key(order)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("status", CHARGED)
def test_with_and_without_key_have_one_effect_in_either_order(status: S, mode: CaptureMode) -> None:
    order = an_order(status, capture_mode=mode)
    first = taken_late(apply_fact(order, with_key(order), NOW, POLICY), with_key(order), NOW)
    for told in (with_key(order), approval(order)):
        fact = resolved(order, told)
        once = taken_late(apply_fact(order, fact, NOW, POLICY), fact, NOW)
        assert once == first
        for more in (with_key(once.order), approval(once.order)):
            again = resolved(once.order, more)
            twice = apply_fact(once.order, again, NOW, POLICY)
            assert twice.verdict is not Verdict.APPLIED
            assert twice.order == once.order


def test_the_order_knows_how_its_charge_was_sent() -> None:
    order = an_order(S.SENT)
    manual = replace(order, capture_mode=MANUAL)

    assert resolved(order, approval(order)).kind is K.CAPTURED
    assert resolved(order, approval(order)).captured_minor == 7_000
    assert resolved(manual, approval(order)).kind is K.AUTHORIZED
    assert resolved(manual, approval(order)).captured_minor == 0


def test_the_newest_attempt_is_the_one_that_can_be_approved() -> None:
    order = an_order(S.SENT)
    tried = replace(order.attempts[0], outcome="declined_soft")
    order = replace(order, attempts=(tried, an_attempt(number=2)))

    assert resolved(order, approval(order)).key == "o1:charge:2"
    assert resolved(order, approval(order, key="o1:charge:1")).key == "o1:charge:1"


LEFT = an_order(S.SENT, payment_info=an_info(psp="stripe"))
WAITS = an_order(S.REQUIRES_ACTION)
STRANGERS = [
    (LEFT, {}, "sandbox"),
    (WAITS, {"psp_reference": "ch_2"}, None),
    (WAITS, {"psp_reference": None}, None),
    (an_order(S.SENT), {"amount_minor": 6_999}, None),
    (an_order(S.SENT), {"currency": "USD"}, None),
    (an_order(S.CAPTURED), {"psp_reference": "ch_2"}, None),
    (replace(an_order(S.CANCELLED), attempts=()), {}, None),
    (an_order(S.CREATED), {}, None),
]


@pytest.mark.parametrize(("order", "changes", "psp"), STRANGERS, ids=range(len(STRANGERS)))
@pytest.mark.parametrize("mode", MODES)
def test_what_cannot_be_the_attempts_contradicts_and_changes_nothing(
    order: Order, changes: dict[str, Any], psp: str | None, mode: CaptureMode
) -> None:
    order = replace(order, capture_mode=mode)
    fact = resolved(order, approval(order, **changes), psp)
    applied = taken_late(apply_fact(order, fact, NOW, POLICY, psp), fact, NOW, psp)

    assert fact.key == NO_ATTEMPT
    assert applied.verdict is Verdict.CONTRADICTION
    assert applied.order == order


@pytest.mark.parametrize("changes", [{"amount_minor": 6_999}, {"currency": "USD"}])
def test_other_money_under_the_attempts_own_id_is_put_aside_for_a_person(
    changes: dict[str, Any],
) -> None:
    fact = resolved(WAITS, approval(WAITS, **changes))

    assert apply_fact(WAITS, fact, NOW, POLICY).order.status is S.CONFLICTED


def test_an_expired_codes_money_is_given_back_whether_or_not_our_key_is_told() -> None:
    order = an_order(S.EXPIRED, payment_info=an_info(method="qr"))
    fact = resolved(order, approval(order))
    late = taken_late(apply_fact(order, fact, NOW, POLICY), fact, NOW)

    assert late.verdict is Verdict.APPLIED
    assert late.order.late_payment is not None
    assert [refund.amount_minor for refund in late.order.refunds] == [7_000]


@pytest.mark.parametrize("kind", sorted(set(K) - {K.APPROVED}))
def test_any_other_fact_is_as_it_was_told(kind: K) -> None:
    fact = a_fact(WAITS, kind, key=None)

    assert resolved(WAITS, fact) is fact
