import pytest

from countinghouse.domain.errors import IllegalTransition
from countinghouse.domain.instants import MINUTE
from countinghouse.domain.payout import (
    PAYOUT_TRANSITIONS,
    SETTLED_PAYOUTS,
    PayoutJournal,
    PayoutStatus,
)
from countinghouse.domain.payout_steps import PayoutStep, booked
from countinghouse.domain.wallet import WalletAddress
from tests.builders import NOW
from tests.payouts import a_payout

S = PayoutStatus
J = PayoutJournal
Step = PayoutStep


def test_every_status_is_reached_and_left_or_an_end() -> None:
    reached = {target for targets in PAYOUT_TRANSITIONS.values() for target in targets}

    assert set(PAYOUT_TRANSITIONS) == set(PayoutStatus)
    assert reached == set(PayoutStatus) - {S.DRAFT}
    assert {s for s in S if not PAYOUT_TRANSITIONS[s]} == {S.RETURNED, S.FAILED, S.CANCELLED}


@pytest.mark.parametrize("source", list(PayoutStatus))
@pytest.mark.parametrize("target", list(PayoutStatus))
def test_only_the_listed_steps_are_legal(source: PayoutStatus, target: PayoutStatus) -> None:
    payout = a_payout(source)
    if target is source or target in PAYOUT_TRANSITIONS[source]:
        assert payout.moved(target, NOW + 1).version == payout.version + 1
    else:
        with pytest.raises(IllegalTransition):
            payout.moved(target, NOW + 1)


def test_a_payout_has_one_key_and_one_wallet_for_life() -> None:
    assert a_payout().key == "po_1:payout:1"
    assert a_payout().wallet == WalletAddress("seller:s1", "EUR")


@pytest.mark.parametrize(
    ("status", "owed"),
    [
        (S.PAID, (J.PAID,)),
        (S.RETURNED, (J.PAID, J.RETURNED)),
        (S.FAILED, (J.FAILED,)),
        (S.CANCELLED, (J.CANCELLED,)),
        (S.SUBMITTED, ()),
    ],
)
def test_a_status_calls_for_its_journals_once(
    status: PayoutStatus, owed: tuple[PayoutJournal, ...]
) -> None:
    just_arrived = a_payout(status, booked=(J.RESERVE,))

    assert just_arrived.owed == owed
    assert booked(just_arrived, NOW).owed == ()
    assert a_payout(status, booked=()).owed == ()


def test_a_return_after_paid_owes_only_the_return() -> None:
    assert a_payout(S.RETURNED, booked=(J.RESERVE, J.PAID)).owed == (J.RETURNED,)


@pytest.mark.parametrize("status", list(PayoutStatus))
def test_rest_is_an_end_with_its_journals_booked(status: PayoutStatus) -> None:
    assert a_payout(status).is_resting is (status in SETTLED_PAYOUTS)
    assert (a_payout(status).due_at is None) is (status in SETTLED_PAYOUTS)
    if status in SETTLED_PAYOUTS:
        assert not a_payout(status, booked=(J.RESERVE,)).is_resting


def test_the_sweep_comes_after_the_workflow_had_its_time() -> None:
    assert a_payout(S.SUBMITTED, next_at=NOW).due_at == NOW + 5 * MINUTE
