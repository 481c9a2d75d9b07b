import pytest

from countinghouse.domain.errors import Conflict, Forbidden, IllegalTransition, NotFound
from countinghouse.domain.payout import Payout, PayoutStatus
from countinghouse.usecases.approve_payout import approve_payout
from tests.builders import NOW
from tests.fakes.clock import FakeClock
from tests.fakes.payouts import FakePayoutBook
from tests.payouts import ADA, LINUS, a_payout

S = PayoutStatus


@pytest.fixture
def payouts() -> FakePayoutBook:
    return FakePayoutBook().put(a_payout(S.PENDING_APPROVAL))


def approve(payouts: FakePayoutBook, approver: str = LINUS, payout_id: str = "po_1") -> Payout:
    return approve_payout(payout_id, approver, payouts, FakeClock())


def test_a_second_person_lets_it_go(payouts: FakePayoutBook) -> None:
    approved = approve(payouts)

    assert approved == payouts["po_1"]
    assert (approved.status, approved.approved_by) == (S.RESERVED, LINUS)


def test_a_repeat_writes_nothing(payouts: FakePayoutBook) -> None:
    first = approve(payouts)

    assert approve(payouts) is first
    assert payouts.log == ["payout reserved"]


def test_the_requester_may_not(payouts: FakePayoutBook) -> None:
    with pytest.raises(Forbidden):
        approve(payouts, ADA)

    assert payouts["po_1"] == a_payout(S.PENDING_APPROVAL)


def test_a_cancellation_that_was_first_stands(payouts: FakePayoutBook) -> None:
    cancelled = a_payout(S.PENDING_APPROVAL).moved(S.CANCELLED, NOW)
    payouts.interfere.append(lambda: payouts.put(cancelled))

    with pytest.raises(IllegalTransition):
        approve(payouts)


def test_a_payout_that_keeps_changing_is_given_up_on(payouts: FakePayoutBook) -> None:
    payouts.interfere += [lambda: payouts.put(payouts["po_1"].changed(NOW))] * 8

    with pytest.raises(Conflict):
        approve(payouts)


def test_an_unknown_payout_is_not_found(payouts: FakePayoutBook) -> None:
    with pytest.raises(NotFound):
        approve(payouts, payout_id="po_none")
