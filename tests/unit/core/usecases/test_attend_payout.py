from dataclasses import dataclass, field

import pytest

from countinghouse.domain.instants import MINUTE
from countinghouse.domain.payout import Payout, PayoutJournal, PayoutStatus
from countinghouse.usecases.advance_payout import advance_payout
from countinghouse.usecases.attend_payout import Attending, Attention, attend_payout
from countinghouse.usecases.open_payout import open_payout
from tests.builders import NOW
from tests.fakes.payouts import FakeWorkflows
from tests.payouts import House, a_payout, a_wish

S = PayoutStatus
A = Attention


@dataclass
class Desk:
    house: House = field(default_factory=House)
    workflows: FakeWorkflows = field(default_factory=FakeWorkflows)

    def attend(self, *payouts: Payout) -> tuple[Attention, ...]:
        self.house.payouts.put(*payouts)
        return attend_payout("po_1", Attending(self.house.books, self.workflows))


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_new_payout_gets_a_workflow(desk: Desk) -> None:
    assert desk.attend(a_payout()) == (A.STARTED,)
    assert desk.workflows.started == [("po_1", str(NOW // (5 * MINUTE)))]


def test_a_repeat_is_the_same_occasion_until_it_may_be_lost(desk: Desk) -> None:
    desk.attend(a_payout())
    desk.attend(a_payout())
    desk.house.clock.advance(5 * MINUTE)
    desk.attend(a_payout())

    first, second, third = desk.workflows.started
    assert first == second != third


@pytest.mark.parametrize("status", [S.PENDING_APPROVAL, S.RESERVED, S.SUBMITTED, S.UNKNOWN])
def test_a_payout_that_nobody_took_further_in_time_gets_another(
    desk: Desk, status: PayoutStatus
) -> None:
    due = a_payout(status, next_at=NOW - 5 * MINUTE)

    assert desk.attend(due) == (A.STARTED,)


@pytest.mark.parametrize("status", sorted(set(S) - {S.DRAFT}))
def test_a_payout_well_looked_after_is_left_alone(desk: Desk, status: PayoutStatus) -> None:
    assert desk.attend(a_payout(status, task_token="token", awaited=status)) == ()


def test_a_workflow_whose_wait_is_over_is_woken(desk: Desk) -> None:
    paid = a_payout(S.PAID, task_token="token", awaited=S.IN_TRANSIT, next_at=NOW)

    assert desk.attend(paid) == (A.WOKEN,)
    assert desk.workflows.woken == [("token", {"payout_id": "po_1", "status": "paid"})]


def test_a_token_that_nobody_waits_with_does_not_stand_in_the_way(desk: Desk) -> None:
    stuck = a_payout(
        S.PAID,
        booked=(PayoutJournal.RESERVE,),
        task_token="dead",
        awaited=S.IN_TRANSIT,
        next_at=NOW - 5 * MINUTE,
    )

    assert desk.attend(stuck) == (A.WOKEN, A.STARTED)


def test_a_return_after_the_end_is_booked_here(desk: Desk) -> None:
    house = desk.house
    house.earn(8_000)
    open_payout(a_wish(amount_minor=5_000), house.opening)
    advance_payout("po_1", house.advancing)
    reserved = house.payouts["po_1"]
    house.payouts.put(reserved.moved(S.SUBMITTED, NOW).moved(S.PAID, NOW, settled_at=NOW))
    advance_payout("po_1", house.advancing)
    paid = house.payouts["po_1"]

    done = desk.attend(paid.moved(S.RETURNED, NOW, returned_at=NOW, next_at=NOW))

    assert done == (A.BOOKED,)
    assert house.payouts["po_1"].is_resting
    assert (house.available, house.in_bank) == (8_000, 0)
    assert attend_payout("po_1", Attending(house.books, desk.workflows)) == ()


def test_an_unknown_payout_is_nobodys(desk: Desk) -> None:
    assert desk.attend() == ()
