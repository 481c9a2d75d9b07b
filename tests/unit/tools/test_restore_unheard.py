"""Events that a backup holds as applied, and whose effect it does not hold."""

from dataclasses import replace

import pytest

from countinghouse.domain.order import OrderStatus
from countinghouse.domain.payout import PayoutStatus
from countinghouse.domain.psp import EventStatus, FactKind, PayoutFact, PspEvent, SettlementKind
from tests.builders import NOW, a_fact, an_order
from tests.payouts import a_payout
from tools.restore.unheard import is_unheard

CAPTURED = an_order(OrderStatus.CAPTURED)
SENT = an_order(OrderStatus.SENT)


def an_event(status: EventStatus = EventStatus.APPLIED) -> PspEvent:
    fact = a_fact(SENT, FactKind.CAPTURED)
    return PspEvent("sandbox#e1", "sandbox", "charge", SENT.order_id, fact, "00", NOW, status)


def test_what_its_order_knows_is_heard() -> None:
    assert not is_unheard(an_event(), {CAPTURED.order_id: CAPTURED}, {})


def test_what_its_order_does_not_know_is_not() -> None:
    assert is_unheard(an_event(), {SENT.order_id: SENT}, {})


def test_nor_what_is_about_an_order_that_is_not_there() -> None:
    assert is_unheard(an_event(), {}, {})


@pytest.mark.parametrize(
    ("status", "unheard"),
    [(PayoutStatus.RETURNED, False), (PayoutStatus.PAID, True)],
    ids=["its payout knows it", "its payout does not"],
)
def test_the_same_holds_for_what_comes_back_from_a_bank(
    status: PayoutStatus, *, unheard: bool
) -> None:
    payout = a_payout(status)
    fact = PayoutFact(SettlementKind.FAILED, payout.payout_id, failure="closed", returned=True)
    event = replace(an_event(), fact=fact, order_id=None)
    assert is_unheard(event, {}, {payout.payout_id: payout}) is unheard
    assert is_unheard(event, {}, {})


@pytest.mark.parametrize("status", [one for one in EventStatus if one is not EventStatus.APPLIED])
def test_what_is_not_applied_is_looked_at_anyway(status: EventStatus) -> None:
    assert not is_unheard(replace(an_event(), status=status), {SENT.order_id: SENT}, {})
