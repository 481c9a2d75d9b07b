from dataclasses import replace

import pytest

from countinghouse import bookkeeping
from countinghouse.domain.accounts import Account
from countinghouse.domain.errors import (
    Conflict,
    Forbidden,
    IllegalTransition,
    InsufficientFunds,
    NotFound,
)
from countinghouse.domain.ledger import TransactType, parse_ledger_id
from countinghouse.domain.proposal import PROPOSAL_TTL, Proposal, ProposalStatus, propose
from countinghouse.domain.wallet import WalletAddress
from countinghouse.usecases.approve_proposal import approve_proposal
from countinghouse.usecases.cancel_proposal import cancel_proposal
from tests.builders import NOW, a_transfer
from tests.fakes.clock import FakeClock
from tests.fakes.proposals import FakeProposalBook
from tests.unit.core.domain.test_proposal import ADA, ADA_APPROVING, LINUS, PEOPLE, REQUEST, WAITING

S = ProposalStatus
KAY = PEOPLE[3]
S1 = WalletAddress("seller:s1", "EUR")
DEBIT = propose(replace(REQUEST, transact_type=TransactType.DEBIT), "debit", "body", NOW)


def a_book(proposal: Proposal = WAITING) -> FakeProposalBook:
    return FakeProposalBook(rows={proposal.proposal_id: proposal})


def approved(book: FakeProposalBook, who: str = LINUS, clock: FakeClock | None = None) -> Proposal:
    (proposal_id,) = book.rows
    return approve_proposal(proposal_id, who, book, book.ledger, clock or FakeClock())


def available(book: FakeProposalBook) -> int:
    return -book.ledger.wallets([S1])[S1].balances.get("seller_available:s1", 0)


def test_journal_wallet_and_status_are_one_commit() -> None:
    book = a_book()

    booked = approved(book)

    (posting,) = book.ledger.commits
    assert (len(posting.journals), len(posting.wallets), posting.claim) == (1, 1, None)
    journal = book.ledger.journal(parse_ledger_id(booked.ledger_id or ""))
    assert journal is not None
    assert journal.cause == f"{ADA}, approved by {LINUS}: goodwill"
    assert book.get(booked.proposal_id) == booked
    assert available(book) == 50_000


@pytest.mark.parametrize("who", [ADA, ADA_APPROVING])
def test_who_proposed_it_books_nothing(who: str) -> None:
    book = a_book()

    with pytest.raises(Forbidden):
        approved(book, who)

    assert (book.ledger.commits, list(book.rows.values())) == ([], [WAITING])


def test_a_repeat_books_nothing_more() -> None:
    book = a_book()
    first = approved(book)

    assert approved(book, clock=FakeClock(NOW + 5_000)) == first
    assert len(book.ledger.commits) == 1


def test_of_two_at_once_one_books() -> None:
    book = a_book()
    book.interfere.append(lambda: approved(book, KAY))

    with pytest.raises(IllegalTransition):
        approved(book)

    assert book.rows[WAITING.proposal_id].decided_by == KAY
    assert (len(book.ledger.commits), available(book)) == (1, 50_000)


def test_the_same_approval_twice_at_once_books_once() -> None:
    book = a_book()
    book.interfere.append(lambda: approved(book))

    assert approved(book).status is S.BOOKED
    assert available(book) == 50_000


def test_what_was_called_off_meanwhile_is_not_booked() -> None:
    book = a_book()
    book.interfere.append(lambda: cancel_proposal(WAITING.proposal_id, ADA, book, FakeClock()))

    with pytest.raises(IllegalTransition):
        approved(book)

    assert (book.rows[WAITING.proposal_id].status, available(book)) == (S.CANCELLED, 0)


def test_what_has_expired_is_not_booked() -> None:
    book = a_book()

    with pytest.raises(IllegalTransition):
        approved(book, clock=FakeClock(NOW + PROPOSAL_TTL))

    assert book.ledger.commits == []


def test_without_the_money_it_goes_on_waiting_and_is_booked_when_it_is_there() -> None:
    book = a_book(DEBIT)
    with pytest.raises(InsufficientFunds):
        approved(book)
    assert (book.ledger.commits, list(book.rows.values())) == ([], [DEBIT])

    credit = a_transfer("adjustments", "seller_available:s1", 50_000)
    bookkeeping.book([credit], book.ledger, book.ledger)

    assert approved(book).status is S.BOOKED
    assert available(book) == 0


def test_a_wallet_that_moved_is_read_again() -> None:
    book = a_book()
    move = a_transfer("adjustments", "seller_available:s1", 40)
    book.interfere.append(lambda: bookkeeping.book([move], book.ledger, book.ledger))

    assert approved(book).status is S.BOOKED
    assert available(book) == 50_040


def test_money_that_left_meanwhile_refuses_it() -> None:
    book = a_book(DEBIT)
    credit = a_transfer("adjustments", "seller_available:s1", 50_000)
    bookkeeping.book([credit], book.ledger, book.ledger)
    spent = a_transfer("seller_available:s1", "adjustments", 1, "spent")
    book.interfere.append(lambda: bookkeeping.book([spent], book.ledger, book.ledger))

    with pytest.raises(InsufficientFunds):
        approved(book)

    assert (list(book.rows.values()), available(book)) == ([DEBIT], 49_999)


def test_what_keeps_moving_is_given_up() -> None:
    book = a_book()
    moves = [a_transfer("adjustments", "seller_available:s1", 1, f"r{n}") for n in range(20)]
    book.interfere += [lambda m=m: bookkeeping.book([m], book.ledger, book.ledger) for m in moves]  # type: ignore[misc]

    with pytest.raises(Conflict):
        approved(book)

    assert list(book.rows.values()) == [WAITING]


def test_a_buyers_wallet_that_was_closed_meanwhile_is_not_booked_on() -> None:
    account = Account("buyer_wallet", "bw_1")
    proposal = propose(replace(REQUEST, account=account), "buyer", "body", NOW)
    book = a_book(proposal)
    book.ledger.closed["bw_1"] = NOW

    with pytest.raises(Conflict):
        approved(book)

    assert (book.ledger.commits, list(book.rows.values())) == ([], [proposal])


def test_there_is_no_such_proposal() -> None:
    with pytest.raises(NotFound):
        approve_proposal("adj_1", LINUS, FakeProposalBook(), a_book().ledger, FakeClock())
