import pytest

from countinghouse.domain.errors import Conflict, IllegalTransition, NotFound
from countinghouse.domain.proposal import ProposalStatus
from countinghouse.usecases.approve_proposal import approve_proposal
from countinghouse.usecases.cancel_proposal import RACES_MAX, cancel_proposal
from tests.builders import NOW
from tests.fakes.clock import FakeClock
from tests.fakes.proposals import FakeProposalBook
from tests.unit.core.domain.test_proposal import ADA, LINUS, WAITING

S = ProposalStatus


@pytest.fixture
def book() -> FakeProposalBook:
    return FakeProposalBook(rows={WAITING.proposal_id: WAITING})


def test_it_is_called_off_and_stays_so(book: FakeProposalBook) -> None:
    cancelled = cancel_proposal(WAITING.proposal_id, ADA, book, FakeClock())

    assert (cancelled.status, cancelled.decided_by) == (S.CANCELLED, ADA)
    again = cancel_proposal(WAITING.proposal_id, LINUS, book, FakeClock(NOW + 5_000))
    assert again == cancelled == book.get(WAITING.proposal_id)


def test_what_was_booked_meanwhile_is_not_called_off(book: FakeProposalBook) -> None:
    book.interfere.append(
        lambda: approve_proposal(WAITING.proposal_id, LINUS, book, book.ledger, FakeClock())
    )

    with pytest.raises(IllegalTransition):
        cancel_proposal(WAITING.proposal_id, ADA, book, FakeClock())

    assert book.rows[WAITING.proposal_id].status is S.BOOKED


def test_there_is_no_such_proposal() -> None:
    with pytest.raises(NotFound):
        cancel_proposal("adj_1", ADA, FakeProposalBook(), FakeClock())


def test_a_row_that_keeps_changing_is_given_up(book: FakeProposalBook) -> None:
    def lose() -> None:
        raise Conflict("somebody else was first")

    book.interfere += [lose] * RACES_MAX

    with pytest.raises(Conflict):
        cancel_proposal(WAITING.proposal_id, ADA, book, FakeClock())

    assert book.get(WAITING.proposal_id) == WAITING
