import pytest

from countinghouse.domain.errors import Conflict, NotFound
from countinghouse.domain.payout import PayoutStatus
from countinghouse.usecases.await_payout import await_payout
from tests.builders import NOW
from tests.fakes.clock import FakeClock
from tests.fakes.payouts import FakePayoutBook
from tests.payouts import a_payout

S = PayoutStatus


def waits(payouts: FakePayoutBook, payout_id: str = "po_1") -> bool:
    return await_payout(payout_id, "token", payouts, FakeClock())


@pytest.mark.parametrize("status", [S.PENDING_APPROVAL, S.SUBMITTED, S.IN_TRANSIT, S.UNKNOWN])
def test_the_token_stays_with_what_it_waits_for(status: PayoutStatus) -> None:
    payouts = FakePayoutBook().put(a_payout(status))

    assert waits(payouts)
    assert (payouts["po_1"].task_token, payouts["po_1"].awaited) == ("token", status)


@pytest.mark.parametrize("status", [S.RESERVED, S.PAID, S.FAILED, S.CANCELLED])
def test_a_wait_that_is_over_already_is_said_so(status: PayoutStatus) -> None:
    payouts = FakePayoutBook().put(a_payout(status))

    assert not waits(payouts)
    assert payouts["po_1"].task_token is None


def test_a_change_between_look_and_write_is_not_slept_through() -> None:
    payouts = FakePayoutBook().put(a_payout(S.IN_TRANSIT))
    paid = payouts["po_1"].moved(S.PAID, NOW, next_at=NOW)
    payouts.interfere.append(lambda: payouts.put(paid))

    assert not waits(payouts)


def test_a_newer_workflow_takes_the_place_of_an_older_one() -> None:
    payouts = FakePayoutBook().put(a_payout(S.IN_TRANSIT, task_token="old"))

    assert waits(payouts)
    assert payouts["po_1"].task_token == "token"


def test_a_payout_that_keeps_changing_is_given_up_on() -> None:
    payouts = FakePayoutBook().put(a_payout(S.IN_TRANSIT))
    payouts.interfere += [lambda: payouts.put(payouts["po_1"].changed(NOW))] * 8

    with pytest.raises(Conflict):
        waits(payouts)


def test_an_unknown_payout_is_not_found() -> None:
    with pytest.raises(NotFound):
        waits(FakePayoutBook(), "po_none")
